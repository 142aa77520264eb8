"""What is told of a session: protocol, phases, quantities, end; in both languages, whatever part of it was recorded."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.core import Chunk, Direction, Handshake, Trace
from harness.protocols.iso15118 import STANDARD
from harness.protocols.iso15118.message import flat
from tests.protocols.iso15118.scripted import EV, EVSE, decoded, place, records, session


def read(trace):
    return STANDARD.sessions(decoded(trace), trace)


def test_regular_session_is_told_in_both_languages():
    (told,) = read(records(session()))
    assert told.complete
    assert told.ended_by == "vehicle"
    assert [phase.name for phase in told.phases] == [
        "discovery", "agreement", "set-up", "authorization", "parameters", "cable check", "pre-charge", "charging", "stop",
    ]  # fmt: skip
    chinese, english = ("\n".join(told.story[language]) for language in ("zh", "en"))
    assert len(told.story["zh"]) == len(told.story["en"])
    assert "agreed on ISO 15118-2 2.0 (SchemaID 7, OK_SuccessfulNegotiation" in english
    assert "商定 ISO 15118-2 2.0" in chinese
    assert "present voltage of the charger: min 399 V, max 401.5 V, last 399 V" in english
    assert "充电桩电流：最小 10 A，最大 120 A，最后 90 A" in chinese
    assert "Session id 0102030405060708 (OK_NewSessionEstablished); of 27 messages 0 carried another one" in english
    assert "TCP closed 0.010 s later by the vehicle" in told.end_reason
    assert told.facts["protocol"] == "ISO 15118-2"


def test_frames_of_phases_are_those_of_the_recording():
    trace = records(session())
    (told,) = read(trace)
    names = {message.frames[-1]: message.name for message in decoded(trace)}
    assert [names[phase.first_frame] for phase in told.phases][3:6] == ["AuthorizationReq", "ChargeParameterDiscoveryReq", "CableCheckReq"]


@pytest.mark.parametrize("pieces", [1, 3, 7])
def test_messages_in_any_pieces_are_the_same(pieces):
    whole = records(session())
    parted = []
    for record in whole:
        if not isinstance(record.pdu, Chunk) or not record.pdu.data:
            parted.append(record)
            continue
        data = record.pdu.data
        parted += [record._replace(pdu=replace(record.pdu, data=data[at : at + pieces])) for at in range(0, len(data), pieces)]
    parted = [record._replace(number=number) for number, record in enumerate(parted, 1)]
    assert [(m.name, dict(m.values)) for m in decoded(parted)] == [(m.name, dict(m.values)) for m in decoded(whole)]
    assert all(len(message.frames) > 1 for message in decoded(parted) if message.name == "PreChargeReq")


def test_recording_from_mid_session_is_taken_by_its_content():
    lines = session()
    lines = lines[place(lines, "CableCheckReq") :]
    trace = [record for record in records(lines) if isinstance(record.pdu, Chunk) and (record.pdu.data or record.pdu.end)]
    claim = STANDARD.recognise(trace)
    assert claim is not None
    assert claim.dialect == "iso15118-2"
    assert "no agreement in the recording" in claim.evidence
    (told,) = read(trace)
    assert not told.complete
    assert "taken for ISO 15118-2 by the content" in "\n".join(told.story["en"])


def test_cut_recording_says_so_and_a_close_without_stop_too():
    lines = session()[: place(session(), "PreChargeRes") + 1]
    (cut,) = read(records(lines, close_ms=None))
    assert "the recording ends in mid-session; the last message is PreChargeRes" in cut.end_reason
    (closed,) = read(records(lines))
    assert (closed.ended_by, closed.complete) == ("vehicle", False)
    assert "the vehicle closed TCP at" in closed.end_reason


def test_charger_that_asked_for_the_end_ended_the_session():
    lines = session()
    index = place(lines, "CurrentDemandRes", 2)
    status = {**EVSE, "EVSENotification": "StopCharging"}
    lines[index] = replace(lines[index], content={**lines[index].content, "DC_EVSEStatus": status})
    (told,) = read(records(lines))
    assert told.ended_by == "charger"
    assert "after the charger had told StopCharging" in told.end_reason


def test_vehicle_error_is_the_reason_of_the_end():
    lines = session()
    index = place(lines, "CurrentDemandReq", 2)
    status = {**EV, "EVErrorCode": "FAILED_EVRESSMalfunction"}
    lines[index] = replace(lines[index], content={**lines[index].content, "DC_EVStatus": status})
    (told,) = read(records(lines))
    assert told.ended_by == "vehicle"
    assert "FAILED_EVRESSMalfunction" in told.end_reason


def test_two_sessions_on_the_same_ports_are_two():
    first = records(session())
    second = [record._replace(number=record.number + len(first), t_ns=record.t_ns + 10**10) for record in records(session())]
    told = read([*first, *second])
    assert [one.complete for one in told] == [True, True]
    assert told[0].end_ns < told[1].start_ns


def test_values_are_flat_and_physical():
    assert flat({"A": {"B": {"Multiplier": -1, "Unit": "V", "Value": 3995}}, "L": [{"Exponent": 3, "Value": 2}], "F": True}) == {
        "A.B": 399.5,
        "L[1]": 2000.0,
        "F": 1,
    }


def test_traffic_of_others_is_not_claimed():
    trace = [
        record._replace(pdu=replace(record.pdu, data=b"GET / HTTP/1.1\r\n"))
        for record in records(session())
        if isinstance(record.pdu, Chunk)
    ]
    assert STANDARD.recognise(trace) is None


def test_protected_connection_with_something_else_is_of_another_protocol_and_tells_no_phases():
    trace = Trace()
    gateway, tester = "127.0.0.2:3496", "127.0.0.1:49153"
    begun = [Chunk(b"", source=tester, destination=gateway, begin=True), Chunk(b"", source=gateway, destination=tester, begin=True)]
    agreed = Handshake(gateway, tester, None, "TLS 1.3", "TLS_AES_256_GCM_SHA384", "", "gateway")
    content = Chunk(bytes.fromhex("02FD0006000000090E801025100000000000"), source=gateway, destination=tester, security="TLS 1.3")
    for t_ns, pdu in enumerate((*begun, agreed, content), 1):
        trace.append(t_ns, t_ns, "net", Direction.RX, "", pdu)
    assert STANDARD.recognise(trace.on("net")) is None
    (told,) = read(trace.on("net"))
    assert told.phases == ()
    assert not told.complete
