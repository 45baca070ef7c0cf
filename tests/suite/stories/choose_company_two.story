// Two companies: one is picked by its beginning, and its contract goes to a person.
program ../../../examples
record acme Company name="Acme" city="Oslo"
record umbrella Company name="Umbrella"
record ada Contact email="ada@example.com" companies=[1,2]
record chat Conversation contact=@ada
start choose_company.choose_company conversation=@chat
answer "umb"
answer "contract"
show @chat assignee status
