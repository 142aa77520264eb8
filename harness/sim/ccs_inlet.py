"""The charging inlet of a simulated CCS or MCS truck: pilot, contactor, measurement and battery, and its node on the pilot link."""

from __future__ import annotations

from collections.abc import Callable

from harness.core import Level, Pdu, s
from harness.protocols.iso15118.pilot import CpState, Reading, VehiclePilot
from harness.sim.battery import Battery
from harness.sim.contactor import Contactor

__all__ = ["CcsInlet", "CcsPilot"]

_LOW_A = 5.0
_STEP_V = 1.0
"""The voltage at the inlet is told again when it has changed by so much."""
_DIGITAL = frozenset((Reading.COMMUNICATION,))
_DIGITAL_MCS = frozenset((Reading.COMMUNICATION, Reading.STEADY))
"""MCS has no oscillation: its line says by its level that charging is enabled."""


class CcsInlet:
    """The truck around its communication controller (``VehiclePlant``). Charging current is positive.

    With a pilot link, plug, pilot, voltage and current are what arrives there. Without one the truck is plugged in from the start, the
    data link is up, and the current is taken to be what the controller asks for.
    """

    def __init__(
        self,
        battery: Battery,
        pilot: VehiclePilot,
        *,
        wired: bool,
        mcs: bool = False,
        operate_s: float = 0.03,
        welded: bool = False,
        highest_v: float = 800.0,
    ) -> None:
        self.battery = battery
        self.pilot = pilot
        self.contactor = Contactor(s(operate_s), welded=welded)
        self.orders: list[Level] = []
        """Levels that the truck itself gives where it is the tester."""
        self._wired = wired
        self.power_line: Callable[[], bool] | None = None
        """Asks the power line modem whether its link is up; without one the pilot tells."""
        self._revision = 0
        self._good = _DIGITAL_MCS if mcs else _DIGITAL
        self._highest_v = highest_v
        self._dc_v: float | None = None
        self._dc_a = 0.0
        self._asked_a = 0.0
        self._stop = self._pause = False
        self._seen: tuple[object, ...] = ()
        self._stale = True
        """Something happened since the last look for changes."""

    # VehiclePlant

    @property
    def is_plugged(self) -> bool:
        return self.pilot.is_plugged

    @property
    def pilot_is_good(self) -> bool:
        return not self._wired or self.pilot.reading in self._good

    @property
    def link_is_up(self) -> bool:
        if self.power_line is not None:
            return self.is_plugged and self.power_line()
        return self.is_plugged and self.pilot_is_good and self.pilot.permits_dc

    @property
    def signal(self) -> str:
        return self.pilot.reading.value

    @property
    def fault(self) -> str:
        if self.pilot.is_released:
            return "the plug is about to be pulled"
        if self._dc_v is not None and self._dc_v > self._highest_v:
            return f"{self._dc_v:g} V at the inlet"
        return ""

    @property
    def inlet_v(self) -> float | None:
        if self._dc_v is None:
            return None
        return self.battery.voltage_v if self.contactor.is_closed else self._dc_v

    @property
    def battery_v(self) -> float:
        return self.battery.voltage_v

    @property
    def current_a(self) -> float:
        if not self.contactor.is_closed:
            return 0.0
        return self._dc_a if self._dc_v is not None else self._asked_a

    @property
    def soc_pct(self) -> float:
        return self.battery.soc_pct

    @property
    def headroom_a(self) -> float:
        return self.battery.headroom_a

    @property
    def contactor_closed(self) -> bool:
        return self.contactor.is_closed

    @property
    def stop_wanted(self) -> bool:
        return self._stop

    @property
    def pause_wanted(self) -> bool:
        return self._pause

    def advance(self, now_ns: int) -> None:
        """Let time pass: pilot, contactor, battery."""
        due_ns = self.next_change_ns()
        if due_ns is not None and due_ns <= now_ns:
            self.pilot.advance(now_ns)
            self.contactor.settle(now_ns)
            self._stale = True
        self.battery.advance(now_ns, self.current_a)

    def present(self, now_ns: int, state: str) -> None:
        """Load the pilot as in B or C."""
        self.pilot.present(CpState(state))

    def close_contactor(self, now_ns: int) -> None:
        self.contactor.command(now_ns, True)
        self._stale = True

    def open_contactor(self, now_ns: int) -> None:
        self.contactor.command(now_ns, False)
        self._stale = True

    def next_change_ns(self) -> int | None:
        """When the pilot has been read, or the contactor has moved."""
        pilot, contactor = self.pilot.next_deadline_ns(), self.contactor.change_ns
        if pilot is None or contactor is None:
            return contactor if pilot is None else pilot
        return min(pilot, contactor)

    def asks(self, now_ns: int, current_a: float) -> None:
        """What the controller asks the station for."""
        self._asked_a = current_a
        self._stale = True

    def plug_in(self, now_ns: int, plugged: bool) -> None:
        """The truck is the tester and works its own plug."""
        level = Level("plug", float(plugged))
        self.orders.append(level)
        self.pilot.hear(now_ns, level)
        self._stale = True
        self.advance(now_ns)

    # The other side

    def hear(self, now_ns: int, level: Level) -> None:
        """A level of the station's side, or of the user."""
        self.advance(now_ns)
        match level.line:
            case "dc_v":
                self._dc_v = level.value
            case "dc_a":
                self._dc_a = level.value
            case "user_stop":
                self._stop = level.value >= 0.5
            case "user_pause":
                self._pause = level.value >= 0.5
            case _:
                self.pilot.hear(now_ns, level)
        self._stale = True
        self.advance(now_ns)

    @property
    def revision(self) -> int:
        """Counts the changes that the controller must look at."""
        if not self._stale and self.power_line is None:
            return self._revision
        self._stale = False
        seen = (
            self.is_plugged, self.link_is_up, self.pilot_is_good, self.fault, self._stop, self._pause, self.contactor.is_closed,
            self.current_a < _LOW_A,
        )  # fmt: skip
        if seen != self._seen:
            self._seen = seen
            self._revision += 1
        return self._revision


