"""Each rule on a healthy session, and seen to fail on a changed one."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from harness.core import DecisionRule, Direction, Frame, Reason, Record, Severity, TimeBase, Verdict, ms
from harness.protocols.j1939.frames import Abort, Bam, Cts, Rts

FRAME = {"CHM": 0x1826F456, "BHM": 0x182756F4, "BCL": 0x181056F4, "CCS": 0x1812F456, "BSM": 0x181356F4, "BEM": 0x081E56F4}
CM_VEHICLE, CM_CHARGER, DT_VEHICLE = 0x1CEC56F4, 0x1CECF456, 0x1CEB56F4
BRM_41 = "00010003F005400E4341544C0100000026040100000001FF" + b"LTESTHDTP00000001".hex()


def packet(tape, number, after_ms):
    """Index of the first data packet *number* after an instant."""
    frames = enumerate(tape.frames)
    return next(i for i, (t, f) in frames if f.can_id == DT_VEHICLE and f.data[0] == number and t >= after_ms)


def change_packet(tape, number, data, after_ms=2000):
    index = packet(tape, number, after_ms)
    tape.frames[index] = (tape.frames[index][0], Frame(DT_VEHICLE, data))


def verdicts(checks, verdict):
    return {name for name, check in checks.items() if check.verdict is verdict}


def test_healthy_session_meets_every_rule_of_both_sides(tape, judge):
    checks = judge(tape.session())
    assert verdicts(checks, Verdict.PASS) == set(checks)
    assert {name.split()[0] for name in checks} == {"F1", "F2", "F3", "F4", "F5", "F6", "F7", "F8"}
    assert not [check.name for check in checks.values() if check.findings]


def test_no_trace_no_check(tape, judge):
    assert judge(tape) == {}


FAULTS = {
    "wrong priority": ("F1 vehicle identifiers", lambda t: t.put(1005, 0x1C2756F4, "A510")),
    "wrong destination": ("F1 vehicle identifiers", lambda t: t.put(1005, 0x182757F4, "A510")),
    "remote frame": ("F1 vehicle identifiers", lambda t: t.put(1005, 0x182756F4, "", remote=True)),
    "message of the other side": ("F1 charger identifiers", lambda t: t.put(1005, 0x1827F456, "A510")),
    "BRM as a single frame": ("F1 vehicle identifiers", lambda t: t.put(2030, 0x1C0256F4, "0101010003F00540")),
    "BHM of three bytes": ("F2 BHM length", lambda t: t.replace("BHM", "A51000")),
    "CCS of six bytes": ("F2 CCS length", lambda t: t.replace("CCS", "240BA00F0000")),
    "BMV with half a cell": ("F2 BMV cells", lambda t: t.transfer(5000, "BMV", "4C61" * 6 + "4C")),
    "TP.CM of seven bytes": ("F2 vehicle TP.CM length", lambda t: t.put(5005, CM_VEHICLE, "10090002FF0011")),
    "undefined mode": ("F3 BCL values", lambda t: t.replace("BCL", "A510D80E03")),
    "voltage demand above range": ("F3 BCL values", lambda t: t.replace("BCL", "1127D80E02")),
    "discharge demanded": ("F3 BCL values", lambda t: t.replace("BCL", "A510A10F02")),
    "undefined state": ("F3 BSM values", lambda t: t.replace("BSM", "1E3606350F03D0")),
    "permission untrusted": ("F3 BSM values", lambda t: t.replace("BSM", "1E3606350F00E0")),
    "version of another edition": ("F3 BRM version", lambda t: change_packet(t, 1, bytes.fromhex("0100010003F00540"))),
    "version not supplied": ("F3 BRM version", lambda t: change_packet(t, 1, bytes.fromhex("01FFFFFF03F00540"))),
    "BHM differs from BCP": ("F7 BHM and BCP voltage", lambda t: t.replace("BHM", "A610")),
    "demand above own voltage": ("F7 BCL voltage", lambda t: t.replace("BCL", "A610D80E02")),
    "demand above own current": ("F7 BCL current", lambda t: t.replace("BCL", "A510D90502")),
    "temperatures exchanged": ("F7 BSM temperatures", lambda t: t.replace("BSM", "1E350636" + "0F00D0")),
    "cell voltages exchanged": ("F7 BSD cell voltages", lambda t: t.replace("BSD", "4D4E014D013536")),
    "final temperatures exchanged": ("F7 BSD temperatures", lambda t: t.replace("BSD", "4D4D014E013635")),
    "charger voltages exchanged": ("F7 CML voltages", lambda t: t.replace("CML", "7C011C25DC05A00F")),
    "BCL before CRO(AA)": ("F6 BCL phase", lambda t: t.send(3400, "BCL")),
    "BHM after CRM(00)": ("F6 BHM phase", lambda t: t.every(250, "BHM", 2010, 3000)),
    "BRM before CRM(00)": ("F6 BRM phase", lambda t: t.transfer(1000, "BRM")),
    "BSD before CST": ("F6 BSD phase", lambda t: t.send(7000, "BSD")),
    "BCL after CST": ("F6 BCL phase", lambda t: t.every(50, "BCL", 8040, 8500)),
    "CML after BRO(AA)": ("F6 CML phase", lambda t: t.every(250, "CML", 3450, 4500)),
    "CCS before BCS": ("F6 CCS phase", lambda t: t.send(3490, "CCS")),
    "CSD before BSD": ("F6 CSD phase", lambda t: t.send(8200, "CSD")),
    "BHM dropped once": ("F5 BHM period", lambda t: t.drop(lambda at, f: f.can_id == FRAME["BHM"] and at == 1010)),
    "BCL stops in mid-charge": ("F5 BCL period", lambda t: t.drop(lambda at, f: f.can_id == FRAME["BCL"] and at > 6000)),
    "BSM doubled": ("F5 BSM period", lambda t: t.send(5100, "BSM")),
    "CHM slow": ("F5 CHM period", lambda t: t.drop(lambda at, f: f.can_id == FRAME["CHM"] and at == 750)),
    "packet left out": ("F8 vehicle transport", lambda t: t.frames.pop(packet(t, 3, 2000))),
    "packet number repeated": ("F8 vehicle transport", lambda t: change_packet(t, 3, bytes((2, *range(7))))),
    "padding not FF": ("F8 vehicle transport", lambda t: change_packet(t, 2, bytes.fromhex("0200000000000000"), 3500)),
    "wrong packet count": ("F8 vehicle transport", lambda t: t.put(5005, CM_VEHICLE, Rts(9, 3, 0xFF, 0x1100).encode())),
    "broadcast": ("F8 vehicle transport", lambda t: t.put(5005, CM_VEHICLE, Bam(9, 2, 0x1100).encode())),
    "global broadcast": ("F8 vehicle transport", lambda t: t.put(5005, 0x1CECFFF4, Bam(9, 2, 0x1100).encode())),
    "packets without a grant": (
        "F8 vehicle transport",
        lambda t: t.drop(lambda at, f: f.can_id == CM_CHARGER and f.data[0] == 17 and 2000 < at < 2100),
    ),
    "CTS for a strange PGN": ("F8 charger transport", lambda t: t.put(5005, CM_CHARGER, Cts(2, 1, 0x1500).encode())),
    "CTS beyond the end": ("F8 charger transport", lambda t: t.put(5011.5, CM_CHARGER, Cts(9, 1, 0x1100).encode())),
    "abort of nothing": ("F8 vehicle transport", lambda t: t.put(5005, CM_VEHICLE, Abort(3, 0x1234).encode())),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_rule_fails_on_its_fault(tape, judge, name):
    rule, change = FAULTS[name]
    change(tape.session())
    check = judge(tape)[rule]
    assert check.verdict is Verdict.FAIL
    assert check.occurrences > 0
    assert check.frames


def test_brm_of_2011_fails_with_the_printed_length_in_the_note(tape, judge):
    tape.handshake().transfer(2020, "BRM", BRM_41)
    check = judge(tape)["F2 BRM length"]
    assert check.verdict is Verdict.FAIL
    assert "prints 41" in check.note


def test_both_lengths_of_ccs_are_accepted(tape, judge):
    checks = judge(tape.session().replace("CCS", "240BA00F0000FD", only_after_ms=6000))
    assert checks["F2 CCS length"].verdict is Verdict.PASS


@pytest.mark.parametrize(("strict", "verdict"), [(False, Verdict.PASS), (True, Verdict.FAIL)])
def test_cleared_reserved_bits_warn_and_fail_only_if_strict(tape, judge, strict, verdict):
    check = judge(tape.session().replace("BSM", "1E3606350F0010"), strict=strict)["F4 BSM reserved bits"]
    assert check.verdict is verdict
    assert "0x10" in check.observed
    if not strict:
        assert [finding.severity for finding in check.findings] == [Severity.WARNING]


def test_demand_above_cml_is_information_only(tape, judge):
    check = judge(tape.session().replace("CML", "1C257C01A00FA00F"))["F7 BCL current and CML"]
    assert check.verdict is Verdict.PASS
    assert [finding.severity for finding in check.findings] == [Severity.INFO]


def test_limits_of_low_confidence_warn(tape, judge):
    check = judge(tape.session().replace("BSD", "504D014E013536"))["F7 BSD state of charge"]
    assert check.verdict is Verdict.PASS
    assert [finding.severity for finding in check.findings] == [Severity.WARNING]


def test_battery_without_voltage_is_a_finding(tape, judge):
    """Bytes 12 and 13 of BCP are the last two of its second packet."""
    tape.session()
    change_packet(tape, 2, bytes.fromhex("0210730803" + "0000FF"), after_ms=2140)
    check = judge(tape)["F7 BCS voltage"]
    assert (str(check.value), check.occurrences) == ("100", 1)
    assert [finding.severity for finding in check.findings] == [Severity.WARNING]


def test_untrusted_permission_of_the_charger_is_a_defined_state(tape, judge):
    assert judge(tape.session().replace("CCS", "240BA00F0000FEFF", only_after_ms=6000))["F3 CCS values"].verdict is Verdict.PASS


def test_vehicle_may_speak_as_of_2011_to_a_charger_that_does_not_shake_hands(tape, judge):
    tape.session().drop(lambda at, f: at < 2000)
    change_packet(tape, 1, bytes.fromhex("0100010003F00540"))
    assert "F3 BRM version" not in judge(tape)


def test_period_carries_worst_interval_uncertainty_and_statistics(tape, judge):
    tape.session().drop(lambda at, f: f.can_id == FRAME["BCL"] and at == 5000)
    check = judge(tape, time_base=TimeBase("interface", 1000, 10_000, 50))["F5 BCL period"]
    assert str(check.value) == "100"
    assert check.uncertainty is not None
    assert check.statistics is not None
    assert (check.statistics.minimum, check.statistics.maximum) == (50, 100)
    assert "1 of 88 outside; median 50 ms, 95th percentile 50 ms" in check.note
    assert check.findings[0].at_ns == ms(5050)


def test_guard_band_uses_the_uncertainty_of_the_clock(tape, judge):
    clock = TimeBase("interface", 1_000_000, 1_000_000, 0)
    check = judge(tape.session(), time_base=clock, rule=DecisionRule.GUARD_U)["F5 BST period"]
    assert check.decision is not None
    assert check.decision.guard == check.uncertainty > 1


def test_clock_too_coarse_for_the_limit_is_inconclusive(tape, judge):
    check = judge(tape.session(), time_base=TimeBase("interface", 10_000_000, 0, 0))["F5 BST period"]
    assert (check.verdict, check.reason) == (Verdict.INCONC, Reason.METHOD_NOT_FIT)


def test_without_a_time_base_periods_are_inconclusive_and_the_rest_is_judged(tape, judge):
    checks = judge(tape.session(), time_base=None)
    periods = {name for name in checks if name.startswith("F5")}
    assert verdicts(checks, Verdict.INCONC) == {name for name in periods if not name.endswith("statistical")}
    assert {checks[name].reason for name in periods} == {Reason.NO_TIMEBASE}


def test_one_long_interval_fails_the_strict_verdict_and_not_the_statistical_one(tape, judge):
    tape.session().drop(lambda at, f: f.can_id == FRAME["BCL"] and at == 5000)
    checks = judge(tape)
    strict, statistical = checks["F5 BCL period"], checks["F5 BCL period, statistical"]
    assert (strict.verdict, statistical.verdict) == (Verdict.FAIL, Verdict.PASS)
    assert "median 50 ms, 95th percentile 50 ms" in statistical.note


def test_the_profile_says_which_verdict_on_periods_decides(tape, judge):
    tape.session().drop(lambda at, f: f.can_id == FRAME["BCL"] and at == 5000)
    checks = judge(tape, choices={"period_verdict": "statistical"})
    strict = checks["F5 BCL period"]
    assert (strict.verdict, strict.severity) == (Verdict.PASS, Severity.INFO)
    assert {finding.severity for finding in strict.findings} == {Severity.INFO}
    assert checks["F5 BCL period, statistical"].severity is Severity.FAILURE


@pytest.mark.parametrize("gap", [8, 24])
def test_slow_twentieth_of_the_intervals_decides_the_statistical_verdict(tape, judge, gap):
    # Without each 8th message 14 % of the intervals are long, without each 24th 4 %.
    count = iter(range(10_000))
    tape.session().drop(lambda at, f: f.can_id == FRAME["BCL"] and next(count) % gap == gap - 1)
    check = judge(tape, choices={"period_verdict": "statistical"})["F5 BCL period, statistical"]
    assert check.verdict is (Verdict.FAIL if gap == 8 else Verdict.PASS)
    assert str(check.value) == ("100" if gap == 8 else "50")


def test_statistical_verdict_sees_a_median_that_is_too_short(tape, judge):
    tape.charging(6000).every(20, "BCL", 6001, 8000)
    check = judge(tape, choices={"period_verdict": "statistical"})["F5 BCL period, statistical"]
    assert (check.verdict, str(check.value)) == (Verdict.FAIL, "20")
    assert check.note.startswith("median of ")


def test_own_jitter_spoils_the_statistical_verdict_too(tape, judge):
    checks = judge(tape.session(), choices={"period_verdict": "statistical"}, tester_jitter_ns=ms(1.7))
    assert checks["F5 BCL period, statistical"].reason is Reason.TESTER_JITTER


@pytest.mark.parametrize(("jitter_ms", "verdict"), [(1.6, Verdict.PASS), (1.7, Verdict.INCONC)])
def test_own_jitter_above_a_third_of_the_tolerance_spoils_a_period(tape, judge, jitter_ms, verdict):
    check = judge(tape.session(), tester_jitter_ns=ms(jitter_ms))["F5 BCL period"]
    assert check.verdict is verdict
    assert check.reason is (Reason.TESTER_JITTER if verdict is Verdict.INCONC else None)


def test_share_of_the_own_jitter_is_a_number_of_the_profile(tape, judge, limits):
    strict = {**limits, "judge.jitter_share": replace(limits["judge.jitter_share"], upper=Decimal(20))}
    assert judge(tape.session(), tester_jitter_ns=ms(1.1), limits=strict)["F5 BCL period"].reason is Reason.TESTER_JITTER


@pytest.mark.parametrize(("periods", "verdict"), [(2, Verdict.PASS), (10, Verdict.FAIL)])
def test_gap_between_bursts_of_errors_is_a_number_of_the_profile(tape, judge, limits, periods, verdict):
    tape.charging(6000).drop(lambda at, f: at > 4980 and f.can_id == FRAME["CCS"])
    for at_ms in (6000.5, 6250.5, 7250.5, 7500.5):
        tape.put(at_ms, FRAME["BEM"], "F0F0F1FC")
    changed = {**limits, "judge.burst_gap": replace(limits["judge.burst_gap"], value=Decimal(periods))}
    assert judge(tape, ["vehicle"], limits=changed)["F5 BEM period"].verdict is verdict


def test_only_the_parties_of_the_context_are_judged(tape, judge):
    tape.session().replace("CCS", "240BA00F0000").replace("BHM", "A51000")
    checks = judge(tape, ["vehicle"])
    assert "F2 BHM length" in verdicts(checks, Verdict.FAIL)
    assert not [name for name in checks if "CCS" in name or "CHM" in name or "charger" in name]


def test_frames_that_the_tester_sent_itself_are_not_held_against_the_vehicle(tape, judge):
    records = tape.session().records
    foul = Record(len(records) + 1, ms(9400), ms(9400), "charge", Direction.TX, "charger", Frame(0x1C2756F4, b"\xa5\x10"))
    assert judge([*records, foul], ["vehicle"])["F1 vehicle identifiers"].verdict is Verdict.PASS


def test_findings_are_bounded_and_the_rest_is_counted(tape, judge):
    check = judge(tape.session().replace("BCL", "A510D80E03"))["F3 BCL values"]
    assert len(check.findings) == 10
    assert check.occurrences == 90
