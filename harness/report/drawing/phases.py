"""The timeline of a session: when each of its phases began and how long it lasted."""

from __future__ import annotations

from collections.abc import Sequence

from harness.report.drawing.canvas import CHARGER, SOFT, WIDTH, Canvas, Scale, both, short, ticks
from harness.report.signals import Span
from harness.report.strings import load_strings, text

__all__ = ["draw_phases"]

_ROW, _HEAD, _FOOT = 15, 22, 34
_LEFT, _RIGHT = 150, 90
_INKS = (CHARGER, "#38761d", "#7f6000", "#674ea7")
"""One for each session of a recording, in turns; the row says which phase it is."""


def draw_phases(phases: Sequence[Span]) -> bytes | None:
    """One row for each phase, in the order in which they first came; ``None`` if there is none."""
    if not phases:
        return None
    names = list(dict.fromkeys(span.name for span in phases))
    canvas = Canvas(_HEAD + _ROW * len(names) + _FOOT)
    scale = Scale(min(span.start_s for span in phases), max(span.end_s for span in phases), _LEFT, WIDTH - _RIGHT)
    bottom = _HEAD + _ROW * len(names)
    marks = list(ticks(scale.low, scale.high))
    for value, label in zip(marks, short(marks), strict=True):
        canvas.line(scale.at(value), _HEAD - 4, scale.at(value), bottom)
        canvas.text(scale.at(value), bottom + 11, label, anchor="middle", size=8, ink=SOFT)
    canvas.text((_LEFT + WIDTH - _RIGHT) / 2, bottom + 25, f"{both(text('plot.time'))} / s", anchor="middle", size=8.5)
    canvas.text(_LEFT, 12, both(text("plot.phases")), bold=True)
    canvas.text(WIDTH, 12, f"{both(text('plot.lasted'))} / s", anchor="end", size=8, ink=SOFT)
    for row, name in enumerate(names):
        y = _HEAD + _ROW * row
        own = [span for span in phases if span.name == name]
        canvas.text(_LEFT - 8, y + 8.5, both(load_strings().get(f"phase.{name}", {"zh": name, "en": ""})), anchor="end", size=8.5)
        for span in own:
            ink = _INKS[span.session % len(_INKS)]
            canvas.bar(scale.at(span.start_s), y + 1.5, scale.at(span.end_s) - scale.at(span.start_s), 8, ink)
        canvas.text(WIDTH, y + 8.5, f"{sum(span.end_s - span.start_s for span in own):.3f}", anchor="end", size=8, ink=SOFT)
    return canvas.svg()
