program audience.flow
record ada Contact first_name="Ada"
record bob Contact first_name="Bob" score=60
set @ada score=40
set @ada score=60
set @ada score=70
set @ada score=10
set @ada score=80
program audience.flow
set @bob score=61
advance 2 days
set @ada plan="pro"
advance 12 days
set @bob plan="pro"
counts
advance 20 days
set @ada plan="trial"
set @bob plan="trial"
program audience.flow
matching audience.nurture
matching audience.nurture
