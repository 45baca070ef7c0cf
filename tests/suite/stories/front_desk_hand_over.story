// A professional is not offered another plan, and asks for a person.
program ../../../examples
record grace Contact email="grace@example.com" first_name="Grace" plan="pro"
record chat Conversation contact=@grace
start front_desk.front_desk conversation=@chat
answer "Talk to a person"
show @chat assignee status
