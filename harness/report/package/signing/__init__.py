"""Keys, signatures, time stamps and whom to trust."""
