// A teammate writes while a question is open: the conversation is theirs, and the run is over.
program ../../../examples
record ada Contact email="ada@example.com" first_name="Ada" plan="trial"
record grace Teammate name="Grace" email="grace@support.example"
record chat Conversation contact=@ada
start front_desk.front_desk conversation=@chat
fire conversation.replied conversation=@chat teammate=@grace
answer "Talk to a person"
show @chat assignee status
