"""V8: results.json has its shape, follows from plan and records, and every decision can be computed again."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pydantic import JsonValue

from harness.case.documents import ResultsDoc
from harness.case.run.invariants import violations
from harness.case.run.validation import RESULTS
from harness.core import ConfigError
from harness.report.campaign import load_campaign
from harness.report.campaign.readiness import readiness_faults
from harness.report.package.checks.rejudge import decision_faults, differences, rejudge
from harness.report.package.container.bag import Digests
from harness.report.package.container.layout import PHOTOS, REPORT_FOLDERS
from harness.report.package.outcome import Status, Step

__all__ = ["check_photos", "check_results", "read_results", "rejudge_rows"]

PHOTO_FOLDER = REPORT_FOLDERS[PHOTOS]
_SHOWN = 20


def read_results(content: bytes | None, step: Step) -> ResultsDoc | None:
    """results.json of the package, ``None`` (and a remark) if it lacks its shape."""
    if content is None:
        step.fail("v8.shape", detail="results.json")
        return None
    try:
        return RESULTS.parse(content, Path("results.json"))
    except ConfigError as error:
        for problem in error.problems:
            step.fail("v8.shape", detail=problem.text)
        return None


def check_results(results: ResultsDoc, number: str, runs: Mapping[str, Path], step: Step) -> None:
    """The rows against their invariants, the sealed plan and the records in the folders *runs*."""
    if results["report"]["number"] != number:
        step.fail("v8.number", found=results["report"]["number"], number=number)
    for line in violations(results)[:_SHOWN]:
        step.fail("v8.invariant", detail=line)
    try:
        campaign = load_campaign(list(runs.values()))
    except ConfigError as error:
        for problem in error.problems[:_SHOWN]:
            step.fail("v8.differs", detail=problem.text)
        return
    computed = campaign.results
    if results["report"].get("demo"):
        step.add(Status.NOTE, "v8.demo")
    if results["plan"]["cases"] != computed["plan"]["cases"]:
        missing = sorted(set(computed["plan"]["cases"]) - set(results["plan"]["cases"]))
        step.fail("v8.plan", detail=", ".join(missing) or "-")
    for line in [*differences(results, computed), *readiness_faults(results, campaign.plan)][:_SHOWN]:
        step.fail("v8.differs", detail=line)
    numbers = sum(rejudge(row).numbers for row in results["results"])
    step.end("v8.ok", rows=len(results["results"]), checks=numbers)


def check_photos(results: ResultsDoc, payload: Mapping[str, Digests], step: Step) -> None:
    """The photos of the item: those that the results name, and no other."""
    named = {f"{PHOTO_FOLDER}{each['file'].removeprefix(PHOTOS)}": each for each in results.get("photos", [])}
    for path, each in named.items():
        if path not in payload or payload[path].sha256 != each["sha256"]:
            step.fail("v8.photo", file=each["file"])
    for path in payload:
        if path.startswith(f"{PHOTO_FOLDER}/") and path not in named:
            step.fail("v8.photo_unnamed", path=path)


def rejudge_rows(results: ResultsDoc, step: Step) -> list[dict[str, JsonValue]]:
    """Every row judged again from value, limit, U and rule; each is remarked, and given back for the JSON."""
    rows: list[dict[str, JsonValue]] = []
    for row in results["results"]:
        found = rejudge(row)
        status = Status.OK if found.agrees else Status.FAIL
        step.add(status, "v8.recomputed", id=found.id, stated=found.stated, found=found.found, checks=found.numbers)
        for check in row["checks"]:
            for fault in decision_faults(check, results["plan"]["decision_rule"]):
                step.fail("v8.decision", id=row["id"], name=check["name"], detail=fault)
        rows.append({"id": found.id, "stated": found.stated, "found": found.found, "numbers": found.numbers, "agrees": found.agrees})
    return rows
