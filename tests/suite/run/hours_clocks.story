program hours.flow
record ada Contact first_name="Ada" timezone="America/New_York"
record chat Conversation contact=@ada
start hours.clocks conversation=@chat
advance 638 hours
advance 5 hours
advance 1 hour
advance 5033 hours
advance 6 hours
advance 1 hour
advance 1289 minutes
advance 1 minute
