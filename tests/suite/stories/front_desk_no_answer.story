// Nobody answers: the conversation is closed after a quarter of an hour, and not a minute earlier.
program ../../../examples
record ada Contact email="ada@example.com"
record chat Conversation contact=@ada
start front_desk.front_desk conversation=@chat
advance 14 minutes
show @chat status
advance 1 minute
show @chat status close_reason
answer "1"
