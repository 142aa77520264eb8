"""What is understood of DoIP on a network, and the rule N4 on it."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from harness.core import Chunk, Datagram, Direction, JudgeContext, Message, Pdu, Record, ms
from harness.protocols.doip.codec import frame
from harness.protocols.vehicle.decoder import VehicleDecoder
from harness.protocols.vehicle.judges import judge_all

TESTER, ENTITY = "[fe80::1]:49152", "[fe80::10]:13400"
REQUEST = bytes.fromhex("02FD800100000007 0E80 1027 22F190")
ANSWER = bytes.fromhex("02FD800100000018 1027 0E80 62F190") + b"LZZTEST01A1234567"


def records(*pdus: Pdu) -> list[Record]:
    """PDUs a millisecond apart, those of the tester marked as its own."""
    return [
        Record(number, ms(number), ms(number), "ethernet", Direction.TX if pdu.source == TESTER else Direction.RX, "", pdu)  # type: ignore[union-attr]
        for number, pdu in enumerate(pdus, 1)
    ]


def to_entity(data: bytes, **how: bool) -> Chunk:
    return Chunk(data, source=TESTER, destination=ENTITY, **how)


def to_tester(data: bytes, **how: bool) -> Chunk:
    return Chunk(data, source=ENTITY, destination=TESTER, **how)


def heard(rows: list[Record]) -> list[Message]:
    decoder = VehicleDecoder()
    return [message for row in rows for message in decoder.feed(row)]


def judged(*pdus: Pdu) -> list[tuple[str, str, str]]:
    rows = records(*pdus)
    context = JudgeContext(limits={}, time_base=None)
    return [(check.name, check.verdict.word, check.observed) for check in judge_all(heard(rows), rows, context)]


def test_diagnostic_message_is_told_with_what_it_carries() -> None:
    rows = records(
        to_entity(b"", begin=True), to_tester(b"", begin=True), to_entity(REQUEST[:5]), to_entity(REQUEST[5:]), to_tester(ANSWER)
    )
    messages = heard(rows)
    assert [(message.name, message.sender) for message in messages] == [
        ("TCP.Opened", "tester"),
        ("TCP.Opened", "entity"),
        ("DoIP.DiagnosticMessage", "tester"),
        ("ReadDataByIdentifier.Req", "tester"),
        ("DoIP.DiagnosticMessage", "entity"),
        ("ReadDataByIdentifier.Res", "ecu"),
    ]
    request, answer = messages[3], messages[5]
    assert (request.start_ns, request.t_ns, request.frames) == (ms(3), ms(4), (3, 4))
    values: Mapping[str, object] = answer.values
    assert (values["source"], values["did"], answer.data[3:]) == (0x1027, 0xF190, b"LZZTEST01A1234567")


def test_ends_of_connections_are_told() -> None:
    rows = records(to_entity(b"", begin=True), to_entity(REQUEST[:9]), to_entity(b"", end=True), to_tester(b"", reset=True))
    messages = heard(rows)
    assert [(message.name, message.values.get("how")) for message in messages] == [
        ("TCP.Opened", None),
        ("DoIP.ERROR", None),
        ("TCP.Closed", "end"),
        ("TCP.Closed", "reset"),
    ]
    assert messages[1]["open"] == 1


def test_traffic_of_other_ports_is_nothing() -> None:
    assert heard(records(Datagram(REQUEST, "[fe80::1]:49152", "[fe80::2]:15118"), Datagram(b"", "a", "b"))) == []


@pytest.mark.parametrize(
    ("data", "observed"),
    [
        (frame(0x1234), "no payload type is 1234"),
        (frame(0x0007, inverse=0), "version 02 has the inverse 00, not FD"),
        (frame(0x4004, b"\x01\x02"), "PowerModeRes cannot have 2 bytes"),
        (frame(0x0000, b"\x09"), "DoIP.HeaderNack with code 09"),
        (frame(0x8003, bytes.fromhex("10270E8055")), "DoIP.DiagnosticNack with code 55"),
        (frame(0x0006, bytes.fromhex("0E8010252000000000")), "DoIP.RoutingActivationRes with code 20"),
    ],
)
def test_wrong_message_of_the_truck_breaks_the_rule_and_one_of_the_tester_does_not(data: bytes, observed: str) -> None:
    assert judged(Datagram(data, ENTITY, TESTER)) == [("N4 DoIP messages", "fail", observed)]
    assert judged(Datagram(data, TESTER, ENTITY)) == []


def test_right_messages_keep_the_rule() -> None:
    own_code = frame(0x0006, bytes.fromhex("0E801025E000000000"))
    opened = (to_entity(b"", begin=True), to_tester(b"", begin=True))
    assert judged(*opened, to_entity(REQUEST), to_tester(ANSWER + own_code)) == [
        ("N3 answers of diagnostics", "pass", "1 answers"),
        ("N4 DoIP messages", "pass", "2 messages"),
    ]
