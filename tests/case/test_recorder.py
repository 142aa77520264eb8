"""What a case records, and the one verdict that follows from it."""

from __future__ import annotations

from decimal import Decimal
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.case.metadata import StepPlan
from harness.case.recorder import CaseRecorder
from harness.core import (
    ConfigError,
    DecisionRule,
    ExpectationFailed,
    Inconclusive,
    Limit,
    LocalProtocolError,
    Message,
    NodeError,
    Reason,
    RemoteProtocolError,
    RigError,
    TimeBase,
    Verdict,
    judge_quality,
    ms,
    us,
    worst,
)

CLOCK = TimeBase("interface", us(1), us(10), 50)


def _recorder(steps: int = 2, *, clock: TimeBase | None = CLOCK, rule: DecisionRule = DecisionRule.SIMPLE, link: str = "") -> CaseRecorder:
    plan = [StepPlan(n, f"do {n}", f"see {n}", n) for n in range(1, steps + 1)]
    return CaseRecorder(plan, now_ns=lambda: ms(7), time_base=clock, rule=rule, link=link)


def _step(recorder: CaseRecorder, number: int):
    return recorder.step(number, f"do {number}", f"see {number}")


def _limit(unit: str = "ms", value: str | None = None, lower: str | None = None, upper: str | None = "50") -> Limit:
    def number(text: str | None) -> Decimal | None:
        return None if text is None else Decimal(text)

    return Limit("T", unit, number(value), number(lower), number(upper), "S1", "R", "high")


def test_checks_of_a_closing_session_are_marked_and_count_as_ever():
    recorder = _recorder(1)
    with _step(recorder, 1):
        recorder.check("own", 1, equals=1)
        with recorder.closing():
            with recorder.closing():
                recorder.check("inner", 1, equals=1)
            recorder.check("outer", 1, equals=2)
        recorder.check("after", 1, equals=1)
    assert {check.name: check.closing for check in recorder.checks} == {"own": False, "inner": True, "outer": True, "after": False}
    assert recorder.outcome().verdict is Verdict.FAIL


def test_closing_ends_with_an_exception_too():
    recorder = _recorder(1)
    with pytest.raises(ExpectationFailed), _step(recorder, 1), recorder.closing():
        raise ExpectationFailed("no BSD")
    recorder.check("after", 1, equals=1)
    assert not recorder.checks[-1].closing


def _passed(recorder: CaseRecorder, number: int) -> None:
    with _step(recorder, number):
        recorder.check(f"c{number}", 1, equals=1)


