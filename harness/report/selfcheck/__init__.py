"""Validation of the software that measures and judges: known traces and known numbers must give known results."""

from harness.report.selfcheck.document import SelfcheckDoc, selfcheck

__all__ = ["SelfcheckDoc", "selfcheck"]
