"""Durations and instants as integer nanoseconds, and their spelling in text."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

__all__ = ["format_s", "is_time_unit", "ms", "ns_from", "ns_in", "s", "us"]

_NS_PER_UNIT = {"ns": 1, "us": 1_000, "ms": 1_000_000, "s": 1_000_000_000, "min": 60_000_000_000, "h": 3_600_000_000_000}


def us(value: int | float) -> int:
    """Microseconds as nanoseconds."""
    return ns_from(value, "us")


def ms(value: int | float) -> int:
    """Milliseconds as nanoseconds."""
    return ns_from(value, "ms")


def s(value: int | float) -> int:
    """Seconds as nanoseconds."""
    return ns_from(value, "s")


@lru_cache(maxsize=1024)
def ns_from(value: int | float | Decimal | str, unit: str) -> int:
    """Exact nanoseconds of *value* in *unit* (``ns us ms s min h``), half-even to the next nanosecond.

    A float is taken by its shortest decimal spelling, so ``ns_from(0.15, "s")`` is 150 000 000.

    Raises:
        ValueError: *unit* is no unit of time.
    """
    if isinstance(value, int):
        return value * _factor(unit)
    return round(Fraction(str(value)) * _factor(unit))


def ns_in(duration_ns: int, unit: str) -> Decimal:
    """*duration_ns* in *unit* as a decimal number: exact up to seconds, 28 digits in minutes and hours.

    Raises:
        ValueError: *unit* is no unit of time.
    """
    return Decimal(duration_ns) / Decimal(_factor(unit))


def is_time_unit(unit: str) -> bool:
    """Whether *unit* measures time."""
    return unit in _NS_PER_UNIT


def format_s(duration_ns: int, digits: int = 3) -> str:
    """Seconds with *digits* decimals, without the unit; rounds half-even."""
    quantum = Decimal(1).scaleb(-digits)
    return f"{(Decimal(duration_ns) / Decimal(1_000_000_000)).quantize(quantum):f}"


def _factor(unit: str) -> int:
    try:
        return _NS_PER_UNIT[unit]
    except KeyError:
        raise ValueError(f"'{unit}' is no unit of time (have: {', '.join(_NS_PER_UNIT)})") from None
