"""Simulated trucks and stations: plant models, nodes, named faults. No judgement, no clock, no I/O."""
