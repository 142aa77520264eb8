"""From what a case recorded to its line in records.jsonl: the shape holds and an auditor can recompute it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal

import jsonschema
import pytest

from harness.case.metadata import StepPlan
from harness.case.recorder import CaseRecorder
from harness.case.run.invariants import recompute
from harness.case.run.record import Circumstances, condense_session, describe, make_record, seconds
from harness.case.run.validation import RECORD
from harness.case.suites.deviations import Deviation
from harness.core import (
    DecisionRule,
    Direction,
    ExpectationFailed,
    Finding,
    Frame,
    Inconclusive,
    Limit,
    Message,
    Reason,
    Severity,
    TimeBase,
    Trace,
    Verdict,
    judge_quality,
    ms,
    s,
    us,
)

LIMIT = Limit("T", "ms", None, None, Decimal(50), "S1", "R", "high")
DEVIATION = Deviation("DEMO-001", "late by 20 ms", "BMS-17", date(2027, 1, 31))
AROUND = Circumstances(
    case_id="DEMO-001",
    suite="demo",
    attempt=1,
    edition="",
    started_at="2026-07-01T09:00:00.000+08:00",
    ended_at="2026-07-01T09:00:03.000+08:00",
    bus_time_ns=12_345_678_901,
    operator=None,
    site=None,
    bench_mode="simulation",
    evidence=[],
    jitter_ns=250_000,
    bench={"time": "virtual"},
)


def _recorder(rule: DecisionRule = DecisionRule.SIMPLE) -> CaseRecorder:
    plan = [StepPlan(n, f"do {n}", f"see {n}", n) for n in (1, 2)]
    return CaseRecorder(plan, now_ns=lambda: ms(1_250), time_base=TimeBase("interface", us(1), us(10), 50), rule=rule)


def _step(recorder: CaseRecorder, number: int, *actions: Callable[[], object]) -> None:
    with recorder.step(number, f"do {number}", f"see {number}"):
        for action in actions:
            action()


def _record(recorder: CaseRecorder, error: BaseException | None = None, *, around: Circumstances = AROUND, messages=(), trace=()) -> dict:
    record = make_record(recorder, recorder.outcome(error), around, messages, trace)
    RECORD.check(record)
    jsonschema.validate(json.loads(json.dumps(record)), RECORD.json_schema())
    return record


def _passing() -> CaseRecorder:
    recorder = _recorder()
    for number in (1, 2):
        _step(recorder, number, lambda: recorder.check("a", 1, equals=1))
    return recorder


def test_a_record_of_every_kind_of_check_has_the_shape_and_recomputes():
    recorder = _recorder(DecisionRule.NONBINARY_U)
    message = Message("BHM", ms(3), {}, frames=(4, 5))
    _step(
        recorder,
        1,
        lambda: recorder.check_time("t", ms(49), LIMIT, message=message),
        lambda: recorder.check_time("t", 50_010_000, LIMIT),
        lambda: recorder.check("v", 1e-9, between=(0, 1), unit="V"),
        lambda: recorder.check("v", 1e9, at_least=1, unit="V", severity="warning"),
        lambda: recorder.check("v", 5, at_most=4, severity="info"),
        lambda: recorder.check("u", 5, at_most=6, uncertainty=60),
        lambda: recorder.check("u", 5, at_most=6, uncertainty=60, severity="warning"),
        lambda: recorder.check("n", float("nan"), at_most=6),
        lambda: recorder.check("q", None, equals=5),
        lambda: recorder.unreached("p", observed="x", expected="y"),
    )
    recorder.add(
        judge_quality("F5", False, observed="x", expected="y", findings=(Finding("gap", s(1), 7, Severity.FAILURE, "F5"),), occurrences=3)
    )
    record = _record(recorder)
    assert [check["verdict"] for check in record["checks"]] == [
        "pass", "inconc", "pass", "pass", "pass", "inconc", "none", "inconc", "fail", "inconc", "fail",
    ]  # fmt: skip
    assert record["checks"][1]["decision"]["conformity"] == "conditional_fail"
    for check in record["checks"]:
        recomputed = recompute(check)
        if recomputed is not None and check["severity"] == "failure":
            assert recomputed.word == check["verdict"]
    assert (record["verdict"], record["checks"][-1]["findings"][0]["t_s"], record["checks"][-1]["occurrences"]) == ("fail", "1", 3)


def test_numbers_are_decimal_text_without_exponents():
    recorder = _recorder()
    _step(recorder, 1, lambda: recorder.check("v", 0.0000005, at_most=Decimal("1E+3"), unit="V"))
    record = _record(recorder)
    assert record["checks"][0]["value"]["v"] == "0.0000005"
    assert record["checks"][0]["criterion"]["upper"] == "1000"
    assert record["execution"]["bus_time_s"] == "12.345678901"
    assert record["tester"]["jitter_s"] == "0.00025"
    assert record["checks"][0]["t_s"] == "1.25"
    assert [seconds(value) for value in (0, 1, s(100))] == ["0", "0.000000001", "100"]


def test_a_pass_has_no_reason_and_no_excerpt():
    record = _record(_passing())
    assert (record["verdict"], record["reason"], record["reason_code"], record["failure"]) == ("pass", "", "", None)
    assert [(step["n"], step["state"], step["verdict"], step["checks"]) for step in record["steps"]] == [
        (1, "done", "pass", [0]),
        (2, "done", "pass", [1]),
    ]


def test_warnings_are_findings_beside_a_pass():
    recorder = _passing()
    recorder.add(judge_quality("F1 reserved", False, observed="00", expected="11", severity=Severity.WARNING, frames=(9,), t_ns=s(2)))
    record = _record(recorder)
    assert record["verdict"] == "pass"
    assert record["findings"] == [
        {"text": "F1 reserved: 00, expected 11", "t_s": "2", "frame": 9, "severity": "warning", "rule": "F1 reserved"}
    ]


def test_a_declared_deviation_that_shows_stays_a_fail():
    recorder = _recorder()
    _step(recorder, 1, lambda: recorder.check("a", 1, equals=2))
    _step(recorder, 2, lambda: recorder.check("a", 1, equals=1))
    record = _record(recorder, around=replace(AROUND, deviation=DEVIATION))
    assert (record["verdict"], record["reason_code"]) == ("fail", "EXPECTATION")
    assert record["deviations"] == [{"id": "DEMO-001", "reason": "late by 20 ms", "ticket": "BMS-17", "expires": "2027-01-31"}]


def test_a_declared_deviation_that_does_not_show_is_inconclusive():
    record = _record(_passing(), around=replace(AROUND, deviation=DEVIATION))
    assert (record["verdict"], record["reason_code"]) == ("inconc", "XPASS")
    assert record["reason"] == "passed although deviation 'BMS-17' is declared; remove the entry"
    assert record["execution"]["state"] == "completed"


@pytest.mark.parametrize(
    ("error", "verdict", "state", "code"),
    [
        (Inconclusive(Reason.NO_LINE, "no pilot"), "inconc", "aborted", "NO_LINE"),
        (ExpectationFailed("no BHM"), "fail", "aborted", "EXPECTATION"),
        (ValueError("x"), "error", "infrastructure_error", "EXCEPTION"),
    ],
)
def test_how_a_case_ended_is_in_its_execution(error: Exception, verdict: str, state: str, code: str):
    def explode() -> None:
        raise error

    recorder = _recorder()
    with pytest.raises(type(error)):
        _step(recorder, 1, explode)
    record = _record(recorder, error)
    assert (record["verdict"], record["execution"]["state"], record["reason_code"]) == (verdict, state, code)
    assert record["failure"]["step"] == 1
    assert [step["t_s"] for step in record["steps"]] == ["1.25", None]


def test_the_excerpt_shows_the_last_frames_of_the_link_decoded():
    trace = Trace()
    messages = []
    for n in range(1, 12):
        record = trace.append(ms(n), ms(n), "can", Direction.RX, "sut", Frame(0x100 + n, bytes([n])))
        trace.append(ms(n), ms(n), "body", Direction.RX, "sut", Frame(1))
        if n % 2:
            messages.append(Message("BCL", ms(n), {"voltage_v": 600.0, "raw": b"\x01", "mode": n}, frames=(record.number,), link="can"))
    recorder = _recorder()
    frames = _record(recorder, messages=messages, trace=trace)["failure"]["frames"]
    assert len(frames) == 8
    assert frames[0] == "t=0.004000 s  00000104#04"
    assert frames[-1] == "t=0.011000 s  0000010B#0B  BCL voltage_v=600, raw=01, mode=11"


def test_the_excerpt_ends_where_that_was_seen_which_decided():
    trace = Trace()
    seen = [trace.append(ms(n), ms(n), "can", Direction.RX, "sut", Frame(0x100 + n, bytes([n]))) for n in range(1, 12)]
    messages = [Message("BCS", ms(n), {"voltage_v": float(n)}, frames=(record.number,), link="can") for n, record in enumerate(seen, 1)]
    recorder = _recorder()
    _step(
        recorder,
        1,
        lambda: recorder.check("first", 5, equals=6, message=messages[4]),
        lambda: recorder.check("later", 9, equals=6, message=messages[8]),
    )
    failure = _record(recorder, messages=messages, trace=trace)["failure"]
    assert failure["observed"] == "5"
    assert failure["frames"][-1] == "t=0.005000 s  00000105#05  BCS voltage_v=5"
    assert len(failure["frames"]) == 5


def test_a_message_is_described_by_its_first_signals():
    assert describe(Message("BST", 0, {f"s{n}": n for n in range(9)})) == "BST " + ", ".join(f"s{n}={n}" for n in range(8)) + ", ..."


def test_the_session_keeps_beginnings_changes_and_pauses():
    def message(t_ns: int, name: str, data: bytes) -> Message:
        return Message(name, t_ns, {}, data=data, sender="vehicle")

    rows = condense_session(
        [
            message(ms(10), "BRO", b"\x00"),
            message(ms(260), "BRO", b"\x00"),
            message(ms(510), "BRO", b"\xaa"),
            message(ms(520), "BCL", b"\x01\x02"),
            message(ms(570), "BCL", b"\x01\x03"),
            message(ms(600), "BRM.RTS", b""),
            message(ms(610), "TP.CTS", b""),
            message(ms(4_000), "BCL", b"\x01\x03"),
        ]
    )["messages"]
    assert [(t, name, text) for t, _, name, text in rows] == [
        ("0.01", "BRO", "00"),
        ("0.51", "BRO", "AA"),
        ("0.52", "BCL", "01 02"),
        ("4", "BCL", "01 03"),
    ]


def test_not_reached_steps_are_inconclusive_in_the_record_too():
    recorder = _recorder()
    _step(recorder, 1, lambda: recorder.check("a", 1, equals=1))
    record = _record(recorder)
    assert (record["verdict"], record["reason_code"], record["failure"]["step"]) == ("inconc", "NO_CHECK", 2)
    assert (record["steps"][1]["state"], record["steps"][1]["verdict"]) == ("not_reached", Verdict.INCONC.word)
