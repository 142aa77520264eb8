from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.protocols.j1939.frames import Abort, Bam, Cts, EndOfMsgAck, Rts, build_packet, packets_for, parse_control

MESSAGES = [
    (Rts(49, 7, 0xFF, 0x0200), "10 31 00 07 FF 00 02 00"),
    (Rts(512, 74, 8, 0x1500), "10 00 02 4A 08 00 15 00"),
    (Cts(7, 1, 0x0200), "11 07 01 FF FF 00 02 00"),
    (Cts(0, 4, 0x0200), "11 00 04 FF FF 00 02 00"),
    (EndOfMsgAck(49, 7, 0x0200), "13 31 00 07 FF 00 02 00"),
    (Bam(1785, 255, 0x1FECA), "20 F9 06 FF FF CA FE 01"),
    (Abort(3, 0x0200), "FF 03 FF FF FF 00 02 00"),
]


@pytest.mark.parametrize(("message", "wire"), MESSAGES, ids=[wire for _, wire in MESSAGES])
def test_control_messages_have_these_bytes(message, wire):
    assert message.encode() == bytes.fromhex(wire)
    assert parse_control(bytes.fromhex(wire)) == message


@pytest.mark.parametrize("data", ["", "10 31 00 07 FF 00 02", "00 31 00 07 FF 00 02 00", "12 31 00 07 FF 00 02 00"])
def test_short_and_unknown_control_messages_are_none(data):
    assert parse_control(bytes.fromhex(data)) is None


@pytest.mark.parametrize(("length", "packets"), [(9, 2), (14, 2), (15, 3), (49, 7), (512, 74), (1785, 255)])
def test_number_of_packets(length, packets):
    assert packets_for(length) == packets


def test_last_packet_is_padded_with_ones():
    message = bytes(range(9))
    assert build_packet(message, 1) == bytes.fromhex("01 00 01 02 03 04 05 06")
    assert build_packet(message, 2) == bytes.fromhex("02 07 08 FF FF FF FF FF")


@given(st.binary(min_size=8, max_size=8))
def test_parsed_control_message_encodes_to_itself_but_for_filler(data):
    message = parse_control(data)
    if message is not None:
        assert parse_control(message.encode()) == message
