program hours.flow
record ada Contact first_name="Ada" timezone="America/New_York"
record chat Conversation contact=@ada
start hours.counted conversation=@chat
advance 4 hours
advance 1 hour
advance 24 hours
advance 19 hours
advance 119 hours
advance 1 hour
advance 24 hours
advance 6984 hours
advance 1 hour
advance 126 hours
advance 42 hours
advance 1 hour
