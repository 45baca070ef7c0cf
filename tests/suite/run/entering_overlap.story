program entering.flow
record ada Contact first_name="Ada"
set @ada plan="pro"
fire asked contact=@ada about="news"
advance 1 hour
fire asked contact=@ada about="news"
advance 1 day
fire asked contact=@ada about="turn"
fire asked contact=@ada about="turn"
fire asked contact=@ada about="turn"
show @ada level
advance 1 hour
show @ada level
cancel
advance 1 hour
show @ada level
