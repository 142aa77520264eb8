"""Short hands for the entries of the fault tables."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from harness.sim.faults.network.fault import Change, UnitSetup

__all__ = ["claim", "habit", "name_field", "spec", "timing"]


def habit(**changes: Any) -> Change:
    """Other habits of the controller."""
    return lambda setup: replace(setup, habits=replace(setup.habits, **changes))


def claim(**changes: Any) -> Change:
    """Deviations of the address claim."""
    return lambda setup: replace(setup, habits=replace(setup.habits, claim=replace(setup.habits.claim, **changes)))


def timing(**changes: Any) -> Change:
    """Other times of the address claim."""
    return lambda setup: replace(setup, habits=replace(setup.habits, timing=replace(setup.habits.timing, **changes)))


def spec(**changes: Any) -> Change:
    """Another unit than it should be."""
    return lambda setup: replace(setup, spec=replace(setup.spec, **changes))


def name_field(**changes: Any) -> Change:
    """Other fields of its NAME."""

    def change(setup: UnitSetup) -> UnitSetup:
        return replace(setup, spec=replace(setup.spec, name_fields={**setup.spec.name_fields, **changes}))

    return change
