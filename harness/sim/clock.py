"""The clock of a simulated truck, which takes the time of a charger."""

from __future__ import annotations

__all__ = ["TruckClock"]

_RIGHT_S = 2
_NS_PER_S = 1_000_000_000


class TruckClock:
    """Seconds from the epoch of ``harness.protocols.gbt27930.clock``; not set until a charger told the time."""

    def __init__(self) -> None:
        self.set_to_s: float | None = None
        """To what the clock was set last, ``None`` if never."""
        self._set_ns = 0

    def take(self, now_ns: int, time_s: int) -> None:
        """Set the clock to *time_s*, unless it is right to two seconds."""
        if self.set_to_s is not None:
            present_s = self.set_to_s + (now_ns - self._set_ns) / _NS_PER_S
            if abs(present_s - time_s) <= _RIGHT_S:
                return
        self.set_to_s, self._set_ns = float(time_s), now_ns
