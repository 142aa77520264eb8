"""Recordings: from a capture file to interface, sessions, verdicts and findings."""
