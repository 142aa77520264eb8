"""What a case says of itself: id, purpose, references, basis, PICS condition, faults, numbered steps."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

__all__ = ["BASES", "CONFIDENCES", "NEEDS", "CaseMeta", "CaseSource", "StepPlan", "case"]

BASES = ("quoted", "derived", "project")
CONFIDENCES = ("high", "medium", "low")
NEEDS = ("writes", "active_bus", "energise", "plain_http")
"""Stimuli for which a rig with a real system under test must give leave (its key ``allow``)."""

F = TypeVar("F", bound=Callable[..., None])

NIGHTLY_FROM_S = 10.0
"""Cases with more bus time than this carry the marker ``nightly``."""


@dataclass(frozen=True, slots=True)
class CaseMeta:
    """The arguments of ``@case``, all literals."""

    id: str
    title: str
    purpose: str
    refs: tuple[str, ...]
    """Requirement ids of the suite's ``requirements.toml``."""
    basis: str
    confidence: str
    pics: str
    """Condition under which the case applies, over the items of the suite's ``pics.toml``."""
    faults: tuple[str, ...]
    """Faults of the simulated SUT that must turn the case to FAIL; ``name@edition`` for one that only shows in that edition."""
    pixit: tuple[str, ...] = ()
    """PIXIT values that the case reads."""
    duration_s: float = 0.0
    """Bus time that it takes at most, roughly; decides the marker ``nightly``."""
    needs: tuple[str, ...] = ()
    """Stimuli of ``NEEDS`` that it uses."""
    sut: str = ""
    """Role that it tests; empty: the first of the suite."""
    editions: tuple[str, ...] = ()
    """Editions of the standard for which it is run, those of the suite that the SUT declares."""
    rows: str = ""
    """Of a family: the file beside ``suite.toml`` with a row for each of its cases."""
    where: str = ""
    """Of a family: the column that is true in its rows; empty: every row is a case."""

    messages: tuple[str, ...] = ()
    """Messages (``PACK_THM``) or signals (``PACK_THM.Leak``) without which the case cannot be run, if the standard is spoken by a
    message profile: where the profile of a rig lacks one, the case is not applicable."""

    @property
    def nightly(self) -> bool:
        """Takes more than ten seconds of bus time."""
        return self.duration_s > NIGHTLY_FROM_S


@dataclass(frozen=True, slots=True)
class StepPlan:
    """One numbered step as written in the source."""

    number: int
    text: str
    expect: str
    line: int


@dataclass(frozen=True, slots=True)
class CaseSource:
    """A case as found in the source of a suite, without importing it."""

    meta: CaseMeta
    steps: tuple[StepPlan, ...]
    suite: str
    limits: frozenset[str]
    """Keys of the profile that its code asks for with ``truck.limit("...")``."""
    pixit: frozenset[str]
    """PIXIT values that its code asks for with ``truck.pixit("...")``."""
    file: Path
    function: str
    line: int
    condition: str = ""
    """Under which declarations it applies: the condition of ``meta``, and one of its editions. Set by the catalogue."""
    sut: str = ""
    """The role that it tests. Set by the catalogue."""
    family: str = ""
    """The id with its placeholders, if the case is one of a family."""
    row: Mapping[str, object] = field(default_factory=dict)
    """Its row in the table of the family."""


def case(
    case_id: str,
    *,
    title: str,
    purpose: str,
    refs: Sequence[str],
    basis: str,
    confidence: str,
    pics: str,
    faults: Sequence[str],
    pixit: Sequence[str] = (),
    duration_s: float = 0.0,
    needs: Sequence[str] = (),
    sut: str = "",
    editions: Sequence[str] = (),
    rows: str = "",
    where: str = "",
    messages: Sequence[str] = (),
) -> Callable[[F], F]:
    """Declare a test function as the certification case *case_id*, or with *rows* as a family of cases.

    Every argument must be written as a literal: plan, catalogue and proof matrix are read from the source.
    The arguments are checked when the suite is collected, all cases together.

    A family is one function and a table beside ``suite.toml``: every row in which the column *where* is true is a case. Each text
    here and in the steps may name a column in braces (``{request}``); a text in a list that is nothing but a column holding a list
    stands for all its entries. The fixture ``row`` gives the columns to the function.
    """
    meta = CaseMeta(
        case_id, title, purpose, tuple(refs), basis, confidence, pics, tuple(faults), tuple(pixit), duration_s, tuple(needs),
        sut, tuple(editions), rows, where, tuple(messages),
    )  # fmt: skip

    def declare(function: F) -> F:
        function.precert_case = meta  # type: ignore[attr-defined]
        return function

    return declare
