"""The records of the methods: clause 7.2. A method of a standard was verified, one of our own was validated, before its first use here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness.case.documents import MethodDeviationDoc
from harness.report.clauses.document import Finished
from harness.report.strings import load_strings, text

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


def deviations(report: Finished) -> Iterator[str]:
    """Deviations from methods: the four parts of each on record and in print, marked in the results table and told in the conclusion."""
    mark, concerned = load_strings()["mark.method_deviation"], dict[str, None]()
    for each in report.results.get("method_deviations", []):
        for part, words in _parts(each).items():
            yield from report.lacks(f"deviation from {each['method']}, {part}:", *words, within=report.deviations)
        for key, approval in (("authorised", each["authorised"]), ("accepted", each["accepted"])):
            if approval["date"] > report.results["report"]["issued_at"][:10]:
                yield f"deviation from {each['method']}: {key} on {approval['date']}, after the report was issued"
        yield from report.lacks(f"deviation from {each['method']}: rows", *(each["cases"] or [""]), within=report.deviations)
        concerned |= dict.fromkeys(each["cases"])
    for case_id in concerned:
        row = report.rows.get(case_id)
        yield from report.lacks(f"{case_id}: mark", f"{mark['zh']} {mark['en']}", within="" if row is None else row.text)
    if ids := [row["id"] for row in report.results["results"] if row["id"] in concerned]:
        sentence = text("deviation.summary", ids=", ".join(ids))
        yield from report.lacks("in the conclusion,", sentence["zh"], sentence["en"], within=report.before_results)


def _parts(each: MethodDeviationDoc) -> dict[str, Sequence[str]]:
    """The four things without which a deviation is not reported, as they are printed."""
    authorised, accepted = each["authorised"], each["accepted"]
    return {
        "documented": (each["documented"]["zh"], each["documented"]["en"]),
        "justified": (each["justified"]["zh"], each["justified"]["en"]),
        "authorised": (authorised["name"], authorised["date"], authorised["record"]),
        "accepted": (accepted["name"], accepted["date"], accepted["record"]),
    }


METHODS = {"MET-VERIFY": verified, "MET-VALID": validated, "MET-DEV": deviations}
