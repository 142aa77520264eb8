"""What the options of a run mean, resolved and checked together before anything runs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from harness.case.catalogue import Catalogue, load_catalogue
from harness.case.deviations import Deviation, load_deviations
from harness.case.metadata import CaseSource
from harness.case.pics import Declaration, load_declaration
from harness.case.plan import applicability, check_declaration
from harness.case.profile import load_choices, load_profile
from harness.case.suites import Suite
from harness.core import ConfigError, Limits, Problem, Standard
from harness.rig import Rig, load_rig, standard
from harness.rig.build import build_bench, on_the_clock

__all__ = ["RunSettings", "Variant", "resolve_proof", "resolve_run"]

T = TypeVar("T")


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

    def of_case(self, case_id: str) -> list[Variant]:
        """The variants of one case, empty if it was not selected."""
        return [variant for variant in self.variants if variant.source.meta.id == case_id]


def resolve_run(
    *,
    rig_file: Path,
    pics_file: Path | None,
    out: Path | None,
    select: Sequence[str],
    real: bool,
    faults: Sequence[str],
    deviations_file: Path | None,
) -> RunSettings:
    """Settings of a run on one rig.

    Raises:
        ConfigError: everything that is wrong with rig, PICS, selection, catalogue, faults or deviations.
    """
    problems: list[Problem] = []
    rig = _attempt(problems, lambda: load_rig(rig_file))
    catalogue = _attempt(problems, load_catalogue)
    cases = None
    if catalogue is not None:
        chosen, bench = catalogue, rig
        cases = _attempt(problems, lambda: _of_sut(chosen.select(select), bench, select))
    declaration = None
    if pics_file is None and rig is not None:
        pics_file = rig.pics
        if pics_file is None:
            problems.append(
                Problem("the SUT role names no PICS file and --pics was not given; without declared PICS nothing is run", rig.file)
            )
    if pics_file is not None:
        file = pics_file
        declaration = _attempt(problems, lambda: load_declaration(file))
    if rig is not None:
        known = rig
        _attempt(problems, lambda: build_bench(known, faults=faults))
    deviations: Mapping[str, Deviation] | None = {}
    if deviations_file is not None and catalogue is not None:
        ids = {source.meta.id for source in catalogue.cases}
        deviations = _attempt(problems, lambda: load_deviations(deviations_file, today=dt.date.today(), known_cases=ids))  # noqa: DTZ011
    if cases is not None and catalogue is not None and declaration is not None:
        _attempt(problems, lambda: check_declaration(cases, catalogue, declaration))
    limits, choices, standards = _load_suites(problems, catalogue, cases)
    if problems or rig is None or catalogue is None or cases is None or declaration is None or deviations is None:
        raise ConfigError(problems)
    rig = on_the_clock(rig) if real else rig
    variants = tuple(
        variant for source in cases for variant in _variants(source, catalogue.suite(source.suite), rig, declaration, tuple(faults))
    )
    return RunSettings(
        catalogue, variants, out or default_out(rig), rig, declaration, limits, choices, standards, tuple(faults), deviations
    )


def resolve_proof(select: Sequence[str], *, cross: bool = False) -> RunSettings:
    """The fault-twin matrix of the selected cases: each healthy on every rig and in every edition where it applies,
    and with each of its faults on the first; with *cross* also with every fault that another case names.

    Raises:
        ConfigError: catalogue, rigs or PICS are wrong, or a case applies on none of the suite's proof rigs.
    """
    catalogue = load_catalogue()
    problems: list[Problem] = []
    rigs = _ProofRigs(catalogue)
    healthy = [_healthy_variants(source, catalogue.suite(source.suite), rigs, problems) for source in catalogue.select(select)]
    first = [variants[0] for variants in healthy if variants]
    known: dict[str, dict[str, None]] = {}
    for variant in first:
        known.setdefault(variant.source.sut, {}).update(dict.fromkeys(variant.source.meta.faults))
    variants = [variant for found in healthy for variant in found]
    for variant in first:
        own = variant.source.meta.faults
        faults = dict.fromkeys((*own, *known[variant.source.sut])) if cross else own
        variants.extend(replace(variant, faults=(fault,)) for fault in faults)
    for rig in rigs.loaded():
        _attempt(problems, partial(_check_faults, rig, sorted({fault for each in variants if each.rig is rig for fault in each.faults})))
    limits, choices, standards = _load_suites(problems, catalogue, [variant.source for variant in variants])
    if problems:
        raise ConfigError(problems)
    return RunSettings(catalogue, tuple(variants), None, first[0].rig, first[0].declaration, limits, choices, standards)


class _ProofRigs:
    """The rigs of proofs, each loaded once."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self._rigs: dict[Path, tuple[Rig, Declaration]] = {}

    def of(self, suite: Suite, name: str) -> tuple[Rig, Declaration]:
        """The rig that *suite* calls *name*: beside it, or one that is shipped.

        Raises:
            ConfigError: it cannot be used.
        """
        file = beside if (beside := suite.folder / name).is_file() else Path(name)
        if file not in self._rigs:
            rig = load_rig(file)
            if rig.pics is None:
                raise ConfigError(Problem("a rig for proofs needs a PICS file", rig.file))
            self._rigs[file] = (rig, load_declaration(rig.pics))
        return self._rigs[file]

    def loaded(self) -> list[Rig]:
        """All that were used."""
        return [rig for rig, _ in self._rigs.values()]


