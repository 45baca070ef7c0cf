// The invoices of a large customer go straight to finance.
program ../../../examples
record acme Company name="Acme" size=400
record umbrella Company name="Umbrella"
record ada Contact email="ada@example.com" companies=[1,2]
record chat Conversation contact=@ada
start choose_company.choose_company conversation=@chat
answer "1"
answer "An invoice"
show @chat assignee
