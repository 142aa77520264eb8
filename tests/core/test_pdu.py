"""Frames that cannot exist on a bus cannot be built; all PDUs print as traces print them."""

import pytest

from harness.core import Chunk, Datagram, Frame, Level


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"can_id": 1 << 29}, "0x20000000 does not fit 29 bits"),
        ({"can_id": -1}, "does not fit 29 bits"),
        ({"can_id": 0x800, "extended": False}, "0x800 does not fit 11 bits"),
        ({"can_id": 1, "data": bytes(9)}, "a classic CAN frame cannot carry 9 data bytes"),
        ({"can_id": 1, "data": b"x", "remote": True}, "a classic CAN remote frame cannot carry 1 data bytes"),
        ({"can_id": 1, "data": bytes(9), "fd": True}, "no CAN FD frame has 9 data bytes"),
        ({"can_id": 1, "data": bytes(65), "fd": True}, "no CAN FD frame has 65 data bytes"),
        ({"can_id": 1, "fd": True, "remote": True}, "CAN FD has no remote frames"),
    ],
)
def test_an_impossible_frame_is_refused_with_its_value(arguments: dict, message: str):
    with pytest.raises(ValueError, match=message):
        Frame(**arguments)


@pytest.mark.parametrize("length", [*range(9), 12, 16, 20, 24, 32, 48, 64])
def test_every_can_fd_length_exists(length: int):
    assert len(Frame(0x1FFFFFFF, bytes(length), fd=True).data) == length


@pytest.mark.parametrize(
    ("pdu", "text"),
    [
        (Frame(0x1826F456, bytes.fromhex("010100")), "1826F456#010100"),
        (Frame(0x7, b"\xab", extended=False), "007#AB"),
        (Frame(0x7, extended=False, remote=True), "007#R"),
        (Frame(0x12345, b"\x01", fd=True), "00012345##101"),
        (Datagram(b"\x01", "evcc"), "evcc>*:01"),
        (Chunk(b"\x0a", end=True), "0A end"),
        (Level("aux_v", 24.0), "aux_v=24"),
    ],
)
def test_a_pdu_prints_as_in_a_trace(pdu: object, text: str):
    assert str(pdu) == text


def test_frames_are_equal_by_content():
    assert Frame(1, b"\x01") == Frame(1, b"\x01")
    assert Frame(1, b"\x01") != Frame(1, b"\x01", extended=False)
    assert len({Frame(1, b"\x01"), Frame(1, b"\x01"), Frame(1, b"\x01", fd=True)}) == 2
