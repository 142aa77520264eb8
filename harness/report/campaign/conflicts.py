"""Why runs cannot go into one report: another item, other declarations, another rule, other limits, another suite.

Each conflict is one problem that names both runs and what each of them says.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from typing import cast

from harness.case.documents import PlanDoc
from harness.core import Problem
from harness.report.campaign.leaves import Difference, differing, shown
from harness.report.campaign.run import Run

__all__ = ["conflicts"]

_SHOWN = 4
_DIGEST = 64
_ABOUT_THE_FILE = ("pics_file",)
"""Members of the item that name a file; what the file says is compared itself."""


def conflicts(runs: Sequence[Run]) -> Iterator[Problem]:
    """Every reason against merging *runs*."""
    yield from _twice(runs)
    for run in runs[1:]:
        for member, what, rule in _WHOLE:
            yield from _one_conflict(what, rule, (runs[0], member(runs[0].plan)), (run, member(run.plan)))
    yield from _by_name(runs, "suites", "name", "suite", "one report is about one version of a suite with one set of limits")
    yield from _by_name(runs, "cases", "id", "case", "one report plans a case once")
    yield from _by_name(runs, "equipment", "id", "instrument", "one report describes an instrument once")


def _twice(runs: Sequence[Run]) -> Iterator[Problem]:
    seen: dict[Hashable, Run] = {}
    for run in runs:
        seal = (run.plan.get("sha256"), run.plan.get("sealed_at"))
        if seal in seen:
            yield Problem(f"is the same run as {seen[seal].path}; name each run once", run.path)
        seen.setdefault(seal, run)


def _item(plan: PlanDoc) -> Mapping[str, object]:
    return {key: value for key, value in plan["item"].items() if key not in _ABOUT_THE_FILE}


def _pics(plan: PlanDoc) -> Mapping[str, object]:
    """Each item as declared, with its reason: the same PICS means the same values for the same reasons."""
    return {key: f"{str(row['value']).lower()} ({row['why']})" for key, row in plan["pics"].items()}


_WHOLE: tuple[tuple[Callable[[PlanDoc], object], str, str], ...] = (
    (_item, "item under test", "one report is about one item"),
    (_pics, "PICS", "one report is about one declaration"),
    (lambda plan: plan["pixit"], "PIXIT", "one report is about one declaration"),
    (lambda plan: plan["decision_rule"], "decision rule", "one report judges by one rule"),
    (lambda plan: sorted(plan.get("retry_reasons", [])), "reasons for which a test may be repeated", "one report judges by one rule"),
    (lambda plan: plan.get("corrections", {}), "set of corrected limits", "one report judges by one set of limits"),
)
"""What all plans must state alike, its name, and why."""


def _one_conflict(what: str, rule: str, first: tuple[Run, object], second: tuple[Run, object]) -> Iterator[Problem]:
    found = differing(first[1], second[1])
    if found:
        yield Problem(f"another {what} than {first[0].path}: {_told(found)}; {rule}", second[0].path)


def _by_name(runs: Sequence[Run], table: str, key: str, what: str, rule: str) -> Iterator[Problem]:
    """Rows of the same name in two plans that are not the same."""
    seen: dict[str, tuple[Mapping[str, object], Run]] = {}
    for run in runs:
        rows = cast("Mapping[str, Sequence[Mapping[str, object]]]", run.plan).get(table, [])
        for row in rows:
            earlier, other = seen.setdefault(str(row.get(key)), (row, run))
            if found := differing(earlier, row):
                name = f"{what} '{row.get(key)}' differs from that of {other.path}"
                yield Problem(f"{name}: {_told(found)}; {rule}", run.path)


def _told(found: Sequence[Difference]) -> str:
    """``vin 'A' there, 'B' here``, the first few."""
    parts = [f"{each.member + ' ' if each.member else ''}{_short(each.first)} there, {_short(each.second)} here" for each in found[:_SHOWN]]
    more = [f"and {len(found) - _SHOWN} more"] if len(found) > _SHOWN else []
    return ", ".join(parts + more)


def _short(value: object) -> str:
    if isinstance(value, str) and len(value) == _DIGEST and set(value) <= set("0123456789abcdef"):
        return f"{value[:16]}..."
    return shown(value)
