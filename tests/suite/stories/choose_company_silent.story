// A day without a choice: a person looks for the company.
program ../../../examples
record acme Company name="Acme"
record umbrella Company name="Umbrella"
record ada Contact email="ada@example.com" companies=[1,2]
record chat Conversation contact=@ada
start choose_company.choose_company conversation=@chat
advance 23 hours
show @chat assignee
advance 1 hour
show @chat assignee
answer "Acme"
