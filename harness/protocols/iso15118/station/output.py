"""The output stage of the station: voltage, current and energy over time, ramped and limited."""

from __future__ import annotations

import enum

from harness.core.durations import s
from harness.protocols.iso15118.station.options import StationOptions

__all__ = ["OutputMode", "OutputStage"]

_NS_PER_S = 1_000_000_000
_NS_PER_H = 3600 * _NS_PER_S


class OutputMode(enum.Enum):
    """What the power stage regulates."""

    OFF = "off"
    VOLTAGE = "voltage without load: insulation test, pre-charge"
    CURRENT = "current into the battery"


class OutputStage:
    """Plant of the station. Current into the vehicle counts positive. Call ``advance`` before reading.

    The pilot link tells whether the vehicle's contactor is closed, and perhaps the voltage behind it (``inlet_v``). Without such lines
    the contactor is taken to be closed while current is demanded, and the battery to have the voltage of the last pre-charge.
    """

    def __init__(self, options: StationOptions) -> None:
        self._options = options
        self.mode = OutputMode.OFF
        self.voltage_v = 0.0
        self.current_a = 0.0
        self.energy_wh = 0.0
        self.battery_v = 0.0
        """Voltage of the last pre-charge, which the vehicle took for its battery's."""
        self.inlet_v: float | None = None
        """Voltage of the battery as a line tells it, ``None`` without one."""
        self.contactor: bool | None = None
        """Of the vehicle, ``None`` if no line tells."""
        self.forced_v: float | None = None
        """Voltage that is put out whatever was asked for."""
        self.forced_a: float | None = None
        """Current that flows whatever was asked for, as long as there is a path."""
        self.current_limit_a = options.max_current_a
        self._no_load_v = 0.0
        self._demand_v = 0.0
        self._demand_a = 0.0
        self._until_ns: int | None = None
        """End of what was asked for, unless it is asked for again."""
        self._since_ns = 0

    @property
    def power_limit_w(self) -> float:
        """What the power stage delivers at most."""
        return self._options.max_power_w

    def put(self, now_ns: int, voltage_v: float) -> None:
        """Put *voltage_v* out without load."""
        self.advance(now_ns)
        self.mode = OutputMode.VOLTAGE
        self._no_load_v = max(0.0, min(voltage_v, self._options.max_voltage_v))
        self._until_ns = now_ns + s(self._options.hold_s)

    def precharge(self, now_ns: int, voltage_v: float) -> None:
        """Put *voltage_v* out and take it for that of the battery."""
        self.put(now_ns, voltage_v)
        self.battery_v = self._no_load_v

    def follow(self, now_ns: int, voltage_v: float, current_a: float) -> None:
        """Take over a demand of the vehicle; it is valid for ``demand_valid_s``."""
        self.advance(now_ns)
        self.mode = OutputMode.CURRENT
        self._demand_v, self._demand_a = voltage_v, current_a
        self._until_ns = now_ns + s(self._options.demand_valid_s)

    def shut(self, now_ns: int) -> None:
        """Take current and voltage off."""
        self.advance(now_ns)
        self.mode, self._until_ns = OutputMode.OFF, None

    def advance(self, now_ns: int) -> None:
        """Let time pass: ramps, energy, end of what was asked for."""
        while self._until_ns is not None and self._until_ns < now_ns:
            until_ns = self._until_ns
            self._pass(until_ns)
            self.mode, self._until_ns = OutputMode.OFF, None
        self._pass(now_ns)

    def next_deadline_ns(self) -> int | None:
        """When it would shut down by itself."""
        return None if self._until_ns is None else self._until_ns + 1

    @property
    def is_moving(self) -> bool:
        """Whether voltage or current will still change without a new command."""
        return abs(self.current_a - self._target_a()) > 1e-9 or abs(self.voltage_v - self._target_v()) > 1e-9

    @property
    def is_limited(self) -> tuple[bool, bool, bool]:
        """Whether current, voltage and power of the demand are above what the stage delivers."""
        if self.mode is not OutputMode.CURRENT:
            return False, False, False
        options = self._options
        return (
            self._demand_a > self.current_limit_a,
            self._demand_v > options.max_voltage_v or self.voltage_v >= options.max_voltage_v,
            self._demand_a * max(self.voltage_v, 1.0) > options.max_power_w,
        )

    def _pass(self, now_ns: int) -> None:
        elapsed_ns = now_ns - self._since_ns
        if elapsed_ns <= 0:
            return
        self._since_ns = now_ns
        before_w = self.voltage_v * self.current_a
        seconds, options = elapsed_ns / _NS_PER_S, self._options
        self.current_a = _towards(self.current_a, self._target_a(), options.ramp_up_a_per_s * seconds, options.ramp_down_a_per_s * seconds)
        if not self._has_path():
            self.current_a = 0.0
        target_v, step, fall = self._target_v(), options.ramp_v_per_s * seconds, options.fall_v_per_s * seconds
        on_battery = self._has_path() and (self.contactor or self.mode is OutputMode.CURRENT)
        self.voltage_v = target_v if on_battery and self.forced_v is None else _towards(self.voltage_v, target_v, step, fall)
        self.energy_wh += (before_w + self.voltage_v * self.current_a) / 2 * elapsed_ns / _NS_PER_H

    def _has_path(self) -> bool:
        """Whether the battery is connected to the output."""
        return self.contactor if self.contactor is not None else self.mode is OutputMode.CURRENT

    def _target_a(self) -> float:
        if not self._has_path():
            return 0.0
        if self.forced_a is not None:
            return self.forced_a
        if self.mode is not OutputMode.CURRENT:
            return 0.0
        options = self._options
        most = min(self._demand_a, self.current_limit_a, options.max_current_a, options.max_power_w / max(self.voltage_v, 1.0))
        if self.inlet_v is None and options.source_ohm > 0:
            most = min(most, max(0.0, (min(self._demand_v, options.max_voltage_v) - self.battery_v) / options.source_ohm))
        return max(0.0, most)

    def _target_v(self) -> float:
        if self.forced_v is not None:
            return self.forced_v
        if self._has_path():
            return self.battery_v + self._options.source_ohm * self.current_a if self.inlet_v is None else self.inlet_v
        match self.mode:
            case OutputMode.OFF:
                return 0.0
            case OutputMode.VOLTAGE:
                return self._no_load_v
        return min(self._demand_v, self._options.max_voltage_v)


def _towards(value: float, target: float, up: float, down: float) -> float:
    return min(target, value + up) if value < target else max(target, value - down)
