// Asked which plan, the visitor falls silent: after an hour a person looks at it, and a late answer changes nothing.
program ../../../examples
record ada Contact email="ada@example.com"
record chat Conversation contact=@ada
start front_desk.front_desk conversation=@chat
answer "Change my plan"
advance 59 minutes
show @chat assignee
advance 1 minute
show @chat assignee status
answer "Professional"
show @ada plan
