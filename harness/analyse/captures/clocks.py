"""Time stamps in the spellings of logging tools: ticks, numbers with a unit, times of day, dates."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from harness.analyse.captures.text import decimals, exact_ns

__all__ = ["Stamp", "clock_stamp", "relative_stamp"]

_NS = 1_000_000_000
_DAY_NS = 86_400 * _NS
_UNITS = {"s": _NS, "秒": _NS, "ms": 1_000_000, "毫秒": 1_000_000, "0.1ms": 100_000, "us": 1_000, "µs": 1_000, "μs": 1_000, "微秒": 1_000}
_TICK_NS = 100_000
"""Unit of a bare count: these adapters count 0.1 ms."""
_CLOCK = re.compile(r"(?:(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})[ T])?(\d{1,2}):(\d\d):(\d\d)(?:[.:](\d{1,6})(?:\.(\d{1,6}))?)?$")


@dataclass(frozen=True, slots=True)
class Stamp:
    """One time stamp."""

    t_ns: int
    step_ns: int
    """What its last digit stands for."""
    wraps_ns: int = 0
    """Length after which the clock begins anew, 0 if it does not."""
    note: str = ""


def relative_stamp(text: str, unit: str = "") -> Stamp | None:
    """A count or a number: hexadecimal counts are 0.1 ms, numbers with decimals seconds unless *unit* says otherwise."""
    unit_ns = _UNITS.get(unit)
    if re.fullmatch(r"0[xX][0-9A-Fa-f]{1,16}", text):
        return Stamp(int(text, 16) * (unit_ns or _TICK_NS), unit_ns or _TICK_NS)
    if unit_ns is None and re.fullmatch(r"\d+", text):
        return Stamp(int(text) * _TICK_NS, _TICK_NS, note="stamps without unit were taken as counts of 0.1 ms")
    t_ns = exact_ns(text, unit_ns or _NS)
    return None if t_ns is None else Stamp(t_ns, max(1, (unit_ns or _NS) // 10 ** decimals(text)))


def clock_stamp(text: str) -> Stamp | None:
    """A time of day, with or without a date; ``16:44:48.459.0`` has its fourth decimal behind a second point."""
    match = _CLOCK.match(text)
    if match is None:
        return None
    year, month, day, hour, minute, second, fraction, more = match.groups()
    digits = (fraction or "") + (more or "")
    inside = (int(hour) * 3600 + int(minute) * 60 + int(second)) * _NS + int(digits.ljust(9, "0")[:9] or "0")
    step = max(1, _NS // 10 ** len(digits))
    if year is None:
        return Stamp(inside, step, _DAY_NS)
    try:
        days = datetime(int(year), int(month), int(day)).toordinal() - datetime(1970, 1, 1).toordinal()  # noqa: DTZ001
    except ValueError:
        return None
    return Stamp(days * _DAY_NS + inside, step)
