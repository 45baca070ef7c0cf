// A visitor wanders off the options, then changes plan, choosing by number and by first letters.
program ../../../examples
record ada Contact email="ada@example.com" first_name="Ada"
record chat Conversation contact=@ada
start front_desk.front_desk conversation=@chat
answer "what about invoices?"
answer "2"
answer "Prof"
answer "yes"
show @ada plan
show @chat status close_reason
