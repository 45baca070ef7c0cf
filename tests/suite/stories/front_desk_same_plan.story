// The plan is the one they have: nothing to do.
program ../../../examples
record ada Contact email="ada@example.com" plan="starter"
record chat Conversation contact=@ada
start front_desk.front_desk conversation=@chat
answer "Change my plan"
answer "Starter"
show @chat status close_reason
