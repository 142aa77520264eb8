"""Certification cases: metadata, catalogue, PICS, steps, checks, records and the run folder."""