class CcsPilot:
    """The truck's node on the pilot link: tells ``cp_v``, ``contactor`` and what else changes there, hears the station's levels."""

    def __init__(self, inlet: CcsInlet, *, name: str = "inlet") -> None:
        self.name = name
        self._inlet = inlet
        self._told: dict[str, float] = {}
        self._now_ns = 0

    def start(self, now_ns: int) -> list[Pdu]:
        """Unplugged, contactor open."""
        self._now_ns = now_ns
        self._inlet.advance(now_ns)
        return self._tell()

    def receive(self, now_ns: int, pdu: Pdu) -> list[Pdu]:
        """Take a level."""
        self._now_ns = now_ns
        if isinstance(pdu, Level):
            self._inlet.hear(now_ns, pdu)
        return self._tell()

    def next_deadline_ns(self) -> int | None:
        """Now if there is something to tell, else when the inlet changes by itself."""
        if self._inlet.orders or self._inlet.pilot.has_news or self._news():
            return self._now_ns
        return self._inlet.next_change_ns()

    def handle_timers(self, now_ns: int) -> list[Pdu]:
        """Let time pass and tell what changed."""
        self._now_ns = now_ns
        self._inlet.advance(now_ns)
        return self._tell()

    def _news(self) -> dict[str, float]:
        """Levels that differ from what was told."""
        inlet = self._inlet
        closed, volts = float(inlet.contactor_closed), inlet.inlet_v or 0.0
        present = {"contactor": closed}
        if closed != self._told.get("contactor") or (closed and abs(volts - self._told.get("inlet_v", 0.0)) >= _STEP_V):
            present["inlet_v"] = round(volts, 1) if closed else 0.0
        return {line: value for line, value in present.items() if self._told.get(line) != value}

    def _tell(self) -> list[Pdu]:
        news, orders = self._news(), self._inlet.orders
        self._told |= news
        self._inlet.orders = []
        return [*orders, *self._inlet.pilot.take(), *(Level(line, value) for line, value in news.items())]
