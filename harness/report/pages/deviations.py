"""Deviations from the methods."""

from __future__ import annotations

from harness.case.documents import ResultsDoc
from harness.report.strings import text
from harness.report.view import Table

__all__ = ["deviation_table"]


def deviation_table(results: ResultsDoc) -> Table | None:
    """The deviations of all rows; ``None`` if there are none."""
    rows = [
        (row["id"], *(str(deviation.get(key, "")) for key in ("reason", "ticket", "expires")))
        for row in results["results"]
        for deviation in row["deviations"]
    ]
    header = [text("deviation.item"), text("deviation.reason"), text("deviation.ticket"), text("deviation.expires")]
    return Table(header, rows) if rows else None
