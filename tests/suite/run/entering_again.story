// `once per … every`: the day before the time is over nobody gets in, at the very moment it is over they do.
program entering.flow
record ada Contact first_name="Ada"
fire moved_away contact=@ada
advance 29 days
start entering.welcome contact=@ada
advance 1 day
start entering.welcome contact=@ada
