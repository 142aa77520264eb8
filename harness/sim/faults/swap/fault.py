"""A fault of the swap truck, and how faults become the behaviour of its machines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from harness.protocols.swap.vehicle.behaviour import Behaviour, Effect
from harness.sim.faults import registry
from harness.sim.faults.registry import effects_of

__all__ = ["Fault", "behaviour_of"]

Fault = registry.Fault[Effect]


def behaviour_of(names: Iterable[str], faults: Mapping[str, Fault]) -> Behaviour:
    """The behaviour with the faults *names*."""
    return Behaviour(effects_of(names, faults))
