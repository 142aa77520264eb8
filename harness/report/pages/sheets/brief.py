"""Checks that were met share a line on paper: a campaign has some hundred for each case, nearly all of them met."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import groupby

from harness.report.view import BriefView, CheckView, StepView

__all__ = ["brief_rules", "brief_steps"]


def brief_steps(steps: Iterable[StepView]) -> list[BriefView]:
    """One line for each step that has brief checks."""
    brief = [(step, [check for check in step.checks if check.brief]) for step in steps]
    return [BriefView(str(step.n), "", _named(checks), checks[0].verdict) for step, checks in brief if checks]


def brief_rules(judges: Iterable[CheckView]) -> list[BriefView]:
    """Checks of the whole case by the rule that their names begin with: "F2 BHM length" is of F2."""
    brief = [(*check.name.partition(" ")[::2], check) for check in judges if check.brief]
    lines = []
    for rule, group in groupby(sorted(brief, key=lambda part: part[0]), key=lambda part: part[0]):
        checks = [replace(check, name=rest or rule) for _, rest, check in group]
        lines.append(BriefView("", rule, _named(checks), checks[0].verdict))
    return lines


def _named(checks: Sequence[CheckView]) -> list[str]:
    """Name, what was seen, and the criterion unless it says the same or is that of the check before."""
    named, last = [], ""
    for check in checks:
        criterion = check.criterion if check.criterion not in (last, check.observed, f"= {check.observed}") else ""
        last = check.criterion
        uncertainty = f"U = {check.uncertainty}" if check.measured else ""
        details = "; ".join(part for part in (criterion, uncertainty, check.statistics) if part)
        observed = "" if check.observed in check.name.split() else f": {check.observed}"
        named.append(check.name + observed + (f" ({details})" if details else ""))
    return named
