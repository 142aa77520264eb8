"""The date and time that CTS tells, where it tells any."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from harness.core import Value

__all__ = ["EPOCH", "time_of"]

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
"""Clocks count seconds from here. CTS names no time zone; it is read as if it were this one."""
_FIELDS = ("year", "month", "day", "hour", "minute", "second")


def time_of(values: Mapping[str, Value]) -> int | None:
    """Seconds from ``EPOCH`` that the signals of a CTS tell.

    ``None`` for what is no time: not supplied, no packed BCD, a day that the calendar does not have, a year
    before the epoch.
    """
    numbers = [number for name in _FIELDS if (number := _decimal(values.get(name))) is not None]
    if len(numbers) < len(_FIELDS) or numbers[0] < EPOCH.year:
        return None
    year, month, day, hour, minute, second = numbers
    try:
        told = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None
    return round((told - EPOCH).total_seconds())


def _decimal(value: Value) -> int | None:
    """The number that *value* is as packed BCD: 0x59 is 59."""
    digits = f"{value:X}" if isinstance(value, int) else ""
    return int(digits) if digits.isdecimal() else None
