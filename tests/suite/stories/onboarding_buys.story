// Whoever buys is left alone at once.
program ../../../examples
record ada Contact email="ada@example.com"
start onboarding.onboarding contact=@ada
advance 1 day
set @ada plan="pro"
advance 1 week
