"""Certification cases: metadata, catalogue, PICS, steps, checks, records."""

from harness.case.expectations import CaseBench
from harness.case.metadata import case
from harness.case.sut import Sut

__all__ = ["CaseBench", "Sut", "case"]
