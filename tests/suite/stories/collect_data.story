// Every answer is checked before it is stored.
program ../../../examples
record visitor Contact first_name=null
record chat Conversation contact=@visitor
start collect_data.collect_data conversation=@chat
answer "ada at example"
answer "Ada@Example.com"
answer "Ada"
answer "no"
answer "+47 22 12 34 56"
answer "0"
answer "12"
show @visitor email first_name mobile team_size plan tags
show @chat status
