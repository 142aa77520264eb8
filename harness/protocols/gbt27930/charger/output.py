"""The output stage of a charger: voltage, current and energy over time, ramped and limited."""

from __future__ import annotations

import enum

from harness.core import s
from harness.protocols.gbt27930.charger.options import ChargerOptions

__all__ = ["OutputMode", "OutputStage"]

_NS_PER_S = 1_000_000_000
_NS_PER_H = 3600 * _NS_PER_S


class OutputMode(enum.Enum):
    """What the power stage regulates."""

    OFF = "off"
    VOLTAGE = "voltage without load: insulation test, pre-charge"
    CURRENT = "current into the battery"


class OutputStage:
    """Plant of the charger. Current into the vehicle counts positive. Call ``advance`` before reading.

    With a pilot link the vehicle tells its terminal voltage and whether K5/K6 are closed; without one the
    battery is taken to be connected and its voltage to be what BCP said.
    """

    def __init__(self, options: ChargerOptions) -> None:
        self._options = options
        self._demand_valid_ns = s(options.demand_valid_s)
        self.mode = OutputMode.OFF
        self.voltage_v = 0.0
        self.current_a = 0.0
        self.energy_kwh = 0.0
        self.battery_v = 0.0
        """Voltage that the vehicle announced, without load."""
        self.inlet_v: float | None = None
        """Terminal voltage told by the pilot link, ``None`` without one."""
        self.vehicle_closed: bool | None = None
        """K5/K6 as told by the pilot link, ``None`` without one."""
        self.current_limit_a = options.max_current_a
        """Derating by the operator."""
        self.paused = False
        self.kept_a: float | None = None
        """Current that flows whatever the vehicle demands, as long as there is a path: an output that does not fall."""
        self._no_load_v = 0.0
        self._demand_v = 0.0
        self._demand_a = 0.0
        self._demand_ns: int | None = None
        self._since_ns = 0

    def test(self, now_ns: int, voltage_v: float) -> None:
        """Put *voltage_v* on the cable without load."""
        self.advance(now_ns)
        self.mode = OutputMode.VOLTAGE
        self._no_load_v = min(voltage_v, self._options.max_voltage_v)

    def follow(self, now_ns: int, voltage_v: float, current_a: float) -> None:
        """Take over a demand of the vehicle; it is valid for ``demand_valid_s``."""
        self.advance(now_ns)
        self.mode = OutputMode.CURRENT
        self._demand_v, self._demand_a, self._demand_ns = voltage_v, current_a, now_ns
        if self._battery_connected():
            self.voltage_v = self._target_v()

    def shut(self, now_ns: int) -> None:
        """Ramp the current down, then take the voltage off."""
        self.advance(now_ns)
        self._demand_ns = None
        if self.mode is not OutputMode.CURRENT or self.current_a < self._options.low_current_a:
            self.mode = OutputMode.OFF

    def advance(self, now_ns: int) -> None:
        """Let time pass: ramps, energy, expiry of the demand."""
        elapsed_ns = now_ns - self._since_ns
        if elapsed_ns <= 0:
            return
        self._since_ns = now_ns
        if self._demand_ns is not None and now_ns - self._demand_ns > self._demand_valid_ns:
            self._demand_ns = None
        seconds = elapsed_ns / _NS_PER_S
        before_w = self.voltage_v * self.current_a
        self._advance_current(seconds)
        self._advance_voltage(seconds)
        self.energy_kwh += (before_w + self.voltage_v * self.current_a) / 2 * elapsed_ns / _NS_PER_H / 1000

    @property
    def is_moving(self) -> bool:
        """Whether voltage or current will still change without a new command."""
        if abs(self.current_a - self._target_a()) > 1e-9:
            return True
        return abs(self.voltage_v - self._target_v()) > 1e-9

    def _advance_current(self, seconds: float) -> None:
        target = self._target_a()
        if self.vehicle_closed is False:
            self.current_a = 0.0
        elif self.current_a < target:
            self.current_a = min(target, self.current_a + self._options.ramp_up_a_per_s * seconds)
        else:
            self.current_a = max(target, self.current_a - self._options.ramp_down_a_per_s * seconds)
        if self.mode is OutputMode.CURRENT and self._demand_ns is None and self.current_a < self._options.low_current_a:
            self.mode, self.current_a = OutputMode.OFF, 0.0

    def _advance_voltage(self, seconds: float) -> None:
        target, step = self._target_v(), self._options.ramp_v_per_s * seconds
        if self.mode is OutputMode.CURRENT and self._battery_connected():
            self.voltage_v = target
        elif self.voltage_v < target:
            self.voltage_v = min(target, self.voltage_v + step)
        else:
            self.voltage_v = max(target, self.voltage_v - step)

    def _target_a(self) -> float:
        if self.kept_a is not None and self.mode is OutputMode.CURRENT and self.vehicle_closed is not False:
            return min(self.kept_a, self._options.max_current_a)
        if self.mode is not OutputMode.CURRENT or self._demand_ns is None or self.paused or self.vehicle_closed is False:
            return 0.0
        options = self._options
        target = min(self._demand_a, self.current_limit_a, options.max_current_a)
        if self.inlet_v is None and options.source_ohm > 0:
            ceiling_v = min(self._demand_v, options.max_voltage_v)
            target = min(target, max(0.0, (ceiling_v - self.battery_v) / options.source_ohm))
        return max(0.0, target)

    def _target_v(self) -> float:
        match self.mode:
            case OutputMode.OFF:
                return 0.0
            case OutputMode.VOLTAGE:
                return self._no_load_v
        if not self._battery_connected():
            return min(self._demand_v, self._options.max_voltage_v)
        if self.inlet_v is not None:
            return self.inlet_v
        return self.battery_v + self._options.source_ohm * self.current_a

    def _battery_connected(self) -> bool:
        return self.vehicle_closed is not False
