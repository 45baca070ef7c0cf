program growing.flow
record ada Contact first_name="Ada"
record chat Conversation contact=@ada
start growing.growing conversation=@chat doublings=4
start growing.growing conversation=@chat doublings=10
advance 1 hour
advance 1 hour
start growing.growing conversation=@chat doublings=15
