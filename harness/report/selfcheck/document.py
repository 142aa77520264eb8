"""The result of a selfcheck as a document: every group of known results, what failed, and the versions of the tools."""

from __future__ import annotations

import platform
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from importlib.metadata import PackageNotFoundError, requires, version
from typing import Literal, TypedDict

import harness
from harness.core import Standard
from harness.report.selfcheck.golden import check_golden, read_golden
from harness.report.selfcheck.vectors import Trial, check_budgets, check_decisions, check_risks, check_rounding, read_vectors

__all__ = ["GroupDoc", "SelfcheckDoc", "selfcheck", "tool_versions"]

_SHOWN = 10
_REQUIREMENT = re.compile(r"[A-Za-z0-9._-]+")


class Title(TypedDict):
    """A text in the two languages of a report."""

    en: str
    zh: str


class GroupDoc(TypedDict):
    """One kind of known results."""

    name: str
    title: Title
    compared: int
    failed: int
    failures: list[str]
    """The first few, each with what was found and what is known."""


class SelfcheckDoc(TypedDict):
    """selfcheck.json. It holds no time of day: the same installation gives the same document."""

    schema: Literal["precert-selfcheck/1"]
    precert_version: str
    holds: bool
    groups: list[GroupDoc]
    tools: dict[str, str]


def selfcheck(standards: Mapping[str, Standard]) -> SelfcheckDoc:
    """Check the software against everything that is known; *standards* are the installed ones."""
    groups = [_group(name, title, trials) for name, title, trials in _groups(standards)]
    return {
        "schema": "precert-selfcheck/1",
        "precert_version": harness.__version__,
        "holds": all(group["compared"] and not group["failed"] for group in groups),
        "groups": groups,
        "tools": tool_versions(),
    }


def tool_versions() -> dict[str, str]:
    """Python, and every distribution that measuring, judging and reporting rest on."""
    names = {match[0] for line in requires("precert") or [] if "extra ==" not in line and (match := _REQUIREMENT.match(line))}
    found = {"python": platform.python_version(), "precert": harness.__version__}
    for name in names:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return dict(sorted(found.items(), key=lambda item: item[0].lower()))


def _groups(standards: Mapping[str, Standard]) -> Iterator[tuple[str, Title, Callable[[], Iterable[Trial]]]]:
    vectors = read_vectors()
    yield "decision", {"en": "Decision rules", "zh": "判定规则"}, partial(check_decisions, vectors)
    yield "risk", {"en": "Risk of false acceptance and rejection", "zh": "误接收与误拒收风险"}, partial(check_risks, vectors)
    yield (
        "budget",
        {"en": "Uncertainty budgets of intervals and readings", "zh": "时间间隔与示值的不确定度评定"},
        partial(check_budgets, vectors),
    )
    yield "rounding", {"en": "Rounding of printed numbers", "zh": "数值修约"}, partial(check_rounding, vectors)
    for file, golden in read_golden():
        title: Title = {"en": f"Known trace: {golden['title']['en']}", "zh": f"已知记录：{golden['title']['zh']}"}
        yield f"trace {file.stem}", title, partial(check_golden, file, golden, standards)


def _group(name: str, title: Title, trials: Callable[[], Iterable[Trial]]) -> GroupDoc:
    done: list[Trial] = []
    try:
        done.extend(trials())
    except Exception as error:  # a defect in what is checked must become a failed check, whatever it raises
        done.append((name, f"{type(error).__name__}: {error}"))
    failures = [f"{what}: {miss}" for what, miss in done if miss]
    return {"name": name, "title": title, "compared": len(done), "failed": len(failures), "failures": failures[:_SHOWN]}
