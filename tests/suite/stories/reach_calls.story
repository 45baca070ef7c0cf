// Who has no mobile phone is called by a teammate, who hears of it by mail.
program ../../../examples
record ada Contact email="ada@example.com"
record grace Teammate name="Grace" email="grace@acme.example" teams=["support"]
start reach.reach contact=@ada
advance 5 days
