"""What carries the messages of the family: the network side of one party, without sockets and without a clock."""