class TestVerdict:
    """The rules of lab_report.md section 4."""

    def test_all_steps_done_and_all_checks_met_is_a_pass(self):
        recorder = _recorder()
        _passed(recorder, 1)
        _passed(recorder, 2)
        outcome = recorder.outcome()
        assert (outcome.verdict, outcome.reason, outcome.reason_code, outcome.state) == (Verdict.PASS, "", "", "completed")

    def test_a_step_without_a_check_is_inconclusive(self):
        recorder = _recorder()
        _passed(recorder, 1)
        with _step(recorder, 2):
            pass
        outcome = recorder.outcome()
        assert (outcome.verdict, outcome.reason_code, outcome.step) == (Verdict.INCONC, Reason.NO_CHECK, 2)
        assert outcome.reason == "step 2 recorded no check"
        assert [recorder.step_verdict(step) for step in recorder.steps] == [Verdict.PASS, Verdict.INCONC]

    def test_a_step_that_is_not_reached_is_inconclusive(self):
        recorder = _recorder()
        _passed(recorder, 1)
        outcome = recorder.outcome()
        assert (outcome.verdict, outcome.reason_code, outcome.reason) == (Verdict.INCONC, Reason.NO_CHECK, "step 2 was not reached")
        assert recorder.steps[1].state == "not_reached"

    def test_a_check_between_the_steps_does_not_stand_for_one_in_them(self):
        recorder = _recorder(1)
        recorder.check("outside", 1, equals=1)
        with _step(recorder, 1):
            pass
        assert recorder.outcome().verdict is Verdict.INCONC

    def test_nothing_judged_is_never_a_pass(self):
        outcome = _recorder(0).outcome()
        assert (outcome.verdict, outcome.reason_code, outcome.reason) == (Verdict.INCONC, Reason.NO_CHECK, "nothing was judged")

    def test_recommendations_that_could_not_be_judged_are_no_pass_either(self):
        recorder = _recorder(1)
        with _step(recorder, 1):
            recorder.check("u", 5, at_most=6, uncertainty=60, severity="warning")
        assert recorder.outcome().verdict is Verdict.INCONC

    def test_a_missed_check_fails_and_the_step_goes_on(self):
        recorder = _recorder(1)
        with _step(recorder, 1):
            recorder.check("BHM.max_voltage", 1200, between=(200, 1000), unit="V")
            recorder.check("later", 1, equals=1)
        outcome = recorder.outcome()
        assert (outcome.verdict, outcome.reason_code, outcome.step) == (Verdict.FAIL, Reason.EXPECTATION, 1)
        assert (outcome.observed, outcome.expected) == ("1200 V", "200..1000 V")
        assert outcome.reason == "BHM.max_voltage: 1200 V, expected 200..1000 V"
        assert len(recorder.checks) == 2

    def test_the_first_reason_of_the_worst_verdict_is_kept_by_step(self):
        recorder = _recorder(3)
        with _step(recorder, 1):
            recorder.unreached("a", observed="x", expected="y")
        with _step(recorder, 2):
            recorder.check("b", 1, equals=2)
        with _step(recorder, 3):
            recorder.check("c", 1, equals=2)
        outcome = recorder.outcome()
        assert (outcome.verdict, outcome.step) == (Verdict.FAIL, 2)
        assert outcome.reason.startswith("b: ")

    def test_rules_over_the_whole_case_come_after_the_steps(self):
        recorder = _recorder(1)
        recorder.add(judge_quality("F5 BCL", False, observed="60 ms", expected="50 ms"))
        with _step(recorder, 1):
            recorder.check("b", 1, equals=2)
        assert recorder.outcome().step == 1

    def test_a_broken_rule_alone_fails_with_its_own_reason(self):
        recorder = _recorder(1)
        _passed(recorder, 1)
        recorder.add(judge_quality("F5 BCL", False, observed="60 ms", expected="50 ms", note="7 times"))
        outcome = recorder.outcome()
        assert (outcome.verdict, outcome.reason_code, outcome.step) == (Verdict.FAIL, Reason.RULE, None)
        assert outcome.reason == "F5 BCL: 60 ms, expected 50 ms (7 times)"

    @pytest.mark.parametrize("severity", ["warning", "info"])
    def test_a_recommendation_never_changes_the_verdict(self, severity: str):
        recorder = _recorder(1, clock=None)
        with _step(recorder, 1):
            recorder.check("must", 1, equals=1)
            recorder.check("should", 1, equals=2, severity=severity)
            recorder.check("should", 5, at_most=4, severity=severity)
            recorder.check("should", 5, at_most=6, uncertainty=60, severity=severity)
            recorder.check("should", float("nan"), at_most=6, severity=severity)
            recorder.check_time("should", ms(60), _limit(), severity=severity)
        assert recorder.outcome().verdict is Verdict.PASS
        assert [finding.text for check in recorder.checks for finding in check.findings] == [
            "should: 1, expected 2",
            "should: 5, expected <= 4",
        ]

    @given(st.lists(st.sampled_from([Verdict.PASS, Verdict.INCONC, Verdict.FAIL]), min_size=1, max_size=6), st.data())
    def test_the_verdict_is_the_worst_of_all_checks(self, verdicts: list[Verdict], data: st.DataObject):
        recorder = _recorder(len(verdicts))
        for number, verdict in enumerate(verdicts, 1):
            with _step(recorder, number):
                if verdict is Verdict.INCONC:
                    recorder.unreached("c", observed="x", expected="y")
                else:
                    recorder.check("c", 1, equals=1 if verdict is Verdict.PASS else 2)
        outcome = recorder.outcome()
        assert outcome.verdict is worst(verdicts)
        if outcome.verdict > Verdict.PASS:
            assert outcome.step == verdicts.index(outcome.verdict) + 1


