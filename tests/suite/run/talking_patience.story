program talking.flow
record ada Contact first_name="Ada"
record chat Conversation contact=@ada
start talking.talking conversation=@chat
answer "a"
answer "b"
answer "c"
advance 2 hours
