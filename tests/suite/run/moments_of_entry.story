program moments_of_entry.flow
record ada Contact first_name="Ada" email="ada@example.com"
record kim Teammate name="Kim" email="kim@example.com"
advance 59 minutes
advance 1 day
advance 5 days
fire webhook:shop/paid body={"email":"ada@example.com","total":{"amount":"12.50","currency":"EUR"},"items":[{"id":"a","count":2}]}
fire webhook:shop/paid body={"email":"ada@example.com","total":{"amount":"2.50","currency":"EUR"}}
fire webhook:shop/paid body={"email":"ada","total":3}
fire webhook:shop/payed body={}
show @ada paid
record chat Conversation contact=@ada
start moments_of_entry.talk conversation=@chat
advance 9 minutes
advance 9 minutes
advance 2 minutes
advance 1 hour
record unsaid Conversation contact=@ada
advance 6 minutes
fire message.received conversation=@unsaid text="Hello?"
advance 6 minutes
fire conversation.replied conversation=@unsaid teammate=@kim
advance 6 minutes
advance 4 minutes
counts