class TestErrors:
    """What an exception that leaves the case means."""

    @pytest.mark.parametrize(
        ("error", "verdict", "code", "state"),
        [
            (ExpectationFailed("no BHM"), Verdict.FAIL, Reason.EXPECTATION, "aborted"),
            (RemoteProtocolError("BRM before CRM"), Verdict.FAIL, Reason.REMOTE_PROTOCOL, "aborted"),
            (Inconclusive(Reason.NO_LINE, "no pilot"), Verdict.INCONC, Reason.NO_LINE, "aborted"),
            (LocalProtocolError("busy"), Verdict.ERROR, Reason.EXCEPTION, "infrastructure_error"),
            (NodeError("truck", "ValueError: x"), Verdict.ERROR, Reason.EXCEPTION, "infrastructure_error"),
            (RigError("bus lost"), Verdict.ERROR, Reason.EXCEPTION, "infrastructure_error"),
            (ConfigError("no limit"), Verdict.ERROR, Reason.EXCEPTION, "infrastructure_error"),
            (KeyError("x"), Verdict.ERROR, Reason.EXCEPTION, "infrastructure_error"),
            (AssertionError("a bug of the harness"), Verdict.ERROR, Reason.EXCEPTION, "infrastructure_error"),
        ],
    )
    def test_an_exception_becomes_the_verdict_of_its_kind(self, error: Exception, verdict: Verdict, code: str, state: str):
        recorder = _recorder()
        _passed(recorder, 1)
        with pytest.raises(type(error)), _step(recorder, 2):
            raise error
        outcome = recorder.outcome(error)
        assert (outcome.verdict, outcome.reason_code, outcome.state) == (verdict, code, state)
        assert (outcome.step, outcome.expected) == (2, "see 2")
        assert str(error) in outcome.reason
        assert [step.state for step in recorder.steps] == ["done", "failed"]

    def test_an_exception_without_text_is_named_by_its_class(self):
        assert _recorder().outcome(ZeroDivisionError()).reason == "ZeroDivisionError: ZeroDivisionError"

    def test_steps_after_the_one_that_broke_are_not_reached_and_give_no_reason(self):
        recorder = _recorder(3)
        error = Inconclusive(Reason.PRECONDITION, "BRM was not reached")
        with pytest.raises(Inconclusive), _step(recorder, 1):
            raise error
        outcome = recorder.outcome(error)
        assert (outcome.reason_code, outcome.step) == (Reason.PRECONDITION, 1)
        assert [step.state for step in recorder.steps] == ["failed", "not_reached", "not_reached"]

    def test_an_error_outside_of_the_steps_has_no_step(self):
        recorder = _recorder(1)
        _passed(recorder, 1)
        assert recorder.outcome(RigError("bus lost")).step is None

    def test_a_failed_check_outweighs_a_precondition_missed_later(self):
        recorder = _recorder(2)
        with _step(recorder, 1):
            recorder.check("a", 1, equals=2)
        error = Inconclusive(Reason.PRECONDITION, "not reached")
        with pytest.raises(Inconclusive), _step(recorder, 2):
            raise error
        outcome = recorder.outcome(error)
        assert (outcome.verdict, outcome.step, outcome.state) == (Verdict.FAIL, 1, "aborted")

    def test_the_check_that_failed_is_the_reason_where_the_expectation_was_recorded_too(self):
        recorder = _recorder(1)
        error = ExpectationFailed("BHM not seen within 5 s")

        def body() -> None:
            with _step(recorder, 1):
                recorder.fail("BHM seen", observed="not seen", expected="BHM within 5 s", note="nothing at all was received")
                raise error

        with pytest.raises(ExpectationFailed):
            body()
        outcome = recorder.outcome(error)
        assert outcome.reason == "BHM seen: not seen, expected BHM within 5 s (nothing at all was received)"
        assert (outcome.step, outcome.expected, outcome.observed, outcome.state) == (1, "BHM within 5 s", "not seen", "aborted")

    def test_rules_judged_after_a_broken_step_belong_to_the_case(self):
        recorder = _recorder(2)
        error = ExpectationFailed("no BHM")
        with pytest.raises(ExpectationFailed), _step(recorder, 1):
            raise error
        recorder.add(judge_quality("F5 BCL", False, observed="x", expected="y"))
        assert recorder.checks[0].step is None
        assert recorder.steps[0].checks == []
        assert recorder.outcome(error).step == 1

    def test_a_swallowed_exception_leaves_the_step_open(self):
        recorder = _recorder(1)

        def body() -> None:
            with _step(recorder, 1):
                recorder.check("a", 1, equals=1)
                raise ValueError("x")

        with pytest.raises(ValueError, match="x"):
            body()
        outcome = recorder.outcome()
        assert (outcome.verdict, outcome.reason) == (Verdict.INCONC, "step 1 was left by an exception that the case swallowed")

    @pytest.mark.parametrize(("number", "text", "expect"), [(3, "do 3", "see 3"), (1, "do 2", "see 1"), (1, "do 1", "see")])
    def test_a_step_that_is_not_in_the_plan_is_an_error(self, number: int, text: str, expect: str):
        with pytest.raises(RuntimeError, match=f"step {number} is not the one of the plan"), _recorder().step(number, text, expect):
            pytest.fail("entered")


