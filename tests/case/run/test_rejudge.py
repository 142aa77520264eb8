"""Re-judging from a record alone."""

from __future__ import annotations

import copy
from decimal import Decimal
from typing import Any

import pytest

from harness.case.run.record import check_document
from harness.case.run.rejudge import rejudge_check, rejudge_record
from harness.core import Criterion, DecisionRule, Reason, Severity, judge_number


def judged(value: str = "49.90", rule: DecisionRule = DecisionRule.GUARD_U, **more: Any) -> Any:
    check = judge_number("BCL period", Decimal(value), Criterion(None, Decimal(50), "ms"), uncertainty=Decimal("0.14"), rule=rule, **more)
    return check_document(check.at_step(1))


@pytest.mark.parametrize("value", ["48.70", "49.86", "49.90", "50.00", "50.06", "50.14", "50.20"])
@pytest.mark.parametrize("rule", list(DecisionRule))
def test_a_check_as_it_was_judged_holds(value: str, rule: DecisionRule) -> None:
    assert list(rejudge_check(judged(value, rule))) == []


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        (("value", "v"), "49.10", "prints '49.90 ms'"),
        (("value", "U"), "0.01", "w is '0.14', computed '0.01'"),
        (("criterion", "upper"), "60", "acceptance_upper is '49.86', computed '59.86'"),
        (("decision", "conformity"), "pass", "conformity is 'pass', computed 'fail'"),
        (("decision", "p_conform"), "1.000000", "p_conform"),
        (("verdict",), "pass", "states pass, value, limit, U and rule give fail"),
    ],
)
def test_every_member_of_a_decision_is_computed_again(path: tuple[str, ...], value: str, told: str) -> None:
    check = copy.deepcopy(judged())
    node = check
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = value
    assert any(told in line for line in rejudge_check(check))


def test_a_spoiled_and_a_softened_check_hold() -> None:
    number = judge_number("BCL period", Decimal(60), Criterion(None, Decimal(50), "ms"), uncertainty=Decimal("0.14"))
    assert list(rejudge_check(check_document(number.inconclusive(Reason.TESTER_JITTER, "")))) == []
    assert list(rejudge_check(judged("60", severity=Severity.WARNING))) == []


def test_steps_and_verdict_follow_from_the_checks() -> None:
    check = judged()
    step = {"n": 1, "state": "done", "verdict": "fail", "t_s": "0", "checks": [0]}
    record: Any = {"checks": [check], "steps": [step], "verdict": "fail"}
    assert list(rejudge_record(record)) == []
    assert list(rejudge_record({**record, "verdict": "pass"})) == [
        "states pass, its checks give fail",
        "states pass, but not every step passed",
    ]
    assert list(rejudge_record({**record, "steps": [{**step, "verdict": "pass"}]})) == ["step 1: states pass, its checks give fail"]
    assert list(rejudge_record({**record, "steps": [{**step, "checks": [7]}]})) == ["step 1: names checks that are not its own"]
