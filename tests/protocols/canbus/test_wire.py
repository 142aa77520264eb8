"""The bits of a frame one by one, and who reads them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core import Frame
from harness.protocols.canbus.bits import count_bits
from harness.protocols.canbus.checksums import RULES, crc8
from harness.protocols.canbus.wire import DOMINANT, RECESSIVE, first_misread, wire_of


@st.composite
def frames(draw: st.DrawFn) -> Frame:
    extended = draw(st.booleans())
    can_id = draw(st.integers(0, (1 << (29 if extended else 11)) - 1))
    remote = draw(st.booleans())
    data = b"" if remote else draw(st.one_of(st.binary(max_size=8), st.integers(0, 8).map(bytes), st.just(b"\xff" * 8)))
    return Frame(can_id, data, extended=extended, remote=remote)


@given(frames())
def test_there_are_as_many_bits_as_the_fast_count_has(frame: Frame) -> None:
    assert len(wire_of(frame).bits) == count_bits(frame).nominal


@given(frames())
def test_no_six_equal_bits_follow_each_other_before_the_end_of_the_crc(frame: Frame) -> None:
    stuffed = "".join(map(str, wire_of(frame).bits[:-10]))
    assert "000000" not in stuffed
    assert "111111" not in stuffed


@given(frames(), st.floats(50, 90))
def test_controller_at_the_same_rate_reads_everything(frame: Frame, point: float) -> None:
    assert first_misread(wire_of(frame), ratio=1.0, sample_point_pct=point) is None


@given(frames(), st.sampled_from([0.5, 2.0]))
def test_controller_at_half_or_twice_the_rate_reads_nothing(frame: Frame, ratio: float) -> None:
    assert first_misread(wire_of(frame), ratio=ratio, sample_point_pct=80) is not None


@given(frames(), st.floats(0.996, 1.004))
def test_small_difference_of_clocks_is_made_up_for(frame: Frame, ratio: float) -> None:
    assert first_misread(wire_of(frame), ratio=ratio, sample_point_pct=80) is None


def test_late_sample_point_bears_less() -> None:
    wire = wire_of(Frame(0x18FEF127, b"\xff" * 8))
    assert first_misread(wire, ratio=1.02, sample_point_pct=75) is None
    assert first_misread(wire, ratio=1.02, sample_point_pct=87.5) is not None


def test_fd_frame_is_followed_to_the_bit_behind_fdf() -> None:
    assert wire_of(Frame(0x2AA, bytes(12), extended=False, fd=True)).bits[-2:] == (RECESSIVE, DOMINANT)


@pytest.mark.parametrize(("polynomial", "check"), [(0x1D, 0x4B), (0x2F, 0xDF)])
def test_crc8_gives_the_published_check_value(polynomial: int, check: int) -> None:
    """CRC-8/SAE-J1850 and CRC-8/AUTOSAR over the digits 1 to 9."""
    assert crc8(b"123456789", polynomial) == check


def test_rules_of_bytes() -> None:
    data = bytes.fromhex("0102FF10")
    assert RULES["xor"](0, data, 0) == 0x01 ^ 0x02 ^ 0xFF ^ 0x10
    assert RULES["sum"](0, data, 0) == 0x12
