// A step back that may or may not have been taken waits for a person, who may also end it all.
program undoing.flow
record ada Contact first_name="Ada"
http POST /book/flight 200 {"id":"F"}
http POST /book/room1 200 {"id":"R"}
http POST /book/room2 404 {}
http POST /cancel/R-1 drop
start undoing.undoing contact=@ada base=$shop
http POST /cancel/R-1 drop
resolve retry
http POST /cancel/F drop
resolve done null
resolve fail
retry
retry
