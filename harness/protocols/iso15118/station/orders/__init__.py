"""Orders to the station as objects: about its responses, the answers of the discovery, its lines and its output."""
