// Not a word for a day: without an address a person has to help.
program ../../../examples
record visitor Contact first_name=null
record chat Conversation contact=@visitor
start collect_data.collect_data conversation=@chat
advance 1 day
show @chat assignee
answer "ada@example.com"
show @visitor email
