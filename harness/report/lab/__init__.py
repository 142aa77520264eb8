"""The laboratory's own data: read from a YAML file, checked, joined with the results of the runs.

A file is checked for itself (``loader``, ``references``, ``forbidden``), then against the runs (``issue``), which also lowers
the rows that the instruments cannot carry (``calibration``).
"""

from __future__ import annotations

from harness.report.lab.identity import read_identity
from harness.report.lab.issue import issue
from harness.report.lab.loader import load_lab
from harness.report.lab.template import write_template
from harness.report.lab.values import Lab

__all__ = ["Lab", "issue", "load_lab", "read_identity", "write_template"]
