"""What a vehicle wants of the station at each moment: voltage and current, the end of charging; and what is too much."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from harness.core.durations import s
from harness.protocols.iso15118.vehicle.options import VehicleOptions
from harness.protocols.iso15118.vehicle.plant import VehiclePlant
from harness.protocols.iso15118.vehicle.state import State
from harness.protocols.iso15118.vehicle.table import Row, Table

__all__ = ["Wishes"]

_SPARE_A, _SPARE_SHARE = 10.0, 1.1
"""More than this above the target is too much current."""
_MEMORY_NS = s(2)
"""So long a higher target of before excuses the current."""


class Wishes:
    """Demand and limits of one session."""

    def __init__(self, options: VehicleOptions, plant: VehiclePlant) -> None:
        self._options = options
        self._plant = plant
        self._targets: deque[tuple[int, float]] = deque()
        self._excess_since_ns: int | None = None
        self._ramp_until_ns: int | None = None

    def set_targets(self, state: State, row: Row) -> None:
        """Voltage and current that the next request asks for."""
        self._plant.advance(state.now_ns)
        if not row.is_energy:
            state.target_v = self._plant.battery_v
            return
        limit_v = state.limits.max_voltage_v
        highest_v = self._options.max_voltage_v
        state.target_v = highest_v if limit_v is None else min(highest_v, limit_v)
        state.target_a = 0.0 if state.wish or state.stands_by else self._current(state)
        self._plant.asks(state.now_ns, state.target_a)
        self._targets.append((state.now_ns, state.target_a))
        while self._targets[0][0] < state.now_ns - _MEMORY_NS:
            self._targets.popleft()

    def _current(self, state: State) -> float:
        options, limits, volts = self._options, state.limits, max(1.0, self._plant.battery_v)
        bounds = [options.max_current_a, self._plant.headroom_a, options.max_power_w / volts, state.granted_w / volts]
        if limits.max_current_a is not None:
            bounds.append(limits.max_current_a)
        if limits.max_power_w is not None:
            bounds.append(limits.max_power_w / volts)
        return max(0.0, round(min(bounds), 1))

    def next_exchange(self, state: State, table: Table, exchange: str) -> str:
        """The exchange that takes place instead of *exchange* because of a wish to end or to agree anew."""
        if table.rows[exchange].is_energy and not state.wish and state.is_full:
            state.request_stop("full")
        wish = state.wish
        if not wish:
            self._ramp_until_ns = None
        if not wish or exchange in table.ending or state.exchange in table.ending or state.exchange in ("SupportedAppProtocol", ""):
            return exchange
        if wish == "renegotiate" and not table.renegotiate:
            state.wish = ""
            return exchange
        in_loop = table.rows[exchange].is_energy
        if in_loop and not self._is_ramped_down(state):
            return exchange
        if wish == "renegotiate":
            return self._renegotiated(state, table) if in_loop else exchange
        if wish == "pause":
            if not in_loop:
                return exchange
            state.ending = "Pause" if table.may_pause else state.ending
        return table.stop if state.exchange in table.powered else table.last

    def _renegotiated(self, state: State, table: Table) -> str:
        state.wish, state.why, self._ramp_until_ns = "", "", None
        return table.renegotiate

    def _is_ramped_down(self, state: State) -> bool:
        """Whether the loop may be left: the current is low, or it had its time."""
        if self._ramp_until_ns is None:
            self._ramp_until_ns = state.now_ns + s(self._options.ramp_s)
        low_a = self._options.low_current_a
        is_low = self._plant.current_a < low_a and state.present_a < low_a and state.target_a == 0
        return is_low or state.now_ns >= self._ramp_until_ns

    def excess(self, state: State, row: Row, overlooks: Callable[[str, str], bool]) -> str:
        """What is too much of that which the station told last; empty if nothing is."""
        most_v = self._options.max_voltage_v * self._options.over_voltage_share
        if state.present_v > most_v and not overlooks("over_voltage", row.exchange):
            return f"{state.present_v:g} V, the battery takes {self._options.max_voltage_v:g} V"
        if not row.is_energy:
            self._excess_since_ns = None
            return ""
        target_a = max((amps for _, amps in self._targets), default=0.0)
        if state.present_a <= max(target_a + _SPARE_A, target_a * _SPARE_SHARE):
            self._excess_since_ns = None
            return ""
        if self._excess_since_ns is None:
            self._excess_since_ns = state.now_ns
        lasts = state.now_ns - self._excess_since_ns >= s(self._options.over_current_s)
        return f"{state.present_a:g} A, asked for were {target_a:g} A" if lasts and not overlooks("over_current", row.exchange) else ""
