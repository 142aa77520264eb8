"""Diagnostics over IP in a capture file: the entity, the conversation and the times are told as on a CAN bus."""

from __future__ import annotations

import pytest

from harness.analyse.analysis import analyse_captures
from harness.core import Chunk, Datagram, Direction, Record, Verdict
from harness.rig.registry import standards
from tests.analyse.network.packets import packets, pcap

ENTITY, TESTER = "[fe80::1]", "[fe80::2]"
VIN = b"LZZTEST01A1234567"


def message(kind: int, payload: bytes) -> bytes:
    return bytes((0x02, 0xFD)) + kind.to_bytes(2, "big") + len(payload).to_bytes(4, "big") + payload


def conversation(answer_ms: int = 20, vin: bytes = VIN) -> list[Record]:
    to, back = (f"{TESTER}:50000", f"{ENTITY}:13400"), (f"{ENTITY}:13400", f"{TESTER}:50000")
    announced = message(0x0004, VIN + bytes.fromhex("1025 0A0B0C0D0E0F 0A0B0C0D0E0F 00 00"))
    rows = [
        (0, Datagram(announced, f"{ENTITY}:13400", "[ff02::1]:13400")),
        (100, Chunk(b"", source=to[0], destination=to[1], begin=True)),
        (101, Chunk(b"", source=back[0], destination=back[1], begin=True)),
        (110, Chunk(message(0x0005, bytes.fromhex("0E80 00 00000000")), source=to[0], destination=to[1])),
        (120, Chunk(message(0x0006, bytes.fromhex("0E80 1025 10 00000000")), source=back[0], destination=back[1])),
        (200, Chunk(message(0x8001, bytes.fromhex("0E80 1027 22F190")), source=to[0], destination=to[1])),
        (205, Chunk(message(0x8002, bytes.fromhex("1027 0E80 00")), source=back[0], destination=back[1])),
        (200 + answer_ms, Chunk(message(0x8001, bytes.fromhex("1027 0E80 62F190") + vin), source=back[0], destination=back[1])),
    ]
    return [Record(number, at * 1_000_000, 0, "net", Direction.RX, "", pdu) for number, (at, pdu) in enumerate(rows, 1)]


@pytest.fixture
def analyse(write):
    def run(seen: list[Record]):
        (analysis,) = analyse_captures([write(pcap(packets(seen)), "doip.pcap")], standards())
        (link,) = analysis.links
        return link

    return run


def rows(link, name):
    found = next(one for one in link.sessions[0].tables if one.name == name)
    keys = [column.key for column in found.columns]
    return [dict(zip(keys, row, strict=True)) for row in found.rows]


def test_entity_and_conversation_are_told(analyse):
    link = analyse(conversation())
    assert link.recognition.standard == "vehicle"
    assert [(row["source"], row["what"], row["text"], row["over"]) for row in rows(link, "identification")] == [
        ("1025", "vin", VIN.decode(), "DoIP"),
        ("1027", "vin", VIN.decode(), "DoIP"),
    ]
    (exchange,) = rows(link, "exchanges")
    assert (exchange["tester"], exchange["unit"], exchange["did"]) == ("0E80", "1027", "F190")
    assert (exchange["outcome"], exchange["first"]) == ("answered", 20.0)
    assert "DoIP.Announcement (1)" in link.sessions[0].story["en"][0]
    assert link.verdict is Verdict.PASS
    assert link.bus is None


def test_late_answer_fails_and_another_vin_is_found(analyse):
    link = analyse(conversation(answer_ms=150, vin=b"LZZTEST02A1234567"))
    failed = [check.name for check in link.checks if check.verdict is Verdict.FAIL]
    assert failed == ["R3 unit 1027"]
    assert [one.rule for one in link.findings if one.rule == "VIN"] == ["VIN"]
