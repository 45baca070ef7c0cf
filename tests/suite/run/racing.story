program racing.flow
record ada Contact first_name="Ada"
record chat Conversation contact=@ada
http GET /busy 503 {}
http GET /broken 404 {}
start racing.racing conversation=@chat shop=$shop
fire called_back contact=@ada
advance 1 day
answer "too late"
advance 1 hour
advance 1 hour
advance 1 day
advance 1 minute
