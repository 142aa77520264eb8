"""What a fault is, whatever it deviates from: a name, a line about it, and effects as data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

__all__ = ["Fault", "effects_of", "register"]

E = TypeVar("E")


# No slots: what makes an instance of Fault[E] tries to note E on it.
@dataclass(frozen=True)
class Fault(Generic[E]):
    """A named deviation of a simulator; ``E`` is the kind of effect that its machines know."""

    name: str
    text: str
    """What the SUT does wrong, one line."""
    effects: tuple[E, ...]


def register(*faults: Fault[E]) -> Mapping[str, Fault[E]]:
    """The faults by name.

    Raises:
        ValueError: two faults have the same name, or one has no effect.
    """
    table: dict[str, Fault[E]] = {}
    for fault in faults:
        if fault.name in table:
            raise ValueError(f"two faults are named '{fault.name}'")
        if not fault.effects:
            raise ValueError(f"fault '{fault.name}' has no effect")
        table[fault.name] = fault
    return table


def effects_of(names: Iterable[str], registry: Mapping[str, Fault[E]]) -> tuple[E, ...]:
    """All effects of the faults *names*, in their order in the registry."""
    chosen = set(names)
    return tuple(effect for fault in registry.values() if fault.name in chosen for effect in fault.effects)
