"""The DC link of the truck: charged by the pack through precharge resistor or main contactors, discharged through a resistor."""

from __future__ import annotations

import math

from harness.core import ms

__all__ = ["LinkPlant"]

_NS_PER_S = 1e9
_STEP = ms(20)
_STILL_V = 0.5
"""Closer than this to its end the voltage is there."""
_MAIN_TAU_S = 0.002


class LinkPlant:
    """A capacitance with time constants for each way of charge; voltages at the link, in volts."""

    def __init__(self, *, precharge_tau_s: float, discharge_tau_s: float, leak_tau_s: float) -> None:
        self._precharge_tau_s, self._discharge_tau_s, self._leak_tau_s = precharge_tau_s, discharge_tau_s, leak_tau_s
        self._volts = 0.0
        self._now_ns = 0
        self.source_v = 0.0
        """At the terminals of the pack."""
        self.in_precharge = False
        """The pack is asked for precharge only."""
        self.discharges = False
        self.held_v: float | None = None
        """What a supply of the laboratory holds it at."""

    def advance(self, now_ns: int) -> None:
        """Let time pass with everything as it is; call before a change."""
        target, tau_s = self._aim()
        passed_s, self._now_ns = (now_ns - self._now_ns) / _NS_PER_S, now_ns
        if tau_s == 0 or abs(self._volts - target) <= _STILL_V:
            self._volts = target
        elif passed_s > 0:
            self._volts = target + (self._volts - target) * math.exp(-passed_s / tau_s)

    @property
    def volts(self) -> float:
        """At the instant of the last ``advance``."""
        return self._volts if self.held_v is None else self.held_v

    def next_change_ns(self) -> int | None:
        """When to look again; ``None`` while it rests."""
        target, _ = self._aim()
        return None if self._volts == target else self._now_ns + _STEP

    def _aim(self) -> tuple[float, float]:
        if self.held_v is not None:
            return self.held_v, 0.0
        if self.source_v > 0:
            return self.source_v, self._precharge_tau_s if self.in_precharge else _MAIN_TAU_S
        return 0.0, self._discharge_tau_s if self.discharges else self._leak_tau_s
