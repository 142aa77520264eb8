"""Why runs cannot go into one report: another item, other declarations, another rule, other limits, another suite.

Runs of one suite must state the same about the item as a whole. Runs of different suites test different interfaces of it, with
declarations and limits of their own: what two of them both state must be the same, what only one states is no contradiction.

Each conflict is one problem that names both runs and what each of them says.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from typing import NamedTuple, cast

from harness.case.documents import PlanDoc
from harness.core import Problem
from harness.report.campaign.leaves import Difference, differing, shown
from harness.report.campaign.run import Run

__all__ = ["conflicts"]

_SHOWN = 4
_DIGEST = 64
_ABOUT_THE_FILE = ("pics_file",)
"""Members of the item that name a file; what the file says is compared itself."""

_Table = Mapping[str, object]


class _Stated(NamedTuple):
    """One part of a plan, and how two plans may differ in it."""

    table: Callable[[PlanDoc], _Table]
    shared: Callable[[_Table, _Table], tuple[_Table, _Table]]
    """What plans of different suites must state alike."""
    what: str
    rule: str


def conflicts(runs: Sequence[Run]) -> Iterator[Problem]:
    """Every reason against merging *runs*."""
    yield from _twice(runs)
    for position, run in enumerate(runs[1:], 1):
        for stated in _OF_THE_ITEM:
            yield from _contradictions(stated, runs[:position], run)
        for member, what, rule in _WHOLE:
            found = differing(member(runs[0].plan), member(run.plan))
            yield from _one_conflict(what, rule, runs[0], run, found)
    yield from _by_name(runs, _rows("suites"), "name", "suite", "one report is about one version of a suite with one set of limits")
    yield from _by_name(runs, _message_profiles, "standard", "message profile of", "one report speaks a standard by one message profile")
    yield from _by_name(runs, _rows("cases"), "id", "case", "one report plans a case once")
    yield from _by_name(runs, _rows("equipment"), "id", "instrument", "one report describes an instrument once")


def _twice(runs: Sequence[Run]) -> Iterator[Problem]:
    seen: dict[Hashable, Run] = {}
    for run in runs:
        seal = (run.plan.get("sha256"), run.plan.get("sealed_at"))
        if seal in seen:
            yield Problem(f"is the same run as {seen[seal].path}; name each run once", run.path)
        seen.setdefault(seal, run)


def _item(plan: PlanDoc) -> _Table:
    return {key: value for key, value in plan["item"].items() if key not in _ABOUT_THE_FILE}


def _pics(plan: PlanDoc) -> _Table:
    """Each item as declared, with its reason: the same PICS means the same values for the same reasons."""
    return {key: f"{str(row['value']).lower()} ({row['why']})" for key, row in plan["pics"].items()}


def _corrections(plan: PlanDoc) -> _Table:
    return cast("_Table", plan.get("corrections", {}))


def _in_both(first: _Table, second: _Table) -> tuple[_Table, _Table]:
    """What both state."""
    return ({key: first[key] for key in first if key in second}, {key: second[key] for key in second if key in first})


def _same_item(first: _Table, second: _Table) -> tuple[_Table, _Table]:
    """What both state. Models that simulate different interfaces of one item have different names; a model and no model is a difference."""
    one, other = _in_both(first, second)
    if one.get("model") and other.get("model"):
        return ({key: one[key] for key in one if key != "model"}, {key: other[key] for key in other if key != "model"})
    return one, other


def _nothing(_first: _Table, _second: _Table) -> tuple[_Table, _Table]:
    """Each suite has limits of its own."""
    return {}, {}


_DECLARATION = "one report is about one declaration"
_OF_THE_ITEM = (
    _Stated(_item, _same_item, "item under test", "one report is about one item"),
    _Stated(_pics, _in_both, "PICS", _DECLARATION),
    _Stated(lambda plan: plan["pixit"], _in_both, "PIXIT", _DECLARATION),
    _Stated(_corrections, _nothing, "set of corrected limits", "one report judges by one set of limits"),
)
"""What plans of one suite state alike as a whole, plans of different suites as far as they share it."""

_WHOLE: tuple[tuple[Callable[[PlanDoc], object], str, str], ...] = (
    (lambda plan: plan["decision_rule"], "decision rule", "one report judges by one rule"),
    (lambda plan: sorted(plan.get("retry_reasons", [])), "reasons for which a test may be repeated", "one report judges by one rule"),
)
"""What all plans must state alike, its name, and why."""


def _contradictions(stated: _Stated, earlier: Sequence[Run], run: Run) -> Iterator[Problem]:
    """In what *run* differs from the *earlier* ones; a member is told once, with the first of them."""
    told: set[str] = set()
    for other in earlier:
        tables = stated.table(other.plan), stated.table(run.plan)
        pair = tables if _suites(other) & _suites(run) else stated.shared(*tables)
        found = [each for each in differing(*pair) if each.member not in told]
        told.update(each.member for each in found)
        yield from _one_conflict(stated.what, stated.rule, other, run, found)


def _suites(run: Run) -> set[str]:
    return {suite["name"] for suite in run.plan["suites"]}


def _one_conflict(what: str, rule: str, first: Run, second: Run, found: Sequence[Difference]) -> Iterator[Problem]:
    if found:
        yield Problem(f"another {what} than {first.path}: {_told(found)}; {rule}", second.path)


def _rows(table: str) -> Callable[[PlanDoc], Sequence[_Table]]:
    return lambda plan: cast("Mapping[str, Sequence[_Table]]", plan).get(table, [])


def _message_profiles(plan: PlanDoc) -> Sequence[_Table]:
    """Message profiles by what they say, wherever their folder is."""
    return [
        {"standard": name, "title": profile["title"], "sha256": profile["sha256"]} for name, profile in plan.get("profiles", {}).items()
    ]


def _by_name(runs: Sequence[Run], rows: Callable[[PlanDoc], Sequence[_Table]], key: str, what: str, rule: str) -> Iterator[Problem]:
    """Rows of the same name in two plans that are not the same."""
    seen: dict[str, tuple[_Table, Run]] = {}
    for run in runs:
        for row in rows(run.plan):
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
