program hours.flow
record ada Contact first_name="Ada" timezone="America/New_York"
record chat Conversation contact=@ada
start hours.whose conversation=@chat
advance 299 minutes
advance 1 minute
advance 24 hours
advance 8 hours
advance 7 hours
advance 1 hour
