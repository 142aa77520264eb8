"""What a fault of a control unit is: a change of how the unit is made."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from harness.core import ms
from harness.protocols.j1939.claim import ClaimTiming
from harness.protocols.j1939.controller import Habits
from harness.protocols.j1939.faults import TransportFaults
from harness.protocols.j1939.timing import J1939_21, TransportTiming
from harness.sim.ecus.charging import ChargingSetup
from harness.sim.ecus.diagnostics import DiagnosticSetup
from harness.sim.ecus.ethernet import EthernetSetup
from harness.sim.ecus.habits import UnitHabits
from harness.sim.ecus.unit import Surroundings, UnitSpec
from harness.sim.faults import registry
from harness.sim.faults.registry import effects_of

__all__ = ["Change", "Fault", "UnitSetup", "setup_of"]

_CAREFUL_NS = ms(260)
"""A unit counts from when it hands its claim over, which is some milliseconds before it is on the bus."""


@dataclass(frozen=True, slots=True)
class UnitSetup:
    """How one control unit is made."""

    spec: UnitSpec
    habits: Habits = field(default_factory=lambda: Habits(timing=ClaimTiming(stable_ns=_CAREFUL_NS)))
    transport: TransportFaults = field(default_factory=TransportFaults)
    timing: TransportTiming = J1939_21
    diagnostics: DiagnosticSetup = field(default_factory=DiagnosticSetup)
    own: UnitHabits = field(default_factory=UnitHabits)
    around: Surroundings = field(default_factory=Surroundings)
    ethernet: EthernetSetup = field(default_factory=EthernetSetup)
    """Of the truck; that of the unit under test counts."""
    charging: ChargingSetup = field(default_factory=ChargingSetup)
    """Likewise."""


Change = Callable[[UnitSetup], UnitSetup]


Fault = registry.Fault[Change]


def setup_of(spec: UnitSpec, names: Iterable[str], faults: Mapping[str, Fault], ethernet: EthernetSetup | None = None) -> UnitSetup:
    """How the unit *spec* is made with the faults *names*, in their order in the registry."""
    setup = UnitSetup(spec, ethernet=ethernet or EthernetSetup())
    for change in effects_of(names, faults):
        setup = change(setup)
    return setup
