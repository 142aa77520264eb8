"""The arithmetic behind the decision on a number: value, limit, U, k, guard band, acceptance limit, outcome."""

from __future__ import annotations

from decimal import Decimal

from harness.case.documents import CheckDoc, CriterionDoc, DecisionDoc
from harness.report.strings import text
from harness.report.units import shown_uncertainty, symbol

__all__ = ["arithmetic_of", "uncertainty_ratio"]

RATIO_WANTED = 3
"""Below it the uncertainty takes so much of the tolerance that the sheet says so."""


def arithmetic_of(check: CheckDoc) -> str:
    """The decision on a numeric check in one line; empty for a check without a number.

    The value has the digits that were compared, not those of the row above: limits are compared with full values.
    """
    value, criterion, decision = check["value"], check["criterion"], check["decision"]
    if value is None or decision is None or (criterion["lower"] is None and criterion["upper"] is None):
        return ""
    unit = symbol(value["unit"])
    known = _both("decision.without_u")
    if value["U"] is not None:
        known = f"U = {shown_uncertainty(value['U'], value['unit'])}, k = {value['k']}"
    parts = [
        f"y = {_with(_plain(value['v']), unit)}",
        known,
        f"{decision['rule']}: w = {_with(_plain(decision['w']), unit)}",
        *_acceptance(criterion, decision, unit),
        _outcome(value["v"], decision),
    ]
    if (ratio := uncertainty_ratio(check)) is not None and ratio < RATIO_WANTED:
        parts.append(_both("decision.ratio", ratio=f"{ratio:.2f}"))
    return "; ".join(parts)


def uncertainty_ratio(check: CheckDoc) -> Decimal | None:
    """Test uncertainty ratio: the tolerance to 2U, one-sided the limit to U over a third; ``None`` without U or limit."""
    value, criterion = check["value"], check["criterion"]
    if value is None or value["U"] is None or not (expanded := Decimal(value["U"])):
        return None
    lower, upper = criterion["lower"], criterion["upper"]
    if lower is not None and upper is not None:
        return (Decimal(upper) - Decimal(lower)) / (2 * expanded)
    limit = upper if upper is not None else lower
    # One-sided, a tenth of the limit is what a sixth of the tolerance is where there are two.
    return abs(Decimal(limit)) * RATIO_WANTED / (10 * expanded) if limit is not None and Decimal(limit) else None


def _acceptance(criterion: CriterionDoc, decision: DecisionDoc, unit: str) -> list[str]:
    guard = _plain(decision["w"])
    lines = []
    for name, limit, sign, accepted in (
        ("lower", criterion["lower"], "+", decision["acceptance_lower"]),
        ("upper", criterion["upper"], "−", decision["acceptance_upper"]),
    ):
        if limit is not None and accepted is not None:
            mark = "AL" if criterion["lower"] is None or criterion["upper"] is None else f"AL({name})"
            lines.append(f"{mark} = {_plain(limit)} {sign} {guard} = {_with(_plain(accepted), unit)}")
    return lines


def _outcome(value: str, decision: DecisionDoc) -> str:
    if decision["conformity"] is None:
        return _both("decision.not_fit")
    lower, upper = decision["acceptance_lower"], decision["acceptance_upper"]
    low = "" if lower is None else f"{_plain(lower)} {'≤' if Decimal(lower) <= Decimal(value) else '>'} "
    high = "" if upper is None else f" {'≤' if Decimal(value) <= Decimal(upper) else '>'} {_plain(upper)}"
    words = _both(f"decision.{decision['conformity']}")
    return f"{low}{_plain(value)}{high}: {words}"


def _both(key: str, **values: object) -> str:
    words = text(key, **values)
    return f"{words['zh']} {words['en']}"


def _with(number: str, unit: str) -> str:
    return f"{number} {unit}".strip()


def _plain(number: str) -> str:
    """The exact number, without an exponent unless it is tiny."""
    value = Decimal(number)
    return f"{value:f}" if value == 0 or value.adjusted() > -7 else f"{value:e}"