def _healthy_variants(source: CaseSource, suite: Suite, rigs: _ProofRigs, problems: list[Problem]) -> list[Variant]:
    """The case on every proof rig and in every edition in which it applies; from the second on they are labelled."""
    found: list[Variant] = []
    for name in suite.prove_rigs:
        rig, declaration = rigs.of(suite, name)
        if rig.sut.name != source.sut:
            continue
        check_declaration([source], rigs.catalogue, declaration)
        if applicability(source, declaration)["value"] != "applicable":
            continue
        for edition in suite.editions_of(source.meta, declaration.pics):
            label = ".".join(part for part in (rig.name, edition) if part) if found else ""
            found.append(Variant(source, rig, declaration, (), edition, 1, label))
    if not found:
        text = f"{source.meta.id} applies on none of the proof rigs {', '.join(suite.prove_rigs)}"
        problems.append(Problem(text, source.file, source.line))
    return found


def _of_sut(cases: Sequence[CaseSource], rig: Rig | None, select: Sequence[str]) -> tuple[CaseSource, ...]:
    """Those cases that test what the rig has as its system under test.

    Raises:
        ConfigError: none does, or one that was asked for by its id does not.
    """
    if rig is None:
        return tuple(cases)
    played = rig.sut.name
    kept = tuple(source for source in cases if source.sut == played)
    named = [source for source in cases if source.sut != played and source.meta.id in select]
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


def _load_suites(
    problems: list[Problem], catalogue: Catalogue | None, cases: Sequence[CaseSource] | None
) -> tuple[dict[tuple[str, str], Limits], dict[tuple[str, str], Mapping[str, str]], dict[str, Standard]]:
    limits: dict[tuple[str, str], Limits] = {}
    choices: dict[tuple[str, str], Mapping[str, str]] = {}
    standards: dict[str, Standard] = {}
    for name in dict.fromkeys(source.suite for source in cases or ()):
        assert catalogue is not None
        suite = catalogue.suite(name)
        for edition, file in suite.profiles().items():
            if (profile := _attempt(problems, partial(load_profile, file))) is not None:
                limits[name, edition] = profile
            if (chosen := _attempt(problems, partial(load_choices, file))) is not None:
                choices[name, edition] = chosen
        if (found := _attempt(problems, partial(standard, suite.standard))) is not None:
            standards[name] = found
    return limits, choices, standards


def _check_faults(rig: Rig, faults: Sequence[str]) -> None:
    problems: list[Problem] = []
    for fault in faults:
        _attempt(problems, partial(build_bench, rig, faults=[fault]))
    if problems:
        raise ConfigError(problems)


def default_out(rig: Rig) -> Path:
    """A new folder below ``runs/``, named after the rig and the time."""
    stamp = dt.datetime.now().astimezone().strftime("%Y%m%d-%H%M%S")
    base = Path("runs") / f"{rig.name}-{stamp}"
    candidate, number = base, 2
    while candidate.exists():
        candidate, number = base.with_name(f"{base.name}-{number}"), number + 1
    return candidate


def _attempt(problems: list[Problem], action: Callable[[], T]) -> T | None:
    try:
        return action()
    except ConfigError as error:
        problems.extend(error.problems)
        return None
