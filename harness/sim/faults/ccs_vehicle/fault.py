"""A fault of a CCS vehicle, and how faults become the behaviour of its machines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from harness.protocols.iso15118.behaviour import Behaviour, Effect
from harness.protocols.iso15118.slac.behaviour import SlacBehaviour, SlacEffect
from harness.sim.faults import registry
from harness.sim.faults.registry import effects_of

__all__ = ["Fault", "behaviour_of", "slac_behaviour_of"]

Fault = registry.Fault[Effect | SlacEffect]


def behaviour_of(names: Iterable[str], faults: Mapping[str, Fault]) -> Behaviour:
    """The behaviour of the machine of the session with the faults *names*."""
    return Behaviour(tuple(effect for effect in effects_of(names, faults) if not isinstance(effect, SlacEffect)))


def slac_behaviour_of(names: Iterable[str], faults: Mapping[str, Fault]) -> SlacBehaviour:
    """That of the matching over power line."""
    return SlacBehaviour(tuple(effect for effect in effects_of(names, faults) if isinstance(effect, SlacEffect)))
