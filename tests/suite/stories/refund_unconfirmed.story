// Nobody confirms within a day: nothing is paid back.
program ../../../examples
record ada Contact email="ada@example.com" first_name="Ada"
record chat Conversation contact=@ada
http GET /orders/A1 200 {"id":"A1","total":"19.90 EUR","cancellable":true}
start refund.refund conversation=@chat shop=$shop
answer "A1"
advance 1 day
show @chat status close_reason
answer "Yes, refund it"
