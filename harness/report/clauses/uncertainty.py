"""How far a number is known, and what stands in the place of that where there is none: clause 7.6."""

from __future__ import annotations

from collections.abc import Iterator

from harness.case.documents import CheckDoc, ResultsDoc
from harness.core import is_time_unit
from harness.report.clauses.document import Finished

__all__ = ["UNCERTAINTY", "has_evaluated", "has_qualitative", "has_unevaluated"]

_OF_A_TIME = ("uncertainty.from_resolution", "uncertainty.from_stamp", "uncertainty.from_drift", "uncertainty.negligible")
_OF_A_READING = ("uncertainty.of_accuracy", "uncertainty.of_calibration", "uncertainty.of_resolution", "uncertainty.of_repeatability")


def sources(report: Finished) -> Iterator[str]:
    """The contributions of each kind of quantity, and why the others may be left out."""
    units = {value["unit"] for check in _checks(report.results) if (value := check["value"]) is not None and value["U"] is not None}
    if any(is_time_unit(unit) for unit in units):
        yield from report.lacks_texts(*_OF_A_TIME)
    if any(not is_time_unit(unit) for unit in units):
        yield from report.lacks_texts(*_OF_A_READING)


def not_evaluated(report: Finished) -> Iterator[str]:
    """Numbers without U are compared by simple acceptance, and the report says why they have none."""
    yield from report.lacks_texts("uncertainty.carried")
    for row in report.results["results"]:
        for check in row["checks"]:
            value, decision = check["value"], check["decision"]
            if value is not None and value["U"] is None and decision is not None and decision["rule"] != "SIMPLE":
                yield f"{row['id']} {check['name']}: decided by {decision['rule']} without an uncertainty"


def qualitative(report: Finished) -> Iterator[str]:
    """A check without a number has a criterion."""
    yield from report.lacks_texts("measurand.qualitative_how")
    for row in report.results["results"]:
        for check in row["checks"]:
            if check["value"] is None and not (check["criterion"]["text"] or check["expected"]).strip():
                yield f"{row['id']} {check['name']}: neither a number nor a criterion"


def has_evaluated(results: ResultsDoc) -> bool:
    """Whether a number has an uncertainty."""
    return any(check["value"] is not None and check["value"]["U"] is not None for check in _checks(results))


def has_unevaluated(results: ResultsDoc) -> bool:
    """Whether a number has none."""
    return any(check["value"] is not None and check["value"]["U"] is None for check in _checks(results))


def has_qualitative(results: ResultsDoc) -> bool:
    """Whether a check has no number."""
    return any(check["value"] is None for check in _checks(results))


def _checks(results: ResultsDoc) -> Iterator[CheckDoc]:
    return (check for row in results["results"] for check in row["checks"])


UNCERTAINTY = {"MU-SOURCES": sources, "MU-TEST": not_evaluated, "MU-QUAL": qualitative}
