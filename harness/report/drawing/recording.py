"""Signals of a recording in panels above the activity of its messages, over one axis of time."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from harness.report.drawing.canvas import CHARGER, INK, RULE, SOFT, WIDTH, Canvas, Scale, both, places, short, ticks, wide
from harness.report.signals import Activity, Panel, Recording
from harness.report.strings import text

__all__ = ["draw_panel", "draw_recording"]

_LEFT, _RIGHT = 62, 8
_CHAR = 4.7
"""Width of a letter of the names of messages."""
_TITLE, _PANEL, _GAP, _FOOT = 14, 58, 10, 32
_LANE, _THICK, _TICK = 11, 4.2, 6
_LEGEND_SIZE = 7
_LEAST_LANES = 3
_MARGIN = 0.12
"""Room above and below the values of a panel, as a share of their range."""
_INKS = (CHARGER, "#c55a11", "#38761d", "#7f6000")
_DASHES = ("", "6 3", "6 2 1.5 2", "1.5 2")
_PARTIES = {"charger": CHARGER, "vehicle": "#c55a11"}
_OTHER = "#595959"


def draw_recording(recording: Recording) -> bytes | None:
    """The figure; ``None`` if there is nothing to draw."""
    activities = recording.activities
    if not activities:
        return None
    left = max(_LEFT, 12 + _CHAR * max(len(_name(each)) for each in activities))
    lanes = _LANE * max(_LEAST_LANES, len(activities))
    canvas = Canvas(round(len(recording.panels) * (_TITLE + _PANEL + _GAP) + _TITLE + lanes + _FOOT))
    across = Scale(*_times(recording), left, WIDTH - _RIGHT)
    top = float(_TITLE)
    for panel in recording.panels:
        draw_panel(canvas, panel, across, top)
        top += _PANEL + _GAP + _TITLE
    _draw_lanes(canvas, activities, across, top, top + lanes)
    _draw_axis(canvas, across, top + lanes)
    return canvas.svg()


def _name(activity: Activity) -> str:
    return f"{activity.name} ×{activity.count}"


def _times(recording: Recording) -> tuple[float, float]:
    times = [time for each in recording.activities for span in each.spans for time in span]
    times += [time for panel in recording.panels for series in panel.series for time in (series.times_s[0], series.times_s[-1])]
    first, last = min(times), max(times)
    return (first, last) if last > first else (first - 0.5, last + 0.5)


def draw_panel(canvas: Canvas, panel: Panel, across: Scale, top: float) -> None:
    """Signals that share an axis, below their title."""
    values = [value for series in panel.series for value in series.values]
    low, high = min(values), max(values)
    room = (high - low) * _MARGIN or max(abs(high) * 0.02, 1.0)
    up = Scale(low - room, high + room, top + _PANEL, top)
    marks = list(ticks(up.low, up.high, 4))
    for value, label in zip(marks, short(marks), strict=True):
        canvas.line(across.begin, up.at(value), across.end, up.at(value))
        canvas.text(across.begin - 5, up.at(value) + 2.8, label, anchor="end", size=7.5, ink=SOFT)
    _frame(canvas, across, top, top + _PANEL)
    canvas.text(across.begin, top - 4, f"{both(panel.title)} / {panel.unit}", size=8, bold=True)
    place = across.end
    for index, series in reversed(list(enumerate(panel.series))):
        ink, dash = _INKS[index % len(_INKS)], _DASHES[index % len(_DASHES)]
        place = _legend(canvas, place, top - 4, both(series.label), ink, dash)
        runs = series.runs()
        for time, value in (run[0] for run in runs if len(run) == 1):
            canvas.bar(across.at(time) - 1.5, up.at(value) - 1.5, 3, 3, ink)
        if way := "".join(_steps(run, across, up) for run in runs if len(run) > 1):
            canvas.path(way, ink, dash=dash)


def _steps(run: Sequence[tuple[float, float]], across: Scale, up: Scale) -> str:
    """Level, and upright where the value changes; of many changes in one place the outermost are kept."""
    levels = places([(across.at(time), up.at(value)) for time, value in run])
    parts = [f"M{levels[0][0]:.1f} {levels[0][1]:.1f}"]
    for (_, before), (x, y) in pairwise(levels):
        if f"{y:.1f}" != f"{before:.1f}":
            parts.append(f"H{x:.1f}V{y:.1f}")
    return "".join(parts) + f"H{levels[-1][0]:.1f}"


def _draw_lanes(canvas: Canvas, activities: Sequence[Activity], across: Scale, top: float, bottom: float) -> None:
    _frame(canvas, across, top, bottom)
    canvas.text(across.begin, top - 4, both(text("plot.messages")), size=8, bold=True)
    place = across.end
    for party, ink in reversed(_PARTIES.items()):
        if any(activity.sender == party for activity in activities):
            place = _legend(canvas, place, top - 4, both(text(f"party.{party}")), ink, "")
    for row, activity in enumerate(activities):
        middle = top + _LANE * (row + 0.5)
        ink = _PARTIES.get(activity.sender, _OTHER)
        canvas.text(across.begin - 5, middle + 2.6, _name(activity), anchor="end", size=7.5)
        lines, points = [], []
        for first, last in activity.spans:
            if across.at(last) - across.at(first) > 1:
                lines.append(f"M{across.at(first):.1f} {middle:.1f}H{across.at(last):.1f}")
            else:
                points.append(f"M{across.at(first):.1f} {middle - _TICK / 2:.1f}v{_TICK}")
        if lines:
            canvas.path("".join(lines), ink, width=_THICK)
        if points:
            canvas.path("".join(dict.fromkeys(points)), ink, width=0.8)


def _draw_axis(canvas: Canvas, across: Scale, bottom: float) -> None:
    marks = list(ticks(across.low, across.high, 8))
    for value, label in zip(marks, short(marks), strict=True):
        canvas.line(across.at(value), bottom, across.at(value), bottom + 3, INK)
        canvas.text(across.at(value), bottom + 12, label, anchor="middle", size=7.5, ink=SOFT)
    canvas.text((across.begin + across.end) / 2, bottom + 25, f"{both(text('plot.time'))} / s", anchor="middle", size=8)


def _frame(canvas: Canvas, across: Scale, top: float, bottom: float) -> None:
    for value in ticks(across.low, across.high, 8):
        canvas.line(across.at(value), top, across.at(value), bottom, RULE)
    canvas.line(across.begin, top, across.begin, bottom, INK)
    canvas.line(across.begin, bottom, across.end, bottom, INK)


def _legend(canvas: Canvas, end: float, y: float, words: str, ink: str, dash: str) -> float:
    """A line of *ink* with its meaning that ends at *end*; gives where the one before it may end."""
    begin = end - wide(words, _LEGEND_SIZE) - 20
    canvas.path(f"M{begin:.1f} {y - 2.5:.1f}h15", ink, dash=dash)
    canvas.text(end, y, words, anchor="end", size=_LEGEND_SIZE)
    return begin - 10
