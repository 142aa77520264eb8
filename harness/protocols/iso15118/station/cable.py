"""The station's cable: control pilot, proximity, plug, and what is measured at the output, as the node on the pilot link."""

from __future__ import annotations

from harness.core.durations import ms, s
from harness.core.pdu import Level, Pdu
from harness.protocols.iso15118.pilot import CpState, StationPilot
from harness.protocols.iso15118.slac.station import EvseMatching
from harness.protocols.iso15118.station.machine import StationMachine

__all__ = ["StationCable"]

_LEVEL_PERIOD_NS = ms(100)
_STEADY_PERCENT = 100.0


class StationCable:
    """The station's node on the pilot link: tells plug, pilot and output, hears ``cp_v``, ``contactor`` and ``inlet_v``.

    With the plug in and the vehicle in state B it begins to oscillate after ``duty_after_s``. Voltage and current of the output are
    told every 100 ms while they change, with one decimal. Where the truck is the tester, it plugs in with ``plug``.
    """

    def __init__(
        self, machine: StationMachine, pilot: StationPilot, *, matching: EvseMatching | None = None, name: str = "station cable"
    ) -> None:
        self.name = name
        self._matching = matching
        self._has_link = False
        self._machine = machine
        self._pilot = pilot
        self._output = machine.state.output
        self._told = {"dc_v": 0.0, "dc_a": 0.0}
        self._told_ns = 0
        self._now_ns = 0
        self._oscillates_ns: int | None = None
        """When the oscillation begins."""

    def ask_vehicle_to_stop(self) -> None:
        """Use the means by which the driver of the truck makes it stop."""
        self._machine.user_stop()

    def ask_vehicle_to_pause(self, on: bool = True) -> None:
        """Use the means by which the driver of the truck makes it pause; with False let it go on."""
        self._machine.user_pause(on)

    def start(self, now_ns: int) -> list[Pdu]:
        """Unplugged."""
        self._now_ns = self._told_ns = now_ns
        self._output.contactor = False
        return [*self._pilot.take(), *(Level(line, value) for line, value in self._told.items())]

    def receive(self, now_ns: int, pdu: Pdu) -> list[Pdu]:
        """Take a level of the vehicle's side."""
        self._tick(now_ns)
        if isinstance(pdu, Level):
            self._hear(now_ns, pdu)
        return self._tell(now_ns)

    def next_deadline_ns(self) -> int | None:
        """When something has to be driven or told."""
        if self._pilot.has_news or self._machine.orders_to_vehicle or self._link() is not self._has_link:
            return self._now_ns
        waits = [self._pilot.next_deadline_ns(), self._oscillates_ns, self._output.next_deadline_ns()]
        if self._output.is_moving or self._levels() != self._told:
            waits.append(max(self._now_ns, self._told_ns + _LEVEL_PERIOD_NS))
        return min((t_ns for t_ns in waits if t_ns is not None), default=None)

    def handle_timers(self, now_ns: int) -> list[Pdu]:
        """Drive and tell what changed."""
        self._tick(now_ns)
        if self._oscillates_ns is not None and self._oscillates_ns <= now_ns:
            self._oscillates_ns = None
            self._machine.oscillate()
        return self._tell(now_ns)

    def _tick(self, now_ns: int) -> None:
        self._now_ns = now_ns
        self._pilot.advance(now_ns)
        self._output.advance(now_ns)

    def _hear(self, now_ns: int, level: Level) -> None:
        match level.line:
            case "contactor":
                self._output.contactor = level.value >= 0.5
            case "inlet_v":
                self._output.inlet_v = level.value
            case "plug":
                self._machine.plug(level.value >= 0.5)
            case "cp_v":
                before = self._pilot.state
                self._pilot.hear(now_ns, level)
                if self._pilot.state is not before:
                    self._machine.pilot_changed(now_ns, before)

    def _watch(self) -> None:
        """Whether the oscillation is to begin, or the data link is there."""
        pilot, machine = self._pilot, self._machine
        waits = pilot.is_plugged and pilot.state is CpState.B and pilot.duty_percent >= _STEADY_PERCENT and not machine.is_duty_ordered
        if waits and self._oscillates_ns is None and not machine.options.mcs:
            self._oscillates_ns = self._now_ns + s(machine.options.duty_after_s)
        elif not waits:
            self._oscillates_ns = None
        self._has_link = self._link()
        machine.signal_link(self._now_ns, self._has_link)

    def _link(self) -> bool:
        """Whether the data link is there: by the matching where there is a power line, otherwise by the pilot."""
        if self._matching is not None:
            return self._matching.is_connected
        pilot = self._pilot
        signalled = self._machine.options.mcs or pilot.asks_for_communication
        return pilot.is_plugged and pilot.state in (CpState.B, CpState.C, CpState.D) and signalled

    def _tell(self, now_ns: int) -> list[Pdu]:
        self._watch()
        told: list[Pdu] = [*self._pilot.take(), *self._machine.take_orders_to_vehicle()]
        if now_ns - self._told_ns < _LEVEL_PERIOD_NS:
            return told
        levels = self._levels()
        told += [Level(line, value) for line, value in levels.items() if value != self._told[line]]
        self._told_ns, self._told = now_ns, levels
        return told

    def _levels(self) -> dict[str, float]:
        return {"dc_v": round(self._output.voltage_v, 1), "dc_a": round(self._output.current_a, 1)}
