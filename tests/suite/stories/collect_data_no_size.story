// The last question is left open for a day.
program ../../../examples
record visitor Contact first_name=null
record chat Conversation contact=@visitor
start collect_data.collect_data conversation=@chat
answer "ada@example.com"
answer "Ada"
answer "+47 22 12 34 56"
advance 1 day
show @visitor mobile team_size tags
show @chat status close_reason
