"""The vehicle's side of control pilot and proximity.

Theory of operation. The station drives ``plug``, ``pp_ohm``, ``cp_source_v``, ``cp_duty_percent`` and ``cp_frequency_hz``, and may
interrupt the pilot (``cp_open``), which the vehicle takes for 0 V while the station sees nobody; the vehicle
loads the pilot with the resistors of the state that it presents, behind a diode, and so makes the positive level ``cp_v`` and the
negative one, ``cp_low_v``. What it reads from the oscillation holds once the signal has not changed for ``cp_settle_s``; that the plug
or the proximity is gone it notices at once. For a toggle it presents B and C in turn, each for the same time, and ends with B.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from harness.core.durations import s
from harness.core.pdu import Level
from harness.protocols.iso15118.pilot.duty import DutyOptions, Reading
from harness.protocols.iso15118.pilot.levels import CpState
from harness.protocols.iso15118.pilot.proximity import OPEN_OHM, ProximityOptions

__all__ = ["VehiclePilot", "VehiclePilotOptions"]

_SIGNAL = ("cp_source_v", "cp_duty_percent", "cp_frequency_hz", "cp_open")


@dataclass(frozen=True, slots=True)
class VehiclePilotOptions:
    """The vehicle's circuit."""

    cp_b_v: float = 9.0
    """Positive level that it makes of a full source in state B."""
    cp_c_v: float = 6.0
    cp_d_v: float = 3.0
    cp_full_v: float = 12.0
    """Source for which the levels are given."""
    diode: bool = True
    """Keeps the negative half of the oscillation as it is; without it the load pulls it up as well."""
    cp_settle_s: float = 0.02
    """So long the signal has to stand still before it is read."""
    cp_sleep_s: float = 0.0
    """A signal that stood without oscillation for so long is not read any more until the next plug; 0: it always is."""
    pp_release: bool = True
    """Heed the proximity when it says that the plug is about to be pulled."""


