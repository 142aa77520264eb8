"""The instruments as printed: clauses 6.4.4, 6.4.11, 6.4.13 and 6.5."""

from __future__ import annotations

from collections.abc import Iterator

from harness.core import Reason, Verdict
from harness.report.clauses.document import Finished
from harness.report.lab.calibration import lacks_of

__all__ = ["EQUIPMENT"]

_ROUTES = ("NMI-CIPM-MRA", "ILAC-MRA", "other")


def identity(report: Finished) -> Iterator[str]:
    for each in report.results["equipment"]:
        keys = ("name", "maker", "type", "serial", "software", "firmware") if "kind" in each else ()
        words = (each["id"], *(each.get(key, "") for key in keys))
        yield from report.lacks(f"{each['id']}:", *words, within=report.before_results)


def calibration(report: Finished) -> Iterator[str]:
    for each in report.results["equipment"]:
        if "cal" in each:
            # A plan may name an instrument in short; the laboratory file states all of it.
            words = [each["cal"].get(key, "") for key in ("cert", "lab", "date", "due") if key in each["cal"] or "kind" in each]
            yield from report.lacks(f"{each['id']}: calibration", *words, within=report.before_results)
            if not each["cal"].get("sha256") and not each["cal"].get("no_file") and "kind" in each:
                yield f"{each['id']}: neither the calibration document nor the reason why it is not enclosed"
    yield from _passed_without(report, Reason.CAL_EXPIRED)


def route(report: Finished) -> Iterator[str]:
    for each in report.results["equipment"]:
        if "cal" in each and "kind" in each:
            stated = each["cal"].get("route", "")
            if stated not in _ROUTES:
                yield f"{each['id']}: '{stated}' is no route of traceability"
            yield from report.lacks(f"{each['id']}: route", stated, within=report.before_results)
            if stated == "other":
                yield from report.lacks(f"{each['id']}: justification", each["cal"].get("justification", ""), within=report.before_results)


def use(report: Finished) -> Iterator[str]:
    listed = {each["id"]: each for each in report.results["equipment"]}
    served = {name for row in report.results["results"] for name in row["equipment"]}
    yield from (f"'{name}' served rows and is not listed" for name in sorted(served - listed.keys()))
    for name, each in listed.items():
        if name not in served and "unused" in each:
            yield from report.lacks(f"{name}: why it was not used", each["unused"], within=report.before_results)


def corrections(report: Finished) -> Iterator[str]:
    for each in report.results["equipment"]:
        for correction in each.get("cal", {}).get("corrections", []):
            words = (correction["quantity"], correction["before"], correction["after"])
            yield from report.lacks(f"{each['id']}: correction", *words, within=report.before_results)


def auxiliary(report: Finished) -> Iterator[str]:
    for each in report.results["equipment"]:
        if each.get("kind") == "auxiliary":
            verified = each.get("verification")
            words = (verified["record"], verified["date"]) if verified is not None else ("",)
            yield from report.lacks(f"{each['id']}: verification", *words, within=report.before_results)


def clocks(report: Finished) -> Iterator[str]:
    for each in report.results["equipment"]:
        if (clock := each.get("clock")) is not None:
            words = (clock["source"], clock["resolution_s"], clock["accuracy_s"], clock["ppm"], clock["sync"])
            yield from report.lacks(f"{each['id']}: time base", *words, within=report.before_results)
    yield from _passed_without(report, Reason.NO_TIMEBASE)


def _passed_without(report: Finished, code: Reason) -> Iterator[str]:
    """Rows that passed although an instrument lacks what *code* is about."""
    listed = {each["id"]: each for each in report.results["equipment"]}
    for row in report.results["results"]:
        if row["verdict"] == Verdict.PASS.word:
            yield from (f"{row['id']} passed, {lack.detail}" for lack in lacks_of(row, listed) if lack.code is code)


EQUIPMENT = {
    "EQ-ID": identity,
    "EQ-CAL": calibration,
    "EQ-ROUTE": route,
    "EQ-USE": use,
    "EQ-CORR": corrections,
    "EQ-STIM": auxiliary,
    "EQ-CLOCK": clocks,
}
