// The company is chosen, the reason never comes: the conversation is closed after a day.
program ../../../examples
record acme Company name="Acme"
record umbrella Company name="Umbrella"
record ada Contact email="ada@example.com" companies=[1,2]
record chat Conversation contact=@ada
start choose_company.choose_company conversation=@chat
answer "Acme"
advance 1 day
show @chat status close_reason
