"""The watermark of pages that show no measurement of a vehicle, as outlines: it must not mix with the text of the page."""

from __future__ import annotations

from matplotlib.font_manager import FontProperties
from matplotlib.path import Path as Outline
from matplotlib.textpath import text_to_path
from matplotlib.transforms import Affine2D

from harness.report.fonts import FAMILY, register_fonts

__all__ = ["draw_watermark"]

_COMMANDS = {Outline.MOVETO: "M", Outline.LINETO: "L", Outline.CURVE3: "Q", Outline.CURVE4: "C", Outline.CLOSEPOLY: "Z"}
_SIZE = 60
_COLOUR = "#f1f2f4"


def draw_watermark(words: str) -> bytes:
    """*words* as an SVG drawing without text."""
    register_fonts()
    # TextPath would give the same and import all of matplotlib's artists for it.
    vertices, codes = text_to_path.get_text_path(FontProperties(family=FAMILY, weight="bold"), words)
    outline = Outline(vertices, codes).transformed(Affine2D().scale(_SIZE / text_to_path.FONT_SCALE))
    box = outline.get_extents()
    parts = []
    for points, command in outline.iter_segments(curves=True):
        numbers = " ".join(f"{x - box.x0:.1f} {box.y1 - y:.1f}" for x, y in points.reshape(-1, 2))
        parts.append("Z" if command == Outline.CLOSEPOLY else f"{_COMMANDS[command]} {numbers}")
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {box.width:.1f} {box.height:.1f}" '
        f'width="{box.width:.1f}" height="{box.height:.1f}"><path fill="{_COLOUR}" d="{" ".join(parts)}"/></svg>'
    )
    return svg.encode("ascii")
