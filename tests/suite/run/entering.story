program entering.flow
record ada Contact first_name="Ada"
record bot Contact first_name="Bot"
start entering.welcome contact=@ada
start entering.parent contact=@ada
fire asked contact=@bot about="welcome"
set @ada plan="pro"
advance 31 days
start entering.welcome contact=@ada
set @ada plan="trial"
start entering.welcome contact=@ada
fire moved_away contact=@bot
fire moved_away contact=@ada
record chat Conversation contact=@ada
