"""What a fault of a charging station is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from harness.protocols.iso15118.station.orders.responses import Order

__all__ = ["StationFault", "options_of", "orders_of", "register"]


@dataclass(frozen=True, slots=True)
class StationFault:
    """A named deviation of the simulated station."""

    name: str
    text: str
    """What the station does wrong, one line."""
    effects: tuple[Order, ...] = ()
    options: Mapping[str, float] = field(default_factory=dict)
    """Options of the station in the place of those of the rig."""


def register(*faults: StationFault) -> Mapping[str, StationFault]:
    """The faults by name.

    Raises:
        ValueError: two faults have the same name, or one has no effect.
    """
    table: dict[str, StationFault] = {}
    for fault in faults:
        if fault.name in table:
            raise ValueError(f"two faults are named '{fault.name}'")
        if not fault.effects and not fault.options:
            raise ValueError(f"fault '{fault.name}' has no effect")
        table[fault.name] = fault
    return table


def orders_of(names: Iterable[str], registry: Mapping[str, StationFault]) -> tuple[Order, ...]:
    """All effects of the faults *names*, in their order in the registry."""
    chosen = set(names)
    return tuple(effect for fault in registry.values() if fault.name in chosen for effect in fault.effects)


def options_of(names: Iterable[str], registry: Mapping[str, StationFault]) -> Mapping[str, float]:
    """All options of the faults *names*."""
    chosen = set(names)
    return {name: value for fault in registry.values() if fault.name in chosen for name, value in fault.options.items()}
