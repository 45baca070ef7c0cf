program sending.flow
// Monday, 08:00 in London, 09:00 in Oslo.
record ada Contact first_name="Ada"
record bob Contact first_name="Bob" timezone="Europe/Oslo"
http POST /post 200 {"id":"p1"}
http POST /post 200 {"id":"p2"}
start sending.polite contact=@bob base=$shop
start sending.polite contact=@ada base=$shop
set @ada plan="starter"
advance 59 minutes
http POST /post 200 {"id":"p3"}
http POST /post 200 {"id":"p4"}
advance 1 minute
notes ada
// 17:00, the first moment that is too late.
advance 8 hours
start sending.polite contact=@ada base=$shop
set @ada plan="pro"
// 12:00 in New York: what is approved now goes out tomorrow.
start sending.approved contact=@bob base=$shop
approve
cancel
start sending.approved contact=@bob base=$shop
approve
http POST /post 200 {"id":"p5"}
advance 21 hours
// On Wednesday that office is closed.
advance 3 hours
start sending.approved contact=@bob base=$shop
advance 1 day
approve
// What is approved goes out; what comes of it is held.
pause sending.approved
http POST /post 200 {"id":"p6"}
advance 1 day
unpause sending.approved
advance 1 hour
