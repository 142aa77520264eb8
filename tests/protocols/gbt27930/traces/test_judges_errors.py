"""BEM reports a timeout that can have run out, one at a time."""

from __future__ import annotations

import pytest

from harness.core import Severity, Verdict

BEM, CEM, CCS = 0x081E56F4, 0x081FF456, 0x1812F456
RULE = "F6 BEM reason"


def no_ccs(tape, *payloads):
    """The last CCS is at 4970.5 ms; then BEM every 250 ms."""
    tape.charging(6000).drop(lambda t, f: t > 4980 and f.can_id == CCS)
    for index, payload in enumerate(payloads):
        tape.put(6000.5 + 250 * index, BEM, payload)
    return tape


def test_one_timeout_is_right(tape, judge):
    assert judge(no_ccs(tape, "F0F0F1FC", "F0F0F1FC"), ["vehicle"])[RULE].verdict is Verdict.PASS


def test_two_timeouts_in_the_first_message_fail(tape, judge):
    check = judge(no_ccs(tape, "F0F0F1FD", "F0F0F1FD"), ["vehicle"])[RULE]
    assert check.verdict is Verdict.FAIL
    assert check.occurrences == 1
    assert "2 timeouts at once: CCS (SPN 3905) and CSD (SPN 3907)" in check.observed


def test_second_timeout_may_join_later(tape, judge):
    tape.charging().every(10, "BST", 8010, 8300)
    tape.put(13_010, BEM, "F0F0F4FC")
    tape.put(18_010, BEM, "F0F0F4FD")
    assert judge(tape, ["vehicle"])[RULE].verdict is Verdict.PASS


def test_bits_may_stay_set_after_a_reconnect(tape, judge):
    tape.handshake().announce(2020, "BRM")
    tape.put(7025, BEM, "F4F0F0FC")
    tape.send(9000, "CRM(00)")
    tape.transfer(9020, "BRM")
    tape.send(9100, "CRM(AA)")
    tape.transfer(9120, "BCP")
    tape.put(14_120, BEM, "F4F1F0FC")
    assert judge(tape, ["vehicle"])[RULE].verdict is Verdict.PASS


@pytest.mark.parametrize("payload", ["F0F5F1FC", "F0F4F1FC"])
def test_while_the_first_ccs_is_awaited_its_two_bits_are_one_reason(tape, judge, payload):
    tape.charging(5000).drop(lambda t, f: f.can_id == CCS)
    tape.put(5000, BEM, payload)
    assert judge(tape, ["vehicle"])[RULE].verdict is (Verdict.PASS if payload == "F0F4F1FC" else Verdict.FAIL)


def test_timeout_of_ccs_after_a_regular_end_fails(tape, judge):
    tape.session().put(8400, BEM, "F0F0F1FC")
    check = judge(tape, ["vehicle"])[RULE]
    assert check.verdict is Verdict.FAIL
    assert "after BST and CST" in check.observed


def test_timeout_of_ccs_before_the_end_may_be_repeated_after_it(tape, judge):
    no_ccs(tape, *["F0F0F1FC"] * 6)
    tape.every(10, "CST", 6100, 6300)
    tape.every(10, "BST", 6120, 6300)
    assert judge(tape, ["vehicle"])[RULE].verdict is Verdict.PASS


def test_message_without_a_reason_fails(tape, judge):
    tape.session().put(5005, BEM, "F0F0F0FC")
    check = judge(tape, ["vehicle"])[RULE]
    assert check.verdict is Verdict.FAIL
    assert "without a timeout" in check.observed


def test_message_without_a_reason_after_an_error_is_left_alone(tape, judge):
    tape.recognition().transfers(500, "BCP", 2140, 7100)
    tape.put(7200, CEM, "FCF1C0FC")
    tape.put(7250, BEM, "F0F0F0FC")
    assert judge(tape, ["vehicle"])[RULE].verdict is Verdict.PASS


@pytest.mark.parametrize("payload", ["F0F0F2FC", "F0F0F3FC"])
def test_untrusted_and_undefined_bits_warn(tape, judge, payload):
    check = judge(no_ccs(tape, payload), ["vehicle"])[RULE]
    assert check.verdict is Verdict.PASS
    assert [finding.severity for finding in check.findings] == [Severity.WARNING]


@pytest.mark.parametrize("payload", ["F0F0F0FC", "F4F1F0FC"])
def test_recording_that_begins_in_mid_session_hides_the_reason(tape, judge, payload):
    tape.charging().put(6000, BEM, payload)
    tape.drop(lambda t, f: t < 5000)
    assert judge(tape)[RULE].verdict is Verdict.PASS


def test_bem_of_a_session_with_another_side_only_is_not_judged(tape, judge):
    assert RULE not in judge(no_ccs(tape, "F0F0F1FD"), ["charger"])
