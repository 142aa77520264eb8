"""V11 and V12: calibration and methods, and claims that are not allowed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from harness.case.documents import EquipmentDoc, PlanDoc, ResultsDoc, RowDoc
from harness.core import Reason, Verdict
from harness.report.claims_files import claims_in_file, claims_in_name
from harness.report.clauses.results import METHOD
from harness.report.lab.calibration import Lack, days_of, lacks_of
from harness.report.package.container.bag import Digests
from harness.report.package.container.layout import CRATE
from harness.report.package.container.opening import Opened
from harness.report.package.outcome import Step

__all__ = ["check_calibration", "check_claims"]

_SHOWN = 10


def check_calibration(results: ResultsDoc, plans: Sequence[PlanDoc], payload: Mapping[str, Digests], step: Step) -> None:
    """V11."""
    listed = {each["id"]: each for each in results["equipment"]}
    planned = {each["id"]: each for plan in plans for each in plan.get("equipment", [])}
    files = {each.sha256 for path, each in payload.items() if path.startswith("data/equipment/")}
    for name, instrument in listed.items():
        if name in planned and "cal" in planned[name] and planned[name]["cal"] != instrument.get("cal"):
            step.fail("v11.moved", instrument=name)
        stated = instrument.get("cal", {}).get("sha256")
        if stated and stated not in files:
            step.fail("v11.certificate", instrument=name)
    for row in results["results"]:
        for lack in _not_carried(row, listed, step):
            if lack.code is Reason.CAL_EXPIRED:
                step.fail("v11.due", id=row["id"], date=" – ".join(days_of(row)), instrument=lack.instrument, cal=lack.span)
            else:
                step.fail("v11.clock", id=row["id"], instrument=lack.instrument)
        if not METHOD.fullmatch(row["method"]["id"]):
            step.fail("v11.edition", id=row["id"], method=row["method"]["id"])
    methods = len({row["method"]["id"] for row in results["results"]})
    step.end("v11.ok" if listed else "v11.none", instruments=len(listed), methods=methods)


def check_claims(opened: Opened, results: ResultsDoc | None, step: Step) -> None:
    """V12: what report and results say to people and to programs, and the names of all files.

    What a calibration certificate says of the laboratory that made it is no claim of this report.
    """
    allowed = list(_words(results["equipment"])) if results is not None else []
    found = [claim for path in opened.files if path.startswith("data/") for claim in claims_in_name(path)]
    for path in opened.files:
        if path.startswith(("data/report/", "data/results/")) or path == CRATE:
            found += claims_in_file(path, opened.read(path) or b"", allowed)
    for claim in found[:_SHOWN]:
        step.fail("v12.claim", where=f"{claim.file}, {claim.place}", detail=str(claim.claim))
    step.end("v12.ok")


def _not_carried(row: RowDoc, listed: Mapping[str, EquipmentDoc], step: Step) -> Iterator[Lack]:
    """What the instruments of a row that passed lack; a row that was lowered for it, or did not pass, is in order."""
    if not row["attempts"]:
        return
    for name in row["equipment"]:
        if name not in listed:
            step.fail("v11.unknown", id=row["id"], instrument=name)
    if row["verdict"] == Verdict.PASS.word:
        yield from lacks_of(row, listed)


def _words(value: object) -> Iterator[str]:
    """All texts in a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _words(each)
    elif isinstance(value, list):
        for each in value:
            yield from _words(each)
