// A person says which option is which, where nothing else does.
program said_before
record ada Contact first_name="Ada"
record c1 Conversation contact=@ada
record c2 Conversation contact=@ada
record c3 Conversation contact=@ada
record c4 Conversation contact=@ada
record c5 Conversation contact=@ada
record c6 Conversation contact=@ada
record c7 Conversation contact=@ada
record c8 Conversation contact=@ada
record c9 Conversation contact=@ada
record c10 Conversation contact=@ada
record c11 Conversation contact=@ada
start desk.both conversation=@c1
start desk.both conversation=@c2
start desk.inserted conversation=@c3
start desk.other_anchor conversation=@c4
start desk.one_for_two conversation=@c5
start desk.one_for_two conversation=@c6
start desk.moved conversation=@c7
start desk.variants conversation=@c8
start desk.variants conversation=@c9
start desk.swapped conversation=@c10
start desk.swapped conversation=@c11
program said_after
migrate dry
// Nothing there, nothing like it in the old version, nothing like it in the new.
migrate asked."One"="Uno"
migrate ask."Three"="Uno"
migrate ask."One"="Tres"
migrate desk.swapped#swap."Left hand"=3
migrate ask."One"="Uno" desk.inserted#shall_we."No"=3 side.#right=#starboard day."Saturday"="At the weekend" day."Sunday = \"off\""="At the weekend" old_place=new_place old_place."A refund"="My money" old_place."A plan"="Other terms" size.#small=#tiny size.#middle=#medium swap.1=2 swap."Right hand"="The one with the watch"
// both
answer in c1 "1"
// both
answer in c2 "Two"
// inserted
answer in c3 "No"
// other_anchor
answer in c4 "Right"
// one_for_two
answer in c5 "1"
// one_for_two
answer in c6 "2"
// moved
answer in c7 "2"
// variants
answer in c8 "Small"
// variants
answer in c9 "2"
// swapped
answer in c10 "Left hand"
// swapped
answer in c11 "2"
