program moments.flow
record ada Contact first_name="Ada" timezone="Europe/Oslo"
record chat Conversation contact=@ada
start moments.moments conversation=@chat
advance 29 hours
advance 1 hour
advance 594 hours
advance 22 hours
advance 1 hour
advance 53 hours
advance 30 days
advance 89 seconds
advance 1 second
record eve Contact first_name="Eve" timezone="America/New_York"
start moments.renewal contact=@eve
advance 3 days
advance 23 hours
advance 58 minutes
advance 29 seconds
advance 1 second
