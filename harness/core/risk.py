"""Global risk of a decision (JCGM 106): what share of a production is wrongly accepted, what share wrongly rejected."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["GlobalRisk", "global_risk"]

_REACH = 8.0
"""Standard deviations of the production that are integrated; what lies beyond is below 1e-14."""
_STEPS = 4000
"""Even, for Simpson's rule."""


@dataclass(frozen=True, slots=True)
class GlobalRisk:
    """Shares of all items, 0 to 1."""

    false_acceptance: float
    """Outside of the tolerance and accepted all the same: the risk of the user."""
    false_rejection: float
    """Inside of the tolerance and rejected all the same: the risk of the producer."""


def global_risk(mean: float, spread: float, uncertainty: float, tolerance: tuple[float, float], guard: float) -> GlobalRisk:
    """Risks for a production N(*mean*, *spread*) measured with the standard *uncertainty*.

    Accepted is what reads at least *guard* inside the *tolerance* (lower, upper); a negative guard accepts beyond it.

    Raises:
        ValueError: the spread or the uncertainty is not above zero.
    """
    if spread <= 0 or uncertainty <= 0:
        raise ValueError("spread and uncertainty must be above zero")
    lower, upper = tolerance

    def accepted(x: float) -> float:
        return max(0.0, _phi((upper - guard - x) / uncertainty) - _phi((lower + guard - x) / uncertainty))

    def density(x: float) -> float:
        return math.exp(-0.5 * ((x - mean) / spread) ** 2) / (spread * math.sqrt(2 * math.pi))

    first, last = mean - _REACH * spread, mean + _REACH * spread
    inner = (min(max(lower, first), last), max(min(upper, last), first))
    wrongly_in = _integral(lambda x: density(x) * accepted(x), first, inner[0]) + _integral(
        lambda x: density(x) * accepted(x), inner[1], last
    )
    wrongly_out = _integral(lambda x: density(x) * (1 - accepted(x)), *inner)
    return GlobalRisk(wrongly_in, wrongly_out)


def _phi(z: float) -> float:
    return 0.5 * (1 + math.erf(z / math.sqrt(2)))


def _integral(of: Callable[[float], float], begin: float, end: float) -> float:
    """Simpson's rule."""
    if end <= begin:
        return 0.0
    step = (end - begin) / _STEPS
    inside = sum((4 if index % 2 else 2) * of(begin + index * step) for index in range(1, _STEPS))
    return (of(begin) + inside + of(end)) * step / 3
