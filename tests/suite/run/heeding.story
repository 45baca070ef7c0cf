program heeding.flow
record ada Contact first_name="Ada"
record bob Contact first_name="Bob"
record initech Company name="Initech"
record acme Company name="Acme"
start heeding.collect contact=@ada least=5
fire paid contact=@ada amount=9
fire paid contact=@ada amount=101
set @ada most=200
fire paid contact=@ada amount=101
fire paid contact=@ada amount=3
fire paid contact=@bob amount=50
fire paid contact=@ada amount=10
start heeding.collect contact=@ada least=500
fire paid contact=@ada amount=10
advance 8 days
start heeding.of_company contact=@ada
fire paid contact=@ada amount=1 by=@acme
fire paid contact=@bob amount=1 by=@initech
start heeding.of_company contact=@ada
fire paid contact=@bob amount=1001
start heeding.at_once contact=@bob
advance 2 days
