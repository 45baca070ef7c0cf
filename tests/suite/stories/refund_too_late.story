// The order has left the house: nothing is paid back, finance looks at it.
program ../../../examples
record ada Contact email="ada@example.com" first_name="Ada"
record chat Conversation contact=@ada
http GET /orders/A1 200 {"id":"A1","total":"19.90 EUR"}
start refund.refund conversation=@chat shop=$shop
answer "A1"
show @chat assignee status
