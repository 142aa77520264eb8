"""Checks that share a line on paper: nothing of them is lost, and nothing that was not met is among them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.report.pages.sheets import verdict_view
from harness.report.pages.sheets.brief import brief_rules, brief_steps
from harness.report.view import CheckView, StepView

WORDS = {"zh": "", "en": ""}
CHECK = CheckView(
    name="CRM reached", criterion="CRM", observed="CRM", uncertainty="", rule="", p_conform="", statistics="", frames="1",
    verdict=verdict_view("pass"), note="", measured=False, brief=True, arithmetic="",
)  # fmt: skip


def _step(number: int, *checks: CheckView) -> StepView:
    return StepView(number, WORDS, WORDS, WORDS, verdict_view("pass"), "", checks)


def test_checks_of_a_step_share_a_line_and_others_do_not() -> None:
    own = replace(CHECK, name="BHM time", brief=False)
    lines = brief_steps([_step(1, CHECK, own, replace(CHECK, name="BEM seen", observed="0", criterion="0")), _step(2, own)])
    assert [(line.step, line.checks) for line in lines] == [("1", ["CRM reached", "BEM seen: 0"])]


def test_checks_of_the_whole_case_are_collected_by_rule() -> None:
    judges = [replace(CHECK, name=name, observed="8 B", criterion="= 8 B") for name in ("F2 BHM length", "F5 BHM period", "F2 BRM length")]
    lines = brief_rules(judges)
    assert [(line.step, line.rule, line.checks) for line in lines] == [
        ("", "F2", ["BHM length: 8 B", "BRM length: 8 B"]),
        ("", "F5", ["BHM period: 8 B"]),
    ]


def test_measured_value_keeps_limit_uncertainty_and_statistics() -> None:
    period = replace(
        CHECK, name="F5 BCL period", criterion="45 – 55 ms", observed="50.1 ms", uncertainty="16 µs", measured=True, statistics="n = 40"
    )
    assert brief_rules([period])[0].checks == ["BCL period: 50.1 ms (45 – 55 ms; U = 16 µs; n = 40)"]


@pytest.mark.parametrize(("second", "printed"), [("all 1", "BST bits: 8 messages"), ("all 0", "BST bits: 8 messages (all 0)")])
def test_criterion_of_the_check_before_is_not_repeated(second: str, printed: str) -> None:
    judges = [
        replace(CHECK, name=f"F4 {name} bits", observed="8 messages", criterion=text) for name, text in (("BSM", "all 1"), ("BST", second))
    ]
    assert brief_rules(judges)[0].checks == ["BSM bits: 8 messages (all 1)", printed]
