"""Control units of a simulated truck on its own network: what they know, send, answer and remember."""
