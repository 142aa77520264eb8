"""Who prepared, reviewed and approved the report."""

from __future__ import annotations

from harness.report.lab import Lab
from harness.report.strings import text
from harness.report.view import Signature

__all__ = ["signatures_of"]


def signatures_of(lab: Lab) -> list[Signature]:
    """The three lines to sign, in the order of signing."""
    return [
        Signature(text("summary.prepared"), lab.prepared.name, lab.prepared.role),
        Signature(text("summary.reviewed"), lab.reviewed.name, lab.reviewed.role),
        Signature(text("summary.approved"), lab.approved.name, lab.approved.role),
    ]
