// Something else, at a company: the front desk of people.
program ../../../examples
record acme Company name="Acme"
record umbrella Company name="Umbrella"
record ada Contact email="ada@example.com" companies=[1,2]
record chat Conversation contact=@ada
start choose_company.choose_company conversation=@chat
answer "Acme"
answer "Something else"
show @chat assignee
