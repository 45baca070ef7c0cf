program sending.flow
record ada Contact first_name="Ada"
http POST /post 200 {"id":"p1"}
start sending.first contact=@ada base=$shop
advance 1 hour
http POST /post 200 {"id":"p2"}
start sending.free contact=@ada base=$shop
advance 9 hours
start sending.second contact=@ada base=$shop
cancel
advance 14 hours
counts
