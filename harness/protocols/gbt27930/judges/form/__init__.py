"""Rules about one message at a time: under which identifier it comes, how long it is, what its fields may say."""
