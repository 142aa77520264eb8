"""A recording as drawings that a script can move: paths in units of the data, axes with marks at round numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from harness.case.documents import Text
from harness.report.signals import Activity, Panel, Recording, Series

__all__ = ["LaneView", "Mark", "PanelView", "PlotView", "SeriesView", "plot_view"]

WIDTH, LEFT, RIGHT = 960, 96, 12
_CHAR = 6.4
"""Width of a letter of the names."""
"""Of a drawing before a script fits it to the page, in pixels."""
_TOP, _BOTTOM = 6, 26
_SIGNAL_HEIGHT, _LANE_HEIGHT = 104, 17
_MARGIN = 0.1
_MARKS_X, _MARKS_Y = 9, 5
_HALF_TICK = 0.3
_NEAR_ZERO = 0.05
"""A recording that begins within this part of its length begins at zero."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A place on an axis in pixels, and the number there."""

    at: str
    label: str


@dataclass(frozen=True, slots=True)
class SeriesView:
    """One line of a panel."""

    label: Text
    path: str


@dataclass(frozen=True, slots=True)
class LaneView:
    """When one message was on the link."""

    name: str
    count: int
    sender: str
    """``charger``, ``vehicle`` or ``other``."""
    path: str
    at: str
    """Middle of the lane in pixels."""


@dataclass(frozen=True, slots=True)
class PanelView:
    """A drawing with a value axis, or with lanes."""

    title: Text | None
    unit: str
    series: Sequence[SeriesView]
    lanes: Sequence[LaneView]
    height: int
    inner: int
    """Height without the axis of time."""
    box: str
    """The visible part in units of the data, as ``viewBox``."""
    marks: Sequence[Mark]


@dataclass(frozen=True, slots=True)
class PlotView:
    """All panels of a recording over one axis of time."""

    panels: Sequence[PanelView]
    start: str
    end: str
    marks: Sequence[Mark]
    parties: Sequence[str]
    top: int = _TOP
    left: int = LEFT
    width: int = WIDTH
    inner_width: int = WIDTH - LEFT - RIGHT

    @property
    def size(self) -> int:
        """Bytes of its data."""
        drawn = [
            *(series.path for panel in self.panels for series in panel.series),
            *(lane.path for panel in self.panels for lane in panel.lanes),
        ]
        return sum(map(len, drawn))


def plot_view(recording: Recording) -> PlotView:
    """The panels of *recording*, which has at least one message."""
    start, end = _range(recording)
    panels = [*(_signal_panel(panel, start, end) for panel in recording.panels), _lane_panel(recording.activities, start, end)]
    step, places = _steps(start, end, _MARKS_X)
    # Names of messages stand to the left of the panels.
    left = max(LEFT, 16 + round(_CHAR * max(len(f"{each.name} ×{each.count}") for each in recording.activities)))
    scale = (WIDTH - left - RIGHT) / (end - start)
    marks = [Mark(number(left + (place - start) * scale, 1), _label(place, step)) for place in places]
    senders = {_party(activity) for activity in recording.activities}
    parties = [party for party in ("charger", "vehicle") if party in senders]
    return PlotView(panels, number(start), number(end), marks, parties, left=left, inner_width=WIDTH - left - RIGHT)


def number(value: float, digits: int = 6) -> str:
    """*value* with at most *digits* decimals."""
    text = f"{value:.{digits}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def _range(recording: Recording) -> tuple[float, float]:
    times = [time for activity in recording.activities for span in activity.spans for time in span]
    times += [time for panel in recording.panels for series in panel.series for time in (series.times_s[0], series.times_s[-1])]
    start, end = min(times), max(times)
    if 0 < start < _NEAR_ZERO * end:
        start = 0.0
    return (start, end) if end > start else (start - 0.5, start + 0.5)


def _signal_panel(panel: Panel, start: float, end: float) -> PanelView:
    values = [value for series in panel.series for value in series.values]
    low, high = min(values), max(values)
    margin = (high - low) * _MARGIN or max(1.0, abs(high) * 0.02)
    low, high = low - margin, high + margin
    step, places = _steps(low, high, _MARKS_Y)
    scale = _SIGNAL_HEIGHT / (high - low)
    marks = [Mark(number(_TOP + (high - place) * scale, 1), _label(place, step)) for place in places]
    return PanelView(
        title=panel.title,
        unit=panel.unit,
        series=[SeriesView(series.label, _step_path(series)) for series in panel.series],
        lanes=[],
        height=_TOP + _SIGNAL_HEIGHT + _TOP,
        inner=_SIGNAL_HEIGHT,
        box=f"{number(start)} {number(-high)} {number(end - start)} {number(high - low)}",
        marks=marks,
    )


def _lane_panel(activities: Sequence[Activity], start: float, end: float) -> PanelView:
    inner = _LANE_HEIGHT * len(activities)
    lanes = [
        LaneView(activity.name, activity.count, _party(activity), _span_path(activity, index), str(_TOP + _LANE_HEIGHT * index + 12))
        for index, activity in enumerate(activities)
    ]
    box = f"{number(start)} 0 {number(end - start)} {len(activities)}"
    return PanelView(None, "", [], lanes, _TOP + inner + _BOTTOM, inner, box, [])


def _party(activity: Activity) -> str:
    return activity.sender if activity.sender in ("charger", "vehicle") else "other"


def _step_path(series: Series) -> str:
    """Level, and upright where it changes; a pause leaves a gap. The value axis of the data points up."""
    parts = []
    for run in series.runs():
        parts.append(f"M{number(run[0][0])} {number(run[0][1])}")
        parts += [f"H{number(time)}V{number(value)}" for (_, last), (time, value) in pairwise(run) if value != last]
        parts.append(f"H{number(run[-1][0])}")
    return "".join(parts)


def _span_path(activity: Activity, row: int) -> str:
    middle = row + 0.5
    parts = []
    for first, last in activity.spans:
        if last > first:
            parts.append(f"M{number(first)} {middle}H{number(last)}")
        else:
            parts.append(f"M{number(first)} {number(middle - _HALF_TICK)}V{number(middle + _HALF_TICK)}")
    return "".join(parts)


def _steps(low: float, high: float, most: int) -> tuple[float, list[float]]:
    """A round step that gives at most *most* places between the two, and the places."""
    rough = (high - low) / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * (1 - 1e-9))
    first = math.ceil(low / step - 1e-9)
    return step, [index * step for index in range(first, math.floor(high / step + 1e-9) + 1)]


def _label(place: float, step: float) -> str:
    return f"{place + 0.0:.{_digits(step)}f}".replace("-", "\u2212")


def _digits(step: float) -> int:
    return max(0, -math.floor(math.log10(step) + 1e-9))
