"""Which instrument served which row: by the links that it was on, and by the cases that it served."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase

from harness.case.documents import EquipmentDoc, ResultsDoc, RowDoc, RunDoc
from harness.core import Problem, did_you_mean
from harness.report.lab.values import Lab

__all__ = ["is_measured", "matching", "runs_of", "serving_problems", "serving_rows"]


def runs_of(results: ResultsDoc) -> list[RunDoc]:
    """The runs that the report is about."""
    return results.get("merged_runs", [results["run"]])


def is_measured(row: RowDoc) -> bool:
    """Whether instruments had a part in *row*: it was carried out, and not on a model."""
    return bool(row["attempts"]) and row["bench_mode"] != "simulation"


def matching(row: RowDoc, cases: Sequence[str]) -> bool:
    """Whether *cases*, ids or patterns, name *row*."""
    return any(fnmatchcase(row["id"], pattern) for pattern in cases)


def serving_rows(results: ResultsDoc, equipment: Sequence[EquipmentDoc]) -> dict[str, list[str]]:
    """Ids of the instruments by the id of the row that they served, in the order of the list."""
    runs = {run.get("name", ""): run for run in runs_of(results)}
    return {row["id"]: [each["id"] for each in equipment if _serves(each, row, runs)] for row in results["results"] if is_measured(row)}


def _serves(each: EquipmentDoc, row: RowDoc, runs: Mapping[str, RunDoc]) -> bool:
    links, cases = each.get("links", []), each.get("cases", [])
    if each["id"] in row["equipment"]:
        return True
    if cases and not matching(row, cases):
        return False
    if links:
        return any(file["link"] in links for file in row["evidence"])
    if cases:
        return True
    own = runs if not row["evidence"] else {file.get("run", "") for file in row["evidence"]}
    return any(each["id"] in rig_instruments(runs[name]) for name in own if name in runs)


def rig_instruments(run: RunDoc) -> list[str]:
    """Equipment numbers that the rig of a run names for its instruments."""
    stated = run["rig"].get("instruments", {})
    numbers = [each.get("calibration") for each in stated.values() if isinstance(each, dict)]
    return [str(number) for number in numbers if number]


def serving_problems(results: ResultsDoc, lab: Lab) -> Iterator[Problem]:
    """References that lead nowhere, in both directions: instruments without a row, links and rig instruments without an instrument.

    In a demo the links of the template may be those of another rig.
    """
    runs, rows = runs_of(results), results["results"]
    links = sorted({link for run in runs for link in run["rig"]["links"]})
    served = serving_rows(results, lab.equipment)
    for index, each in enumerate(lab.equipment):
        for position, link in enumerate(each.get("links", [])):
            if link not in links and not lab.demo:
                yield lab.problem(f"no link '{link}' on the rig{did_you_mean(link, links)}", "equipment", index, "links", position)
        for position, pattern in enumerate(each.get("cases", [])):
            if not any(matching(row, [pattern]) for row in rows):
                yield lab.problem(f"no planned case '{pattern}'", "equipment", index, "cases", position)
    if not any(is_measured(row) for row in rows):
        return
    yield from _idle(lab, served)
    listed = [each["id"] for each in lab.equipment]
    for run in runs:
        for number in rig_instruments(run):
            if number not in listed:
                text = f"the rig '{run['rig']['name']}' names instrument '{number}', which is not listed{did_you_mean(number, listed)}"
                yield lab.problem(text, "equipment")
    yield from _unserved(results, lab, served)


def _idle(lab: Lab, served: Mapping[str, Sequence[str]]) -> Iterator[Problem]:
    used = {name for names in served.values() for name in names}
    used |= {
        shown["equipment"]
        for each in lab.conditions
        for shown in (each["temperature"], each["humidity"], each.get("pressure"))
        if shown is not None
    }
    for index, each in enumerate(lab.equipment):
        if each["id"] not in used and "unused" not in each:
            text = f"'{each['id']}' served no row; name its 'links' or 'cases', or say in 'unused' why it is listed"
            yield lab.problem(text, "equipment", index)
        elif each["id"] in used and "unused" in each:
            yield lab.problem(f"'{each['id']}' is in use; remove 'unused'", "equipment", index, "unused")


def _unserved(results: ResultsDoc, lab: Lab, served: Mapping[str, Sequence[str]]) -> Iterator[Problem]:
    measuring = {each["id"] for each in lab.equipment if each.get("kind") != "auxiliary"}
    # A row that ended before anything was recorded was served by nothing.
    recorded = [row for row in results["results"] if is_measured(row) and row["evidence"]]
    bare = [row["id"] for row in recorded if not measuring & set(served.get(row["id"], []))]
    if bare:
        shown = ", ".join(bare[:5]) + (f" and {len(bare) - 5} more" if len(bare) > 5 else "")
        text = f"no measuring instrument served {shown}; list the logger or instrument with the 'links' that it was on"
        yield lab.problem(text, "equipment")
