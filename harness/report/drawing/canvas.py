"""The few shapes that the drawings are made of, as SVG."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html import escape
from math import floor, log10

from harness.case.documents import Text
from harness.report.fonts import FAMILY

__all__ = ["BAD", "CHARGER", "GOOD", "INK", "OPEN", "RULE", "SOFT", "WIDTH", "Canvas", "Scale", "both", "places", "short", "ticks", "wide"]

WIDTH = 680
INK, SOFT, RULE = "#222222", "#666666", "#cccccc"
CHARGER = "#0b5394"
GOOD, BAD, OPEN = "#14632b", "#a31515", "#7a5200"


@dataclass(slots=True)
class Canvas:
    """Collects shapes from top to bottom."""

    height: int
    parts: list[str] = field(default_factory=list)

    def text(self, x: float, y: float, words: str, *, anchor: str = "start", size: float = 9, bold: bool = False, ink: str = INK) -> None:
        """Words that begin, end or stand in the middle at *x*."""
        weight = ' font-weight="bold"' if bold else ""
        place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size:g}"'
        self.parts.append(f'<text {place} fill="{ink}"{weight}>{escape(words)}</text>')

    def bar(self, x: float, y: float, width: float, height: float, ink: str) -> None:
        """A filled bar, never thinner than can be seen."""
        self.parts.append(f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 1.0):.1f}" height="{max(height, 0.6):.1f}" fill="{ink}"/>')

    def line(self, x1: float, y1: float, x2: float, y2: float, ink: str = RULE, *, width: float = 0.6, dashed: bool = False) -> None:
        """A straight line."""
        dash = ' stroke-dasharray="4 3"' if dashed else ""
        place = f'x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"'
        self.parts.append(f'<line {place} stroke="{ink}" stroke-width="{width:g}"{dash}/>')

    def path(self, way: str, ink: str, *, width: float = 1.0, dash: str = "") -> None:
        """A line along *way*, as SVG writes it."""
        dashes = f' stroke-dasharray="{dash}"' if dash else ""
        self.parts.append(f'<path d="{way}" fill="none" stroke="{ink}" stroke-width="{width:g}"{dashes}/>')

    def svg(self) -> bytes:
        """The drawing."""
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {self.height}" width="{WIDTH}" height="{self.height}" '
            f'font-family="{FAMILY}">'
        )
        return "\n".join([head, *self.parts, "</svg>"]).encode("utf-8")


@dataclass(frozen=True, slots=True)
class Scale:
    """From values to places between *begin* and *end*."""

    low: float
    high: float
    begin: float
    end: float

    def at(self, value: float) -> float:
        """Where *value* lies."""
        span = self.high - self.low
        return self.begin if span <= 0 else self.begin + (value - self.low) / span * (self.end - self.begin)


def ticks(low: float, high: float, count: int = 6) -> Iterator[float]:
    """Round values from *low* to *high*, about *count* of them."""
    if high <= low:
        yield low
        return
    raw = (high - low) / count
    power = 10.0 ** floor(log10(raw))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= raw)
    index = -floor(-low / step + 1e-9)
    while index * step <= high + step * 1e-9:
        yield index * step
        index += 1


def places(points: Sequence[tuple[float, float]], grain: float = 0.5) -> list[tuple[float, float]]:
    """*points* that a reader can tell apart: where many stand on one place of the axis, the first, the outermost and the last."""
    kept: list[tuple[float, float]] = []
    group: list[tuple[float, float]] = []
    for point in points:
        if group and point[0] - group[0][0] >= grain:
            kept += _outermost(group)
            group = []
        group.append(point)
    return [*kept, *_outermost(group)]


def _outermost(group: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    low, high = min(group, key=lambda point: point[1]), max(group, key=lambda point: point[1])
    return [point for point in group if point in (group[0], low, high, group[-1])] if len(group) > 4 else list(group)


def both(words: Text) -> str:
    """Both languages on one line."""
    return f"{words['zh']} {words['en']}".strip()


def short(values: Sequence[float]) -> list[str]:
    """Numbers of an axis, with the digits that tell them apart."""
    return [f"{value:.6g}" for value in values]


def wide(words: str, size: float) -> float:
    """About how wide *words* are in letters of *size*."""
    return size * sum(1.0 if ord(char) > 0x2E7F else 0.55 for char in words)
