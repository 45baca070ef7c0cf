// They would rather keep it: nothing is sent to the shop.
program ../../../examples
record ada Contact email="ada@example.com" first_name="Ada"
record chat Conversation contact=@ada
http GET /orders/A1 200 {"id":"A1","total":"19.90 EUR","cancellable":true}
start refund.refund conversation=@chat shop=$shop
answer "A1"
answer "No"
show @chat status close_reason
