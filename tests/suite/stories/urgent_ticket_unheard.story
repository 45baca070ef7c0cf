// The alarm is refused: that path is skipped, the others go on, and the ticket says so.
program ../../../examples
record ada Contact email="ada@example.com"
record ticket Ticket subject="Nothing works" contact=@ada
http POST / 403 {"error":"no"}
start urgent_ticket.urgent_ticket ticket=@ticket hook=$shop
advance 1 hour
show @ticket priority assignee
