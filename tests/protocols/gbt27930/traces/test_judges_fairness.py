"""A healthy vehicle is never blamed for what the tester provokes, nor for where a recording begins or ends."""

from __future__ import annotations

import pytest

from harness.core import Verdict
from harness.protocols.j1939.frames import Abort, Cts, EndOfMsgAck

BEM, CEM = 0x081E56F4, 0x081FF456
CM_CHARGER, DT_VEHICLE = 0x1CECF456, 0x1CEB56F4
BRM_PGN, BCS_PGN = 0x0200, 0x1100


def charger_silent_after_chm(tape):
    tape.every(250, "CHM", 0, 5000)
    tape.every(250, "BHM", 10, 5300)
    tape.put(30_005, BEM, "F1F0F0FC")
    tape.put(30_255, BEM, "F1F0F0FC")


def vehicle_that_stops_bhm_when_the_charger_is_silent(tape):
    tape.every(250, "CHM", 0, 2000)
    tape.every(250, "BHM", 10, 2100)
    tape.put(30_005, BEM, "F1F0F0FC")


def no_chm_at_all(tape):
    for number in range(5):
        tape.put(60_000 + 250 * number, BEM, "F1F0F0FC")


def crm00_for_long(tape):
    tape.handshake().every(250, "CRM(00)", 2250, 6100)
    tape.transfers(250, "BRM", 2020, 6000)


def brm_never_granted(tape):
    tape.handshake().every(250, "CRM(00)", 2250, 9000)
    for at_ms in (2020, 2270, 3520, 4780):
        tape.announce(at_ms, "BRM")
    tape.put(7025, BEM, "F4F0F0FC")
    tape.put(7275, BEM, "F4F0F0FC")


def brm_aborted_every_time(tape):
    tape.handshake().every(250, "CRM(00)", 2250, 5000)
    for at_ms in range(2020, 5000, 250):
        tape.announce(at_ms, "BRM")
        tape.put(at_ms + 2, CM_CHARGER, Abort(1, BRM_PGN).encode())


def crm_aa_of_another_priority_ignored(tape):
    tape.handshake().every(250, "CRM(00)", 2250, 3000)
    tape.transfers(250, "BRM", 2020, 4500)
    for at_ms in range(3000, 4500, 250):
        tape.put(at_ms, 0x1C01F456, "AA01000000303030")


def crm_aa_of_another_priority_believed(tape):
    tape.handshake().transfer(2020, "BRM")
    tape.put(2120, 0x1C01F456, "AA01000000303030")
    tape.transfer(2140, "BCP")


def handshake_repeated_after_silence(tape):
    for start_ms in (0, 3500):
        tape.every(250, "CHM", start_ms, start_ms + 2000)
        tape.every(250, "BHM", start_ms + 10, start_ms + 2000)


def brm_never_acknowledged(tape):
    tape.handshake().every(250, "CRM(00)", 2250, 7000)
    for at_ms in (2020, 3400, 4900):
        tape.transfer(at_ms, "BRM", acknowledged=False)


def brm_granted_in_pieces(tape):
    payload = tape.handshake().announce(2020, "BRM")
    for first in (1, 3, 5, 7):
        count = min(2, 8 - first)
        tape.put(2020 + 20 * first, CM_CHARGER, Cts(count, first, BRM_PGN).encode())
        for number in range(first, first + count):
            part = payload[7 * number - 7 : 7 * number].ljust(7, b"\xff")
            tape.put(2020 + 20 * first + 4 * (number - first + 1), DT_VEHICLE, bytes((number,)) + part)


def brm_held_then_repeated_from_three(tape):
    payload = tape.handshake().announce(2020, "BRM")
    tape.put(2022, CM_CHARGER, Cts(0, 1, BRM_PGN).encode())
    tape.put(2420, CM_CHARGER, Cts(7, 1, BRM_PGN).encode())
    sent = [*range(1, 8), *range(3, 8)]
    for index, number in enumerate(sent):
        if index == 7:
            tape.put(2500, CM_CHARGER, Cts(5, 3, BRM_PGN).encode())
        at_ms = 2425 + 10 * index if index < 7 else 2505 + 10 * (index - 7)
        tape.put(at_ms, DT_VEHICLE, bytes((number,)) + payload[7 * number - 7 : 7 * number].ljust(7, b"\xff"))


