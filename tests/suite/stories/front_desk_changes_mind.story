// Asked once more, they would rather keep what they have.
program ../../../examples
record ada Contact email="ada@example.com"
record chat Conversation contact=@ada
start front_desk.front_desk conversation=@chat
answer "2"
answer "3"
answer "No, thanks"
show @ada plan
show @chat status close_reason
