// Half-way they fall silent: what was stored stays, and the conversation is closed.
program ../../../examples
record visitor Contact first_name=null
record chat Conversation contact=@visitor
start collect_data.collect_data conversation=@chat
answer "ada@example.com"
advance 1 day
show @visitor email first_name tags
show @chat status close_reason
