// The other way round: the call wins, and so does the answer.
program racing.flow
record ada Contact first_name="Ada"
record chat Conversation contact=@ada
http GET /busy 503 {}
http GET /busy 200 {}
http GET /broken 404 {}
start racing.racing conversation=@chat shop=$shop
advance 1 hour
answer "hello"
fire called_back contact=@ada
cancel
