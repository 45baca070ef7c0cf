// A path that loses while it is in doubt takes nothing back: the timeline says what is not known.
program racing.flow
record ada Contact first_name="Ada"
http POST /pay drop
start racing.doubtful contact=@ada shop=$shop
retry
advance 1 hour
