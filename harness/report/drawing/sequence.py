"""Sequence diagram of a session as SVG: one lifeline per party, time runs down."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from harness.case.documents import SessionDoc
from harness.report.drawing.canvas import both, wide
from harness.report.fonts import FAMILY, MONO
from harness.report.strings import load_strings, text

__all__ = ["draw_sequence"]

_WIDTH = 680
_ROW = 19
_HEAD = 34
_HEAD_WIDE = 104
_TIME_X = 70
_FIRST_X, _LAST_X = 140, 420
_TEXT_X = 470
_FULL, _SHORT = (26, 12), (8, 5)
"""How many of the first and of the last messages are drawn."""
_TEXT_CHARS = 34
_PAIR = 2
"""Parties of which each is the other's receiver; on a bus with more of them a message is drawn without one."""
_NAME_SIZE, _SMALL_NAME_SIZE = 10, 7.5
_INK, _SOFT = "#222222", "#666666"
_COLOURS = {"charger": "#0b5394", "vehicle": "#b34a0a", "truck": "#b34a0a"}

Row = tuple[str, str, str, str]


def draw_sequence(session: SessionDoc, *, short: bool = False) -> bytes | None:
    """The diagram, ``None`` for a session without messages. Long ones lose their middle, and say so; *short* loses more."""
    rows = [(row[0], row[1], row[2], row[3]) for row in session["messages"]]
    if not rows:
        return None
    parties = list(dict.fromkeys(row[1] for row in rows))
    if len(parties) == 1:
        parties.append({"charger": "vehicle", "vehicle": "charger"}.get(parties[0], ""))
    parties.sort(key=lambda party: (party != "charger", party))
    columns, crowded = _columns(parties), len(parties) > _PAIR
    first, last = _SHORT if short else _FULL
    shown, elided = _shorten(rows, first, last)
    foot = _HEAD + _ROW * (len(shown) + (1 if elided else 0)) + 10
    height = foot + (_ROW if crowded else 4)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}" '
        f'font-family="{FAMILY}" font-size="10">'
    ]
    width = min(_HEAD_WIDE, (_LAST_X - _FIRST_X) // (len(parties) - 1) - 4)
    parts += [_lifeline(party, x, foot, width) for party, x in columns.items()]
    y = _HEAD + _ROW - 4
    for index, row in enumerate(shown):
        if elided and index == first:
            parts.append(_gap(y, elided))
            y += _ROW
        parts.append(_message(row, y, _dot(row, columns, y) if crowded else _arrow(row, columns, y)))
        y += _ROW
    if crowded:
        parts.append(_centred(foot + 9, both(text("plot.dots"))))
    parts.append("</svg>")
    return "\n".join(parts).encode("utf-8")


def _columns(parties: Sequence[str]) -> dict[str, int]:
    step = (_LAST_X - _FIRST_X) // (len(parties) - 1)
    return {party: _FIRST_X + index * step for index, party in enumerate(parties)}


def _shorten(rows: Sequence[Row], first: int, last: int) -> tuple[list[Row], int]:
    if len(rows) <= first + last + 1:
        return list(rows), 0
    return [*rows[:first], *rows[-last:]], len(rows) - first - last


def _lifeline(party: str, x: int, foot: int, width: int) -> str:
    words = load_strings().get(f"party.{party}")
    colour = _COLOURS.get(party, _INK)
    lines = [both(words)] if words else [party]
    if words and wide(lines[0], _NAME_SIZE) > width - 4:
        lines = [words["zh"], words["en"]]
    size = _NAME_SIZE if len(lines) == 1 else _SMALL_NAME_SIZE
    names = "".join(
        f'<text x="{x}" y="{y}" text-anchor="middle" fill="{colour}" font-size="{size}" font-weight="bold">{escape(name)}</text>'
        for y, name in zip((19,) if len(lines) == 1 else (13, 22.5), lines, strict=True)
    )
    return (
        f'<line x1="{x}" y1="26" x2="{x}" y2="{foot}" stroke="{_SOFT}" stroke-width="0.8" stroke-dasharray="3 3"/>'
        f'<rect x="{x - width // 2}" y="4" width="{width}" height="22" fill="#ffffff" stroke="{colour}" stroke-width="1.2" rx="3"/>'
        f"{names}"
    )


def _message(row: Row, y: int, drawn: str) -> str:
    """What is *drawn* of a message, between when it came and what was in it."""
    t_s, _, _, content = row
    note = content if len(content) <= _TEXT_CHARS else content[: _TEXT_CHARS - 1] + "…"
    return (
        f'<text x="{_TIME_X}" y="{y + 3}" text-anchor="end" fill="{_SOFT}" font-size="9">{float(t_s):.3f} s</text>'
        f"{drawn}"
        f'<text x="{_TEXT_X}" y="{y + 3}" fill="{_SOFT}" font-size="8.5" font-family="{MONO}">{escape(note)}</text>'
    )


def _arrow(row: Row, columns: dict[str, int], y: int) -> str:
    _, sender, name, _ = row
    start = columns[sender]
    end = next((x for party, x in columns.items() if party != sender), start)
    tip = 6 if end < start else -6
    middle = (start + end) // 2
    colour = _COLOURS.get(sender, _INK)
    label_width = 7 * len(name) + 8
    return (
        f'<line x1="{start}" y1="{y}" x2="{end + tip}" y2="{y}" stroke="{colour}" stroke-width="1.1"/>'
        f'<path d="M {end} {y} l {tip} -3.2 l 0 6.4 z" fill="{colour}"/>'
        f'<rect x="{middle - label_width // 2}" y="{y - 7}" width="{label_width}" height="14" fill="#ffffff"/>'
        f'<text x="{middle}" y="{y + 3.5}" text-anchor="middle" fill="{_INK}" font-weight="bold">{escape(name)}</text>'
    )


def _dot(row: Row, columns: dict[str, int], y: int) -> str:
    """A message on the lifeline of its sender, its name where there is room."""
    _, sender, name, _ = row
    x, label_width = columns[sender], 7 * len(name) + 8
    left = x + 6 + label_width > _TEXT_X
    anchor, place = ("end", x - 9) if left else ("start", x + 9)
    return (
        f'<circle cx="{x}" cy="{y}" r="3.2" fill="{_COLOURS.get(sender, _INK)}"/>'
        f'<rect x="{x - 6 - label_width if left else x + 6}" y="{y - 7}" width="{label_width}" height="14" fill="#ffffff"/>'
        f'<text x="{place}" y="{y + 3.5}" text-anchor="{anchor}" fill="{_INK}" font-weight="bold">{escape(name)}</text>'
    )


def _gap(y: int, count: int) -> str:
    return _centred(y, f"⋯ {both(text('sheet.elided', count=count))} ⋯")


def _centred(y: int, words: str) -> str:
    middle = (_FIRST_X + _LAST_X) // 2
    return f'<text x="{middle}" y="{y + 3}" text-anchor="middle" fill="{_SOFT}">{escape(words)}</text>'
