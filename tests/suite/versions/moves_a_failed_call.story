// Calls have failed; the flow changes; who retries goes on as a run of the new version. The other call there breaks.
program call_before
record ada Contact email="ada@example.com"
start desk.another contact=@ada shop=$shop
start desk.fetch contact=@ada shop=$shop
program call_after
migrate
http GET /thing 200 {"id":"t1"}
retry
notes ada
