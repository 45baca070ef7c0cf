program approving.flow
record ada Contact first_name="Ada"
http POST /refunds 200 {"id":"re_1","amount":10.5}
start approving.approving contact=@ada base=$shop order="A1"
advance 1 day
approve
approve
start approving.approving contact=@ada base=$shop order="A2"
deny "too much"
start approving.approving contact=@ada base=$shop order="A3"
advance 2 days
approve
start approving.unhandled contact=@ada base=$shop
deny
retry
http POST /unhandled 200 {}
approve
start approving.either contact=@ada base=$shop
advance 1 hour
approve
record grace Teammate name="Grace" email="grace@example.com"
record ticket Ticket subject="Help" contact=@ada
start approving.owner ticket=@ticket mate=@grace base=$shop
cancel
start approving.bad_key contact=@ada base=$shop
