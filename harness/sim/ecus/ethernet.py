"""The truck on Ethernet: the DoIP entity of its gateway, and behind it the diagnostics of every control unit.

Testers on Ethernet have a session of their own with each unit; data and fault memory are the same as on the bus.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from harness.core import Pdu
from harness.protocols.doip.entity import Entity, EntityDeviations, EntityOptions
from harness.protocols.doip.tables import DiagnosticNack
from harness.protocols.doip.timing import DoipTiming
from harness.protocols.uds.server import Server
from harness.sim.ecus.state import TruckState
from harness.sim.ecus.unit import ControlUnit

__all__ = ["LOGICAL_BASE", "EthernetNode", "EthernetSetup"]

LOGICAL_BASE = 0x1000
"""Logical address of a unit: this and its address on the bus (the project's own)."""
_LONGEST = 4095


@dataclass(frozen=True, slots=True)
class EthernetSetup:
    """How the entity is made; the defaults are right."""

    options: EntityOptions = field(default_factory=EntityOptions)
    timing: DoipTiming = field(default_factory=DoipTiming)
    deviations: EntityDeviations = field(default_factory=EntityDeviations)


@dataclass(slots=True)
class _Way:
    """From the entity to one unit."""

    unit: ControlUnit
    server: Server
    tester: int = 0
    """Whose request is being served."""


class EthernetNode:
    """The node on Ethernet; implements ``harness.protocols.doip.entity.Router``."""

    name = "ethernet"

    def __init__(self, units: Sequence[ControlUnit], state: TruckState, setup: EthernetSetup, *, seed: int = 0) -> None:
        self._state = state
        self._ways = {
            LOGICAL_BASE + unit.spec.address: _Way(unit, unit.diagnostics.another_server(seed + number))
            for number, unit in enumerate(units)
        }
        self.entity = Entity(setup.options, lambda: state.vin, self, timing=setup.timing, deviations=setup.deviations, seed=seed)
        self._is_on = False
        self._out: list[Pdu] = []

    def start(self, now_ns: int) -> Sequence[Pdu]:
        """The bench begins; with power the link comes up."""
        self.power(now_ns, self._state.is_supplied)
        return self._taken()

    def power(self, now_ns: int, on: bool) -> None:
        """Power comes or goes."""
        if on == self._is_on:
            return
        self._is_on = on
        if on:
            self._out += self.entity.start(now_ns)
        else:
            self._out.clear()
            self.entity.stop()

    def receive(self, now_ns: int, pdu: Pdu) -> Sequence[Pdu]:
        """Something on the network."""
        return self.entity.receive(now_ns, pdu)

    def next_deadline_ns(self) -> int | None:
        """When ``handle_timers`` wants to be called."""
        if self._out:
            return 0
        deadlines = [self.entity.next_deadline_ns(), *(way.server.next_deadline_ns() for way in self._reachable().values())]
        return min((each for each in deadlines if each is not None), default=None)

    def handle_timers(self, now_ns: int) -> Sequence[Pdu]:
        """Do what is due."""
        for address, way in self._reachable().items():
            deadline_ns = way.server.next_deadline_ns()
            if deadline_ns is not None and deadline_ns <= now_ns:
                for answer in way.server.handle_timers(now_ns):
                    self.entity.answer(now_ns, address, way.tester, answer)
        return [*self._taken(), *self.entity.handle_timers(now_ns)]

    def route(self, now_ns: int, source: int, target: int, data: bytes) -> DiagnosticNack | None:
        """Hand a request to the unit that it is for."""
        way = self._ways.get(target)
        if way is None:
            return DiagnosticNack.UNKNOWN_TARGET
        if target not in self._reachable():
            return DiagnosticNack.UNREACHABLE
        if len(data) > _LONGEST:
            return DiagnosticNack.TOO_LARGE
        if not way.server.is_working:
            way.tester = source
        for answer in way.server.receive(now_ns, data):
            self.entity.answer(now_ns, target, source, answer)
        return None

    def _reachable(self) -> dict[int, _Way]:
        return {address: way for address, way in self._ways.items() if self._is_on and way.unit.diagnostics.is_on}

    def _taken(self) -> list[Pdu]:
        out, self._out = self._out, []
        return out
