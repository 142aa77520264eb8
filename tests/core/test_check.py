"""Checks: what a miss costs by severity, and what is recorded of it."""

from decimal import Decimal

import pytest

from harness.core import Criterion, DecisionRule, Finding, Reason, Severity, Verdict, judge_number, judge_quality

UPPER = Criterion(None, Decimal(50), "ms")


def test_a_number_is_recorded_with_value_limit_and_decision():
    check = judge_number("T", Decimal("49.9"), UPPER, uncertainty=Decimal("0.14"), rule=DecisionRule.GUARD_U, frames=(3, 4), t_ns=7)
    assert (check.verdict, check.observed, check.expected) == (Verdict.FAIL, "49.9 ms", "<= 50 ms")
    assert (check.value, check.uncertainty, check.frames, check.t_ns) == (Decimal("49.9"), Decimal("0.14"), (3, 4), 7)
    assert check.decision is not None
    assert check.is_numeric
    assert check.decision.accept_upper == Decimal("49.86")


@pytest.mark.parametrize("severity", [Severity.WARNING, Severity.INFO])
def test_a_missed_recommendation_is_a_finding_and_no_fail(severity: Severity):
    check = judge_number("T", Decimal(51), UPPER, severity=severity, frames=(9,), t_ns=5)
    assert check.verdict is Verdict.PASS
    assert check.findings == (Finding("T: 51 ms, expected <= 50 ms", 5, 9, severity, "T"),)
    other = judge_quality("Q", False, observed="0x00", expected="0xFF", severity=severity)
    assert other.verdict is Verdict.PASS
    assert [finding.text for finding in other.findings] == ["Q: 0x00, expected 0xFF"]


@pytest.mark.parametrize("severity", [Severity.WARNING, Severity.INFO])
def test_a_recommendation_that_cannot_be_judged_takes_no_verdict_away(severity: Severity):
    check = judge_number("T", Decimal(1), UPPER, uncertainty=Decimal(60), severity=severity)
    assert (check.verdict, check.reason, check.findings) == (Verdict.NONE, Reason.METHOD_NOT_FIT, ())
    met = judge_quality("Q", True, observed="x", expected="x", severity=severity)
    assert met.inconclusive(Reason.NO_TIMEBASE, "no clock").verdict is Verdict.NONE


def test_a_requirement_that_cannot_be_judged_is_inconclusive():
    check = judge_number("T", Decimal(1), UPPER, uncertainty=Decimal(60))
    assert (check.verdict, check.reason) == (Verdict.INCONC, Reason.METHOD_NOT_FIT)
    spoiled = judge_quality("Q", True, observed="x", expected="x").inconclusive(Reason.TESTER_JITTER, "3 ms")
    assert (spoiled.verdict, spoiled.reason, spoiled.note, spoiled.observed) == (Verdict.INCONC, Reason.TESTER_JITTER, "3 ms", "x")


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity"])
def test_what_is_no_number_is_inconclusive(value: str):
    check = judge_number("T", Decimal(value), UPPER, frames=(2,), t_ns=1)
    assert (check.verdict, check.reason, check.observed, check.value) == (Verdict.INCONC, Reason.NO_VALUE, value, None)
    assert (check.frames, check.is_numeric) == ((2,), False)


def test_without_an_uncertainty_the_row_says_so_and_accepts_simply():
    check = judge_number("T", Decimal(50), UPPER, rule=DecisionRule.GUARD_U, note="worst of 3")
    assert check.decision is not None
    assert check.decision.rule is DecisionRule.SIMPLE
    assert (check.verdict, check.note) == (Verdict.PASS, "worst of 3; U not evaluated, simple acceptance")


def test_a_plain_number_is_printed_without_unit_and_exponent():
    check = judge_number("n", Decimal("1E+2"), Criterion(None, Decimal(5), "1"), severity=Severity.WARNING)
    assert check.observed == "100"
    assert check.findings[0].text == "n: 100, expected <= 5"


def test_a_check_moves_to_its_step_unchanged():
    check = judge_quality("Q", True, observed="x", expected="x")
    assert check.step is None
    assert check.at_step(3).step == 3
    assert check.at_step(3).observed == "x"
