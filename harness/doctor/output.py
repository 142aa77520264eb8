"""What a person reads: one thing a line, English and then Chinese; the cases that do not run by their reasons."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from harness.doctor.coverage import CaseState, SuiteCoverage
from harness.doctor.examine import Examination
from harness.doctor.finding import Finding, State, text

__all__ = ["lines_of"]

_MARKS: Mapping[State, str] = {State.OK: "ok", State.NOTE: "note", State.MISSING: "MISSING"}
_WIDTH = max(len(mark) for mark in _MARKS.values())
_SHOWN_IDS = 6


def lines_of(seen: Examination) -> Iterator[str]:
    """Every line in order; the last one says what it comes to."""
    suites = {suite.name: suite for suite in seen.suites}
    area = ""
    for finding in seen.findings:
        if finding.area != area:
            area = finding.area
            title = text(f"area.{area}")
            yield f"{title['en']}  {title['zh']}"
        yield from _finding(finding)
        if area == "suite" and (suite := suites.pop(finding.name, None)) is not None:
            yield from _reasons(suite)
    end = text("end.complete" if seen.is_complete else "end.missing", count=sum(each.state is State.MISSING for each in seen.findings))
    yield f"{end['en']}  {end['zh']}"


def _finding(finding: Finding) -> Iterator[str]:
    indent = " " * (_WIDTH + 4)
    yield f"  {_MARKS[finding.state]:<{_WIDTH}}  {finding.name}: {finding.text['en']}"
    yield f"{indent}{finding.text['zh']}"
    if finding.remedy is not None and finding.state is not State.OK:
        yield f"{indent}> {finding.remedy['en']}"
        yield f"{indent}> {finding.remedy['zh']}"


def _reasons(suite: SuiteCoverage) -> Iterator[str]:
    indent = " " * (_WIDTH + 4)
    for (state, reason), ids in suite.reasons().items():
        if state is CaseState.OTHER_SUT:
            continue
        word = text(f"state.{state.value}")
        more = f" (+{len(ids) - _SHOWN_IDS})" if len(ids) > _SHOWN_IDS else ""
        yield f"{indent}- {word['en']} {word['zh']}: {', '.join(ids[:_SHOWN_IDS])}{more}"
        yield f"{indent}  {reason}"
