// A run that is moved has the rules of the version it is moved to.
program rules_before
record ada Contact first_name="Ada"
record bob Contact first_name="Bob"
start desk.keeps contact=@ada least=3
start desk.keeps contact=@ada least=50
start desk.gets contact=@ada
start desk.gets contact=@bob
start desk.loses contact=@bob
start desk.turned contact=@bob word="now"
start desk.sends contact=@ada
start desk.sends contact=@ada
record cyd Contact first_name="Cyd" score=7
record acme Company name="Acme"
record dan Contact first_name="Dan" company=@acme
start desk.gets contact=@cyd
start desk.gets contact=@dan
program rules_after
migrate
set @acme name="Gone"
set @ada plan="pro" score=3
set @ada score=6
fire moved_away contact=@ada
set @bob score=7
set @bob plan="gone"
set @bob plan="now"
set @bob score=101
// The version it began with would have let it go at nine.
advance 1 hour
advance 3 hours
notes ada
notes bob
counts
