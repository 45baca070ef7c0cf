program talking.flow
record ada Contact first_name="Ada"
record chat Conversation contact=@ada
start talking.talking conversation=@chat
answer "six"
answer "6"
advance 5 minutes
answer "5"
answer "ab"
answer "abc"
answer "g"
answer "perhaps"
answer "yes"
answer "2025-12-31"
answer "2026-01-01"
answer "Cake"
answer "tea"
answer "Coffee"
answer "cake"
answer "no"
answer "cof"
answer "y"
show @ada rating credit
