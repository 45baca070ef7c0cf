// One company is chosen without asking; it is small, so it helps itself.
program ../../../examples
record acme Company name="Acme" size=3
record ada Contact email="ada@example.com" companies=[1]
record chat Conversation contact=@ada
start choose_company.choose_company conversation=@chat
answer "An invoice"
show @chat status close_reason
