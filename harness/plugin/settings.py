"""What the options of a run mean, resolved and checked together before anything runs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

from harness.case.catalogue import Catalogue, load_catalogue
from harness.case.deviations import Deviation, load_deviations
from harness.case.metadata import CaseSource
from harness.case.pics import Declaration, load_declaration
from harness.case.plan import applicability, check_declaration
from harness.case.profile import load_profile
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

    @property
    def id(self) -> str:
        """The case id; with faults their names behind it."""
        return "!".join((self.source.meta.id, *self.faults))


@dataclass(frozen=True, slots=True)
class RunSettings:
    """A run before it starts."""

    catalogue: Catalogue
    variants: tuple[Variant, ...]
    out: Path | None
    """Run folder to create; ``None`` in a proof, which writes none."""
    rig: Rig
    declaration: Declaration
    limits: Mapping[str, Limits]
    """Limits of each suite that is used."""
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
    cases = _attempt(problems, lambda: catalogue.select(select)) if catalogue else None
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
    limits, standards = _load_suites(problems, catalogue, cases)
    if problems or rig is None or catalogue is None or cases is None or declaration is None or deviations is None:
        raise ConfigError(problems)
    rig = on_the_clock(rig) if real else rig
    variants = tuple(Variant(source, rig, declaration, tuple(faults)) for source in cases)
    return RunSettings(catalogue, variants, out or default_out(rig), rig, declaration, limits, standards, tuple(faults), deviations)


def resolve_proof(select: Sequence[str]) -> RunSettings:
    """The fault-twin matrix of the selected cases: each healthy and with each of its faults, on the first rig where it applies.

    Raises:
        ConfigError: catalogue, rigs or PICS are wrong, or a case applies on none of the suite's proof rigs.
    """
    catalogue = load_catalogue()
    problems: list[Problem] = []
    variants: list[Variant] = []
    rigs: dict[str, tuple[Rig, Declaration]] = {}
    for source in catalogue.select(select):
        suite = catalogue.suite(source.suite)
        for name in suite.prove_rigs:
            if name not in rigs:
                rig = load_rig(beside if (beside := suite.folder / name).is_file() else name)
                if rig.pics is None:
                    raise ConfigError(Problem("a rig for proofs needs a PICS file", rig.file))
                rigs[name] = (rig, load_declaration(rig.pics))
            rig, declaration = rigs[name]
            check_declaration([source], catalogue, declaration)
            if applicability(source, declaration)["value"] == "applicable":
                variants.append(Variant(source, rig, declaration))
                variants.extend(Variant(source, rig, declaration, (fault,)) for fault in source.meta.faults)
                break
        else:
            problems.append(
                Problem(f"{source.meta.id} applies on none of the proof rigs {', '.join(suite.prove_rigs)}", source.file, source.line)
            )
    for rig, _ in rigs.values():
        faults = sorted({fault for variant in variants if variant.rig is rig for fault in variant.faults})
        _attempt(problems, partial(_check_faults, rig, faults))
    limits, standards = _load_suites(problems, catalogue, [variant.source for variant in variants])
    if problems:
        raise ConfigError(problems)
    first_rig, first_declaration = next(iter(rigs.values()))
    return RunSettings(catalogue, tuple(variants), None, first_rig, first_declaration, limits, standards)


def _load_suites(
    problems: list[Problem], catalogue: Catalogue | None, cases: Sequence[CaseSource] | None
) -> tuple[dict[str, Limits], dict[str, Standard]]:
    limits: dict[str, Limits] = {}
    standards: dict[str, Standard] = {}
    for name in dict.fromkeys(source.suite for source in cases or ()):
        assert catalogue is not None
        suite = catalogue.suite(name)
        if (profile := _attempt(problems, partial(load_profile, suite.profile))) is not None:
            limits[name] = profile
        if (found := _attempt(problems, partial(standard, suite.standard))) is not None:
            standards[name] = found
    return limits, standards


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
