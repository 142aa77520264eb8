"""Which cases a rig can run, and which not and why: asked of the plan and of the run, judged nowhere else."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from harness.case.metadata import CaseSource
from harness.case.run.plan import applicability
from harness.case.suites.catalogue import Catalogue
from harness.case.suites.pics import Declaration
from harness.case.suites.suite import Bilingual, Suite
from harness.core import ConfigError, Limit, Limits, Reason, Standard, TimeBase, decide, is_time_unit, ns_in
from harness.plugin.fitness import lack_of_leave, obstacle, other_sut, wrong_rate
from harness.rig import Rig
from harness.rig.profiles import profile_limits, unspoken

__all__ = ["CaseCoverage", "CaseState", "SuiteCoverage", "cover"]


class CaseState(enum.StrEnum):
    """What would become of a case."""

    RUNS = "runs"
    NOT_APPLICABLE = "not_applicable"
    """By what is declared."""
    OTHER_SUT = "other_sut"
    """It tests a role that is not under test here."""
    UNDECLARED = "undeclared"
    """The declaration leaves open whether it applies."""
    NOT_SPOKEN = "not_spoken"
    """The message profile of the rig lacks what it needs; to a run it is not applicable."""
    NOT_ALLOWED = "not_allowed"
    """The rig gives no leave for its stimuli: it would be inconclusive."""


GAPS = frozenset((CaseState.UNDECLARED, CaseState.NOT_ALLOWED))
"""States of cases that are meant to run here and do not."""


@dataclass(frozen=True, slots=True)
class CaseCoverage:
    """One case."""

    id: str
    state: CaseState
    reason: str = ""
    """In the words of the plan or of the run."""


@dataclass(frozen=True, slots=True)
class SuiteCoverage:
    """One suite on one rig."""

    name: str
    title: Bilingual
    obstacle: str
    """Why none of its cases can be run here; empty if they can."""
    cases: tuple[CaseCoverage, ...] = ()
    too_fine: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Limits that the clock of the rig cannot tell, each with the cases that ask for it."""

    def count(self, state: CaseState) -> int:
        """How many cases are in *state*."""
        return sum(case.state is state for case in self.cases)

    def reasons(self) -> Mapping[tuple[CaseState, str], Sequence[str]]:
        """The cases that do not run, by state and reason."""
        groups: dict[tuple[CaseState, str], list[str]] = {}
        for case in self.cases:
            if case.state is not CaseState.RUNS:
                groups.setdefault((case.state, case.reason), []).append(case.id)
        return groups

    def document(self) -> dict[str, object]:
        """As plain data."""
        return {
            "suite": self.name,
            "title": self.title.to_json(),
            "obstacle": self.obstacle,
            "counts": {state.value: self.count(state) for state in CaseState},
            "cases": [{"id": case.id, "state": case.state.value, "reason": case.reason} for case in self.cases],
            "too_fine": {key: list(ids) for key, ids in self.too_fine.items()},
        }


def cover(
    rig: Rig,
    catalogue: Catalogue,
    cases: Sequence[CaseSource],
    declaration: Declaration,
    limits: Mapping[tuple[str, str], Limits],
    standards: Mapping[str, Standard],
) -> tuple[SuiteCoverage, ...]:
    """What would become of *cases* on *rig*, by suite.

    Raises:
        ConfigError: a message profile of the rig is wrong.
    """
    found = []
    for name in dict.fromkeys(source.suite for source in cases):
        suite = catalogue.suite(name)
        hindrance = obstacle(suite, rig) or wrong_rate(suite, rig)
        if hindrance:
            found.append(SuiteCoverage(name, suite.title, hindrance))
            continue
        own = [source for source in cases if source.suite == name]
        rows = tuple(_case(source, rig, declaration, standards[name]) for source in own)
        running = {row.id for row in rows if row.state is CaseState.RUNS}
        spoken = {edition: profile_limits(standards[name], rig, limits[name, edition], ()) for edition in suite.profiles()}
        fine = _too_fine(suite, [source for source in own if source.meta.id in running], rig, declaration, spoken)
        found.append(SuiteCoverage(name, suite.title, "", rows, fine))
    return tuple(found)


def _case(source: CaseSource, rig: Rig, declaration: Declaration, standard: Standard) -> CaseCoverage:
    case_id = source.meta.id
    if role := other_sut(source, rig):
        return CaseCoverage(case_id, CaseState.OTHER_SUT, role)
    try:
        applies = applicability(source, declaration)
    except ConfigError as error:
        return CaseCoverage(case_id, CaseState.UNDECLARED, "; ".join(problem.text for problem in error.problems))
    if applies["value"] == "not_applicable":
        return CaseCoverage(case_id, CaseState.NOT_APPLICABLE, applies["reason"])
    told = applicability(source, declaration, unspoken(standard, rig, source.meta.messages))
    if told["value"] == "not_applicable":
        return CaseCoverage(case_id, CaseState.NOT_SPOKEN, told["reason"])
    if lack := lack_of_leave(source.meta, rig):
        return CaseCoverage(case_id, CaseState.NOT_ALLOWED, lack)
    return CaseCoverage(case_id, CaseState.RUNS)


def _too_fine(
    suite: Suite, cases: Sequence[CaseSource], rig: Rig, declaration: Declaration, limits: Mapping[str, Limits]
) -> dict[str, tuple[str, ...]]:
    if rig.clock is None:
        return {}
    askers: dict[str, list[str]] = {}
    for source in cases:
        for edition in suite.editions_of(source.meta, declaration.pics):
            profile = limits[edition]
            for key in sorted(source.limits & profile.keys()):
                if _is_too_fine(profile[key], rig.clock, rig):
                    askers.setdefault(key, []).append(source.meta.id)
    return {key: tuple(dict.fromkeys(ids)) for key, ids in askers.items()}


def _is_too_fine(limit: Limit, clock: TimeBase, rig: Rig) -> bool:
    """Whether a verdict on an interval at the limit would be that the method does not fit; a plain number need be no limit."""
    if not is_time_unit(limit.unit) or (limit.lower is None and limit.upper is None):
        return False
    value = limit.upper if limit.upper is not None else limit.lower
    assert value is not None
    uncertainty: Decimal = ns_in(
        round(clock.interval_uncertainty_ns(limit.upper_ns if limit.upper is not None else limit.lower_ns)) or 1, limit.unit
    )
    return decide(value, limit.criterion(), uncertainty, rig.decision_rule).reason is Reason.METHOD_NOT_FIT
