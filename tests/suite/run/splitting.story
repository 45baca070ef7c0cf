// Twice each: the side stays.
program splitting.flow
record ada Contact first_name="Ada"
record bob Contact first_name="Bob"
record cid Contact first_name="Cid"
record dan Contact first_name="Dan"
record eve Contact first_name="Eve"
record fay Contact first_name="Fay"
record chat Conversation contact=@ada
record again Conversation contact=@ada
start splitting.splitting contact=@ada
start splitting.splitting contact=@bob
start splitting.splitting contact=@cid
start splitting.splitting contact=@dan
start splitting.splitting contact=@eve
start splitting.splitting contact=@fay
start splitting.splitting contact=@ada
start splitting.splitting contact=@bob
start splitting.splitting contact=@cid
start splitting.splitting contact=@dan
start splitting.splitting contact=@eve
start splitting.splitting contact=@fay
start splitting.talked conversation=@chat
start splitting.talked conversation=@again
advance 1 day
show @ada tone
show @bob tone
show @cid tone
show @dan tone
show @eve tone
show @fay tone
