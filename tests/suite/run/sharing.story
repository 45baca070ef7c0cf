program sharing.flow
record acme Company name="Acme"
record initech Company name="Initech" tier=1
record third Company name="Third"
record ada Contact first_name="Ada"
record bob Contact first_name="Bob" company=@initech
record chat Conversation contact=@ada
record talk Conversation contact=@bob
start sharing.follows conversation=@chat
start sharing.follows conversation=@talk
set @acme tier=3
set @ada company=@acme
set @bob company=null
set @initech tier=8
set @bob company=@initech
set @acme tier=0
set @initech tier=0
record grace Teammate name="Grace" email="grace@example.com"
record one Ticket subject="One" contact=@ada
record two Ticket subject="Two" contact=@bob
start sharing.both ticket=@one other=@two mate=@grace
set @two status="solved"
set @one status="solved"
start sharing.both ticket=@two other=@one mate=@grace
set @two status="open"
start sharing.both ticket=@two other=@one mate=@grace
set @grace name="Nobody"
start sharing.beside contact=@ada one=@acme two=@initech three=@third
start sharing.beside contact=@bob one=@initech two=@acme three=@third
set @initech tier=1
set @acme tier=1
set @initech tier=7
set @third tier=9
