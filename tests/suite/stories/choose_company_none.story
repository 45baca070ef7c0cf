// None: a person looks at it.
program ../../../examples
record ada Contact email="ada@example.com"
record chat Conversation contact=@ada
start choose_company.choose_company conversation=@chat
show @chat assignee
