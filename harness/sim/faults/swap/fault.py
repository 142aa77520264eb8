"""What a fault of the swap truck is, and how faults become the behaviour of its machines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from harness.protocols.swap.vehicle.behaviour import Behaviour, Effect

__all__ = ["Fault", "behaviour_of", "register"]


@dataclass(frozen=True, slots=True)
class Fault:
    """A named deviation of the simulated truck."""

    name: str
    text: str
    """What the SUT does wrong, one line."""
    effects: tuple[Effect, ...]


def register(*faults: Fault) -> Mapping[str, Fault]:
    """The faults by name.

    Raises:
        ValueError: two faults have the same name, or one has no effect.
    """
    table: dict[str, Fault] = {}
    for fault in faults:
        if fault.name in table:
            raise ValueError(f"two faults are named '{fault.name}'")
        if not fault.effects:
            raise ValueError(f"fault '{fault.name}' has no effect")
        table[fault.name] = fault
    return table


def behaviour_of(names: Iterable[str], registry: Mapping[str, Fault]) -> Behaviour:
    """The effects of the faults *names*, in their order in the registry."""
    chosen = set(names)
    return Behaviour(tuple(effect for fault in registry.values() if fault.name in chosen for effect in fault.effects))
