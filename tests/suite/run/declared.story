program declared.flow
record ada Contact first_name="Ada"
http GET /route 200 {"team":"support","tags":["vip","late"],"extra":null}
start declared.route contact=@ada shop=$shop
show @ada heard
http GET /route 200 {"team":"nope"}
start declared.route contact=@ada shop=$shop
show @ada heard
http GET /route 200 {"team":"finance","tags":["vip","vpi"]}
start declared.route contact=@ada shop=$shop
show @ada heard
http GET /route 200 {"team":"finance","extra":7}
start declared.route contact=@ada shop=$shop
show @ada heard
start declared.give contact=@ada to="support"
show @ada heard
start declared.give contact=@ada to="nope"
start declared.give contact=@ada to="finance" tag="late"
show @ada heard
