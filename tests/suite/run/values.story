program values.flow
record acme Company name="Acme" city="Oslo"
record ada Contact first_name="Ada" company=@acme
record chat Conversation contact=@ada
start values.values conversation=@chat
record nobody Contact first_name=null
record empty Conversation contact=@nobody
start values.values conversation=@empty limit=2
