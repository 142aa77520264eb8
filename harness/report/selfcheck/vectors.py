"""Decision rules, uncertainty budgets and rounding against numbers that are known."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import TypedDict, cast

from harness.core import (
    COVERAGE_FACTOR,
    Criterion,
    DecisionRule,
    Reason,
    TimeBase,
    Verdict,
    combined,
    decide,
    from_expanded,
    global_risk,
    rectangular,
    resolution,
    round_up,
)
from harness.report.units import quantity

__all__ = [
    "VECTORS_FILE",
    "InstrumentRow",
    "RiskRow",
    "Trial",
    "Vectors",
    "check_budgets",
    "check_decisions",
    "check_risks",
    "check_rounding",
    "read_vectors",
    "reading_components",
]

VECTORS_FILE = Path(__file__).with_name("vectors.toml")

Trial = tuple[str, str]
"""Name of one comparison and what was wrong with it; nothing was if that is empty."""


class _Decision(TypedDict, total=False):
    name: str
    lower: str
    upper: str
    unit: str
    U: str
    rows: list[list[str]]
    value: str


class InstrumentRow(TypedDict):
    """Budget of a reading of an instrument, in its unit."""

    name: str
    unit: str
    accuracy: float
    """Half width of the stated accuracy."""
    calibration: float
    """Expanded uncertainty of its calibration, k = 2."""
    resolution: float
    repeatability: float
    """Standard deviation."""
    components: list[str]
    combined: str
    U: str


class RiskRow(TypedDict):
    """Global risk of a production under several rules."""

    name: str
    mean: float
    spread: float
    u: float
    lower: float
    upper: float
    rows: list[list[str]]


class Vectors(TypedDict):
    """Content of the file."""

    decision: list[_Decision]
    unfit: list[_Decision]
    risk: list[dict[str, str]]
    budget: list[dict[str, object]]
    instrument: list[InstrumentRow]
    global_risk: list[RiskRow]
    printed: list[dict[str, str]]
    rounded_up: list[dict[str, str]]


def read_vectors(file: Path = VECTORS_FILE) -> Vectors:
    """The known numbers."""
    return cast("Vectors", tomllib.loads(file.read_text(encoding="utf-8")))


def check_decisions(vectors: Vectors) -> Iterator[Trial]:
    """Conformity and its probability under each rule, and limits that no measurement of the kind can decide."""
    for table in vectors["decision"]:
        criterion, uncertainty = _criterion(table), Decimal(table["U"])
        for value, *expected, probability in table["rows"]:
            for rule, conformity in zip(DecisionRule, expected, strict=True):
                found = decide(Decimal(value), criterion, uncertainty, rule)
                told = (found.conformity and found.conformity.value, _digits(found.p_conform or 0, probability))
                yield f"{table['name']}: {value} under {rule}", _miss(told, (conformity, probability))
    for table in vectors["unfit"]:
        for rule in DecisionRule:
            found = decide(Decimal(table["value"]), _criterion(table), Decimal(table["U"]), rule)
            yield f"{table['name']} under {rule}", _miss((found.verdict, found.reason), (Verdict.INCONC, Reason.METHOD_NOT_FIT))


def check_risks(vectors: Vectors) -> Iterator[Trial]:
    """Probability of false acceptance of a value on the acceptance limit, and the global risk of a production."""
    limit, uncertainty = Decimal(100), Decimal(1)
    for row in vectors["risk"]:
        found = decide(limit - Decimal(row["guard"]) * uncertainty, Criterion(None, limit, "1"), uncertainty, DecisionRule.SIMPLE)
        yield f"guard band {row['guard']} U", _miss(f"{1 - (found.p_conform or 0):.4f}", row["pfa"])
    for table in vectors["global_risk"]:
        for rule, guard, *expected in table["rows"]:
            risk = global_risk(table["mean"], table["spread"], table["u"], (table["lower"], table["upper"]), float(guard))
            found_risks = [_digits(risk.false_acceptance, expected[0]), _digits(risk.false_rejection, expected[1])]
            yield f"{table['name']} under {rule}", _miss(found_risks, expected)


def check_budgets(vectors: Vectors) -> Iterator[Trial]:
    """Uncertainty of intervals and of readings."""
    for row in vectors["budget"]:
        clock = cast("Mapping[str, float]", row["clock"])
        base = TimeBase("interface", clock["resolution_ns"], clock["accuracy_ns"], clock["drift_ppm"])
        interval_ns, unit_ns = cast("int", row["interval_ns"]), cast("int", row["unit_ns"])
        expected = cast("list[str]", row["components"])
        for (name, found), text in zip(base.components_ns(interval_ns).items(), expected, strict=True):
            yield f"{row['name']}: {name}", _miss(_digits(found / unit_ns, text), text)
        yield from _sums(str(row["name"]), base.interval_uncertainty_ns(interval_ns) / unit_ns, str(row["combined"]), str(row["U"]))
    for reading in vectors["instrument"]:
        parts = reading_components(reading)
        for (name, found), text in zip(parts.items(), reading["components"], strict=True):
            yield f"{reading['name']}: {name}", _miss(_digits(found, text), text)
        yield from _sums(reading["name"], COVERAGE_FACTOR * combined(parts.values()), reading["combined"], reading["U"])


def reading_components(row: InstrumentRow) -> dict[str, float]:
    """Standard uncertainties of a reading, in its unit."""
    return {
        "accuracy": rectangular(row["accuracy"]),
        "calibration": from_expanded(row["calibration"]),
        "resolution": resolution(row["resolution"]),
        "repeatability": row["repeatability"],
    }


def check_rounding(vectors: Vectors) -> Iterator[Trial]:
    """Numbers as they are printed."""
    for row in vectors["printed"]:
        yield f"{row['value']} with U = {row['U']}", _miss(quantity(row["value"], "1", row["U"]), row["shown"])
    for row in vectors["rounded_up"]:
        yield f"U = {row['value']}", _miss(Decimal(round_up(Decimal(row["value"]))), Decimal(row["shown"]))


Group = Callable[[Vectors], Iterator[Trial]]


def _sums(name: str, expanded: float, known_combined: str, known_expanded: str) -> Iterator[Trial]:
    yield f"{name}: combined", _miss(_digits(expanded / COVERAGE_FACTOR, known_combined), known_combined)
    yield f"{name}: U", _miss(_digits(expanded, known_expanded), known_expanded)


def _criterion(table: _Decision) -> Criterion:
    lower, upper = table.get("lower"), table.get("upper")
    return Criterion(None if lower is None else Decimal(lower), None if upper is None else Decimal(upper), table.get("unit", "1"))


def _digits(value: float, like: str) -> str:
    """*value* with as many decimal places as *like* has."""
    return f"{value:.{len(like.partition('.')[2])}f}"


def _miss(found: object, expected: object) -> str:
    return "" if found == expected else f"gives {found}, known is {expected}"
