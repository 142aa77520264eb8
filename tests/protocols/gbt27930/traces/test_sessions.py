from __future__ import annotations

import pytest

from harness.core import ms
from harness.protocols.gbt27930 import STANDARD


def names(session):
    return [phase.name for phase in session.phases]


def test_healthy_session_goes_through_all_phases_in_order(tape, sessions):
    (session,) = sessions(tape.session())
    expected = ["handshake", "recognition", "configuration a", "configuration b", "charging", "stop", "statistics"]
    assert names(session) == expected
    assert [phase.start_ns for phase in session.phases][:5] == [ms(0), ms(2000), ms(2120), ms(2200), ms(3480)]
    assert session.complete


def test_manual_stop_of_the_charger_is_named(tape, sessions):
    (session,) = sessions(tape.session())
    assert session.ended_by == "charger"
    assert session.end_reason.startswith("CST: manual stop, answered by BST: charger stopped (CST received) 0.025 s later")


def test_stop_of_the_vehicle_is_named_with_its_reason(tape, sessions):
    tape.charging()
    tape.every(10, "BST", 8030, 8100, "010000F0")
    tape.every(10, "CST", 8060, 8100, "4000F0F0")
    (session,) = sessions(tape)
    assert session.ended_by == "vehicle"
    assert session.end_reason.startswith("BST: target SOC reached, answered by CST: BMS stopped (BST received)")
    assert not session.complete


def test_bem_ends_the_session_by_the_vehicle(tape, sessions):
    tape.charging(6000).drop(lambda t, f: t > 5000 and f.can_id == 0x1812F456)
    tape.put(6010, 0x081E56F4, "F0F0F1FC")
    (session,) = sessions(tape)
    assert (session.ended_by, session.end_reason) == ("vehicle", "BEM: timeout of CCS (SPN 3905)")
    assert names(session)[-1] == "error"


def test_error_message_without_a_set_bit_ends_nothing(tape, sessions):
    tape.session().put(5000, 0x081FF456, "FCF0C0FC")
    (session,) = sessions(tape)
    assert session.ended_by == "charger"
    assert "error" not in names(session)


def test_handshake_after_a_second_of_silence_is_a_new_session(tape, sessions):
    for start_ms in (0, 3500):
        tape.every(250, "CHM", start_ms, start_ms + 2000)
        tape.every(250, "BHM", start_ms + 10, start_ms + 2000)
    assert [session.start_ns for session in sessions(tape)] == [ms(0), ms(3500)]


def test_handshake_that_the_charger_interrupts_stays_one_session(tape, sessions):
    tape.every(250, "CHM", 0, 1500)
    tape.every(250, "BHM", 10, 5000)
    tape.every(250, "CHM", 3500, 5000)
    assert len(sessions(tape)) == 1


def test_reconnect_stays_in_the_session_and_is_counted(tape, sessions):
    tape.handshake()
    tape.every(250, "CRM(00)", 2250, 7100)
    tape.put(7120, 0x081E56F4, "F4F0F0FC")
    tape.send(9000, "CRM(00)")
    tape.transfer(9020, "BRM")
    (session,) = sessions(tape)
    assert "recognition (reconnect 1)" in names(session)


def test_crm00_that_goes_on_under_bem_is_no_reconnect(tape, sessions):
    tape.handshake().transfer(2020, "BRM")
    tape.every(250, "CRM(00)", 2250, 8100)
    for at_ms in (7030, 7280, 7530):
        tape.put(at_ms, 0x081E56F4, "F4F0F0FC")
    (session,) = sessions(tape.drop(lambda t, f: t > 7600))
    assert names(session).count("recognition (reconnect 1)") <= 1
    assert session.ended_by == "vehicle"


def test_chm_after_the_end_begins_another_session(tape, sessions):
    tape.session()
    tape.every(250, "CHM", 20_000, 22_000)
    found = sessions(tape)
    assert len(found) == 2
    assert names(found[1]) == ["handshake"]


def test_chm_repeated_beside_crm_is_not_taken_for_a_new_session(tape, sessions):
    tape.handshake().every(250, "CRM(00)", 2250, 4000)
    tape.send(2400, "CHM")
    assert len(sessions(tape)) == 1


def test_recording_that_begins_in_charging_says_so(tape, sessions):
    (session,) = sessions(tape.session().drop(lambda t, f: t < 5000))
    assert "begins in mid-session" in session.end_reason
    assert session.ended_by == "charger"
    assert not session.complete


def test_recording_that_ends_in_charging_blames_nobody(tape, sessions):
    (session,) = sessions(tape.charging())
    assert session.ended_by == ""
    assert "ends in mid-session, in phase charging" in session.end_reason


def test_vehicle_that_falls_silent_is_named(tape, sessions):
    vehicle = {0x181056F4, 0x1CEC56F4, 0x1CEB56F4, 0x181356F4}
    (session,) = sessions(tape.charging().drop(lambda t, f: t > 6000 and f.can_id in vehicle))
    assert session.ended_by == "vehicle"
    assert "fell silent" in session.end_reason


def test_charger_without_a_vehicle_is_no_fault_of_the_charger(tape, sessions):
    tape.every(250, "CHM", 0, 4000)
    (session,) = sessions(tape)
    assert session.ended_by == ""
    assert "the vehicle never sent a message" in session.end_reason


def test_facts_give_charging_current_positive(tape, sessions):
    (session,) = sessions(tape.session())
    assert session.facts["VIN"] == "LTESTHDTP00000001"
    assert session.facts["highest current"] == "250.2 A (BCP)"
    assert session.facts["charger range"] == "38..950 V, 0..250 A (CML)"
    assert session.facts["charger version"] == "V1.1 (01 01 00)"
    assert session.facts["state of charge"].startswith("77.6 % (BCP)")


@pytest.mark.parametrize(
    ("change", "dialect"),
    [
        (lambda tape: tape.session(), "2015"),
        (lambda tape: tape.put(0, 0x1801F456, "0001010101FFFFFF"), ""),
        (lambda tape: (tape.send(0, "CRM(00)"), tape.transfer(20, "BRM", "000100" + "01" * 38)), "2011"),
        (lambda tape: tape.send(0, "CML", "1C257C01DC05"), "2011"),
    ],
)
def test_edition_is_told_by_form_and_version(tape, change, dialect):
    change(tape)
    recognition = STANDARD.recognise(tape.records)
    assert recognition is not None
    assert recognition.dialect == dialect


def test_foreign_frames_are_counted_and_named(tape):
    tape.session().put(100, 0x0070F4B5, "0000B5")
    recognition = STANDARD.recognise(tape.records)
    assert recognition is not None
    assert recognition.foreign == 1
    assert "0x0070F4B5 (1)" in recognition.evidence


@pytest.mark.parametrize("can_id", [0x18FEDF00, 0x1CECFF00, 0x100, 0x1CEC56F4])
def test_bus_without_a_message_of_the_table_is_not_recognised(tape, can_id):
    tape.put(0, can_id, "0102030405060708")
    assert STANDARD.recognise(tape.records) is None


def test_leftovers_of_an_earlier_session_do_not_swallow_the_next(tape, sessions):
    tape.send(0, "BCL")
    tape.every(250, "CHM", 100, 2000)
    assert [names(session) for session in sessions(tape)] == [["charging"], ["handshake"]]
