"""What the options of a run mean, resolved and checked together before anything runs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

from harness.case.metadata import CaseSource
from harness.case.run.plan import check_declaration
from harness.case.suites.catalogue import Catalogue, load_catalogue
from harness.case.suites.deviations import Deviation, load_deviations
from harness.case.suites.numbers import OfficialNumber, load_numbers
from harness.case.suites.pics import Declaration, load_declaration
from harness.case.suites.profile import load_choices, load_profile
from harness.case.suites.suite import Suite
from harness.case.toml_file import read_toml
from harness.core import ConfigError, Limits, Problem, Standard, did_you_mean, toml_line
from harness.plugin.fitness import obstacle, other_sut, wrong_rate
from harness.rig import Rig, load_rig, standard
from harness.rig.build import build_bench, on_the_clock

__all__ = ["LabFiles", "ResolvedPlugin", "RunSettings", "Variant", "attempt", "corrected", "load_suites", "resolve_run"]

T = TypeVar("T")

_BOUNDS = ("value", "lower", "upper")


@dataclass(frozen=True, slots=True)
class Variant:
    """One way in which a case is run: on which rig, for which declaration, with which faults in the SUT."""

    source: CaseSource
    rig: Rig
    declaration: Declaration
    faults: tuple[str, ...] = ()
    edition: str = ""
    """Edition of the standard that is spoken; empty if the case names none."""
    attempt: int = 1
    """Runs of one case for several editions are attempts of it."""
    label: str = ""
    """Tells it from other ways to run the same case."""

    @property
    def injected(self) -> tuple[str, ...]:
        """The faults as the model knows them, without the edition in which a case sees them."""
        return tuple(fault.partition("@")[0] for fault in self.faults)

    @property
    def id(self) -> str:
        """The case id, the label, the names of faults."""
        return "!".join((self.source.meta.id + (f"@{self.label}" if self.label else ""), *self.faults))


@dataclass(frozen=True, slots=True)
class RunSettings:
    """A run before it starts."""

    catalogue: Catalogue
    variants: tuple[Variant, ...]
    out: Path | None
    """Run folder to create; ``None`` in a proof, which writes none."""
    rig: Rig
    declaration: Declaration
    limits: Mapping[tuple[str, str], Limits]
    """Limits by suite and edition."""
    choices: Mapping[tuple[str, str], Mapping[str, str]]
    """What their profiles choose between ways of judging."""
    standards: Mapping[str, Standard]
    """Standard of each suite that is used."""
    faults: tuple[str, ...] = ()
    deviations: Mapping[str, Deviation] = field(default_factory=dict)
    numbers: Mapping[str, OfficialNumber] = field(default_factory=dict)
    """Numbers of the cases in a standard of test methods, as far as somebody confirmed them."""
    corrections: Path | None = None
    """File with corrected limits."""
    corrected: frozenset[str] = frozenset()
    """Keys of those limits."""


@dataclass(frozen=True, slots=True, eq=False)
class ResolvedPlugin:
    """Brings the settings that the command resolved into the pytest of the same process, so that nothing is read twice."""

    settings: RunSettings


@dataclass(frozen=True, slots=True)
class LabFiles:
    """What a laboratory says to a run beside rig and PICS, each ``None`` if it says nothing."""

    deviations: Path | None = None
    numbers: Path | None = None
    limits: Path | None = None


def resolve_run(
    *,
    rig_file: Path,
    pics_file: Path | None,
    out: Path | None,
    select: Sequence[str],
    real: bool,
    faults: Sequence[str],
    files: LabFiles,
) -> RunSettings:
    """Settings of a run on one rig.

    Raises:
        ConfigError: everything that is wrong with rig, PICS, selection, catalogue, faults or the laboratory's files.
    """
    problems: list[Problem] = []
    rig = attempt(problems, lambda: load_rig(rig_file))
    # A list of deviations or of numbers may name any case.
    catalogue = attempt(problems, lambda: load_catalogue(select=() if files.deviations or files.numbers else select))
    cases = None
    if catalogue is not None:
        chosen, bench = catalogue, rig
        cases = attempt(problems, lambda: _of_sut(_of_link(chosen.select(select), chosen, bench, select), bench, select))
    declaration = _declared(problems, rig, pics_file)
    if rig is not None:
        known = rig
        attempt(problems, lambda: build_bench(known, faults=faults))
    deviations, numbers = _case_files(problems, catalogue, files)
    if cases is not None and catalogue is not None and declaration is not None:
        attempt(problems, lambda: check_declaration(cases, catalogue, declaration))
    limits, choices, standards = load_suites(problems, catalogue, cases)
    if files.limits is not None:
        limits = attempt(problems, partial(corrected, limits, files.limits)) or limits
    if problems or rig is None or catalogue is None or cases is None or declaration is None:
        raise ConfigError(problems)
    rig = on_the_clock(rig) if real else rig
    variants = tuple(
        variant for source in cases for variant in _variants(source, catalogue.suite(source.suite), rig, declaration, tuple(faults))
    )
    return RunSettings(
        catalogue, variants, out or default_out(rig), rig, declaration, limits, choices, standards, tuple(faults), deviations, numbers,
        files.limits, frozenset(load_profile(files.limits)) if files.limits is not None else frozenset(),
    )  # fmt: skip


def _declared(problems: list[Problem], rig: Rig | None, pics_file: Path | None) -> Declaration | None:
    """The declaration in *pics_file*, or in the file that the rig names."""
    if pics_file is None and rig is not None:
        pics_file = rig.pics
        if pics_file is None:
            problems.append(
                Problem("the SUT role names no PICS file and --pics was not given; without declared PICS nothing is run", rig.file)
            )
    if pics_file is None:
        return None
    file = pics_file
    return attempt(problems, lambda: load_declaration(file))


def _case_files(
    problems: list[Problem], catalogue: Catalogue | None, files: LabFiles
) -> tuple[Mapping[str, Deviation], Mapping[str, OfficialNumber]]:
    ids = set() if catalogue is None else {source.meta.id for source in catalogue.cases}
    deviations: Mapping[str, Deviation] | None = None
    numbers: Mapping[str, OfficialNumber] | None = None
    if ids and (file := files.deviations) is not None:
        deviations = attempt(problems, partial(load_deviations, file, today=dt.date.today(), known_cases=ids))  # noqa: DTZ011
    if ids and (file := files.numbers) is not None:
        numbers = attempt(problems, partial(load_numbers, file, known_cases=ids))
    return deviations or {}, numbers or {}


def corrected(limits: Mapping[tuple[str, str], Limits], file: Path) -> dict[tuple[str, str], Limits]:
    """*limits* with the rows of *file* in the place of those of the same key.

    Raises:
        ConfigError: a row replaces nothing, has another unit, or lacks a bound or the value that cases ask for; or the file
            chooses how to judge, which only a profile does.
    """
    rows = load_profile(file)
    known = {key: limit for profile in limits.values() for key, limit in profile.items()}
    text, document = read_toml(file, "profile")
    problems = []
    if "choices" in document:
        said = "'choices' corrects no limit and would have no effect here; how to judge is chosen in the profile of the suite"
        problems.append(Problem(said, file, toml_line(text, "choices")))
    for key, row in rows.items():
        line = toml_line(text, "limits", key)
        if key not in known:
            problems.append(Problem(f"limits.{key} corrects nothing{did_you_mean(key, known)}", file, line))
        elif row.unit != known[key].unit:
            problems.append(Problem(f"limits.{key} must be in {known[key].unit}, not in {row.unit}", file, line))
        elif missing := [name for name in _BOUNDS if getattr(known[key], name) is not None and getattr(row, name) is None]:
            problems.append(Problem(f"limits.{key} lacks {', '.join(missing)}, which the row in its place has", file, line))
    if problems:
        raise ConfigError(problems)
    return {name: {**profile, **{key: row for key, row in rows.items() if key in profile}} for name, profile in limits.items()}


def _of_link(cases: Sequence[CaseSource], catalogue: Catalogue, rig: Rig | None, select: Sequence[str]) -> tuple[CaseSource, ...]:
    """Those cases whose standard can be spoken on the rig.

    Raises:
        ConfigError: none can, one that was asked for by its id or its suite cannot, or a link runs at another bit rate.
    """
    if rig is None:
        return tuple(cases)
    suites = {name: catalogue.suite(name) for name in dict.fromkeys(source.suite for source in cases)}
    obstacles = {name: told for name, suite in suites.items() if (told := obstacle(suite, rig))}
    kept = tuple(source for source in cases if source.suite not in obstacles)
    asked = {source.suite for source in cases if source.suite in obstacles and (source.meta.id in select or source.suite in select)}
    if refused := asked or (set() if kept else set(obstacles)):
        raise ConfigError([Problem(f"suite '{name}': {obstacles[name]}", rig.file) for name in sorted(refused)])
    wrong = [told for name in suites if name not in obstacles and (told := wrong_rate(suites[name], rig))]
    if wrong:
        raise ConfigError([Problem(text, rig.file) for text in wrong])
    return kept


def _of_sut(cases: Sequence[CaseSource], rig: Rig | None, select: Sequence[str]) -> tuple[CaseSource, ...]:
    """Those cases that test what the rig has as its system under test.

    Raises:
        ConfigError: none does, or one that was asked for by its id does not.
    """
    if rig is None:
        return tuple(cases)
    played = rig.sut.name
    kept = tuple(source for source in cases if not other_sut(source, rig))
    named = [source for source in cases if other_sut(source, rig) and source.meta.id in select]
    if named or not kept:
        wanted = ", ".join(sorted({source.sut for source in named or cases}))
        what = ", ".join(source.meta.id for source in named[:3]) or "every selected case"
        raise ConfigError(Problem(f"{what} tests the role '{wanted}', but the system under test of this rig is '{played}'", rig.file))
    return kept


def _variants(source: CaseSource, suite: Suite, rig: Rig, declaration: Declaration, faults: tuple[str, ...] = ()) -> list[Variant]:
    """One attempt for each edition that is declared; one that is not applicable if none is."""
    editions = suite.editions_of(source.meta, declaration.pics) or ("",)
    return [
        Variant(source, rig, declaration, faults, edition, attempt, edition if len(editions) > 1 else "")
        for attempt, edition in enumerate(editions, 1)
    ]


def load_suites(
    problems: list[Problem], catalogue: Catalogue | None, cases: Sequence[CaseSource] | None
) -> tuple[dict[tuple[str, str], Limits], dict[tuple[str, str], Mapping[str, str]], dict[str, Standard]]:
    """Limits and choices of the suites of *cases* by suite and edition, and their standards by suite."""
    limits: dict[tuple[str, str], Limits] = {}
    choices: dict[tuple[str, str], Mapping[str, str]] = {}
    standards: dict[str, Standard] = {}
    for name in dict.fromkeys(source.suite for source in cases or ()):
        assert catalogue is not None
        suite = catalogue.suite(name)
        for edition, file in suite.profiles().items():
            if (profile := attempt(problems, partial(load_profile, file))) is not None:
                limits[name, edition] = profile
            if (chosen := attempt(problems, partial(load_choices, file))) is not None:
                choices[name, edition] = chosen
        if (found := attempt(problems, partial(standard, suite.standard))) is not None:
            standards[name] = found
    return limits, choices, standards


def default_out(rig: Rig) -> Path:
    """A new folder below ``runs/``, named after the rig and the time."""
    stamp = dt.datetime.now().astimezone().strftime("%Y%m%d-%H%M%S")
    base = Path("runs") / f"{rig.name}-{stamp}"
    candidate, number = base, 2
    while candidate.exists():
        candidate, number = base.with_name(f"{base.name}-{number}"), number + 1
    return candidate


def attempt(problems: list[Problem], action: Callable[[], T]) -> T | None:
    """What *action* gives; ``None`` if it raises ConfigError, whose problems join *problems*."""
    try:
        return action()
    except ConfigError as error:
        problems.extend(error.problems)
        return None
