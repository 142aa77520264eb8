"""Decision rules against the worked vectors A, B and C of lab_report.md section 5, and their guards."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core import Conformity, Criterion, DecisionRule, Reason, Verdict, decide

PERIOD = Criterion(None, Decimal(50), "ms")
VOLTAGE = Criterion(Decimal(595), Decimal(605), "V")

# y, SIMPLE, GUARD_U, NONBINARY_U, p_c
VECTORS_A = [
    ("48.70", "pass", "pass", "pass", "1.000000"),
    ("49.86", "pass", "pass", "pass", "0.977250"),
    ("49.90", "pass", "fail", "conditional_pass", "0.923436"),
    ("50.00", "pass", "fail", "conditional_pass", "0.500000"),
    ("50.06", "fail", "fail", "conditional_fail", "0.195683"),
    ("50.14", "fail", "fail", "conditional_fail", "0.022750"),
    ("50.20", "fail", "fail", "fail", "0.002137"),
]
VECTORS_B = [
    ("600.0", "pass", "pass", "pass", "1.000000"),
    ("604.1", "pass", "pass", "pass", "0.977250"),
    ("604.2", "pass", "fail", "conditional_pass", "0.962280"),
    ("605.4", "fail", "fail", "conditional_fail", "0.187031"),
    ("606.0", "fail", "fail", "fail", "0.013134"),
]
VECTORS_C = [
    ("604.40", "pass", "pass", "pass", "0.97725"),
    ("604.41", "pass", "fail", "conditional_pass", "0.97539"),
    ("595.60", "pass", "pass", "pass", "0.97725"),
    ("605.00", "pass", "fail", "conditional_pass", "0.50000"),
    ("605.61", "fail", "fail", "fail", "0.02101"),
]
VECTORS = [
    *((PERIOD, "0.14", *row) for row in VECTORS_A),
    *((VOLTAGE, "0.9", *row) for row in VECTORS_B),
    *((VOLTAGE, "0.60", *row) for row in VECTORS_C),
]
CONDITIONAL = {"conditional_pass": Verdict.INCONC, "conditional_fail": Verdict.INCONC, "pass": Verdict.PASS, "fail": Verdict.FAIL}


@pytest.mark.parametrize(("criterion", "u", "y", "simple", "guard", "nonbinary", "p"), VECTORS)
def test_worked_vectors(criterion: Criterion, u: str, y: str, simple: str, guard: str, nonbinary: str, p: str):
    rules = (DecisionRule.SIMPLE, DecisionRule.GUARD_U, DecisionRule.NONBINARY_U)
    for rule, expected in zip(rules, (simple, guard, nonbinary), strict=True):
        decision = decide(Decimal(y), criterion, Decimal(u), rule)
        assert decision.conformity == Conformity(expected), rule
        assert decision.verdict is CONDITIONAL[expected], rule
        assert decision.reason is (Reason.GUARD_BAND if "conditional" in expected else None), rule
        assert decision.p_conform is not None
        assert f"{decision.p_conform:.{len(p) - 2}f}" == p, rule


def test_the_acceptance_limits_are_those_of_the_tables():
    assert decide(Decimal(1), PERIOD, Decimal("0.14"), DecisionRule.GUARD_U).accept_upper == Decimal("49.86")
    decision = decide(Decimal(600), VOLTAGE, Decimal("0.9"), DecisionRule.GUARD_U)
    assert (decision.accept_lower, decision.accept_upper, decision.guard) == (Decimal("595.9"), Decimal("604.1"), Decimal("0.9"))
    simple = decide(Decimal(600), VOLTAGE, Decimal("0.9"), DecisionRule.SIMPLE)
    assert (simple.accept_lower, simple.accept_upper, simple.guard) == (Decimal(595), Decimal(605), Decimal(0))


@pytest.mark.parametrize("rule", list(DecisionRule))
@pytest.mark.parametrize(
    ("criterion", "u"),
    [
        (VOLTAGE, "5"),
        (VOLTAGE, "7.5"),
        (PERIOD, "50"),
        (PERIOD, "51"),
        (Criterion(Decimal(3), Decimal(3), "V"), "0.1"),
    ],
)
def test_a_limit_finer_than_the_method_is_not_judged_whatever_the_rule(rule: DecisionRule, criterion: Criterion, u: str):
    decision = decide(Decimal(600), criterion, Decimal(u), rule)
    assert (decision.verdict, decision.reason, decision.conformity) == (Verdict.INCONC, Reason.METHOD_NOT_FIT, None)


@pytest.mark.parametrize(("criterion", "u"), [(VOLTAGE, "4.99"), (PERIOD, "49.99"), (Criterion(Decimal(2), None, "V"), "3")])
def test_a_limit_just_coarser_than_the_method_is_judged(criterion: Criterion, u: str):
    decision = decide(Decimal(600), criterion, Decimal(u), DecisionRule.SIMPLE)
    assert decision.reason is not Reason.METHOD_NOT_FIT


def test_a_point_is_an_identity_as_long_as_there_is_no_uncertainty():
    point = Criterion(Decimal(8), Decimal(8), "By")
    assert decide(Decimal(8), point, None, DecisionRule.SIMPLE).verdict is Verdict.PASS
    assert decide(Decimal(7), point, None, DecisionRule.SIMPLE).verdict is Verdict.FAIL
    assert decide(Decimal(8), point, Decimal(0), DecisionRule.GUARD_U).verdict is Verdict.PASS


def test_rules_and_criteria_without_what_they_need_are_refused():
    with pytest.raises(ValueError, match="at least one bound"):
        decide(Decimal(1), Criterion(None, None, "V"), None, DecisionRule.SIMPLE)
    with pytest.raises(ValueError, match="GUARD_U needs an uncertainty"):
        decide(Decimal(1), PERIOD, None, DecisionRule.GUARD_U)
    with pytest.raises(ValueError, match="'NaN' cannot be compared"):
        decide(Decimal("NaN"), PERIOD, None, DecisionRule.SIMPLE)


tenths = st.integers(-2_000, 2_000).map(lambda n: Decimal(n) / 10)
widths = st.integers(1, 500).map(lambda n: Decimal(n) / 10)


@given(tenths, tenths, widths, widths)
def test_rules_order_as_their_risk_does(value: Decimal, lower: Decimal, width: Decimal, u: Decimal):
    """What guarded acceptance passes, simple acceptance passes; the non-binary rule splits both sides."""
    criterion = Criterion(lower, lower + width, "V")
    simple, guard, split = (decide(value, criterion, u, rule) for rule in DecisionRule)
    if simple.reason is Reason.METHOD_NOT_FIT:
        assert guard.reason is split.reason is Reason.METHOD_NOT_FIT
        return
    assert not (guard.verdict is Verdict.PASS and simple.verdict is Verdict.FAIL)
    assert (split.conformity is Conformity.PASS) == (guard.conformity is Conformity.PASS)
    assert (split.conformity in (Conformity.PASS, Conformity.CONDITIONAL_PASS)) == (simple.conformity is Conformity.PASS)


@given(tenths, tenths, widths)
def test_both_bounds_are_included(lower: Decimal, value: Decimal, width: Decimal):
    criterion = Criterion(lower, lower + width, "V")
    inside = lower <= value <= lower + width
    assert (decide(value, criterion, None, DecisionRule.SIMPLE).verdict is Verdict.PASS) == inside
    for bound in (lower, lower + width):
        assert decide(bound, criterion, None, DecisionRule.SIMPLE).verdict is Verdict.PASS


def test_a_criterion_prints_without_exponents():
    assert str(Criterion(None, Decimal("1E+3"), "V")) == "<= 1000 V"
    assert str(Criterion(Decimal("5E-7"), None, "s")) == ">= 0.0000005 s"
    assert str(Criterion(Decimal(2), Decimal(3), "1")) == "2..3"
    assert [Criterion(*bounds, "V").kind for bounds in ((None, Decimal(1)), (Decimal(1), None), (Decimal(1), Decimal(1)))] == [
        "upper",
        "lower",
        "between",
    ]
