// They leave at the last question: a person takes over, and the plan stays.
program ../../../examples
record ada Contact email="ada@example.com"
record chat Conversation contact=@ada
start front_desk.front_desk conversation=@chat
answer "2"
answer "3"
advance 1 hour
show @ada plan
show @chat assignee
