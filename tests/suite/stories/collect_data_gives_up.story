// Two further attempts, then a colleague takes over.
program ../../../examples
record visitor Contact first_name=null
record chat Conversation contact=@visitor
start collect_data.collect_data conversation=@chat
answer "what?"
answer "why?"
answer "no"
show @visitor email
show @chat assignee
