// Every flow waits, its source changes, and those who fit move.
program before
record ada Contact email="ada@example.com" plan="trial"
record old Contact email="old@example.com" plan="old"
record c1 Conversation contact=@ada
record c2 Conversation contact=@ada
record c3 Conversation contact=@ada
record c4 Conversation contact=@ada
start desk.words conversation=@c1
start desk.renamed contact=@ada
start desk.inside conversation=@c2
answer in c2 "Yes"
start desk.alike contact=@ada
start desk.needs_more contact=@ada
start desk.other_type contact=@ada
start desk.values contact=@ada
start desk.lost_variant contact=@ada
start desk.lost_variant contact=@old
start desk.calls contact=@ada
start desk.paths contact=@ada
start desk.limits contact=@ada
start desk.longer conversation=@c3
start desk.swapped conversation=@c4
start desk.gone contact=@ada
start desk.loops contact=@ada
program after
migrate dry
migrate dry nonsense=new_ask
migrate dry old_ask=nonsense
migrate dry old_ask=new_ask outer=surely
migrate old_ask=new_ask outer=surely
migrate
answer in c1 "A plan"
answer in c2 "Ada"
answer in c3 "Two"
answer in c4 "One"
set @ada plan="pro"
advance 1 day
advance 1 day
advance 1 day
advance 1 day
notes ada
notes old
