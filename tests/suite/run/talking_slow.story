program talking.flow
record ada Contact first_name="Ada"
record chat Conversation contact=@ada
start talking.talking conversation=@chat
answer "six"
advance 9 minutes
answer "7"
advance 1 minute
show @ada rating
answer "word"
answer "3"
answer "n"
answer "1.2.2026"
advance 4 minutes
answer "tea"
advance 4 minutes
advance 1 minute
show @ada credit
