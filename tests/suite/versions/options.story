// Options change their places, come and go; what was answered by words or by number is what was meant.
program options_before
record ada Contact first_name="Ada"
record bob Contact first_name="Bob" plan="pro"
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
record c12 Conversation contact=@ada
record c13 Conversation contact=@ada
record c14 Conversation contact=@bob
record c15 Conversation contact=@ada
record c16 Conversation contact=@ada
record c17 Conversation contact=@ada
record c18 Conversation contact=@ada
record c19 Conversation contact=@ada
record c20 Conversation contact=@ada
record c21 Conversation contact=@ada
record c22 Conversation contact=@ada
record c23 Conversation contact=@ada
start desk.reordered conversation=@c1
start desk.reordered conversation=@c2
start desk.inserted conversation=@c3
start desk.removed conversation=@c4
start desk.renamed conversation=@c5
start desk.one_renamed conversation=@c6
start desk.one_renamed conversation=@c7
start desk.both conversation=@c8
start desk.inserted_renamed conversation=@c9
start desk.anchored conversation=@c10
start desk.other_anchor conversation=@c11
start desk.anchors_since conversation=@c12
start desk.hidden conversation=@c13
start desk.hidden conversation=@c14
start desk.shown_since conversation=@c15
start desk.hidden_since conversation=@c16
start desk.with_else conversation=@c17
start desk.with_else conversation=@c18
start desk.computed conversation=@c19 order="A1"
start desk.variants conversation=@c20
start desk.variants conversation=@c21
start desk.picked conversation=@c22
start desk.again_since conversation=@c23
program options_after
migrate dry
migrate
// reordered
answer in c1 "1"
// reordered
answer in c2 "Blue"
// inserted
answer in c3 "2"
// removed
answer in c4 "Sunday"
// renamed
answer in c5 "A plan"
// one_renamed
answer in c6 "A plan"
// one_renamed
answer in c7 "3"
// both
answer in c8 "Two"
// inserted_renamed
answer in c9 "No"
// anchored
answer in c10 "1"
// other_anchor
answer in c11 "Two"
// anchors_since
answer in c12 "right"
// hidden
answer in c13 "2"
// hidden
answer in c14 "Help"
// shown_since
answer in c15 "2"
// hidden_since
answer in c16 "Premium"
// with_else
answer in c17 "2"
// with_else
answer in c18 "purple"
// computed
answer in c19 "1"
// variants
answer in c20 "Medium"
// variants
answer in c21 "1"
// picked
answer in c22 "1"
// again_since
answer in c23 "violet"
// Asked again, in the words and the order of now.
answer in c23 "1"
counts