class VehiclePilot:
    """What the vehicle presents on the pilot and what it reads there."""

    def __init__(
        self,
        options: VehiclePilotOptions | None = None,
        duty: DutyOptions | None = None,
        proximity: ProximityOptions | None = None,
        *,
        plugged: bool = False,
    ) -> None:
        self.options = options or VehiclePilotOptions()
        self.duty = duty or DutyOptions()
        self.proximity = proximity or ProximityOptions()
        self.presented = CpState.B
        """B, C or D: the load on the pilot while plugged and not toggling."""
        self._plugged = plugged
        self._heard: dict[str, float] = {
            "cp_source_v": self.options.cp_full_v,
            "cp_duty_percent": 100.0,
            "cp_frequency_hz": 1000.0,
            "cp_open": 0.0,
        }
        self._pp_ohm: float | None = None
        self._reading = Reading.STEADY if plugged else Reading.UNPLUGGED
        self._read_ns = 0
        """When the signal came to say what it says."""
        self._settles_ns: int | None = None
        self._toggles: list[int] = []
        """Instants at which the load changes between B and C, the last one back to B."""
        self._told: dict[str, float] = {}

    # What it reads

    @property
    def is_plugged(self) -> bool:
        """The connector is in."""
        return self._plugged

    @property
    def reading(self) -> Reading:
        """What the pilot signal said when it last stood still."""
        return self._reading

    @property
    def offered_a(self) -> float:
        """The alternating current that the duty cycle offers, 0 if none."""
        return self.duty.current_a(self._heard["cp_duty_percent"]) if self._reading is Reading.BASIC else 0.0

    @property
    def cable_a(self) -> float:
        """The current that the coding resistor of the cable stands for, 0 without one."""
        return self.proximity.current_a(self._ohm) if self._plugged else 0.0

    @property
    def permits_dc(self) -> bool:
        """Whether the proximity shows the latched plug of a direct current station. A rig without such a line cannot forbid."""
        return self._plugged and (self._pp_ohm is None or self.proximity.permits_dc(self._pp_ohm))

    @property
    def is_released(self) -> bool:
        """Whether the proximity says that the plug is about to be pulled."""
        released = self._pp_ohm is not None and self.proximity.is_released(self._pp_ohm)
        return self._plugged and released and self.options.pp_release

    @property
    def _is_loaded(self) -> bool:
        """The vehicle's resistors are on the station's pilot."""
        return self._plugged and not self._heard["cp_open"]

    @property
    def _ohm(self) -> float:
        return OPEN_OHM if self._pp_ohm is None else self._pp_ohm

    # What it presents

    @property
    def state(self) -> CpState:
        """B, C or D: the load on the pilot at this instant, toggling included."""
        if self._toggles:
            return CpState.B if len(self._toggles) % 2 == 0 else CpState.C
        return self.presented

    @property
    def is_toggling(self) -> bool:
        """A toggle is under way."""
        return bool(self._toggles)

    @property
    def cp_v(self) -> float:
        """Positive level of the pilot."""
        source_v = self._heard["cp_source_v"]
        if not self._is_loaded or source_v <= 0:
            return source_v
        full = {CpState.B: self.options.cp_b_v, CpState.C: self.options.cp_c_v, CpState.D: self.options.cp_d_v}[self.state]
        return round(full * source_v / self.options.cp_full_v, 3)

    @property
    def cp_low_v(self) -> float:
        """Lowest level of the pilot: of the negative half while it oscillates, otherwise the only one."""
        source_v = self._heard["cp_source_v"]
        if source_v <= 0 or self._heard["cp_duty_percent"] >= 100:
            return self.cp_v
        return -source_v if self.options.diode or not self._is_loaded else -self.cp_v

    def present(self, state: CpState | str) -> None:
        """Load the pilot as in B, C or D; a toggle under way goes on first.

        Raises:
            ValueError: it is another state, which no vehicle can present.
        """
        wanted = CpState(state)
        if wanted not in (CpState.B, CpState.C, CpState.D):
            raise ValueError(f"a vehicle presents B, C or D on the pilot, not {wanted}")
        self.presented = wanted

    def toggle(self, now_ns: int, times: int, hold_ns: int) -> None:
        """Change to C and back to B *times* times, each held for *hold_ns*; the load is B then."""
        if times <= 0 or hold_ns <= 0:
            raise ValueError(f"a toggle needs a number and a time above 0, not {times} and {hold_ns} ns")
        self.presented = CpState.B
        self._toggles = [now_ns + hold_ns * step for step in range(1, 2 * times)]

    # Driving it

    def hear(self, now_ns: int, level: Level) -> None:
        """A level of the station's side; lines of others are ignored."""
        if level.line == "plug":
            self._plugged = level.value >= 0.5
            self._toggles.clear()
            self._settle(now_ns)
            if not self._plugged:
                self._reading, self.presented = Reading.UNPLUGGED, CpState.B
        elif level.line == "pp_ohm":
            self._pp_ohm = level.value
        elif level.line in _SIGNAL and self._heard[level.line] != level.value:
            self._heard[level.line] = level.value
            self._settle(now_ns)

    def advance(self, now_ns: int) -> None:
        """Let time pass: read the signal once it stands still, take the next step of a toggle."""
        while self._toggles and self._toggles[0] <= now_ns:
            self._toggles.pop(0)
        if self._settles_ns is not None and self._settles_ns <= now_ns:
            before, self._settles_ns, self._reading = self._reading, None, self._read(now_ns)
            if self._reading is not before:
                self._read_ns = now_ns

    def next_deadline_ns(self) -> int | None:
        """When ``advance`` changes something."""
        if self._settles_ns is None and not self._toggles:
            return None
        deadlines = [t_ns for t_ns in (self._settles_ns, *self._toggles[:1]) if t_ns is not None]
        return min(deadlines, default=None)

    def take(self) -> list[Level]:
        """The vehicle's levels that changed since they were taken last."""
        changed = self._news()
        self._told.update({level.line: level.value for level in changed})
        return changed

    @property
    def has_news(self) -> bool:
        """There is something to take."""
        return bool(self._news())

    def _news(self) -> list[Level]:
        present: Mapping[str, float] = {"cp_v": self.cp_v, "cp_low_v": self.cp_low_v, "pp_a": self.cable_a}
        return [Level(line, value) for line, value in present.items() if self._told.get(line) != value]

    def _settle(self, now_ns: int) -> None:
        self._settles_ns = now_ns + s(self.options.cp_settle_s)

    def _read(self, now_ns: int) -> Reading:
        source_v = self._heard["cp_source_v"]
        if not self._plugged:
            return Reading.UNPLUGGED
        if self._reading is Reading.STEADY and 0 < s(self.options.cp_sleep_s) <= now_ns - self._read_ns:
            return Reading.STEADY
        if self._heard["cp_open"] or abs(source_v) < self.options.cp_full_v / 2:
            return Reading.FAULT
        return Reading.UNAVAILABLE if source_v < 0 else self.duty.read(self._heard["cp_duty_percent"], self._heard["cp_frequency_hz"])
