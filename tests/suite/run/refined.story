program refined.flow
record ada Contact first_name="Ada"
http GET /card 200 {"mail":"Ada@Example.com","site":"https://example.com/a","phone":"+47 22 12 34 56","zone":"Europe/Oslo","price":"5 EUR"}
start refined.card contact=@ada shop=$shop
show @ada heard
http GET /card 200 {"mail":"not an email"}
start refined.card contact=@ada shop=$shop
show @ada heard
http GET /card 200 {"mail":"a@b.example","site":"zzz"}
start refined.card contact=@ada shop=$shop
show @ada heard
http GET /card 200 {"mail":"a@b.example","phone":"12"}
start refined.card contact=@ada shop=$shop
show @ada heard
http GET /card 200 {"mail":"a@b.example","zone":"Mars/X"}
start refined.card contact=@ada shop=$shop
show @ada heard
http GET /card 200 {"mail":"a@b.example","price":"5 XYZ"}
start refined.card contact=@ada shop=$shop
show @ada heard
start refined.greet contact=@ada mail="a@@b.c"
start refined.greet contact=@ada mail="Grace@Example.com"
show @ada email
