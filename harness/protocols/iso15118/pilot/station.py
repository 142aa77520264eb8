"""The station's side of control pilot and proximity.

Theory of operation. The station drives the source of the pilot (12 V, 0 V for E, -12 V for F), its duty cycle and its frequency, and the
resistor of the proximity; from the level that the vehicle makes of it, ``cp_v``, it tells the state. After a failed matching it may
hold the source at E or F for a while and go on as before: a vehicle takes this for a new beginning. A change from B to C and back to
B is a toggle, counted for validation and wake-up.
"""

from __future__ import annotations

from dataclasses import dataclass

from harness.core.pdu import Level
from harness.protocols.iso15118.pilot.duty import DutyOptions, Reading
from harness.protocols.iso15118.pilot.levels import CpLevels, CpState

__all__ = ["StationPilot", "StationPilotOptions"]


@dataclass(frozen=True, slots=True)
class StationPilotOptions:
    """The station's circuit."""

    cp_source_full_v: float = 12.0
    cp_nominal_hz: float = 1000.0
    cp_steady_percent: float = 100.0
    pp_plug_ohm: float = 1500.0


class StationPilot:
    """What the station drives and what it sees of the vehicle."""

    def __init__(
        self, options: StationPilotOptions | None = None, levels: CpLevels | None = None, meaning: DutyOptions | None = None
    ) -> None:
        self.options = options or StationPilotOptions()
        self.levels = levels or CpLevels()
        self.meaning = meaning or DutyOptions()
        """What a duty cycle says to a vehicle."""
        self.toggles = 0
        """Changes B-C-B of the vehicle since ``count_toggles``."""
        self.state: CpState | None = CpState.A
        """State by the last measured level; ``None`` between two ranges."""
        self.state_since_ns = 0
        self._drives: dict[str, float] = {
            "plug": 0.0,
            "pp_ohm": self.options.pp_plug_ohm,
            "cp_source_v": self.options.cp_source_full_v,
            "cp_frequency_hz": self.options.cp_nominal_hz,
            "cp_duty_percent": self.options.cp_steady_percent,
        }
        self._told: dict[str, float] = {}
        self._course: tuple[CpState, ...] = (CpState.A,)
        """The last three states, what lay between two ranges left out."""
        self._pulse: tuple[int, float] | None = None
        """End of an E or F pulse, and the source after it."""

    @property
    def is_plugged(self) -> bool:
        """The connector is in the vehicle."""
        return self._drives["plug"] >= 0.5

    @property
    def is_ready(self) -> bool:
        """The vehicle presents C or D."""
        return self.state in (CpState.C, CpState.D)

    @property
    def duty_percent(self) -> float:
        """The duty cycle that is driven."""
        return self._drives["cp_duty_percent"]

    @property
    def asks_for_communication(self) -> bool:
        """The duty cycle that is driven asks a plugged vehicle for digital communication."""
        return self.is_plugged and self.meaning.read(self.duty_percent, self.options.cp_nominal_hz) is Reading.COMMUNICATION

    @property
    def source_v(self) -> float:
        """The source that is driven."""
        return self._drives["cp_source_v"]

    @property
    def is_pulsing(self) -> bool:
        """An E or F pulse is under way."""
        return self._pulse is not None

    def plug(self, on: bool) -> None:
        """Put the connector in, or pull it."""
        self._drives["plug"] = float(on)
        if not on:
            self.toggles = 0

    def duty(self, percent: float) -> None:
        """Oscillate with *percent* duty cycle; 100 is a steady level."""
        if not 0 <= percent <= 100:
            raise ValueError(f"a duty cycle lies between 0 and 100 %, not at {percent:g} %")
        self._drives["cp_duty_percent"] = float(percent)

    def source(self, volts: float) -> None:
        """Drive the pilot from *volts*: 12 as usual, 0 for E or a short, -12 for F. Ends a pulse."""
        self._pulse = None
        self._drives["cp_source_v"] = float(volts)

    def frequency(self, hertz: float) -> None:
        """Oscillate with *hertz*."""
        if hertz <= 0:
            raise ValueError(f"a frequency is positive, not {hertz:g} Hz")
        self._drives["cp_frequency_hz"] = float(hertz)

    def proximity(self, ohm: float) -> None:
        """Show *ohm* on the proximity of the plug."""
        self._drives["pp_ohm"] = float(ohm)

    def interrupt(self, on: float) -> None:
        """Interrupt the pilot between station and vehicle, or join it again."""
        self._drives["cp_open"] = float(on)

    def pulse(self, now_ns: int, volts: float, for_ns: int) -> None:
        """Drive the pilot from *volts* (0 for E, -12 for F) for so long, then from what it was before."""
        after_v = self._pulse[1] if self._pulse else self.source_v
        self._drives["cp_source_v"] = float(volts)
        self._pulse = now_ns + for_ns, after_v

    def restore(self) -> None:
        """Source, frequency, proximity and wire as a healthy station has them; plug and duty cycle stay."""
        if "cp_open" in self._drives:
            self.interrupt(0.0)
        self.source(self.options.cp_source_full_v)
        self.frequency(self.options.cp_nominal_hz)
        self.proximity(self.options.pp_plug_ohm)

    def count_toggles(self) -> None:
        """Count from 0."""
        self.toggles = 0

    def hear(self, now_ns: int, level: Level) -> None:
        """A level of the vehicle's side; only the pilot concerns the station here."""
        if level.line != "cp_v":
            return
        state = self.levels.state_of(level.value)
        if state is self.state:
            return
        self.state = state
        if state is None or state is self._course[-1]:
            return
        self.state_since_ns = now_ns
        self._course = *self._course[-2:], state
        if self._course == (CpState.B, CpState.C, CpState.B):
            self.toggles += 1

    def advance(self, now_ns: int) -> None:
        """Let time pass: a pulse may end."""
        if self._pulse is not None and self._pulse[0] <= now_ns:
            (_, after_v), self._pulse = self._pulse, None
            self._drives["cp_source_v"] = after_v

    def next_deadline_ns(self) -> int | None:
        """When ``advance`` changes something."""
        return self._pulse[0] if self._pulse else None

    def take(self) -> list[Level]:
        """The station's levels that changed since they were taken last."""
        changed = [Level(line, value) for line, value in self._drives.items() if self._told.get(line) != value]
        self._told = dict(self._drives)
        return changed

    @property
    def has_news(self) -> bool:
        """There is something to take."""
        return self._told != self._drives
