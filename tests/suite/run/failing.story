program failing.flow
record ada Contact first_name="Ada"
record chat Conversation contact=@ada
start failing.failing conversation=@chat
