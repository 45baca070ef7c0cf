// Nobody clicks: a reminder on the third day at ten where the contact lives, and a follow-up a week later.
program ../../../examples
record ada Contact email="ada@example.com" first_name="Ada" timezone="Europe/Oslo"
start onboarding.onboarding contact=@ada
advance 2 days
advance 1 day
advance 1 week
show @ada tags score
