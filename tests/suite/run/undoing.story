program undoing.flow
record ada Contact first_name="Ada"
http POST /book/flight 200 {"id":"F"}
http POST /book/room1 200 {"id":"R"}
http POST /book/room2 200 {"id":"S"}
http POST /book/car 404 {}
http POST /cancel/S-2 200 {}
http POST /cancel/R-1 500 {}
http POST /cancel/F 200 {}
start undoing.undoing contact=@ada base=$shop
show @ada balance
resolve retry
start undoing.caught contact=@ada stops=true
start undoing.caught contact=@ada stops=false
start undoing.beside contact=@ada
advance 1 hour
