program messages.flow
record ada Contact first_name="Ada"
start messages.greeter contact=@ada
record chat Conversation contact=@ada
show @ada tags
start messages.listener conversation=@chat
start messages.answers conversation=@chat
answer "A1"
advance 2 hours
