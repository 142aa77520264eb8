"""What a fault of a CCS vehicle is, and how faults become the behaviour of its machine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from harness.protocols.iso15118.behaviour import Behaviour, Effect
from harness.protocols.iso15118.slac.behaviour import SlacBehaviour, SlacEffect

__all__ = ["Fault", "behaviour_of", "register", "slac_behaviour_of"]


@dataclass(frozen=True, slots=True)
class Fault:
    """A named deviation of the simulated truck."""

    name: str
    text: str
    """What the SUT does wrong, one line."""
    effects: tuple[Effect | SlacEffect, ...]


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
    """The effects of the faults *names* on the machine of the session, in their order in the registry."""
    return Behaviour(tuple(effect for effect in _effects(names, registry) if not isinstance(effect, SlacEffect)))


def slac_behaviour_of(names: Iterable[str], registry: Mapping[str, Fault]) -> SlacBehaviour:
    """Those effects of the faults *names* that concern the matching over power line."""
    return SlacBehaviour(tuple(effect for effect in _effects(names, registry) if isinstance(effect, SlacEffect)))


def _effects(names: Iterable[str], registry: Mapping[str, Fault]) -> Iterator[Effect | SlacEffect]:
    chosen = set(names)
    return (effect for fault in registry.values() if fault.name in chosen for effect in fault.effects)