class TestChecks:
    """One comparison each, with what was seen."""

    def test_a_check_knows_its_step_time_and_frames(self):
        recorder = _recorder(1)
        message = Message("BHM", ms(3), {}, frames=(4, 5))
        with _step(recorder, 1):
            first = recorder.check("a", 1, equals=1)
            second = recorder.check("b", 1, equals=1, message=message)
        assert (first.step, first.t_ns, first.frames) == (1, ms(7), ())
        assert (second.step, second.t_ns, second.frames) == (1, ms(3), (4, 5))
        assert recorder.steps[0].checks == [0, 1]
        assert recorder.steps[0].started_ns == ms(7)

    def test_a_check_says_on_which_other_link_its_frames_are_counted(self):
        recorder = _recorder(1, link="charge")
        with _step(recorder, 1):
            checks = [
                recorder.check("a", 1, equals=1, message=Message("BHM", ms(3), {}, frames=(4,), link=link), note="of the second")
                for link in ("charge", "charge_b")
            ]
        assert [check.note for check in checks] == ["of the second", "of the second; frames of 'charge_b'"]

    @pytest.mark.parametrize(
        "criterion",
        [
            {},
            {"equals": 1, "at_most": 2},
            {"between": (1, 2), "equals": 1},
            {"limit": _limit(), "at_least": 1},
        ],
    )
    def test_a_check_has_exactly_one_criterion(self, criterion: dict):
        with pytest.raises(ValueError, match="check 'a' needs exactly one criterion"):
            _recorder().check("a", 1, **criterion)

    @pytest.mark.parametrize(
        ("observed", "criterion", "met", "expected"),
        [
            (1000, {"between": (200, 1000)}, True, "200..1000"),
            (1000.1, {"between": (200, 1000)}, False, "200..1000"),
            (2, {"at_least": 2}, True, ">= 2"),
            (3, {"at_least": 2, "at_most": 2.5}, False, "2..2.5"),
            (Decimal("49.9"), {"limit": _limit("V")}, True, "<= 50 V"),
            (250, {"limit": _limit("ms", value="250", upper=None)}, True, "<= 250 ms"),
            (0, {"at_least": 0}, True, ">= 0"),
        ],
    )
    def test_numbers_are_compared_with_bounds_included(self, observed: object, criterion: dict, met: bool, expected: str):
        check = _recorder().check("a", observed, **criterion)
        assert (check.verdict is Verdict.PASS, check.expected, check.is_numeric) == (met, expected, True)

    @pytest.mark.parametrize(
        ("observed", "equals", "met", "seen"),
        [
            (4000 * 0.1 - 0.1, 399.9, True, "399.9"),
            (0.1 + 0.2, 0.3, True, "0.3"),
            (600.0, 600, True, "600"),
            (Decimal("0.1"), 0.1, True, "0.1"),
            (399.8, 399.9, False, "399.8"),
            (0, 0, True, "0"),
            ("none", "none", True, "none"),
            ("BHM at t=1 s", "none", False, "BHM at t=1 s"),
            ("", "", True, "(empty)"),
            (b"LPRECERT", b"LPRECERT", True, "'LPRECERT'"),
            (b"\x01\xff", b"\x01\x02", False, "bytes 01 FF"),
            (None, 5, False, "not supplied"),
            (1, True, True, "1"),
        ],
    )
    def test_equality_is_that_of_what_is_printed(self, observed: object, equals: object, met: bool, seen: str):
        check = _recorder().check("a", observed, equals=equals)
        assert (check.verdict is Verdict.PASS, check.observed) == (met, seen)

    @pytest.mark.parametrize("observed", [None, "12", b"\x01", True])
    def test_what_is_no_number_does_not_meet_a_bound(self, observed: object):
        check = _recorder().check("a", observed, at_most=5, unit="V")
        assert (check.verdict, check.expected, check.value) == (Verdict.FAIL, "<= 5 V", None)

    def test_not_a_number_is_inconclusive(self):
        check = _recorder().check("a", float("nan"), at_most=5)
        assert (check.verdict, check.reason) == (Verdict.INCONC, Reason.NO_VALUE)

    def test_the_rule_of_the_plan_and_the_uncertainty_decide(self):
        for rule, verdict in (
            (DecisionRule.SIMPLE, Verdict.PASS),
            (DecisionRule.GUARD_U, Verdict.FAIL),
            (DecisionRule.NONBINARY_U, Verdict.INCONC),
        ):
            assert _recorder(rule=rule).check("a", 49.9, limit=_limit(), uncertainty=0.14).verdict is verdict

    def test_units_stand_with_the_values(self):
        check = _recorder().check("a", 600.0, equals=600.5, unit="V")
        assert (check.observed, check.expected) == ("600 V", "600.5 V")


