// The shop is out of order at first; asking again changes nothing, so it is asked again.
program ../../../examples
record ada Contact email="ada@example.com" first_name="Ada"
record chat Conversation contact=@ada
http GET /orders/A1 503 {"error":"down"}
http GET /orders/A1 200 {"id":"A1","total":"19.90 EUR","cancellable":true}
http POST /refunds 200 {"id":"r1","amount":"19.90 EUR"}
start front_desk.front_desk conversation=@chat
cancel
start refund.refund conversation=@chat shop=$shop
answer "A1"
advance 2 seconds
answer "Yes, refund it"
show @chat status close_reason
