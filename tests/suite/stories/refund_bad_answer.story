// What the shop sends is not an order: the failure says where it did not fit.
program ../../../examples
record ada Contact email="ada@example.com"
record chat Conversation contact=@ada
http GET /orders/A3 200 {"id":"A3","total":"a lot"}
start refund.refund conversation=@chat shop=$shop
answer "A3"
show @chat assignee
