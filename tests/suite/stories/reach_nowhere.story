// No address and no telephone: support hear of it in Slack, which wants a moment first.
program ../../../examples
record bob Contact first_name="Bob <b>"
http POST /api/chat.postMessage 200 {"ok":false,"error":"ratelimited"}
http POST /api/chat.postMessage 200 {"ok":true,"channel":"C1","ts":"17.1"}
start reach.reach contact=@bob
advance 10 seconds
