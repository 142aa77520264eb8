"""Rules about messages of the charger: when CRO ends, what CEM may report."""

from __future__ import annotations

from harness.core import Verdict

CEM = 0x081FF456
BCL, BCS = 0x181056F4, 0x1CEC56F4


def test_cro_goes_on_until_bcl_came_too(tape, judge) -> None:
    tape.configuration()
    tape.every(250, "CRO(AA)", 3480, 4480)
    tape.transfers(250, "BCS", 3510, 4400)
    tape.put(4490, CEM, "FCF0C4FC")
    checks = judge(tape, ["charger"])
    assert checks["F6 CRO phase"].verdict is Verdict.PASS
    assert checks["F5 CRO period"].verdict is Verdict.PASS


def test_cro_beside_a_running_charge_fails(tape, judge) -> None:
    tape.charging(6000).every(250, "CRO(AA)", 3730, 6000)
    check = judge(tape, ["charger"])["F6 CRO phase"]
    assert check.verdict is Verdict.FAIL
    assert "after BCL and BCS" in check.observed


def test_cem_with_one_timeout_is_right(tape, judge) -> None:
    tape.charging(6000).put(7000, CEM, "FCF0C4FC")
    assert judge(tape, ["charger"])["F6 CEM reason"].verdict is Verdict.PASS


def test_cem_with_two_timeouts_fails(tape, judge) -> None:
    tape.charging(6000).put(7000, CEM, "FCF0C5FC")
    check = judge(tape, ["charger"])["F6 CEM reason"]
    assert check.verdict is Verdict.FAIL
    assert "2 timeouts at once" in check.observed


def test_cem_without_a_timeout_fails(tape, judge) -> None:
    tape.charging(6000).put(5000, CEM, "FCF0C0FC")
    assert judge(tape, ["charger"])["F6 CEM reason"].verdict is Verdict.FAIL


def test_cem_of_the_tester_is_not_judged(tape, judge) -> None:
    tape.charging(6000).put(5000, CEM, "FCF0C5FC")
    assert "F6 CEM reason" not in judge(tape, ["vehicle"])
