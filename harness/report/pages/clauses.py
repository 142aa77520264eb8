"""What the finished document was checked for, as the annex on the software lists it."""

from __future__ import annotations

from harness.case.documents import ResultsDoc
from harness.report.clauses import demands, state_of
from harness.report.strings import text
from harness.report.view import Table

__all__ = ["clause_table"]


def clause_table(results: ResultsDoc, *, selfcheck: bool, draft: bool = False) -> Table:
    """One line per demand. A report that misses one is not published, so the list can be printed before the check."""
    rows = []
    for demand in demands():
        state = text(f"clause.{state_of(demand, results, selfcheck=selfcheck, draft=draft).value}")
        rows.append((demand.id, demand.clause, f"{demand.what['zh']} {demand.what['en']}", f"{state['zh']} {state['en']}"))
    header = [text("clause.id"), text("clause.clause"), text("clause.what"), text("clause.state")]
    return Table(header, rows, text("clause.title"), note=text("clause.note"))
