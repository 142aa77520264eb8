"""The equipment used."""

from __future__ import annotations

from harness.case.documents import ResultsDoc
from harness.report.pages.fields import compact
from harness.report.strings import text
from harness.report.view import Table

__all__ = ["equipment_table"]


def equipment_table(results: ResultsDoc) -> Table | None:
    """One line per instrument; ``None`` if there is none."""
    if not results["equipment"]:
        return None
    rows = [(str(each.get("id", "")), compact({key: value for key, value in each.items() if key != "id"})) for each in results["equipment"]]
    return Table([text("equipment.id"), text("equipment.data")], rows)
