// The guide is opened only after the reminder: the score counts all the same, and the hint comes the next morning.
program ../../../examples
record ada Contact email="ada@example.com" first_name="Ada" timezone="Europe/Oslo"
start onboarding.onboarding contact=@ada
advance 4 days
fire guide_opened contact=@ada
show @ada score tags
advance 1 day
