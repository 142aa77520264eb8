"""How long the requests of a charge loop were apart: a histogram with the limits that were judged on these intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean, median

from harness.report.drawing.canvas import BAD, CHARGER, SOFT, WIDTH, Canvas, Scale, both, short, ticks
from harness.report.signals import Periods
from harness.report.strings import text

__all__ = ["Limit", "draw_periods"]

_LEFT, _RIGHT = 60, 30
_TOP, _PLOT, _FOOT = 36, 96, 36
_BINS = 24
_SAME = 1e-5
"""Intervals that differ by less than this share of them are one for a reader: an axis has six digits."""
_LEAST = 2
"""Fewer intervals make no histogram."""


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit that was judged on the intervals, in milliseconds."""

    value: float
    name: str
    """Of the check."""


def draw_periods(periods: Periods, limits: Sequence[Limit] = ()) -> bytes | None:
    """The histogram; ``None`` if there are too few intervals."""
    values = [interval * 1000 for interval in periods.intervals_s]
    if len(values) < _LEAST:
        return None
    low, high = _range([*values, *(limit.value for limit in limits)])
    counts = _counted(values, low, high)
    canvas = Canvas(_TOP + _PLOT + _FOOT)
    across, up = Scale(low, high, _LEFT, WIDTH - _RIGHT), Scale(0, max(counts), _TOP + _PLOT, _TOP)
    canvas.text(_LEFT, 12, f"{both(text('plot.periods'))}: {periods.name}", bold=True)
    facts = text("plot.period_facts", n=len(values), low=f"{min(values):.6g}", median=f"{median(values):.6g}",
                 mean=f"{mean(values):.6g}", high=f"{max(values):.6g}")  # fmt: skip
    canvas.text(_LEFT, 25, both(facts), size=8, ink=SOFT)
    for value in ticks(0, max(counts), 3):
        canvas.line(_LEFT, up.at(value), WIDTH - _RIGHT, up.at(value))
        canvas.text(_LEFT - 6, up.at(value) + 3, f"{value:g}", anchor="end", size=8, ink=SOFT)
    width = (across.end - across.begin) / len(counts)
    for index, count in enumerate(counts):
        if count:
            canvas.bar(_LEFT + index * width + 0.5, up.at(count), width - 1, up.begin - up.at(count), CHARGER)
    marks = list(ticks(low, high))
    for value, label in zip(marks, short(marks), strict=True):
        canvas.text(across.at(value), _TOP + _PLOT + 12, label, anchor="middle", size=8, ink=SOFT)
    for limit in limits:
        canvas.line(across.at(limit.value), _TOP - 4, across.at(limit.value), _TOP + _PLOT, BAD, width=1.2, dashed=True)
        words = f"{both(text('plot.limit'))} {limit.value:.6g} ({limit.name})"
        left = across.at(limit.value) < WIDTH / 2
        canvas.text(across.at(limit.value) + (4 if left else -4), _TOP + 4, words, anchor="start" if left else "end", size=8, ink=BAD)
    canvas.text((_LEFT + WIDTH - _RIGHT) / 2, _TOP + _PLOT + 27, f"{both(text('plot.interval'))} / ms", anchor="middle", size=8.5)
    return canvas.svg()


def _range(values: Sequence[float]) -> tuple[float, float]:
    """Room around *values*, of which all may be the same."""
    low, high = min(values), max(values)
    room = (high - low) * 0.06 if high - low > abs(high) * _SAME else max(abs(high) * 0.05, 1.0)
    return max(0.0, low - room), high + room


def _counted(values: Sequence[float], low: float, high: float) -> list[int]:
    counts = [0] * _BINS
    for value in values:
        counts[min(int((value - low) / (high - low) * _BINS), _BINS - 1)] += 1
    return counts
