"""Bytes of the four kinds of frames, against what the reference says of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core import LocalProtocolError, ms, us
from harness.protocols.isotp.frames import (
    Consecutive,
    First,
    FlowControl,
    Malformed,
    Single,
    build,
    first_capacity,
    pad,
    parse,
    single_capacity,
    st_min_code,
    st_min_ns,
)


@pytest.mark.parametrize(
    ("pdu", "text"),
    [
        (Single(bytes.fromhex("22F190")), "03 22 F1 90"),
        (Single(bytes(7)), "07" + "00" * 7),
        (Single(bytes(8)), "00 08" + "00" * 8),
        (First(20, b"\x62\xf1\x90\x01\x02\x03"), "10 14 62 F1 90 01 02 03"),
        (First(0xFFF, b"123456"), "1F FF 31 32 33 34 35 36"),
        (First(0x1000, b"12", escaped=True), "10 00 00 00 10 00 31 32"),
        (Consecutive(1, b"4567890"), "21 34 35 36 37 38 39 30"),
        (Consecutive(0, b"x"), "20 78"),
        (FlowControl(0, 8, 20), "30 08 14"),
        (FlowControl(1), "31 00 00"),
        (FlowControl(2), "32 00 00"),
    ],
)
def test_frame_has_the_bytes_of_the_standard(pdu: Single | First | Consecutive | FlowControl, text: str) -> None:
    data = bytes.fromhex(text)
    assert build(pdu) == data
    assert parse(data) == pdu


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        ("00 00 00 00 00 00 00 00", "length 0"),
        ("05 11 22", "tells 5 bytes and has 2"),
        ("00 05" + "00" * 10, "long form for 5 bytes"),
        ("03" + "00" * 11, "short form in a frame of more than 8 bytes"),
        ("10 14 62", "first frame of 3 bytes"),
        ("10 00 00 00 00 20 00 00", "long form for 32 bytes"),
        ("21", "without data"),
        ("30 00", "flow control of 2 bytes"),
        ("40 00 00", "type 4"),
        ("FF", "type 15"),
    ],
)
def test_malformed_frame_says_what_is_wrong(text: str, reason: str) -> None:
    found = parse(bytes.fromhex(text))
    assert isinstance(found, Malformed)
    assert reason in found.text


def test_padding_of_a_single_frame_is_no_part_of_its_message() -> None:
    assert parse(pad(build(Single(b"\x3e\x00")), 0xAA)) == Single(b"\x3e\x00")
    assert pad(b"\x02\x3e\x00", 0xAA) == bytes.fromhex("023E00AAAAAAAAAA")
    assert pad(b"\x02\x3e\x00", None) == b"\x02\x3e\x00"


def test_long_frames_are_filled_up_to_a_length_of_can_fd() -> None:
    assert len(pad(bytes(9), None)) == 12
    assert len(pad(bytes(33), 0x55)) == 48
    with pytest.raises(LocalProtocolError, match="65 bytes"):
        pad(bytes(65), 0)


@pytest.mark.parametrize(("size", "single", "first"), [(8, 7, 6), (12, 10, 10), (64, 62, 62)])
def test_capacity_follows_the_length_of_the_frame(size: int, single: int, first: int) -> None:
    assert single_capacity(size) == single
    assert first_capacity(size, 100) == first
    assert first_capacity(size, 5000) == first - 4


@pytest.mark.parametrize(
    ("code", "duration_ns"),
    [(0, 0), (20, ms(20)), (127, ms(127)), (0x80, ms(127)), (0xF0, ms(127)), (0xF1, us(100)), (0xF9, us(900)), (0xFA, ms(127))],
)
def test_separation_time_is_decoded_and_reserved_codes_mean_the_longest(code: int, duration_ns: int) -> None:
    assert st_min_ns(code) == duration_ns


@pytest.mark.parametrize(("duration_ns", "code"), [(0, 0), (1, 0xF1), (us(850), 0xF9), (us(901), 1), (ms(20), 20), (ms(126.5), 127)])
def test_code_of_a_separation_time_is_the_shortest_that_is_long_enough(duration_ns: int, code: int) -> None:
    assert st_min_code(duration_ns) == code


def test_separation_time_longer_than_any_code_is_refused() -> None:
    with pytest.raises(LocalProtocolError):
        st_min_code(ms(128))


@pytest.mark.parametrize("pdu", [Consecutive(16, b"x"), FlowControl(16), FlowControl(0, 256), First(1 << 32, b""), Single(bytes(63))])
def test_number_that_does_not_fit_is_refused(pdu: Single | First | Consecutive | FlowControl) -> None:
    with pytest.raises(LocalProtocolError):
        build(pdu)


@given(st.binary(max_size=64))
def test_any_bytes_are_a_frame_or_malformed(data: bytes) -> None:
    found = parse(data)
    if isinstance(found, Single | FlowControl):
        assert data.startswith(build(found))
    elif isinstance(found, First | Consecutive):
        assert data == build(found)
