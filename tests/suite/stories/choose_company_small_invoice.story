// A small customer, or one whose size is not known, finds the invoices on the web.
program ../../../examples
record acme Company name="Acme" size=3
record umbrella Company name="Umbrella"
record ada Contact email="ada@example.com" companies=[1,2]
record chat Conversation contact=@ada
start choose_company.choose_company conversation=@chat
answer "Umbrella"
answer "An invoice"
show @chat status close_reason
