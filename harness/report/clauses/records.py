"""What a repetition needs, who did it, with which software: clauses 7.5.1 and 7.11."""

from __future__ import annotations

from collections.abc import Iterator

from harness.report.clauses.document import Finished
from harness.report.strings import load_strings, text

__all__ = ["RECORDS"]


def repeatable(report: Finished) -> Iterator[str]:
    part = report.before_results
    yield from report.lacks("plan", report.results["plan"]["sha256"], within=part)
    for run in report.runs:
        yield from report.lacks("rig", run["rig"]["name"], within=part)
        yield from report.lacks("random seed", run["seed"], within=part)
        yield from report.lacks("software", run["precert_version"], *run["tools"].values(), within=part)
    for suite in report.results["suites"]:
        yield from report.lacks("suite", f"{suite['name']}@{suite['version']}", within=part)


def people(report: Finished) -> Iterator[str]:
    named = report.results.get("people")
    if named is None:
        yield "nobody operated the bench, nobody checked"
        return
    part = report.before_results
    yield from report.lacks("operator", *(person["name"] for person in named["operators"]), within=part)
    yield from report.lacks("checker", named["checker"]["name"], within=part)
    if named["checker"]["name"] in {person["name"] for person in named["operators"]}:
        yield from report.lacks("reason why an operator checked", named.get("waiver", ""), within=part)


def software(report: Finished) -> Iterator[str]:
    version = report.selfcheck_version
    sentence = text("software.holds", version=version)
    yield from report.lacks("the statement", sentence["zh"], sentence["en"])


def interruptions(report: Finished) -> Iterator[str]:
    strings = load_strings()
    label = strings["condition.state"]
    for run in report.runs:
        words = strings[f"state.{run['state']}"]
        yield from report.lacks("state of a run", f"{label['zh']} {label['en']} {words['zh']} {words['en']}", within=report.before_results)


RECORDS = {"REC-REPEAT": repeatable, "REC-WHO": people, "SW-VALID": software, "SW-PROTECT": interruptions}