def reconnect_after_bem(tape):
    brm_never_granted(tape)
    tape.drop(lambda t, f: t > 7000 and f.can_id == 0x1801F456)
    tape.send(12_000, "CRM(00)")
    tape.transfer(12_020, "BRM")
    tape.send(12_100, "CRM(AA)")
    tape.transfer(12_120, "BCP")


def cem_in_configuration_then_restart(tape):
    tape.recognition().transfers(500, "BCP", 2140, 7100)
    tape.put(7200, CEM, "FCF1C0FC")
    tape.send(9000, "CRM(00)")
    tape.transfer(9020, "BRM")


def recognised_without_a_granted_brm_strict(tape):
    tape.handshake().send(2300, "CRM(AA)")
    for at_ms in (2020, 2270, 3520):
        tape.announce(at_ms, "BRM")


def recognised_without_a_granted_brm_lenient(tape):
    tape.handshake().announce(2020, "BRM")
    tape.send(2300, "CRM(AA)")
    tape.transfer(2320, "BCP")


def crm_aa_of_wrong_length_ignored(tape):
    tape.handshake().every(250, "CRM(AA)", 2250, 4000, "AA010101013132")
    tape.transfers(250, "BRM", 2020, 4000)


def cro_aa_before_cml_ignored(tape):
    tape.recognition().transfer(2140, "BCP")
    tape.send(2170, "CRO(AA)")
    tape.every(250, "CML", 2201, 6000)
    tape.every(250, "BRO(00)", 2220, 6000)


def ccs_stops(tape):
    tape.charging(6000).drop(lambda t, f: t > 4970 and f.can_id == 0x1812F456)
    tape.put(6005, BEM, "F0F0F1FC")
    tape.put(6255, BEM, "F0F0F1FC")


def bcs_not_granted_for_a_while(tape):
    tape.charging()
    tape.drop(lambda t, f: 5000 < t < 7000 and f.can_id in (CM_CHARGER, DT_VEHICLE))
    tape.drop(lambda t, f: 5300 < t < 6500 and f.can_id == 0x1CEC56F4)


def bmv_beside_bcs(tape):
    tape.charging()
    tape.drop(lambda t, f: 5250 < t < 5500 and f.can_id in (0x1CEC56F4, CM_CHARGER, DT_VEHICLE))
    tape.transfer(5150, "BMV", "4C61" * 70)


def charger_stops_in_configuration(tape):
    tape.configuration().every(10, "CST", 3490, 3800)
    tape.every(10, "BST", 3510, 3600)
    tape.every(250, "BSD", 3820, 4500)


def vehicle_gives_up_before_it_is_ready(tape):
    tape.recognition().transfer(2140, "BCP")
    tape.every(250, "CML", 2201, 8000)
    tape.every(250, "BRO(00)", 2220, 7000)
    tape.every(10, "BST", 7010, 7500, "000040F0")


PROVOCATIONS = [
    charger_silent_after_chm, vehicle_that_stops_bhm_when_the_charger_is_silent, no_chm_at_all, crm00_for_long, brm_never_granted,
    brm_aborted_every_time, brm_never_acknowledged, brm_granted_in_pieces, brm_held_then_repeated_from_three, reconnect_after_bem,
    cem_in_configuration_then_restart, recognised_without_a_granted_brm_strict, recognised_without_a_granted_brm_lenient,
    crm_aa_of_wrong_length_ignored, cro_aa_before_cml_ignored, ccs_stops, bcs_not_granted_for_a_while, bmv_beside_bcs,
    charger_stops_in_configuration, vehicle_gives_up_before_it_is_ready, crm_aa_of_another_priority_ignored,
    crm_aa_of_another_priority_believed, handshake_repeated_after_silence,
]  # fmt: skip


