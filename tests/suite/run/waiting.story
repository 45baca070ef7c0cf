program waiting.flow
record ada Contact first_name="Ada"
record eve Contact first_name="Eve"
record chat Conversation contact=@ada
start waiting.waiting conversation=@chat parcel=7 goal=3
fire parcel_moved contact=@ada number=7 where="Oslo"
fire parcel_moved contact=@eve number=7 where="Rome"
fire parcel_moved contact=@ada number=8 where="Paris"
advance 3 days
fire parcel_moved contact=@ada number=7 where="home"
advance 1 hour
advance 10 minutes
advance 10 minutes
advance 10 minutes
