program handing_on.flow
record ada Contact first_name="Ada"
record chat Conversation contact=@ada
start handing_on.listening contact=@ada
start handing_on.handing_on conversation=@chat rounds=2
advance 1 hour
advance 1 hour
advance 1 hour
advance 1 hour
