"""Limits: numbers that a laboratory may correct, with unit, source and confidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from harness.core.decision import Criterion
from harness.core.durations import is_time_unit, ns_from

__all__ = ["Limit", "Limits"]


@dataclass(frozen=True, slots=True)
class Limit:
    """One row of a profile: a nominal value, an interval, or both, in the unit of its source."""

    key: str
    unit: str
    value: Decimal | None
    """Nominal value."""
    lower: Decimal | None
    upper: Decimal | None
    source: str
    """Key of the source in the reference (``S1``)."""
    ref: str
    """Requirement id."""
    confidence: str
    text: str = ""
    """What the number is, one line."""

    def criterion(self) -> Criterion:
        """The interval as a criterion. A row with nominal value alone is an upper limit."""
        if self.lower is None and self.upper is None:
            return Criterion(None, self.value, self.unit)
        return Criterion(self.lower, self.upper, self.unit)

    @property
    def nominal_ns(self) -> int:
        """The nominal value as a duration.

        Raises:
            ValueError: the row has no nominal value or no unit of time.
        """
        return self._ns(self.value, "nominal value")

    @property
    def lower_ns(self) -> int:
        """The lower bound as a duration, 0 if the row has none."""
        return 0 if self.lower is None else self._ns(self.lower, "lower bound")

    @property
    def upper_ns(self) -> int:
        """The upper bound as a duration, the nominal value if the row has none."""
        return self._ns(self.value if self.upper is None else self.upper, "upper bound")

    def _ns(self, value: Decimal | None, what: str) -> int:
        if value is None or not is_time_unit(self.unit):
            raise ValueError(f"limit '{self.key}' has no {what} in a unit of time")
        return ns_from(value, self.unit)


Limits = Mapping[str, Limit]
