// The number may stay open: after an hour the next question comes, and its answer is heard.
program ../../../examples
record visitor Contact first_name=null
record chat Conversation contact=@visitor
start collect_data.collect_data conversation=@chat
answer "ada@example.com"
answer "Ada"
advance 1 hour
answer "3"
show @visitor email first_name mobile team_size plan tags
show @chat status
