"""What this machine and a rig can do, and what keeps them from more: told before a run, in words of the run."""

from harness.doctor.coverage import CaseState, SuiteCoverage
from harness.doctor.examine import Examination, examine
from harness.doctor.finding import Finding, State

__all__ = ["CaseState", "Examination", "Finding", "State", "SuiteCoverage", "examine"]
