"""What a maker calls its data identifiers and trouble codes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.protocols.uds.services import DIDS

__all__ = ["Names", "Naming"]


@dataclass(frozen=True, slots=True)
class Naming:
    """The name of one number in some units."""

    number: int
    name: str
    units: tuple[str, ...] = ()
    """Units (ECU variants) that know it by this name; empty: not told."""


@dataclass(frozen=True, slots=True)
class Names:
    """Names of data identifiers (16 bits) and trouble codes (24 bits); one number may have several."""

    dids: tuple[Naming, ...] = ()
    dtcs: tuple[Naming, ...] = ()
    source: str = ""
    """Where they come from, one line."""
    _dids: Mapping[int, str] = field(init=False, repr=False, compare=False)
    _dtcs: Mapping[int, str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_dids", _joined(self.dids))
        object.__setattr__(self, "_dtcs", _joined(self.dtcs))

    def did(self, number: int) -> str:
        """Name of a data identifier: that of the maker, or else of the identification set; empty for none."""
        row = DIDS.get(number)
        return self._dids.get(number, row.name if row is not None else "")

    def dtc(self, number: int) -> str:
        """Name of a trouble code, empty for none."""
        return self._dtcs.get(number, "")


def _joined(rows: tuple[Naming, ...]) -> dict[int, str]:
    found: dict[int, list[str]] = {}
    for row in rows:
        names = found.setdefault(row.number, [])
        if row.name not in names:
            names.append(row.name)
    return {number: " / ".join(names) for number, names in found.items()}
