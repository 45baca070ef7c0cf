// No order number within a day: a person looks at it.
program ../../../examples
record ada Contact email="ada@example.com"
record chat Conversation contact=@ada
start refund.refund conversation=@chat shop=$shop
advance 1 day
show @chat assignee
