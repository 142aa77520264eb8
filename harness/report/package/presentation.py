"""The outcome of a verification as lines for a reader, Chinese and English side by side."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from harness.case.documents import Text
from harness.report.package.outcome import Status, Verification
from harness.report.package.wording import say

__all__ = ["Line", "lines_of"]

_COLOURS = {Status.OK: "green", Status.NOTE: "yellow", Status.SKIPPED: "yellow", Status.UNPROVEN: "yellow", Status.FAIL: "red"}
_ENDS = {Status.OK: "end.holds", Status.UNPROVEN: "end.unproven", Status.FAIL: "end.fails"}


@dataclass(frozen=True, slots=True)
class Line:
    """One line with the colour it is shown in, where there are colours."""

    text: str
    colour: str = ""


def lines_of(outcome: Verification) -> Iterator[Line]:
    """All lines: each step with its remarks, who is a trial only, and what to make of it."""
    yield Line(outcome.package)
    if outcome.number:
        yield Line(_both(say("end.number", number=outcome.number)))
    if outcome.root:
        yield Line(_both(say("end.root", root=outcome.root)))
    for step in outcome.steps:
        colour = _COLOURS[step.status]
        yield Line(f"{step.id:<4}{_both(say(f'status.{step.status}'))}  {_both(step.title)}", colour)
        for remark in step.remarks:
            yield Line(f"      {_both(remark.text)}", "" if remark.status is Status.OK else _COLOURS[remark.status])
        if not step.remarks:
            yield Line(f"      {_both(say('end.skipped'))}", colour)
    if outcome.test_certificates:
        yield Line(_both(say("end.test")), "red")
        for subject in outcome.test_certificates:
            yield Line(f"      {subject}", "red")
    end = say(_ENDS[outcome.status])
    yield Line(end["zh"], _COLOURS[outcome.status])
    yield Line(end["en"], _COLOURS[outcome.status])


def _both(text: Text) -> str:
    return text["zh"] if text["zh"] == text["en"] else f"{text['zh']} / {text['en']}"
