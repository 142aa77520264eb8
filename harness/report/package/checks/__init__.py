"""The steps of a verification, V2 to V13; V1 is the opening of the container."""
