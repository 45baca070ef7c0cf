// Whoever has the best plan is not offered to change it.
program ../../../examples
record ada Contact email="ada@example.com" plan="pro"
record chat Conversation contact=@ada
start front_desk.front_desk conversation=@chat
answer "Talk to a person"
show @chat assignee
