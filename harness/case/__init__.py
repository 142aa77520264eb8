"""Certification cases: metadata, catalogue, PICS, steps, checks, records."""

from harness.case.expectations import CaseBench, Sut
from harness.case.metadata import case

__all__ = ["CaseBench", "Sut", "case"]
