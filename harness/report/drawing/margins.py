"""How far each measured value of a case stays from its limit, the closest first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from harness.case.documents import CheckDoc
from harness.report.drawing.canvas import BAD, GOOD, OPEN, RULE, SOFT, Canvas, Scale, both
from harness.report.strings import load_strings, text
from harness.report.units import SYMBOLS

__all__ = ["Margin", "draw_margins", "margins_of"]

_ROW, _HEAD, _FOOT = 15, 26, 20
_LEFT, _MIDDLE, _RIGHT = 214, 444, 452
_MOST = 16
_INKS = {"pass": GOOD, "fail": BAD}


@dataclass(frozen=True, slots=True)
class Margin:
    """One decision on a number."""

    name: str
    share: Decimal
    """Distance to the nearest limit: of a limit, or of half the tolerance where there are two. Negative beyond it."""
    verdict: str
    arithmetic: str
    """Value and limit as they are printed."""


def margins_of(checks: Sequence[CheckDoc]) -> list[Margin]:
    """The margins of all numeric decisions, the smallest first; the same check several times counts with its worst."""
    worst: dict[str, Margin] = {}
    for check in checks:
        for margin in _margin(check):
            if margin.name not in worst or margin.share < worst[margin.name].share:
                worst[margin.name] = margin
    return sorted(worst.values(), key=lambda margin: margin.share)


def _margin(check: CheckDoc) -> Iterator[Margin]:
    value, criterion = check["value"], check["criterion"]
    if value is None or check["decision"] is None:
        return
    y, unit = Decimal(value["v"]), value["unit"]
    lower, upper = (None if limit is None else Decimal(limit) for limit in (criterion["lower"], criterion["upper"]))
    nearest = [abs(limit) for limit in (upper, lower) if limit is not None]
    scale = (upper - lower) / 2 if upper is not None and lower is not None else nearest[0] if nearest else Decimal(0)
    if not scale or not y.is_finite():
        return  # a limit of zero has no share
    distance = min(d for d in (None if upper is None else upper - y, None if lower is None else y - lower) if d is not None)
    symbol = "" if unit == "1" else f" {SYMBOLS.get(unit, unit)}"
    bounds = f"{lower:f} – {upper:f}" if lower is not None and upper is not None else f"≤ {upper:f}" if lower is None else f"≥ {lower:f}"
    yield Margin(check["name"], distance / scale, check["verdict"], f"{_plain(y)} {bounds}{symbol}")


def draw_margins(margins: Sequence[Margin]) -> bytes | None:
    """One bar for each; ``None`` without any."""
    if not margins:
        return None
    shown = list(margins[:_MOST])
    rest = len(margins) - len(shown)
    canvas = Canvas(_HEAD + _ROW * len(shown) + (_FOOT if rest else 6))
    scale = Scale(-1, 1, _LEFT, _MIDDLE)
    canvas.text(_LEFT, 12, both(text("plot.margins")), bold=True)
    bottom = _HEAD + _ROW * len(shown) - 3
    for mark, label in ((-1, "−100 %"), (0, "0"), (1, "100 %")):
        canvas.line(scale.at(mark), _HEAD - 2, scale.at(mark), bottom, SOFT if mark == 0 else RULE)
        canvas.text(scale.at(mark), _HEAD - 4, label, anchor="middle", size=7, ink=SOFT)
    for row, margin in enumerate(shown):
        y = _HEAD + _ROW * row
        share = float(max(min(margin.share, Decimal(1)), Decimal(-1)))
        begin, end = sorted((scale.at(0), scale.at(share)))
        ink = _INKS.get(margin.verdict, OPEN)
        canvas.text(_LEFT - 8, y + 8, _cut(margin.name, 40), anchor="end", size=8)
        canvas.bar(begin, y + 1.5, end - begin, 7.5, ink)
        words = load_strings()[f"verdict.{margin.verdict}"]
        percent = f"{margin.share * 100:.1f} %".replace("-", "−")
        canvas.text(_RIGHT, y + 8, f"{percent} · {margin.arithmetic} · {words['zh']} {words['en']}", size=8, ink=ink)
    if rest:
        canvas.text(_LEFT, bottom + 14, both(text("plot.margins_more", count=rest)), size=8, ink=SOFT)
    return canvas.svg()


def _plain(value: Decimal) -> str:
    plain = f"{value.quantize(Decimal('1e-6')).normalize():f}" if value.as_tuple().exponent < -6 else f"{value:f}"  # type: ignore[operator]
    return plain if plain not in ("-0", "") else "0"


def _cut(words: str, length: int) -> str:
    return words if len(words) <= length else words[: length - 1] + "…"