class TestTime:
    """Intervals are judged with the uncertainty of the rig's clock."""

    def test_the_uncertainty_is_that_of_the_clock_rounded_up(self):
        check = _recorder().check_time("BHM time", ms(50), _limit())
        assert (check.verdict, check.value, check.uncertainty) == (Verdict.PASS, Decimal(50), Decimal("0.017"))
        seconds = _recorder().check_time("BHM time", ms(50), _limit("s", upper="5"))
        assert (seconds.observed, seconds.uncertainty) == ("0.05 s", Decimal("0.000017"))

    def test_virtual_time_has_an_uncertainty_too(self):
        check = _recorder(clock=TimeBase("virtual", 1, 0, 0)).check_time("t", ms(50), _limit())
        assert check.uncertainty == Decimal("0.000001")

    def test_a_clock_that_is_too_coarse_does_not_fit(self):
        coarse = TimeBase("driver", 0, ms(40), 0)
        check = _recorder(clock=coarse).check_time("t", ms(10), _limit())
        assert (check.verdict, check.reason) == (Verdict.INCONC, Reason.METHOD_NOT_FIT)

    def test_without_a_clock_nothing_is_judged_but_the_value_is_kept(self):
        message = Message("BHM", ms(3), {}, frames=(4,))
        check = _recorder(clock=None).check_time("t", ms(60), _limit(), message=message, note="after CHM")
        assert (check.verdict, check.reason, check.observed) == (Verdict.INCONC, Reason.NO_TIMEBASE, "60 ms")
        assert (check.frames, check.t_ns, check.note) == ((4,), ms(3), "after CHM; the rig declares no clock")

    def test_a_window_has_two_sides(self):
        limit = _limit("s", lower="4.5", upper="5.5")
        verdicts = [_recorder().check_time("t", ms(value), limit).verdict for value in (4_499, 4_500, 5_500, 5_501)]
        assert verdicts == [Verdict.FAIL, Verdict.PASS, Verdict.PASS, Verdict.FAIL]


