"""Internet protocols below the standards: a party on an IPv6 network."""
