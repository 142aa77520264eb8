"""What a swap pack is, and what its management system measures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

__all__ = ["PackFacts", "PackView"]


@dataclass(frozen=True, slots=True)
class PackFacts:
    """One pack."""

    code: str
    """Its 24 characters."""
    soc_pct: float
    voltage_v: float = 618.2
    max_charge_a: float = 300.0
    max_discharge_a: float = 400.0
    max_voltage_v: float = 700.0
    cell_type: str = "B"
    rated_energy_kwh: float = 282.0
    rated_capacity_ah: float = 456.0
    insulation_kohm: float = 2000.0
    slot: int = 1
    packs: int = 1
    protocol: tuple[int, int] = (0, 1)
    """Major and minor version of the profile that it speaks."""
    wake_ns: int = 300_000_000
    """From supply to the first frame."""
    insulation_ns: int = 1_000_000_000
    """From supply to a measured insulation."""


class PackView(Protocol):
    """The pack around its management system."""

    @property
    def is_supplied(self) -> bool:
        """The coupler is mated and the truck gives 24 V."""
        ...

    @property
    def voltage_v(self) -> float: ...

    @property
    def current_a(self) -> float: ...

    @property
    def link_v(self) -> float:
        """Behind the contactors."""
        ...

    @property
    def main_pos(self) -> bool: ...

    @property
    def main_neg(self) -> bool: ...

    @property
    def precharge(self) -> bool: ...

    @property
    def welded(self) -> bool: ...

    @property
    def hvil(self) -> bool:
        """The interlock loop is closed."""
        ...

    @property
    def flow(self) -> bool:
        """Coolant flows."""
        ...
