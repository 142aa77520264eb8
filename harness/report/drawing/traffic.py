"""The load of a bus over time, and how far the distances between cyclic messages were off their median."""

from __future__ import annotations

from collections.abc import Sequence

from harness.report.drawing.canvas import CHARGER, INK, SOFT, WIDTH, Canvas, Scale, both, short, ticks
from harness.report.strings import text
from harness.report.traffic import Beat, Traffic

__all__ = ["draw_traffic"]

_LEFT, _RIGHT, _MIDDLE = 150, 8, 470
_HEAD, _PLOT, _FOOT = 30, 74, 34
_ROW, _BEAT_HEAD = 13, 24
_MOST = 16
_LEAST_PCT, _MOST_PCT = 1.0, 50.0
"""Of the axis of jitter; what goes beyond it ends there, and its numbers stand beside it."""
_LEAST_TOP_PCT = 5.0
"""An idle bus is drawn as one."""


def draw_traffic(traffic: Traffic) -> bytes:
    """Load above, jitter below."""
    shown = traffic.beats[:_MOST]
    rows = _BEAT_HEAD + _ROW * len(shown) + (18 if len(traffic.beats) > len(shown) else 4) if shown else 0
    canvas = Canvas(_HEAD + _PLOT + _FOOT + rows)
    _draw_load(canvas, traffic)
    if shown:
        _draw_beats(canvas, shown, _HEAD + _PLOT + _FOOT + _BEAT_HEAD, len(traffic.beats) - len(shown))
    return canvas.svg()


def _draw_load(canvas: Canvas, traffic: Traffic) -> None:
    across = Scale(traffic.times_s[0], traffic.times_s[-1], _LEFT, WIDTH - _RIGHT)
    up = Scale(0, max(_LEAST_TOP_PCT, traffic.peak_pct * 1.15), _HEAD + _PLOT, _HEAD)
    canvas.text(_LEFT, 11, both(text("plot.bus_load")), bold=True)
    facts = text("plot.bus_facts", mean=f"{traffic.mean_pct:.3g}", peak=f"{traffic.peak_pct:.3g}",
                 window=f"{traffic.window_s * 1000:.4g}", rate=f"{traffic.bitrate_bps / 1000:g}")  # fmt: skip
    canvas.text(_LEFT, 23, both(facts), size=8, ink=SOFT)
    marks = list(ticks(0, up.high, 4))
    for value, label in zip(marks, short(marks), strict=True):
        canvas.line(across.begin, up.at(value), across.end, up.at(value))
        canvas.text(across.begin - 6, up.at(value) + 3, f"{label} %", anchor="end", size=8, ink=SOFT)
    way = f"M{across.begin:.1f} {up.begin:.1f}"
    for begin, load in zip(traffic.times_s, traffic.loads_pct, strict=False):
        way += f"H{across.at(begin):.1f}V{up.at(min(load, up.high)):.1f}"
    canvas.path(f"{way}H{across.end:.1f}V{up.begin:.1f}", CHARGER)
    canvas.line(across.begin, up.begin, across.end, up.begin, INK)
    marks = list(ticks(across.low, across.high, 8))
    for value, label in zip(marks, short(marks), strict=True):
        canvas.text(across.at(value), up.begin + 12, label, anchor="middle", size=8, ink=SOFT)
    canvas.text((across.begin + across.end) / 2, up.begin + 25, f"{both(text('plot.time'))} / s", anchor="middle", size=8.5)


def _draw_beats(canvas: Canvas, beats: Sequence[Beat], top: float, rest: int) -> None:
    widest = min(max(_LEAST_PCT, *(beat.jitter_ms / beat.median_ms * 100 for beat in beats)), _MOST_PCT)
    across = Scale(-widest, widest, _LEFT, _MIDDLE)
    bottom = top + _ROW * len(beats)
    canvas.text(_LEFT, top - 14, f"{both(text('plot.jitter'))} / %", bold=True)
    canvas.text(_MIDDLE + 10, top - 4, both(text("plot.beat_columns")), size=7, ink=SOFT)
    for value in (-widest, 0.0, widest):
        canvas.line(across.at(value), top - 2, across.at(value), bottom, SOFT if value == 0 else "#cccccc")
        canvas.text(across.at(value), top - 4, f"{value:.3g}".replace("-", "−"), anchor="middle", size=7, ink=SOFT)
    for row, beat in enumerate(beats):
        y = top + _ROW * row
        canvas.text(_LEFT - 8, y + 9, beat.name[:26], anchor="end", size=8)
        shares = [(limit / beat.median_ms - 1) * 100 for limit in (beat.low_ms, beat.high_ms)]
        begin, end = (across.at(min(max(share, -widest), widest)) for share in shares)
        canvas.bar(begin, y + 3, end - begin, 6, CHARGER)
        facts = f"{beat.count} · {beat.median_ms:.6g} · {beat.low_ms:.6g} – {beat.high_ms:.6g}"
        canvas.text(_MIDDLE + 10, y + 9, facts, size=7.5, ink=SOFT)
    if rest:
        canvas.text(_LEFT, bottom + 13, both(text("plot.beats_more", count=rest)), size=8, ink=SOFT)
