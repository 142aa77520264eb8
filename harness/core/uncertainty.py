"""Standard uncertainties and their combination (GUM style, k = 2), and those of time intervals from the time base of a rig."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

__all__ = ["COVERAGE_FACTOR", "TimeBase", "combined", "from_expanded", "rectangular", "resolution", "round_up"]

COVERAGE_FACTOR = 2
"""k for about 95 % of a normal distribution."""


@dataclass(frozen=True, slots=True)
class TimeBase:
    """What the rig says of the clock that stamps the frames."""

    source: str
    """``virtual``, ``interface``, ``driver`` or ``recording``."""
    resolution_ns: float
    accuracy_ns: float
    """Bound of the varying part of the error of one stamp; a constant latency cancels in an interval."""
    drift_ppm: float

    def components_ns(self, interval_ns: int) -> dict[str, float]:
        """Standard uncertainties in ns of an interval between two stamps of this clock.

        Resolution q: q / sqrt(6). Stamp error +/-a, independent: sqrt(2) a / sqrt(3). Rate error e: e dt / sqrt(3).
        """
        return {
            "resolution": self.resolution_ns / math.sqrt(6),
            "stamp": math.sqrt(2) * self.accuracy_ns / math.sqrt(3),
            "drift": self.drift_ppm * 1e-6 * abs(interval_ns) / math.sqrt(3),
        }

    def interval_uncertainty_ns(self, interval_ns: int) -> float:
        """Expanded uncertainty U (k = 2) in ns; never 0 because a clock has a resolution."""
        return COVERAGE_FACTOR * combined(self.components_ns(interval_ns).values())


def rectangular(half_width: float) -> float:
    """Standard uncertainty of a value that lies anywhere within +/- *half_width*."""
    return half_width / math.sqrt(3)


def resolution(step: float) -> float:
    """Standard uncertainty of one reading in steps of *step*."""
    return rectangular(step / 2)


def from_expanded(expanded: float, factor: float = COVERAGE_FACTOR) -> float:
    """Standard uncertainty behind an expanded one, as calibration certificates state it."""
    return expanded / factor


def combined(components: Iterable[float]) -> float:
    """Combined standard uncertainty of independent contributions."""
    return math.sqrt(sum(u * u for u in components))


def round_up(value: float | Decimal, figures: int = 2) -> Decimal:
    """*value* with *figures* significant figures, rounded up as uncertainties are; 0 stays 0."""
    exact = Decimal(repr(float(value))) if isinstance(value, float) else value
    if exact == 0:
        return Decimal(0)
    quantum = Decimal(1).scaleb(exact.adjusted() - figures + 1)
    return exact.quantize(quantum, rounding="ROUND_UP").normalize()
