"""Budgets of the time intervals that were judged: for each time base and kind, that of the longest one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal

from pydantic import JsonValue

from harness.case.documents import ResultsDoc, Text
from harness.core import COVERAGE_FACTOR, TimeBase, combined, ns_from
from harness.report.pages.bench.conditions import runs_of
from harness.report.pages.uncertainty.measurands import Kind, Quantity
from harness.report.strings import text
from harness.report.view import Table

__all__ = ["BUDGET_HEADER", "both", "budget_table", "interval_budgets", "scaled_ns"]

BUDGET_HEADER = ("source", "model", "input", "standard", "share")
_SCALES = (("s", 10**9), ("ms", 10**6), ("µs", 10**3), ("ns", 1))


def interval_budgets(results: ResultsDoc, quantities: Sequence[Quantity]) -> list[Table]:
    """A budget for each kind of interval on each time base; the longest interval has the largest uncertainty."""
    tables = []
    for clock, runs in _clocks(results):
        for kind in ("interval", "period"):
            judged = [each for each in quantities if each.kind == kind and each.run in runs]
            if judged:
                tables.append(_budget(clock, kind, judged))
    return tables


def budget_table(title: Text, rows: Iterable[tuple[str, str, str, float]], shown: Mapping[str, str], note: Text | None = None) -> Table:
    """Contributions (source, model, input, standard uncertainty) with their shares of the variance, and the two sums.

    *shown* gives the printed form of each standard uncertainty by source, and under ``combined`` and ``expanded``.
    """
    rows = list(rows)
    variance = combined(u for *_, u in rows) ** 2
    lines = [
        (source, model, value, shown[source], f"{100 * u * u / variance:.1f} %" if variance else "—") for source, model, value, u in rows
    ]
    lines.append((both("uncertainty.combined"), "√Σu²", "", shown["combined"], "100 %"))
    lines.append((both("uncertainty.expanded"), f"k = {COVERAGE_FACTOR}", "", shown["expanded"], ""))
    return Table([text(f"uncertainty.{key}") for key in BUDGET_HEADER], lines, title, note=note)


def both(key: str, **values: object) -> str:
    """A text in both languages on one line."""
    words = text(key, **values)
    return f"{words['zh']} {words['en']}".strip()


def scaled_ns(duration_ns: float) -> str:
    """A duration with four significant figures in the unit that suits it."""
    name, factor = next(((name, factor) for name, factor in _SCALES if duration_ns >= factor), _SCALES[-1])
    return f"{duration_ns / factor:.4g} {name}"


def _budget(clock: Mapping[str, JsonValue], kind: Kind, judged: Sequence[Quantity]) -> Table:
    longest = max(judged, key=_duration_ns)
    duration_ns = _duration_ns(longest)
    base = TimeBase(**clock)  # type: ignore[arg-type]  # written by the run from a time base
    parts = base.components_ns(duration_ns)
    inputs = {
        "resolution": ("q/√6", f"q = {scaled_ns(base.resolution_ns)}"),
        "stamp": ("√2·a/√3", f"a = {scaled_ns(base.accuracy_ns)}"),
        "drift": ("e·Δt/√3", f"e = {base.drift_ppm:g} ppm"),
    }
    rows = [(both(f"uncertainty.from_{name}"), *inputs[name], u) for name, u in parts.items()]
    shown = {both(f"uncertainty.from_{name}"): scaled_ns(u) for name, u in parts.items()}
    expanded = base.interval_uncertainty_ns(duration_ns)
    shown |= {"combined": scaled_ns(expanded / COVERAGE_FACTOR), "expanded": f"U = {scaled_ns(expanded)}"}
    name = text(f"measurand.{kind}")
    title = text(
        "uncertainty.budget", kind_zh=name["zh"], kind_en=name["en"], duration=scaled_ns(duration_ns), source=base.source,
        id=longest.row["id"], check=longest.check["name"],
    )  # fmt: skip
    return budget_table(title, rows, shown, text("uncertainty.negligible"))


def _duration_ns(quantity: Quantity) -> int:
    value = quantity.check["value"]
    assert value is not None
    return abs(ns_from(Decimal(value["v"]), value["unit"]))


def _clocks(results: ResultsDoc) -> Iterator[tuple[Mapping[str, JsonValue], Sequence[str]]]:
    """The time bases of the runs, each once, with the names of the runs that used it."""
    found: list[tuple[Mapping[str, JsonValue], list[str]]] = []
    for run in runs_of(results):
        clock = run["rig"]["clock"]
        if clock is None:
            continue
        names = next((names for known, names in found if known == clock), None)
        if names is None:
            names = []
            found.append((clock, names))
        names.append(run.get("name", ""))
    yield from found
