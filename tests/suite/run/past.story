program past.flow
record ada Contact first_name="Ada"
record bob Contact first_name="Bob"
record old Ticket contact=@bob subject="Old"
fire seen contact=@ada
fire bought contact=@bob
fire seen contact=@bob
advance 1 day
fire called contact=@ada
fire bought contact=@ada
advance 3 days
fire called contact=@ada
counts
start past.both contact=@bob
start past.ticketed ticket=@old other=@ada
advance 3 days
start past.ticketed ticket=@old other=@bob
record eve Contact first_name="Eve"
start past.ticketed ticket=@old other=@eve
fire called contact=@eve
record sam Contact first_name="Sam"
fire seen contact=@sam
advance 2 days
fire called contact=@sam
advance 1 second
fire called contact=@sam
