"""The records of the methods: clause 7.2. A method of a standard was verified, one of our own was validated, before its first use here."""

from __future__ import annotations

from collections.abc import Iterator

from harness.report.clauses.document import Finished
from harness.report.strings import load_strings

__all__ = ["METHODS"]

_OWN = "PRECERT-"


def verified(report: Finished) -> Iterator[str]:
    yield from _records(report, own=False)


def validated(report: Finished) -> Iterator[str]:
    yield from _records(report, own=True)


def _records(report: Finished, *, own: bool) -> Iterator[str]:
    """Methods without a record, records that are not printed, and records that are younger than the first test."""
    records = {each["id"]: each for each in report.results.get("methods", [])}
    first = min((run["started_at"][:10] for run in report.runs), default="")
    words = load_strings()["method.validated" if own else "method.verified"]
    for method in dict.fromkeys(row["method"]["id"] for row in report.results["results"]):
        if method.startswith(_OWN) is not own:
            continue
        if (kept := records.get(method)) is None:
            yield f"{method} has no record"
            continue
        printed = f"{method} {words['zh']} {words['en']} {kept['record']} {kept['date']}"
        yield from report.lacks("record", printed, within=report.before_results)
        if kept["date"] > first:
            yield f"{method}: the record is of {kept['date']}, the first test of {first}"


METHODS = {"MET-VERIFY": verified, "MET-VALID": validated}
