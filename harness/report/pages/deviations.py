"""Deviations: from the methods, as the laboratory documented them, and of the item, as they were declared before the run."""

from __future__ import annotations

from harness.case.documents import ApprovalDoc, MethodDeviationDoc, ResultsDoc, Text
from harness.report.strings import text
from harness.report.view import Table

__all__ = ["deviating_rows", "deviation_tables", "deviations_of"]


def deviating_rows(results: ResultsDoc) -> list[str]:
    """Ids of the rows that were not tested as their method says, in the order of the results."""
    concerned = {case_id for each in results.get("method_deviations", []) for case_id in each["cases"]}
    return [row["id"] for row in results["results"] if row["id"] in concerned]


def deviations_of(results: ResultsDoc, case_id: str) -> list[MethodDeviationDoc]:
    """The deviations of one row from its method."""
    return [each for each in results.get("method_deviations", []) if case_id in each["cases"]]


def deviation_tables(results: ResultsDoc) -> list[Table]:
    """Both kinds; a table without rows says that there was no such deviation."""
    return [_from_methods(results), _of_the_item(results)]


def _from_methods(results: ResultsDoc) -> Table:
    """What was done otherwise than the method says, with the four things without which it is not reported."""
    rows = [
        (
            f"{each['method']}: {', '.join(each['cases'])}",
            _both(each["documented"]),
            _both(each["justified"]),
            _agreed(each["authorised"]),
            _agreed(each["accepted"]),
        )
        for each in results.get("method_deviations", [])
    ]
    header = [text(f"deviation.{key}") for key in ("method", "documented", "justified", "authorised", "accepted")]
    return Table(header, rows, text("deviation.from_methods"), note=None if rows else text("deviation.none"))


def _of_the_item(results: ResultsDoc) -> Table:
    rows = [
        (row["id"], *(str(deviation.get(key, "")) for key in ("reason", "ticket", "expires")))
        for row in results["results"]
        for deviation in row["deviations"]
    ]
    header = [text(f"deviation.{key}") for key in ("item", "reason", "ticket", "expires")]
    return Table(header, rows, text("deviation.of_the_item"), note=None if rows else text("deviation.none"))


def _both(words: Text) -> str:
    return f"{words['zh']} {words['en']}"


def _agreed(approval: ApprovalDoc) -> str:
    return f"{approval['name']}, {approval['date']}, {approval['record']}"