@pytest.mark.parametrize(
    ("jitter_us", "elapsed_ms", "verdict", "reason"),
    [
        (1500, 10, Verdict.PASS, None),
        (1500, 15, Verdict.FAIL, None),
        (1501, 10, Verdict.INCONC, Reason.TESTER_JITTER),
        (1501, 15, Verdict.INCONC, Reason.TESTER_JITTER),
    ],
)
def test_period_in_a_step_is_left_open_by_the_share_of_jitter_that_the_profile_names(jitter_us, elapsed_ms, verdict, reason):
    recorder, limit = _recorder(1), _limit(lower="7", upper="13")
    with _step(recorder, 1):
        recorder.check_time("interval", ms(elapsed_ms), limit, note="of 3", cyclic=True)
        recorder.check_time("response", ms(10), limit)
    share = Limit("judge.jitter_share", "%", None, None, Decimal(50), "own", "R", "medium")
    recorder.leave_periods_open(us(jitter_us), {"judge.jitter_share": share})
    period, response = recorder.checks
    assert (period.verdict, period.reason, period.step) == (verdict, reason, 1)
    assert (response.verdict, response.reason) == (Verdict.PASS, None)
    assert recorder.outcome().verdict is verdict
    if reason is not None:
        assert period.note.startswith("of 3; the tester's own jitter of 1.501 ms exceeds 50 %")


def test_period_in_a_step_without_a_share_is_left_open_by_jitter_above_the_tolerance():
    recorder, limit = _recorder(1), _limit(lower="7", upper="13")
    with _step(recorder, 1):
        recorder.check_time("interval", ms(10), limit, cyclic=True)
    recorder.leave_periods_open(ms(3), {})
    assert recorder.outcome().verdict is Verdict.PASS
    recorder.leave_periods_open(ms(3) + 1, {})
    assert recorder.outcome().reason_code is Reason.TESTER_JITTER


def test_what_was_identified_goes_into_the_record_with_its_step_and_hash():
    recorder = _recorder(1)
    told = Message("VehicleId", ms(3), {}, data=b"VIN*", frames=(5, 6))
    with _step(recorder, 1):
        recorder.identify("vin", "J1939", "VIN", unit="27", message=told)
    recorder.identify("vin", "DoIP", None, note="the rig has no link 'ethernet'")
    one, other = (each.to_json() for each in recorder.identified)
    assert (one["step"], one["value"], one["unit"], one["frames"], one["t_s"]) == (1, "VIN", "27", [5, 6], "0.003")
    assert one["sha256"] == sha256(b"VIN*").hexdigest()
    assert (other["step"], other["value"], other["sha256"], other["t_s"]) == (None, None, None, None)
    assert not recorder.checks


@pytest.mark.parametrize(("item", "value", "told"), [("vinn", "X", "did you mean 'vin'"), ("vin", None, "no note says why")])
def test_identification_that_says_nothing_is_an_error(item, value, told):
    with pytest.raises(ValueError, match=told):
        _recorder(1).identify(item, "J1939", value)
