"""Whose a link is: the claims of all standards, those that take anything of a form behind those that know their own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from harness.core.standard import Recognition, Standard
from harness.core.trace import Record

__all__ = ["Claim", "claims_on"]


@dataclass(frozen=True, slots=True)
class Claim:
    """A standard claims records of a link."""

    standard: Standard
    recognition: Recognition
    records: Sequence[Record]
    """Those that it was asked about: all of the link, or what another standard left."""


def claims_on(records: Sequence[Record], standards: Iterable[Standard]) -> list[Claim]:
    """The standard that most of the link belongs to, and behind it a general one that claims what the first one left; empty for none."""
    known = tuple(standards)
    general = [standard for standard in known if getattr(standard, "is_general", False)]
    first = _best(records, [standard for standard in known if standard not in general])
    if first is None:
        found = _best(records, general)
        return [] if found is None else [found]
    is_own = first.recognition.is_own
    rest = [] if is_own is None else [record for record in records if not is_own(record)]
    second = _best(rest, general) if rest else None
    return [first] if second is None else [first, second]


def _best(records: Sequence[Record], standards: Sequence[Standard]) -> Claim | None:
    claims = [Claim(standard, found, records) for standard in standards if (found := standard.recognise(records)) is not None]
    return max(claims, key=lambda claim: claim.recognition.matched, default=None)
