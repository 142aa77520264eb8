"""A fault of a vehicle or charger by GB/T 27930, and how faults become the behaviour of a machine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from harness.protocols.gbt27930.behaviour import Behaviour, Effect
from harness.sim.faults import registry
from harness.sim.faults.registry import effects_of

__all__ = ["Fault", "behaviour_of"]

Fault = registry.Fault[Effect]


def behaviour_of(names: Iterable[str], faults: Mapping[str, Fault]) -> Behaviour:
    """The behaviour with the faults *names*."""
    return Behaviour(effects_of(names, faults))
