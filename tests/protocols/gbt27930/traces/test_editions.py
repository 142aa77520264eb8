"""Recordings of other editions: recognised, decoded and judged by their own limits."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.case.suites.profile import load_profile
from harness.core import Verdict, resource
from harness.protocols.gbt27930 import STANDARD
from harness.protocols.gbt27930.decoder import GbtDecoder

VIN = b"LTESTHDTP00000001".hex()
BRM_2011 = "00010003F005400E4341544C0100000026040100000001FF" + VIN
BRM_41_OF_2015 = "01010003F005400E4341544C0100000026040100000001FF" + VIN
BSM, CCS = 0x181356F4, 0x1812F456


def limits_of(edition):
    return load_profile(Path(resource("test_suites", "gbt27930", f"profile-{edition}.toml")))


@pytest.fixture
def tape_2011(tape):
    """A session as of 2011, from CRM(00) at 0 ms."""
    tape.every(250, "CRM(00)", 0, 100, "0001FFFFFFFFFFFF")
    tape.transfer(20, "BRM", BRM_2011)
    tape.send(120, "CRM(AA)", "AA01FFFFFFFFFFFF")
    tape.transfer(140, "BCP")
    tape.every(250, "CML", 201, 1220, "1C257C01DC05")
    tape.every(250, "BRO(00)", 220, 1200)
    tape.every(250, "BRO(AA)", 1220, 1480)
    tape.send(1480, "CRO(AA)")
    tape.every(50, "BCL", 1500, 6000)
    tape.transfers(250, "BCS", 1510, 6000)
    tape.every(50, "CCS", 1620.5, 6000, "240BA00F0000")
    tape.every(250, "BSM", 1802, 6000)
    tape.every(10, "BST", 6030, 6150, "C100F0F0")
    tape.every(10, "CST", 6055, 6350, "0400F0F0")
    tape.every(250, "BSD", 6360, 7300)
    tape.every(250, "CSD", 6371, 7300, "0000010001")
    return tape


def failures(checks):
    return [(name, check.observed) for name, check in checks.items() if check.verdict > Verdict.PASS]


def test_2011_is_recognised_by_its_lengths_and_version(tape_2011):
    found = STANDARD.recognise(tape_2011.records)
    assert found.dialect == "2011"
    for sign in ("BRM of 41 bytes", "V1.0 (00 01 00)", "CML of 6 bytes", "CCS of 6 bytes", "CSD of 5 bytes"):
        assert sign in found.evidence
    assert "2023" not in found.evidence


def test_what_was_read_to_recognise_the_edition_is_handed_on_if_it_was_read_in_it(tape, tape_2011):
    records, usual = tape_2011.records, type(tape)().session().records
    read, decoder = STANDARD.recognise(usual).messages, STANDARD.decoder("2015")
    again = [message for record in usual for message in decoder.feed(record)]
    assert [(one.name, one.t_ns, one.values) for one in read] == [(one.name, one.t_ns, one.values) for one in again]
    assert STANDARD.recognise(records).dialect == "2011"
    assert STANDARD.recognise(records).messages is None


def test_2011_session_breaks_no_rule_of_its_own_profile(tape_2011, judge):
    assert failures(judge(tape_2011, limits=limits_of("2011"), edition="2011")) == []


def test_lengths_of_2015_fail_in_2011(tape, judge):
    found = failures(judge(tape.session(), limits=limits_of("2011"), edition="2011"))
    assert {"F2 BRM length", "F2 CML length", "F2 CCS length", "F2 CSD length", "F3 BRM version"} <= {name for name, _ in found}


def test_session_as_of_2011_is_read_so_without_being_told(tape_2011):
    decoder = GbtDecoder()
    messages = [message for record in tape_2011.records for message in decoder.feed(record)]
    stop = next(message for message in messages if message.name == "BST")
    assert stop["soc_reached"] == 1
    assert "charger_stopped" not in stop.values
    assert {message.note for message in messages} == {""}


def test_session_as_of_2011_is_complete_with_its_stop_reason(tape_2011, sessions):
    (session,) = sessions(tape_2011)
    assert session.complete
    assert session.ended_by == "vehicle"
    assert session.end_reason.startswith("BST: target SOC reached")
    assert session.facts["edition"] == "GB/T 27930-2011"


def test_forms_of_2011_are_not_judged_by_the_limits_of_2015(tape_2011, judge):
    checks = judge(tape_2011, parties=("vehicle",))
    assert failures(checks) == []
    assert "F2 BRM length" not in checks
    assert "F2 BCS length" in checks


def test_brm_of_41_bytes_after_a_handshake_is_a_finding_that_names_the_printed_length(tape, judge):
    tape.handshake().transfer(2020, "BRM", BRM_41_OF_2015)
    check = judge(tape)["F2 BRM length"]
    assert check.verdict is Verdict.FAIL
    assert "the message table of 2015 prints 41" in check.note
    assert check.findings


def test_brm_of_2011_after_a_handshake_stays_a_finding(tape, judge):
    tape.handshake().transfer(2020, "BRM", BRM_2011)
    assert judge(tape)["F2 BRM length"].verdict is Verdict.FAIL


def test_brm_of_41_bytes_does_not_turn_a_2015_session_into_2011(tape):
    tape.handshake().transfer(2020, "BRM", BRM_41_OF_2015)
    assert STANDARD.recognise(tape.records).dialect == "2015"


def test_session_of_2015_may_be_of_2023_unless_its_ccs_says_otherwise(tape):
    assert "2023" not in STANDARD.recognise(tape.session().records).evidence
    tape.replace("CCS", "240BA00F0000FD")
    assert "GB/T 27930-2023 class A sends the same messages and is judged as 2015" in STANDARD.recognise(tape.records).evidence


def as_2023(tape):
    return tape.session().replace("CCS", "240BA00F0000FD")


@pytest.fixture
def judge_2023(judge):
    return lambda tape, parties=("charger",): judge(tape, parties=parties, limits=limits_of("2023A"), edition="2023A")


def test_sound_session_breaks_no_added_rule(tape, judge_2023):
    checks = judge_2023(as_2023(tape))
    assert failures(checks) == []
    assert {"F6 CCS without BSM", "F7 CCS voltage within the demand"} <= set(checks)


def test_ccs_of_eight_bytes_fails_in_2023(tape, judge_2023):
    assert judge_2023(tape.session())["F2 CCS length"].verdict is Verdict.FAIL


@pytest.mark.parametrize(("gone_ms", "verdict"), [(5400, Verdict.PASS), (5700, Verdict.FAIL)])
def test_ccs_may_go_on_for_five_and_a_half_seconds_without_bsm(tape, judge_2023, gone_ms, verdict):
    tape.charging(until_ms=3802 + gone_ms + 1).replace("CCS", "240BA00F0000FD")
    tape.drop(lambda t, f: f.can_id == BSM and t > 3802)
    assert judge_2023(tape)["F6 CCS without BSM"].verdict is verdict


def test_bsm_that_never_came_is_not_awaited(tape, judge_2023):
    tape.charging(until_ms=12_000).drop(lambda t, f: f.can_id == BSM)
    assert "F6 CCS without BSM" not in judge_2023(tape)


def test_output_above_the_demand_fails_in_2023(tape, judge_2023):
    as_2023(tape).replace("CCS", "240BA00F0000FD")
    tape.send(6010, "CCS", "6911A00F0000FD")  # 445.7 V, demand 426.1 V
    check = judge_2023(tape)["F7 CCS voltage within the demand"]
    assert check.verdict is Verdict.FAIL
    assert "445.7 V against a demand of 426.1 V" in check.note


def test_output_may_follow_a_lower_demand_for_a_moment(tape, judge_2023):
    as_2023(tape)
    low = "200BD80E02"  # 284.8 V
    tape.replace("BCL", low, only_after_ms=7000).drop(lambda t, f: f.can_id == CCS and t > 7000)
    tape.send(7900, "CCS", "A510A00F0000FD")  # 426.1 V
    assert judge_2023(tape)["F7 CCS voltage within the demand"].verdict is Verdict.PASS
    tape.send(8020, "CCS", "A510A00F0000FD")
    assert judge_2023(tape)["F7 CCS voltage within the demand"].verdict is Verdict.FAIL


def test_demand_below_the_smallest_output_must_end_the_charge(tape, judge_2023):
    as_2023(tape).replace("CML", "1C257C01DC05D80E")  # smallest current 20.0 A
    tape.replace("BCL", "A5103C0F02", only_after_ms=6000)  # 10.0 A
    assert judge_2023(tape)["F7 CCS below the smallest output"].verdict is Verdict.FAIL


def test_charge_that_ends_at_once_after_a_small_demand_passes(tape, judge_2023):
    as_2023(tape).replace("CML", "1C257C01DC05D80E")
    tape.replace("BCL", "A5103C0F02", only_after_ms=7500)
    assert judge_2023(tape)["F7 CCS below the smallest output"].verdict is Verdict.PASS


def test_battery_out_of_range_wants_cst_after_cml(tape, judge_2023):
    tape.configuration().replace("CML", "E803C800DC05A00F")  # 20..100 V, the battery has 378.2 V
    assert judge_2023(tape)["F7 CML without CST"].verdict is Verdict.PASS
    tape.every(250, "CML", 3250, 4000, "E803C800DC05A00F")
    assert judge_2023(tape)["F7 CML without CST"].verdict is Verdict.FAIL


def test_added_rules_are_not_judged_in_2015(tape, judge):
    names = set(judge(tape.session()))
    assert not {"F6 CCS without BSM", "F7 CCS voltage within the demand", "F7 CML without CST"} & names


def test_added_rules_are_not_judged_where_the_charger_is_the_tester(tape, judge_2023):
    assert "F6 CCS without BSM" not in judge_2023(as_2023(tape), parties=("vehicle",))


def test_edition_that_only_a_suite_knows_is_read_and_judged_as_2015(tape, judge):
    assert STANDARD.decoder("of our house").edition == "2015"
    assert "F2 BRM length" in judge(tape.session(), edition="of our house")
