"""States over time below the voltages that go with them: the timeline of a swap."""

from __future__ import annotations

from collections.abc import Sequence

from harness.case.documents import Text
from harness.report.drawing.canvas import INK, SOFT, WIDTH, Canvas, Scale, both, short, ticks
from harness.report.drawing.recording import draw_panel
from harness.report.lanes import Lane
from harness.report.signals import Panel
from harness.report.strings import load_strings, text

__all__ = ["draw_lanes"]

_LEFT, _RIGHT = 150, 8
_TITLE, _PANEL, _GAP = 16, 58, 8
_ROW, _BAR = 20, 14
_FOOT, _LEGEND = 34, 12
_INKS = ("#cfe2f3", "#fce5cd", "#d9ead3", "#ead1dc", "#fff2cc", "#d0e0e3", "#e6e6e6", "#f4cccc")
"""One for each word of a lane, in turns: the words stand in the bars and below them."""
_LETTER_WIDE, _LETTER = 8.0, 4.2


def draw_lanes(lanes: Sequence[Lane], panels: Sequence[Panel]) -> bytes | None:
    """Panels, lanes and the words that were too long for their bars; ``None`` without lanes."""
    if not lanes:
        return None
    times = [time for lane in lanes for each in lane.stretches for time in (each.start_s, each.end_s)]
    across = Scale(min(times), max(*times, min(times) + 1e-3), _LEFT, WIDTH - _RIGHT)
    legends = [line for lane in lanes for line in _legend(lane)]
    top = float(_TITLE)
    height = _TITLE + (_PANEL + _GAP + _TITLE) * len(panels) + _ROW * len(lanes) + _FOOT + _LEGEND * len(legends) + 4
    canvas = Canvas(round(height))
    for panel in panels:
        draw_panel(canvas, panel, across, top)
        top += _PANEL + _GAP + _TITLE
    canvas.text(_LEFT, top - 4, both(text("plot.states")), size=8, bold=True)
    for lane in lanes:
        _draw_lane(canvas, lane, across, top)
        top += _ROW
    marks = list(ticks(across.low, across.high, 8))
    for value, label in zip(marks, short(marks), strict=True):
        canvas.line(across.at(value), top, across.at(value), top + 3, INK)
        canvas.text(across.at(value), top + 12, label, anchor="middle", size=7.5, ink=SOFT)
    canvas.text((across.begin + across.end) / 2, top + 24, f"{both(text('plot.time'))} / s", anchor="middle", size=8)
    for index, line in enumerate(legends):
        canvas.text(8, top + _FOOT + _LEGEND * index + 4, line, size=7, ink=SOFT)
    return canvas.svg()


def _draw_lane(canvas: Canvas, lane: Lane, across: Scale, top: float) -> None:
    words = list(dict.fromkeys(each.word for each in lane.stretches))
    canvas.text(_LEFT - 8, top + 10.5, both(lane.label), anchor="end", size=8)
    for each in lane.stretches:
        begin, end = across.at(each.start_s), across.at(each.end_s)
        canvas.bar(begin, top, end - begin, _BAR, _INKS[words.index(each.word) % len(_INKS)])
        canvas.line(begin, top, begin, top + _BAR, SOFT)
        number = f"{words.index(each.word) + 1}"
        fitting = next((label for label in (both(_word(each.word)), _word(each.word)["zh"], number) if _wide(label) < end - begin - 3), "")
        canvas.text((begin + end) / 2, top + 10, fitting, anchor="middle", size=7)


def _legend(lane: Lane) -> list[str]:
    """The words of a lane by the numbers that stand in bars too short for them."""
    words = list(dict.fromkeys(each.word for each in lane.stretches))
    told = [f"{number} {both(_word(word))}" for number, word in enumerate(words, 1)]
    lines, line = [], f"{both(lane.label)}： {told[0]}"
    for each in told[1:]:
        if _wide(f"{line} · {each}") > WIDTH - 30:
            lines.append(line)
            line = f"　　{each}"
        else:
            line += f" · {each}"
    return [*lines, line]


def _word(word: str) -> Text:
    return load_strings().get(f"word.{word}", {"zh": word, "en": ""})


def _wide(words: str) -> float:
    return sum(_LETTER_WIDE if ord(char) > 0x2E7F else _LETTER for char in words)
