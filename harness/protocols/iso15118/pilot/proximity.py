"""What a vehicle reads from the resistor between proximity and protective earth in the plug."""

from __future__ import annotations

import math
from dataclasses import dataclass

__all__ = ["OPEN_OHM", "ProximityOptions"]

OPEN_OHM = 1e9
"""Level of ``pp_ohm`` for a line that is open."""


@dataclass(frozen=True, slots=True)
class ProximityOptions:
    """Coding resistors of the cable in ohm and the currents they stand for; a reading may deviate by ``pp_tolerance_percent``.

    A type 2 plug, and the one of the combined system, codes its current; the plug of North America tells whether it is latched.
    """

    pp_dc_ohm: float = 1500.0
    """What the plug of a direct current station shows."""
    pp_13a_ohm: float = 1500.0
    pp_20a_ohm: float = 680.0
    pp_32a_ohm: float = 220.0
    pp_63a_ohm: float = 100.0
    pp_latched_ohm: float = 150.0
    pp_pressed_ohm: float = 480.0
    """North American plug with its release pressed."""
    pp_tolerance_percent: float = 10.0

    def current_a(self, ohm: float) -> float:
        """The current that the resistor *ohm* codes, 0 if it is none of the coding resistors."""
        coded = ((self.pp_13a_ohm, 13.0), (self.pp_20a_ohm, 20.0), (self.pp_32a_ohm, 32.0), (self.pp_63a_ohm, 63.0))
        return next((amperes for coding, amperes in coded if self._is(ohm, coding)), 0.0)

    def permits_dc(self, ohm: float) -> bool:
        """Whether *ohm* is what a latched plug of a direct current station shows."""
        return self._is(ohm, self.pp_dc_ohm) or self._is(ohm, self.pp_latched_ohm)

    def is_released(self, ohm: float) -> bool:
        """Whether *ohm* says that the plug is about to be pulled: open, or its release pressed."""
        return self._is(ohm, self.pp_pressed_ohm) or not any(self._is(ohm, one) for one in self._codings())

    def _codings(self) -> tuple[float, ...]:
        return self.pp_13a_ohm, self.pp_20a_ohm, self.pp_32a_ohm, self.pp_63a_ohm, self.pp_latched_ohm, self.pp_dc_ohm

    def _is(self, ohm: float, coding: float) -> bool:
        return math.isfinite(ohm) and abs(ohm - coding) <= coding * self.pp_tolerance_percent / 100
