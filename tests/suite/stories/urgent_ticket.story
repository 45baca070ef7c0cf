// The alarm is heard, the ticket sorted, the customer told; solved within the hour.
program ../../../examples
record ada Contact email="ada@example.com" first_name="Ada"
record ticket Ticket subject="Nothing works" contact=@ada
http POST / 200 {"ok":true}
start urgent_ticket.urgent_ticket ticket=@ticket hook=$shop
show @ticket priority assignee
advance 30 minutes
set @ticket status="solved"