@pytest.mark.parametrize("provoke", PROVOCATIONS, ids=lambda function: function.__name__)
def test_healthy_vehicle_passes(tape, judge, provoke):
    provoke(tape)
    checks = judge(tape, ["vehicle"])
    assert checks
    assert {name: check.observed for name, check in checks.items() if check.verdict is not Verdict.PASS} == {}


@pytest.mark.parametrize("from_ms", [300, 1990, 2010, 2050, 2130, 2210, 3300, 3490, 4000, 8040, 8360])
def test_recording_that_begins_in_mid_session_blames_nobody(tape, judge, from_ms):
    checks = judge(tape.session().drop(lambda t, f: t < from_ms))
    assert {name: check.observed for name, check in checks.items() if check.verdict is not Verdict.PASS} == {}


@pytest.mark.parametrize("until_ms", [300, 1990, 2005, 2050, 2130, 2210, 3300, 3490, 3700, 4000, 8032, 8060, 8365])
def test_recording_that_ends_in_mid_session_blames_nobody(tape, judge, until_ms):
    checks = judge(tape.session().drop(lambda t, f: t > until_ms))
    assert {name: check.observed for name, check in checks.items() if check.verdict is not Verdict.PASS} == {}


def test_vehicle_that_goes_on_after_bem_is_blamed(tape, judge):
    tape.charging().put(5000, BEM, "F0F0F1FC")
    assert judge(tape, ["vehicle"])["F6 BCL phase"].verdict is Verdict.FAIL


def test_vehicle_that_stops_brm_while_it_is_not_recognised_is_blamed(tape, judge):
    tape.handshake().transfer(2020, "BRM")
    tape.every(250, "CRM(00)", 2250, 4500)
    assert judge(tape, ["vehicle"])["F5 BRM period"].verdict is Verdict.FAIL


def test_slow_brm_is_blamed_when_every_transfer_is_granted_at_once(tape, judge):
    tape.handshake().every(250, "CRM(00)", 2250, 6100)
    tape.transfers(400, "BRM", 2020, 6000)
    assert judge(tape, ["vehicle"])["F5 BRM period"].verdict is Verdict.FAIL


def slow_transfers(tape, *, grant_ms, gap_ms, ack_ms):
    """BRM announced every 250 ms or as soon as the last one is done; the transfer takes all of it."""
    tape.handshake()
    at_ms = 2020.0
    for _ in range(3):
        payload = tape.announce(at_ms, "BRM")
        granted_ms = at_ms + grant_ms
        tape.put(granted_ms, CM_CHARGER, Cts(7, 1, BRM_PGN).encode())
        for number in range(1, 8):
            tape.put(granted_ms + gap_ms * number, DT_VEHICLE, bytes((number,)) + payload[7 * number - 7 : 7 * number].ljust(7, b"\xff"))
        done_ms = granted_ms + 7 * gap_ms + ack_ms
        tape.put(done_ms, CM_CHARGER, EndOfMsgAck(49, 7, BRM_PGN).encode())
        at_ms = max(at_ms + 250, done_ms + 5)


@pytest.mark.parametrize(
    ("times", "judged"),
    [
        ({"grant_ms": 1, "gap_ms": 200, "ack_ms": 1}, True),
        ({"grant_ms": 200, "gap_ms": 200, "ack_ms": 1}, True),
        ({"grant_ms": 400, "gap_ms": 10, "ack_ms": 1}, False),
        ({"grant_ms": 1, "gap_ms": 10, "ack_ms": 400}, False),
        ({"grant_ms": 1, "gap_ms": 10, "ack_ms": 1}, True),
    ],
    ids=["slow packets", "slow grant and slow packets", "slow grant", "slow acknowledgement", "all fast"],
)
def test_peer_excuses_an_interval_only_by_its_own_delay(tape, judge, times, judged):
    slow_transfers(tape, **times)
    check = judge(tape, ["vehicle"]).get("F5 BRM period")
    assert (check is not None) is judged
    if check is not None:
        assert check.verdict is (Verdict.FAIL if times["gap_ms"] > 100 else Verdict.PASS)
