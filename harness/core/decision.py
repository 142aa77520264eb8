"""Decision rules: from value, limit and uncertainty to conformity (ILAC-G8:09/2019, JCGM 106)."""

from __future__ import annotations

import enum
import math
from dataclasses import dataclass
from decimal import Decimal

from harness.core.verdict import Reason, Verdict

__all__ = ["Conformity", "Criterion", "Decision", "DecisionRule", "decide"]


class DecisionRule(enum.StrEnum):
    """How the measurement uncertainty enters a statement of conformity."""

    SIMPLE = "SIMPLE"
    """Simple acceptance: the limit itself decides."""
    GUARD_U = "GUARD_U"
    """Guarded acceptance with guard band U, binary."""
    NONBINARY_U = "NONBINARY_U"
    """Guard band U on both sides of the limit: conditional results are inconclusive."""


class Conformity(enum.StrEnum):
    """Statement about one numeric value."""

    PASS = "pass"
    CONDITIONAL_PASS = "conditional_pass"
    CONDITIONAL_FAIL = "conditional_fail"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Criterion:
    """An interval that the value must lie in, bounds included. ``None`` leaves a side open."""

    lower: Decimal | None
    upper: Decimal | None
    unit: str
    """UCUM code (``s``, ``V``, ``%``, ``1``)."""

    @property
    def kind(self) -> str:
        """``upper``, ``lower`` or ``between``."""
        if self.lower is None:
            return "upper"
        return "lower" if self.upper is None else "between"

    def __str__(self) -> str:
        unit = "" if self.unit == "1" else f" {self.unit}"
        if self.lower is None:
            return f"<= {self.upper:f}{unit}" if self.upper is not None else "no bound"
        if self.upper is None:
            return f">= {self.lower:f}{unit}"
        return f"{self.lower:f}..{self.upper:f}{unit}"


@dataclass(frozen=True, slots=True)
class Decision:
    """Outcome of a rule with what an auditor needs to recompute it."""

    rule: DecisionRule
    guard: Decimal
    """Width w of the guard band."""
    accept_lower: Decimal | None
    accept_upper: Decimal | None
    conformity: Conformity | None
    """``None`` if the method does not fit the limit."""
    p_conform: float | None
    """Probability of conformity for a normal error, ``None`` without U."""
    verdict: Verdict
    reason: Reason | None


def decide(value: Decimal, criterion: Criterion, uncertainty: Decimal | None, rule: DecisionRule) -> Decision:
    """Apply *rule* to *value*; *uncertainty* is U with k = 2 in the unit of the criterion.

    Raises:
        ValueError: the criterion has no bound, a rule with a guard band has no U, or the value is no finite number.
    """
    lower, upper = criterion.lower, criterion.upper
    if lower is None and upper is None:
        raise ValueError("a criterion needs at least one bound")
    if uncertainty is None and rule is not DecisionRule.SIMPLE:
        raise ValueError(f"rule {rule} needs an uncertainty")
    if not value.is_finite():
        raise ValueError(f"'{value}' cannot be compared with a limit")
    guard = Decimal(0) if rule is DecisionRule.SIMPLE or uncertainty is None else uncertainty
    accept_lower = None if lower is None else lower + guard
    accept_upper = None if upper is None else upper - guard
    p_conform = None if not uncertainty else _probability(value, criterion, float(uncertainty) / 2)

    def result(conformity: Conformity | None, verdict: Verdict, reason: Reason | None = None) -> Decision:
        return Decision(rule, guard, accept_lower, accept_upper, conformity, p_conform, verdict, reason)

    if uncertainty is not None and _unresolvable(criterion, uncertainty):
        return result(None, Verdict.INCONC, Reason.METHOD_NOT_FIT)
    if _inside(value, accept_lower, accept_upper):
        return result(Conformity.PASS, Verdict.PASS)
    if rule is not DecisionRule.NONBINARY_U:
        return result(Conformity.FAIL, Verdict.FAIL)
    if _inside(value, lower, upper):
        return result(Conformity.CONDITIONAL_PASS, Verdict.INCONC, Reason.GUARD_BAND)
    reject_lower = None if lower is None else lower - guard
    reject_upper = None if upper is None else upper + guard
    if _inside(value, reject_lower, reject_upper):
        return result(Conformity.CONDITIONAL_FAIL, Verdict.INCONC, Reason.GUARD_BAND)
    return result(Conformity.FAIL, Verdict.FAIL)


def _inside(value: Decimal, lower: Decimal | None, upper: Decimal | None) -> bool:
    return (lower is None or value >= lower) and (upper is None or value <= upper)


def _unresolvable(criterion: Criterion, uncertainty: Decimal) -> bool:
    """Whether the acceptance zone is empty: TU - TL <= 2U, or one-sided upper TL <= U."""
    if uncertainty == 0:
        # Without an error there is always a zone; a point interval is an identity of discrete values.
        return False
    if criterion.lower is not None and criterion.upper is not None:
        return criterion.upper - criterion.lower <= 2 * uncertainty
    return criterion.upper is not None and Decimal(0) < criterion.upper <= uncertainty


def _probability(value: Decimal, criterion: Criterion, standard_uncertainty: float) -> float:
    def phi(limit: Decimal) -> float:
        return 0.5 * (1 + math.erf((float(limit - value) / standard_uncertainty) / math.sqrt(2)))

    above = 1.0 if criterion.upper is None else phi(criterion.upper)
    below = 0.0 if criterion.lower is None else phi(criterion.lower)
    return above - below
