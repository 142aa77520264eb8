"""The truck around its swap controllers: lock, DC link, driver, sensors, pump; what comes and goes on the lines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from harness.protocols.swap.vehicle import Sensors
from harness.sim.ecus.state import TruckState
from harness.sim.swap.link import LinkPlant
from harness.sim.swap.lock import LockPlant

__all__ = ["PlantOptions", "TruckPlant"]

_GEARS = ("neutral", "drive", "reverse", "park")
_WORDS = ("intermediate", "unlocked", "locked")
_FREE = -1
_FORCE = "force_point_"
_STEP_V = 1.0
"""The voltage of the link is told again when it has changed by so much."""
_YES_NO = {
    "park_brake": "brake",
    "charge_plug": "plugged",
    "pack_present": "present",
    "pack_seated": "seated",
    "elec_conn": "mated",
    "cool_conn": "cooled",
    "hvil": "interlock",
}
"""Inputs by line."""


@dataclass(frozen=True, slots=True)
class PlantOptions:
    """Values of the plant."""

    point_travel_s: float = 1.2
    """Travel of one lock point."""
    point_stagger_s: float = 0.6
    """From the start of one point to that of the next."""
    lock_delay_s: float = 0.0
    """From the command to lock to the start of the first point."""
    stuck_point: int = 0
    """Lock point that never moves; 0: none."""
    precharge_tau_s: float = 0.3
    discharge_tau_s: float = 0.8
    leak_tau_s: float = 60.0
    occurrences: int = 1
    """By how much one occurrence of a trouble counts in the fault memory."""


class TruckPlant:
    """Implements ``harness.protocols.swap.vehicle.VehiclePlant``."""

    def __init__(self, options: PlantOptions, points: int, state: TruckState, on_trouble: Callable[[int, str, bool], None]) -> None:
        self.lock = LockPlant(
            points,
            travel_s=options.point_travel_s,
            stagger_s=options.point_stagger_s,
            stuck=options.stuck_point,
            lock_delay_s=options.lock_delay_s,
        )
        self.link = LinkPlant(
            precharge_tau_s=options.precharge_tau_s, discharge_tau_s=options.discharge_tau_s, leak_tau_s=options.leak_tau_s
        )
        self._state, self._on_trouble = state, on_trouble
        self._sensors = Sensors()
        self._outputs = dict.fromkeys(("hv_request", "torque_nm", "draw_a", "pump", "vehicle_imd"), 0.0)
        self._told: dict[str, float] = {}

    # VehiclePlant

    @property
    def sensors(self) -> Sensors:
        """What the inputs say."""
        return self._sensors

    def move_lock(self, now_ns: int, way: str) -> None:
        """Drives of the lock."""
        self.lock.order(now_ns, way)
        self._sense()

    def request_hv(self, now_ns: int, stage: int) -> None:
        """Order to the contactors of the pack."""
        self.advance(now_ns)
        self._outputs["hv_request"] = float(stage)
        self.link.in_precharge = stage == 1

    def discharge(self, now_ns: int, on: bool) -> None:
        """Resistor across the link."""
        self.advance(now_ns)
        self.link.discharges = on

    def drive(self, now_ns: int, torque_nm: float, draw_a: float) -> None:
        """Drive."""
        self._outputs["torque_nm"], self._outputs["draw_a"] = round(torque_nm, 1), round(draw_a, 1)

    def run_pump(self, now_ns: int, on: bool) -> None:
        """Pump."""
        self._outputs["pump"] = float(on)

    def monitor(self, now_ns: int, on: bool) -> None:
        """Insulation monitor."""
        self._outputs["vehicle_imd"] = float(on)

    def trouble(self, now_ns: int, word: str, present: bool) -> None:
        """For the fault memory."""
        self._on_trouble(now_ns, word, present)

    # Time and lines

    def advance(self, now_ns: int) -> None:
        """Let time pass."""
        self.lock.advance(now_ns)
        self.link.advance(now_ns)
        self._sense()

    def next_change_ns(self) -> int | None:
        """When lock or link change by themselves."""
        return min((each for each in (self.lock.next_change_ns(), self.link.next_change_ns()) if each is not None), default=None)

    def unpowered(self, now_ns: int) -> None:
        """24 V went: drives stop, coils drop."""
        self.lock.order(now_ns, "hold")
        self.request_hv(now_ns, 0)
        self.discharge(now_ns, False)
        self.drive(now_ns, 0.0, 0.0)
        self._outputs["pump"] = self._outputs["vehicle_imd"] = 0.0

    def hear(self, now_ns: int, line: str, value: float) -> None:
        """A line of the other side has a new level."""
        self.advance(now_ns)
        if line in _YES_NO:
            reading: dict[str, Any] = {_YES_NO[line]: value >= 0.5}
            self._sensors = replace(self._sensors, **reading)
        elif line.startswith(_FORCE):
            word = None if round(value) == _FREE else _WORDS[max(0, min(2, round(value)))]
            self.lock.force(int(line.removeprefix(_FORCE)), word)
        match line:
            case "key":
                self._sensors = replace(self._sensors, key=max(0, min(2, round(value))))
            case "gear":
                self._sensors = replace(self._sensors, gear=_GEARS[max(0, min(3, round(value)))])
            case "speed_kmh":
                self._sensors = replace(self._sensors, speed_kmh=max(0.0, value))
                self._state.speed_kmh = max(0.0, value)
            case "pedal_percent":
                self._sensors = replace(self._sensors, pedal_pct=max(0.0, min(100.0, value)))
            case "pack_v":
                self.link.source_v = value
            case "hold_link_v":
                self.link.held_v = None if value < 0 else value
        self.advance(now_ns)

    def news(self) -> dict[str, float]:
        """Levels that differ from what was told, the voltage of the link first."""
        volts = round(self.link.volts, 1)
        told_v = self._told.get("link_v")
        order_changes = self._outputs["hv_request"] != self._told.get("hv_request")
        is_new = told_v is None or (volts != told_v and (abs(volts - told_v) >= _STEP_V or order_changes or self._rests))
        present = {"link_v": volts} if is_new else {}
        return present | {line: value for line, value in self._outputs.items() if self._told.get(line) != value}

    def tell(self) -> dict[str, float]:
        """The same; it counts as told from now on."""
        news = self.news()
        self._told |= news
        return news

    @property
    def _rests(self) -> bool:
        return self.link.next_change_ns() is None

    def _sense(self) -> None:
        points, volts = self.lock.feedback, self.link.volts
        if points != self._sensors.points or volts != self._sensors.link_v:
            self._sensors = replace(self._sensors, points=points, link_v=volts)
