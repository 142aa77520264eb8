"""Figures of a recording as SVG, the same bytes for the same data."""

from __future__ import annotations

import io
from collections.abc import Sequence

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from harness.case.documents import Text
from harness.report.fonts import FAMILY, register_fonts
from harness.report.signals import Activity, Panel, Recording
from harness.report.strings import text

__all__ = ["draw_recording"]

_WIDTH_IN = 6.9
_LEFT_IN, _RIGHT_IN = 0.78, 0.08
_CHAR_IN = 0.049
"""A letter of the names, which are set in 6 pt."""
_TOP_IN, _GAP_IN, _BOTTOM_IN = 0.2, 0.26, 0.36
_PANEL_IN = 0.6
_ROW_IN = 0.115
_TITLE_Y = 1.0
"""A title with a place of its own: matplotlib takes a third of the drawing time to find one."""
_COLOURS = ("#0b5394", "#c55a11", "#38761d", "#7f6000")
_STYLES = ("-", "--", "-.", ":")
_PARTY_COLOURS = {"charger": "#0b5394", "vehicle": "#c55a11"}
_OTHER = "#595959"
_STYLE = {
    "font.family": [FAMILY],
    "font.size": 7,
    "axes.linewidth": 0.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.unicode_minus": True,
    "grid.linewidth": 0.3,
    "grid.color": "#cccccc",
    "lines.linewidth": 1.0,
    "xtick.major.width": 0.5,
    "ytick.major.width": 0.5,
    "svg.fonttype": "path",
    "svg.hashsalt": "precert",
    "path.simplify": True,
}


def draw_recording(recording: Recording) -> bytes | None:
    """Signals in panels above the activity of the messages; ``None`` if there is nothing to draw."""
    if not recording.activities:
        return None
    register_fonts()
    heights = [_PANEL_IN] * len(recording.panels) + [max(3, len(recording.activities)) * _ROW_IN + 0.1]
    with mpl.rc_context(_STYLE):  # type: ignore[arg-type]  # the stubs list the keys one by one
        figure = Figure(figsize=(_WIDTH_IN, _TOP_IN + sum(heights) + _GAP_IN * (len(heights) - 1) + _BOTTOM_IN))
        FigureCanvasSVG(figure)
        axes = _stack(figure, heights, _left_in(recording.activities))
        for axis, panel in zip(axes, recording.panels, strict=False):
            _draw_panel(axis, panel)
        _draw_activities(axes[-1], recording.activities)
        axes[-1].set_xlabel(f"{_both(text('plot.time'))} / s")
        buffer = io.BytesIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    return buffer.getvalue()


def _left_in(activities: Sequence[Activity]) -> float:
    """Room for the names of the messages."""
    return max(_LEFT_IN, 0.14 + _CHAR_IN * max(len(_name(activity)) for activity in activities))


def _name(activity: Activity) -> str:
    return f"{activity.name} ×{activity.count}"


def _stack(figure: Figure, heights_in: Sequence[float], left_in: float) -> list[Axes]:
    """Axes below each other with one time axis. Fixed places: a layout engine would take most of the drawing time."""
    total = figure.get_figheight()
    left, width = left_in / _WIDTH_IN, (_WIDTH_IN - left_in - _RIGHT_IN) / _WIDTH_IN
    axes: list[Axes] = []
    top = total - _TOP_IN
    for height in heights_in:
        axes.append(figure.add_axes((left, (top - height) / total, width, height / total), sharex=axes[0] if axes else None))
        top -= height + _GAP_IN
    for axis in axes[:-1]:
        axis.tick_params(labelbottom=False)
    return axes


def _draw_panel(axis: Axes, panel: Panel) -> None:
    for index, series in enumerate(panel.series):
        axis.plot(
            series.times_s,
            series.values,
            drawstyle="steps-post",
            color=_COLOURS[index % len(_COLOURS)],
            linestyle=_STYLES[index % len(_STYLES)],
            marker="." if len(series.times_s) == 1 else "",
            label=_both(series.label),
        )
    axis.set_title(f"{_both(panel.title)} / {panel.unit}", loc="left", fontsize=7, fontweight="bold", pad=3, y=_TITLE_Y)
    axis.grid(visible=True)
    axis.margins(y=0.12)
    axis.ticklabel_format(axis="y", useOffset=False)
    axis.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=3, fontsize=6, frameon=False, borderaxespad=0.1, handlelength=2.2)


def _draw_activities(axis: Axes, activities: Sequence[Activity]) -> None:
    for row, activity in enumerate(activities):
        colour = _PARTY_COLOURS.get(activity.sender, _OTHER)
        lines = [span for span in activity.spans if span[1] > span[0]]
        axis.hlines([row] * len(lines), [first for first, _ in lines], [last for _, last in lines], colors=colour, linewidth=2.6)
        points = [first for first, last in activity.spans if first == last]
        axis.plot(points, [row] * len(points), linestyle="", marker="|", markersize=5, color=colour)
    axis.set_yticks(range(len(activities)), [_name(activity) for activity in activities], fontsize=6)
    axis.set_ylim(len(activities) - 0.4, -0.6)
    axis.grid(visible=True, axis="x")
    parties = [name for name in _PARTY_COLOURS if any(activity.sender == name for activity in activities)]
    for party in parties:
        axis.plot([], [], color=_PARTY_COLOURS[party], linewidth=2.6, label=_both(text(f"party.{party}")))
    axis.set_title(_both(text("plot.messages")), loc="left", fontsize=7, fontweight="bold", pad=3, y=_TITLE_Y)
    if parties:
        axis.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=2, fontsize=6, frameon=False, borderaxespad=0.1)


def _both(words: Text) -> str:
    return f"{words['zh']} {words['en']}".strip()
