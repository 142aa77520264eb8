"""A fault of a charging station: orders that nobody gave it, and options other than those of the rig."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from harness.protocols.iso15118.station.orders.responses import Order
from harness.sim.faults import registry
from harness.sim.faults.registry import effects_of

__all__ = ["StationFault", "StationOption", "options_of", "orders_of"]


@dataclass(frozen=True, slots=True)
class StationOption:
    """The option *name* of the station has this value."""

    name: str
    value: float


StationFault = registry.Fault[Order | StationOption]


def orders_of(names: Iterable[str], faults: Mapping[str, StationFault]) -> tuple[Order, ...]:
    """The orders of the faults *names*."""
    return tuple(effect for effect in effects_of(names, faults) if not isinstance(effect, StationOption))


def options_of(names: Iterable[str], faults: Mapping[str, StationFault]) -> Mapping[str, float]:
    """The options of the faults *names*."""
    return {effect.name: effect.value for effect in effects_of(names, faults) if isinstance(effect, StationOption)}
