"""Which rows have their detail sheet in the PDF; the HTML has all of them."""

from __future__ import annotations

from harness.case.documents import ReportDoc, RowDoc
from harness.case.run.results import counted_as

__all__ = ["has_sheet"]


def has_sheet(report: ReportDoc, row: RowDoc) -> bool:
    """Whether the PDF of *report* prints the detail sheet of *row*."""
    return "sheets" not in report or counted_as(row) not in ("pass", "na")
