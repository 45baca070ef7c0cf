program audience.flow
record acme Company name="Acme" people=50
record big Company name="Big" people=500
record ada Contact first_name="Ada" company=@acme
record bob Contact first_name="Bob" company=@acme
record old Ticket subject="Old" contact=@ada
start audience.solved ticket=@old contact=@ada
set @acme people=100
set @ada company=@big
set @acme people=5
set @old status="solved"
set @ada company=@acme
set @acme people=6
set @big people=3
