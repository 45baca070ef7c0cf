program functions.flow
record ada Contact first_name="Ada"
record chat Conversation contact=@ada
start functions.functions conversation=@chat
