"""What a proof runs: which case on which rig, in which edition, with which faults."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from harness.case.metadata import CaseSource
from harness.case.run.plan import applicability, check_declaration
from harness.case.suites.catalogue import Catalogue, load_catalogue
from harness.case.suites.pics import Declaration, load_declaration
from harness.case.suites.suite import Suite
from harness.core import ConfigError, Problem
from harness.plugin.settings import RunSettings, Variant, attempt, load_suites
from harness.rig import Rig, load_rig
from harness.rig.build import build_bench

__all__ = ["resolve_proof"]


def resolve_proof(select: Sequence[str], *, cross: bool = False) -> RunSettings:
    """The fault-twin matrix of the selected cases: each healthy on every rig and in every edition where it applies,
    and with each of its faults on the first (a fault ``name@edition``: on the first in that edition); with *cross* also
    with every fault that another case names.

    Raises:
        ConfigError: catalogue, rigs or PICS are wrong, or a case applies on none of the suite's proof rigs.
    """
    catalogue = load_catalogue(select=select)
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
        ways = next(found for found in healthy if found and found[0] is variant)
        for fault in faults:
            if (way := _way_of(fault, ways)) is not None:
                variants.append(replace(way, faults=(fault,), label=""))
            elif fault in own:
                text = f"{variant.source.meta.id}: no proof rig runs it in the edition of the fault '{fault}'"
                problems.append(Problem(text, variant.source.file, variant.source.line))
    for rig in rigs.loaded():
        attempt(problems, partial(_check_faults, rig, sorted({fault for each in variants if each.rig is rig for fault in each.injected})))
    limits, choices, standards = load_suites(problems, catalogue, [variant.source for variant in variants])
    if problems:
        raise ConfigError(problems)
    return RunSettings(catalogue, tuple(variants), None, first[0].rig, first[0].declaration, limits, choices, standards)


def _way_of(fault: str, ways: Sequence[Variant]) -> Variant | None:
    """Where a fault is injected: on the first rig, or on the first in the edition that follows its name after ``@``."""
    edition = fault.partition("@")[2]
    return next((way for way in ways if not edition or way.edition == edition), None)


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
    found = _variants_on(suite.prove_rigs, source, suite, rigs) or _variants_on(suite.prove_more, source, suite, rigs)
    if not found:
        names = ", ".join((*suite.prove_rigs, *suite.prove_more))
        problems.append(Problem(f"{source.meta.id} applies on none of the proof rigs {names}", source.file, source.line))
    return found


def _variants_on(names: Sequence[str], source: CaseSource, suite: Suite, rigs: _ProofRigs) -> list[Variant]:
    found: list[Variant] = []
    for name in names:
        rig, declaration = rigs.of(suite, name)
        if rig.sut.name != source.sut:
            continue
        check_declaration([source], rigs.catalogue, declaration)
        if applicability(source, declaration)["value"] != "applicable":
            continue
        for edition in suite.editions_of(source.meta, declaration.pics):
            label = ".".join(part for part in (rig.name, edition) if part) if found else ""
            found.append(Variant(source, rig, declaration, (), edition, 1, label))
    return found


def _check_faults(rig: Rig, faults: Sequence[str]) -> None:
    problems: list[Problem] = []
    for fault in faults:
        attempt(problems, partial(build_bench, rig, faults=[fault]))
    if problems:
        raise ConfigError(problems)
