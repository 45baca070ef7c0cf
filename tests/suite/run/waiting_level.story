program waiting.flow
record ada Contact first_name="Ada"
record chat Conversation contact=@ada
start waiting.waiting conversation=@chat parcel=7 goal=300
set @ada level=299
set @ada level=300
advance 1 hour
advance 1 hour
advance 3 hours
advance 10 minutes
