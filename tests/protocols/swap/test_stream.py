"""The station link over a stream: framing of the profile, however the bytes are cut and whatever stands between the frames."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core import Frame, LocalProtocolError
from harness.protocols.swap.profile import default_profile
from harness.protocols.swap.stream import Dropped, StreamReader, encode

PROFILE = default_profile()
VIN = "LZZTEST01A1234567"
FRAMES = [
    PROFILE.frame("VEH_STS", {"VehSwapMode": "normal", "LinkVoltage": 600.0}, counter=4),
    PROFILE.frame("LOCK_STS", {"LockState": "locked"}, counter=9),
    PROFILE.frame("ACK", {"AckCmd": "unlock", "AckResult": "done"}, counter=1, source=PROFILE.address("bsc")),
    PROFILE.frame("STA_CMD", {"SwapCmd": "unlock", "CmdSeq": 3}, counter=15),
]
STREAM = b"".join(encode(PROFILE, frame, VIN) for frame in FRAMES)


def test_layout_is_that_of_the_reference():
    raw = encode(PROFILE, FRAMES[1], VIN)
    assert len(raw) == 33
    assert raw[:4] == bytes.fromhex("2A2A51FE")
    assert raw[4:21] == VIN.encode()
    assert raw[21:24] == bytes.fromhex("010008")
    assert raw[24:32] == FRAMES[1].data
    check = 0
    for byte in raw[2:32]:
        check ^= byte
    assert raw[32] == check


@given(st.lists(st.integers(1, 40), max_size=40))
def test_frames_come_out_however_the_bytes_are_cut(cuts):
    reader = StreamReader(PROFILE)
    found: list[Frame] = []
    rest = STREAM
    for cut in cuts:
        piece, rest = rest[:cut], rest[cut:]
        found += reader.frames(piece)
    found += reader.frames(rest)
    assert found == FRAMES
    assert reader.dropped == 0


@pytest.mark.parametrize(
    ("offset", "reason"),
    [(0, "start"), (2, "check"), (10, "check"), (23, "length"), (27, "check"), (32, "check")],
)
def test_damaged_frame_is_dropped_and_the_next_one_is_found(offset, reason):
    first, second = encode(PROFILE, FRAMES[0], VIN), encode(PROFILE, FRAMES[1], VIN)
    damaged = first[:offset] + bytes([first[offset] ^ 0x40]) + first[offset + 1 :]
    reader = StreamReader(PROFILE)
    items = list(reader.feed(damaged + second))
    dropped = [item.reason for item in items if isinstance(item, Dropped)]
    assert dropped[0] == reason
    assert reader.dropped == len(dropped)
    assert [item.frame for item in items if not isinstance(item, Dropped)] == [FRAMES[1]]


def test_unknown_message_is_dropped():
    raw = bytearray(encode(PROFILE, FRAMES[0], VIN))
    raw[2], raw[32] = 0x77, raw[32] ^ 0x50 ^ 0x77
    items = list(StreamReader(PROFILE).feed(bytes(raw)))
    assert [item.reason for item in items if isinstance(item, Dropped)] == ["message"]


@given(st.binary(max_size=200))
def test_anything_is_read_and_little_is_kept(data):
    reader = StreamReader(PROFILE)
    for _ in range(3):
        list(reader.feed(data))
    assert len(reader._bytes) < 33 + 2


def test_what_does_not_cross_the_link_is_refused():
    with pytest.raises(LocalProtocolError, match="does not cross the station link"):
        encode(PROFILE, PROFILE.frame("PACK_STS1", {}), VIN)
    with pytest.raises(LocalProtocolError, match="no VIN of 17"):
        encode(PROFILE, FRAMES[0], "SHORT")
