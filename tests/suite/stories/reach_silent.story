// A contact who does not answer gets a mail, and three days later a text message.
program ../../../examples
record ada Contact email="ada@example.com" first_name="Ada" mobile="+4722334455"
http POST /2010-04-01/Accounts/AC1/Messages.json 201 {"sid":"SM1","status":"queued","num_segments":"1"}
start reach.reach contact=@ada
advance 3 days
advance 1 day
notes ada
