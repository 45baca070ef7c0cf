// Nobody clicks: a reminder on the third day at ten where the contact lives, and a follow-up a week later.
program ../../../examples
record ada Contact email="ada@example.com" first_name="Ada" timezone="Europe/Oslo"
start onboarding.onboarding contact=@ada
advance 3 days
advance 59 minutes
advance 1 minute
advance 1 week
show @ada tags score
