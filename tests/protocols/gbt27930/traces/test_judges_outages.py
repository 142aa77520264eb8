"""What the tester keeps the bus from carrying is not held against anybody; everything else still is."""

from __future__ import annotations

from harness.core import Verdict, ms

VEHICLE_IDS = (0x181056F4, 0x181356F4, 0x1CEC56F4, 0x1CEB56F4, 0x1CECF456, 0x1812F456)
FROM_MS, UNTIL_MS = 5000, 5480
OUTAGE = ((ms(FROM_MS), ms(UNTIL_MS)),)


def shorted(tape, from_ms=FROM_MS, until_ms=UNTIL_MS):
    """A healthy session of which nothing got through for a while; a transfer of BCS began just before."""
    return tape.session().drop(lambda at, frame: from_ms < at < until_ms and frame.can_id in VEHICLE_IDS)


def failed(checks):
    return {name for name, check in checks.items() if check.verdict is Verdict.FAIL}


def test_gap_of_a_short_fails_the_periods_if_nobody_told(tape, judge):
    assert {"F5 BCL period", "F5 BSM period", "F5 CCS period"} <= failed(judge(shorted(tape)))


def test_gap_of_a_short_is_left_out(tape, judge):
    checks = judge(shorted(tape), outages=OUTAGE)
    assert not failed(checks)
    assert "1 not judged (the bus was shorted)" in checks["F5 BCL period"].note


def test_gap_outside_of_the_short_is_judged(tape, judge):
    checks = judge(shorted(tape).drop(lambda at, f: f.can_id == 0x181056F4 and 6000 < at < 6200), outages=OUTAGE)
    assert failed(checks) == {"F5 BCL period"}


def test_transfer_that_a_short_broke_may_be_announced_again(tape, judge):
    """RTS and grant at 5010 ms got through, packets and acknowledgement did not."""
    tape = shorted(tape, 5012, 5480)
    assert "F8 vehicle transport" in failed(judge(tape))
    assert not failed(judge(tape, outages=((ms(5012), ms(5480)),)))


def test_transfer_whose_announcement_got_lost_may_be_aborted(tape, judge):
    tape = shorted(tape)
    tape.put(6000.5, 0x1CEC56F4, "FF03FFFFFF001700")
    assert "F8 vehicle transport" in failed(judge(tape))
    assert not failed(judge(tape, outages=OUTAGE))
