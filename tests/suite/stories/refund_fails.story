// The shop says no: finance sees why, the customer hears that somebody will write.
program ../../../examples
record ada Contact email="ada@example.com" first_name="Ada"
record chat Conversation contact=@ada
http GET /orders/A2 200 {"id":"A2","total":"5.00 EUR","cancellable":true}
http POST /refunds 409 {"error":"already refunded"}
start refund.refund conversation=@chat shop=$shop
answer "A2"
answer "1"
show @chat assignee status
