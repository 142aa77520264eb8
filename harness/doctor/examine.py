"""Everything together: the machine, and with a rig what can be run there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness import __version__
from harness.case.metadata import CaseSource
from harness.case.run.plan import check_declaration
from harness.case.suites.catalogue import Catalogue, load_catalogue
from harness.case.suites.pics import Declaration, load_declaration
from harness.core import ConfigError, Problem, Standard
from harness.core.profiles import Profiled
from harness.doctor.bench import examine_rig
from harness.doctor.coverage import GAPS, CaseState, SuiteCoverage, cover
from harness.doctor.finding import Finding, State, found
from harness.doctor.interfaces import examine_interfaces
from harness.doctor.machine import examine_installation
from harness.plugin.fitness import obstacle, other_sut
from harness.plugin.settings import load_suites
from harness.rig import Rig, load_rig
from harness.rig.profiles import spoken

__all__ = ["Examination", "examine"]


@dataclass(frozen=True, slots=True)
class Examination:
    """What was seen."""

    findings: tuple[Finding, ...]
    suites: tuple[SuiteCoverage, ...] = ()

    @property
    def is_complete(self) -> bool:
        """Whether nothing is missing."""
        return all(finding.state is not State.MISSING for finding in self.findings)

    def document(self) -> dict[str, object]:
        """As plain data."""
        return {
            "schema": "precert-doctor/1",
            "precert_version": __version__,
            "complete": self.is_complete,
            "findings": [finding.document() for finding in self.findings],
            "suites": [suite.document() for suite in self.suites],
        }


def examine(rig_name: str | None, pics: Path | None, select: Sequence[str]) -> Examination:
    """Look at the machine and, with the name of a rig file, at the rig and at what the selected cases find there.

    Raises:
        ConfigError: the rig, a PICS file or a suite cannot be read, or a selection names nothing.
    """
    if rig_name is None:
        return Examination((*examine_installation(), *examine_interfaces()))
    rig = load_rig(rig_name)
    catalogue = load_catalogue(select=select)
    cases = catalogue.select(select)
    file = pics or rig.pics
    declaration = load_declaration(file) if file is not None else None
    of_rig = tuple(examine_rig(rig))
    findings = [*examine_installation(), *examine_interfaces(), *of_rig]
    if declaration is None:
        findings.append(found("suite", "PICS", State.MISSING, "pics.none", rig=rig.file.name))
        return Examination(tuple(findings))
    suites = _suites(rig, catalogue, cases, declaration, findings, asked=bool(select))
    return Examination(tuple(findings), suites)


def _suites(
    rig: Rig, catalogue: Catalogue, cases: Sequence[CaseSource], declaration: Declaration, findings: list[Finding], *, asked: bool
) -> tuple[SuiteCoverage, ...]:
    """The coverage of the suites that are selected, each with its finding; *asked*: somebody wants these in particular."""
    problems: list[Problem] = []
    limits, _, standards = load_suites(problems, catalogue, cases)
    if problems:
        raise ConfigError(problems)
    here = [source for source in cases if not obstacle(catalogue.suite(source.suite), rig) and not other_sut(source, rig)]
    try:
        check_declaration(here, catalogue, declaration)
        findings.append(found("suite", "PICS", State.OK, "pics.ok", file=declaration.file.name, items=len(declaration.pics)))
    except ConfigError as error:
        findings += [found("suite", "PICS", State.MISSING, "pics.problem", problem=problem) for problem in error.problems]
    suites = cover(rig, catalogue, cases, declaration, limits, standards)
    for suite in suites:
        findings += _of_profile(suite, standards[suite.name], rig)
        findings += _of_suite(suite, asked=asked)
    if not any(suite.count(CaseState.RUNS) for suite in suites):
        findings.append(found("suite", "cases", State.MISSING, "suite.nothing", rig=rig.name))
    return suites


def _of_profile(suite: SuiteCoverage, standard: Standard, rig: Rig) -> Iterator[Finding]:
    """The message profile by which the standard of *suite* is spoken here, and how many cases need more than it has."""
    used = spoken(standard, rig)
    if suite.obstacle or not isinstance(used, Profiled):
        return
    title, files = used.profile_title(), used.profile_files()
    lacking = suite.count(CaseState.NOT_SPOKEN)
    words: dict[str, object] = {"title": title, "folder": files[0].parent, "count": lacking}
    yield found(
        "suite", f"{suite.name} profile", State.NOTE if lacking else State.OK, "profile.lacks" if lacking else "profile.ok", **words
    )


def _of_suite(suite: SuiteCoverage, *, asked: bool) -> Iterator[Finding]:
    if suite.obstacle:
        yield found("suite", suite.name, State.MISSING if asked else State.NOTE, "suite.elsewhere", suite=suite.name, reason=suite.obstacle)
        return
    counts: dict[str, object] = {state.value: suite.count(state) for state in CaseState}
    if counts[CaseState.OTHER_SUT] == len(suite.cases):
        roles = ", ".join(sorted({case.reason for case in suite.cases}))
        yield found("suite", suite.name, State.MISSING if asked else State.NOTE, "suite.other_sut", suite=suite.name, roles=roles)
        return
    gaps = sum(suite.count(state) for state in GAPS)
    key = "suite.gaps" if gaps else "suite.ok"
    yield found(
        "suite", suite.name, State.MISSING if gaps else State.OK, key, suite=suite.name, total=len(suite.cases), gaps=gaps, **counts
    )
    if suite.too_fine:
        ids = {case for ids in suite.too_fine.values() for case in ids}
        yield found("suite", suite.name, State.NOTE, "suite.too_fine", limits=", ".join(suite.too_fine), count=len(ids))
