program sending.flow
// Nobody is there when the hours begin, and when somebody is they are over: it waits for the next ones.
record ada Contact first_name="Ada"
start sending.polite contact=@ada base=$shop
pause sending.polite
advance 12 hours
unpause sending.polite
http POST /post 200 {"id":"p1"}
http POST /post 200 {"id":"p1"}
advance 13 hours
