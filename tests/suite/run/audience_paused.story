program audience.flow
record ada Contact first_name="Ada"
fire ping contact=@ada
pause audience.held
pause audience.held
fire ping contact=@ada
advance 2 hours
show @ada score
counts
unpause audience.held
show @ada score
advance 2 hours
show @ada score
