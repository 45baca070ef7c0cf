// Solved within the hour: the flow notices at once, and nobody else is bothered.
program ../../../examples
record ada Contact email="ada@example.com"
record ticket Ticket subject="Nothing works" contact=@ada
http POST / 200 {"ok":true}
start urgent_ticket.urgent_ticket ticket=@ticket hook=$shop
advance 20 minutes
set @ticket status="solved"
show @ticket priority assignee status
