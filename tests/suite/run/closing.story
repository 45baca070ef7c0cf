program closing.flow
record ada Contact first_name="Ada"
record one Conversation contact=@ada
record two Conversation contact=@ada
record three Conversation contact=@ada
start closing.leaves_on conversation=@one
start closing.leaves_when conversation=@two
start closing.fails conversation=@three
start closing.shut conversation=@one
start closing.shut conversation=@two
start closing.shut conversation=@three
notes one
notes two
notes three
