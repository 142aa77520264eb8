"""Deviations from methods as a laboratory documents them: which rows they are about, and whether they go with the runs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from harness.case.documents import MethodDeviationDoc, ResultsDoc, RowDoc
from harness.core import Problem, did_you_mean
from harness.report.lab.serving import matching
from harness.report.lab.values import Lab

__all__ = ["deviation_problems", "deviations_of"]


def deviations_of(results: ResultsDoc, lab: Lab) -> list[MethodDeviationDoc]:
    """The deviations with the ids of the rows that each is about in the place of patterns."""
    return [{**each, "cases": [row["id"] for row in _concerned(results, each)]} for each in lab.deviations]


def deviation_problems(results: ResultsDoc, lab: Lab) -> Iterator[Problem]:
    """Methods and cases that no row has, and agreements that came after the report."""
    used = {row["method"]["id"] for row in results["results"]}
    issued = datetime.fromisoformat(results["report"]["issued_at"]).date().isoformat()
    for index, each in enumerate(lab.deviations):
        place = ("method_deviations", index)
        if each["method"] not in used:
            yield lab.problem(f"no row uses method '{each['method']}'{did_you_mean(each['method'], used)}", *place, "method")
            continue
        for position, pattern in enumerate(each["cases"]):
            if not any(matching(row, [pattern]) for row in _of_method(results, each["method"])):
                yield lab.problem(f"no planned case '{pattern}' of {each['method']}", *place, "cases", position)
        for key, approval in (("authorised", each["authorised"]), ("accepted", each["accepted"])):
            if approval["date"] > issued and not lab.demo:
                text = f"{key} on {approval['date']}, the report is issued on {issued}: what is not {key} by then is not reported"
                yield lab.problem(text, *place, key, "date")


def _concerned(results: ResultsDoc, deviation: MethodDeviationDoc) -> list[RowDoc]:
    return [row for row in _of_method(results, deviation["method"]) if matching(row, deviation["cases"])]


def _of_method(results: ResultsDoc, method: str) -> list[RowDoc]:
    return [row for row in results["results"] if row["method"]["id"] == method]
