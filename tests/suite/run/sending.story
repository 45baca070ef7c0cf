program sending.flow
// Monday, 08:00 in London.
record ada Contact first_name="Ada"
record bob Contact first_name="Bob" timezone="Europe/Oslo"
http POST /post 200 {"id":"p1"}
start sending.drip contact=@ada base=$shop
advance 1 day
start sending.drip contact=@ada base=$shop
start sending.drip contact=@bob base=$shop
advance 1 day
counts
notes ada
http POST /post 200 {"id":"p1"}
advance 5 days
start sending.drip contact=@ada base=$shop
http POST /post 200 {"id":"p2"}
advance 1 day
advance 1 day
notes ada
