// The guide is opened on the second day; the reminder is forgotten.
program ../../../examples
record ada Contact email="ada@example.com" first_name="Ada" timezone="America/New_York"
record other Contact email="other@example.com"
start onboarding.onboarding contact=@ada
advance 1 day
fire guide_opened contact=@other
fire guide_opened contact=@ada
advance 2 days
advance 1 week
show @ada tags score
