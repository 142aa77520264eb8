"""A traction battery: open-circuit voltage, resistance, state of charge, cells, temperatures."""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Battery", "BatteryOptions"]

_NS_PER_H = 3_600_000_000_000

# Own rough curve of an LFP cell at rest: state of charge in percent, open-circuit voltage in volt.
_OCV = ((0.0, 2.80), (5.0, 3.12), (10.0, 3.20), (20.0, 3.24), (40.0, 3.28), (60.0, 3.30), (80.0, 3.33), (95.0, 3.36), (100.0, 3.45))


@dataclass(frozen=True, slots=True)
class BatteryOptions:
    """The pack of a simulated truck. The defaults: 192 LFP cells in series, 618 V nominal, 282 kWh."""

    soc_pct: float = 40.0
    """State of charge when the truck is plugged in."""
    swap_soc_pct: float = 70.0
    """State of charge of the pack that is put in when the pack is swapped."""
    cells_in_series: int = 192
    resistance_ohm: float = 0.06
    cell_spread_v: float = 0.005
    """Largest deviation of a cell from the mean."""
    temp_degc: int = 24
    temp_points: int = 16


class Battery:
    """Charging current positive. The cell deviations come from *seed* and never change."""

    def __init__(self, options: BatteryOptions, *, capacity_ah: float, max_voltage_v: float, seed: int = 0) -> None:
        self._options = options
        self._capacity_ah = capacity_ah
        self._max_voltage_v = max_voltage_v
        rng = random.Random(seed)
        spread = options.cell_spread_v
        self._deviations = [rng.uniform(-spread, spread) for _ in range(options.cells_in_series)]
        self._temps = [options.temp_degc + rng.choice((-1, 0, 0, 1)) for _ in range(options.temp_points)]
        self._highest = max(range(len(self._deviations)), key=self._deviations.__getitem__)
        self._lowest = min(range(len(self._deviations)), key=self._deviations.__getitem__)
        self._arrival_pct = options.soc_pct
        self.soc_pct = options.soc_pct
        self.current_a = 0.0
        self._since_ns = 0

    def reset(self, now_ns: int) -> None:
        """Back to the state of charge with which the truck arrives."""
        self.soc_pct, self.current_a, self._since_ns = self._arrival_pct, 0.0, now_ns

    def exchange(self, now_ns: int) -> None:
        """Another pack of the same make, with the state of charge in which the station keeps it."""
        self._arrival_pct = self._options.swap_soc_pct
        self.reset(now_ns)

    def advance(self, now_ns: int, current_a: float) -> None:
        """Charge with the present current up to *now_ns*; from then on with *current_a*."""
        elapsed_ns = max(0, now_ns - self._since_ns)
        gained = 100 * self.current_a * elapsed_ns / _NS_PER_H / self._capacity_ah
        self.soc_pct = min(100.0, max(0.0, self.soc_pct + gained))
        self._since_ns, self.current_a = now_ns, current_a

    @property
    def rest_v(self) -> float:
        """Open-circuit voltage of the pack."""
        return self._options.cells_in_series * _open_circuit_v(self.soc_pct)

    @property
    def voltage_v(self) -> float:
        """Terminal voltage at the present current."""
        return self.rest_v + self.current_a * self._options.resistance_ohm

    @property
    def headroom_a(self) -> float:
        """Current at which the terminals reach the highest permitted voltage."""
        return max(0.0, (self._max_voltage_v - self.rest_v) / self._options.resistance_ohm)

    @property
    def max_cell_voltage_v(self) -> float:
        return self._mean_v + self._deviations[self._highest]

    @property
    def max_cell(self) -> int:
        return self._highest + 1

    @property
    def min_cell_voltage_v(self) -> float:
        return self._mean_v + self._deviations[self._lowest]

    @property
    def max_temp_degc(self) -> int:
        return max(self._temps)

    @property
    def max_temp_point(self) -> int:
        return self._temps.index(max(self._temps)) + 1

    @property
    def min_temp_degc(self) -> int:
        return min(self._temps)

    @property
    def min_temp_point(self) -> int:
        return self._temps.index(min(self._temps)) + 1

    def cell_voltages_v(self) -> Sequence[float]:
        """Voltage of every cell."""
        return [self._mean_v + deviation for deviation in self._deviations]

    def temps_degc(self) -> Sequence[int]:
        """Temperature of every measuring point."""
        return tuple(self._temps)

    @property
    def _mean_v(self) -> float:
        return self.voltage_v / self._options.cells_in_series


def _open_circuit_v(soc_pct: float) -> float:
    position = min(max(bisect_right(_OCV, (soc_pct, 99.0)), 1), len(_OCV) - 1)
    (low, low_v), (high, high_v) = _OCV[position - 1], _OCV[position]
    return low_v + (high_v - low_v) * (soc_pct - low) / (high - low)
