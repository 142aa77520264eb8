"""Frame lengths against a bit-by-bit reference written independently, and against published figures."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.bench.links import CanLink
from harness.core import Frame
from harness.protocols.canbus.bits import INTERFRAME_BITS, arbitration_key, count_bits

FD_LENGTHS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 20, 24, 32, 48, 64]


# ---- reference: lists of bits, polynomial division, one bit at a time -----------------------------------------


def bits_of(value: int, width: int) -> list[int]:
    return [int(digit) for digit in f"{value:0{width}b}"] if width else []


def crc15_by_division(bits: list[int]) -> list[int]:
    """Remainder of bits * x^15 by x^15 + x^14 + x^10 + x^8 + x^7 + x^4 + x^3 + 1."""
    divisor = [int(power in (15, 14, 10, 8, 7, 4, 3, 0)) for power in range(15, -1, -1)]
    work = bits + [0] * 15
    for start in range(len(bits)):
        if work[start]:
            for offset, bit in enumerate(divisor):
                work[start + offset] ^= bit
    return work[-15:]


def stuffed(bits: list[int]) -> tuple[list[int], bool]:
    """Bits on the wire after stuffing, and whether the last one is a stuff bit."""
    wire: list[int] = []
    last_is_stuff = False
    run_start = 0
    for bit in bits:
        if wire and wire[-1] != bit:
            run_start = len(wire)
        wire.append(bit)
        last_is_stuff = False
        if len(wire) - run_start == 5:
            run_start = len(wire)
            wire.append(1 - bit)
            last_is_stuff = True
    return wire, last_is_stuff


def arbitration_bits(frame: Frame) -> list[int]:
    """Everything after the start of frame that two nodes may still disagree on: identifier field to IDE or RTR."""
    if not frame.extended:
        return [*bits_of(frame.can_id, 11), int(frame.remote), 0]
    return [*bits_of(frame.can_id >> 18, 11), 1, 1, *bits_of(frame.can_id & 0x3FFFF, 18), int(frame.remote)]


def reference_classic(frame: Frame) -> int:
    control = [0, 0] if frame.extended else [0]
    body = [0, *arbitration_bits(frame), *control, *bits_of(len(frame.data), 4)]
    for byte in frame.data:
        body += bits_of(byte, 8)
    wire, _ = stuffed(body + crc15_by_division(body))
    crc_delimiter, ack, ack_delimiter, end_of_frame = 1, 1, 1, 7
    return len(wire) + crc_delimiter + ack + ack_delimiter + end_of_frame


def reference_fd(frame: Frame) -> tuple[int, int]:
    """Bits at the nominal and at the data rate; the rate changes after BRS and after the CRC delimiter."""
    fdf, res, brs, esi = 1, 0, 1, 0
    slow = [0, *arbitration_bits(frame), fdf, res, brs]
    fast = [esi, *bits_of(FD_LENGTHS.index(len(frame.data)), 4)]
    for byte in frame.data:
        fast += bits_of(byte, 8)
    slow_wire, _ = stuffed(slow)
    wire, last_is_stuff = stuffed(slow + fast)
    # ISO 11898-1: a fixed stuff bit opens the stuff count whether or not the last bits ask for one; never two.
    dynamic = len(wire) - int(last_is_stuff)
    counted = 4 + (17 if len(frame.data) <= 16 else 21)
    fixed = 1 + counted // 4
    crc_delimiter, ack, ack_delimiter, end_of_frame = 1, 1, 1, 7
    return len(slow_wire) + ack + ack_delimiter + end_of_frame, dynamic - len(slow_wire) + counted + fixed + crc_delimiter


# ---- frames ------------------------------------------------------------------------------------------------


@st.composite
def frames(draw: st.DrawFn, fd: bool | None = None) -> Frame:
    extended = draw(st.booleans())
    is_fd = draw(st.booleans()) if fd is None else fd
    # Long runs of equal bits are what stuffing is about: draw many extreme bytes.
    byte = st.sampled_from([0x00, 0xFF, 0xF0, 0x0F, 0x1F, 0xE0, 0x84, 0x7B]) | st.integers(0, 255)
    length = draw(st.sampled_from(FD_LENGTHS) if is_fd else st.integers(0, 8))
    remote = not is_fd and draw(st.booleans()) and draw(st.booleans())
    data = b"" if remote else bytes(draw(st.lists(byte, min_size=length, max_size=length)))
    top = (1 << 29) - 1 if extended else (1 << 11) - 1
    can_id = draw(st.integers(0, top) | st.sampled_from([0, top, top >> 1, 1]))
    return Frame(can_id, data, extended=extended, fd=is_fd, remote=remote)


@given(frames(fd=False))
@settings(max_examples=400)
def test_classic_frames_have_the_length_of_their_bits(frame: Frame):
    assert count_bits(frame) == (reference_classic(frame), 0)


@given(frames(fd=True))
@settings(max_examples=400)
def test_fd_frames_have_the_length_of_their_bits_in_both_phases(frame: Frame):
    assert count_bits(frame) == reference_fd(frame)


def test_the_crc_has_the_published_check_value():
    """CRC-15/CAN of the nine ASCII digits."""
    digits = b"123456789"
    assert crc15_by_division([bit for byte in digits for bit in bits_of(byte, 8)]) == bits_of(0x059E, 15)


# ---- published figures ---------------------------------------------------------------------------------------


@given(frames(fd=False))
def test_stuffing_stays_within_its_bounds(frame: Frame):
    """Unstuffed length, and one stuff bit per four bits after the first five at most."""
    plain = (54 if frame.extended else 34) + 8 * len(frame.data)
    length = count_bits(frame).nominal
    assert plain + 10 <= length <= plain + 10 + (plain - 1) // 4


def test_the_most_stuffed_extended_frame_comes_close_to_160_bits_and_never_above():
    """Runs of four bits, shifted in every way, ask for the most stuff bits."""
    ids = [0x1E1E1E1E, 0x0F0F0F0F, 0x1C3C3C3C, 0x07878787, 0x1F0F0F0F]
    patterns = [0x0F, 0xF0, 0x78, 0x87, 0x3C, 0xC3, 0x1E, 0xE1]
    lengths = [count_bits(Frame(can_id, bytes([byte]) * 8)).nominal + INTERFRAME_BITS for can_id in ids for byte in patterns]
    assert 150 <= max(lengths) <= 160


def test_a_frame_without_any_stuff_bit_has_exactly_its_fields():
    """Found by search with the reference: alternating bits everywhere, the check sequence included."""
    rng = random.Random(2)
    for _ in range(100_000):
        frame = Frame(rng.getrandbits(29), rng.randbytes(8))
        if reference_classic(frame) == 128:
            break
    assert count_bits(frame).nominal + INTERFRAME_BITS == 131


@pytest.mark.parametrize(
    ("bitrate", "data_bitrate", "length", "typical", "worst"),
    [
        (250_000, None, 8, 1845, 1562),
        (500_000, None, 8, 3689, 3125),
        (1_000_000, None, 8, 7378, 6250),
        (500_000, 2_000_000, 8, 6765, 5844),
        (500_000, 2_000_000, 64, 2622, 2204),
        (500_000, 5_000_000, 8, 8469, 7307),
        (500_000, 5_000_000, 64, 4729, 4002),
        (500_000, 8_000_000, 8, 9038, 7795),
        (500_000, 8_000_000, 64, 5916, 5027),
    ],
)
def test_a_full_bus_carries_the_frames_per_second_of_the_table(
    bitrate: int, data_bitrate: int | None, length: int, typical: int, worst: int
):
    """performance.md section 1; random identifiers and payloads reach the typical figure within 1 %."""
    link = CanLink("can", bitrate, data_bitrate)
    rng = random.Random(3)
    gap_ns = INTERFRAME_BITS * 1_000_000_000 // bitrate
    total_ns, longest_ns = 0, 0
    count = 1_500
    for _ in range(count):
        frame = Frame(rng.getrandbits(29), rng.randbytes(length), fd=data_bitrate is not None)
        slot_ns = link.frame_ns(frame) + gap_ns
        total_ns += slot_ns
        longest_ns = max(longest_ns, slot_ns)
    assert count * 1e9 / total_ns == pytest.approx(typical, rel=0.01)
    assert 1e9 / longest_ns >= worst - 1


@given(frames(), st.sampled_from([33_333, 83_333, 125_000, 250_000, 500_000, 1_000_000]), st.sampled_from([None, 2_000_000, 3_333_333]))
def test_a_frame_takes_its_bits_at_their_rates_to_the_nanosecond(frame: Frame, bitrate: int, data_bitrate: int | None):
    bits = count_bits(frame)
    exact = Fraction(bits.nominal * 10**9, bitrate) + Fraction(bits.data * 10**9, data_bitrate or bitrate)
    assert abs(CanLink("can", bitrate, data_bitrate).frame_ns(frame) - exact) <= Fraction(1, 2)


def test_known_frame_times():
    link = CanLink("can", 250_000)
    chm = Frame(0x1826F456, bytes.fromhex("010100"))
    assert link.frame_ns(chm) == reference_classic(chm) * 4_000
    assert CanLink("can", 500_000).frame_ns(Frame(0x000, extended=False)) == 2_000 * reference_classic(Frame(0, extended=False))
    # 11 bits of zero identifier, RTR, IDE, r0, DLC 0 and an all-zero check sequence: 34 zeros take 6 stuff bits.
    assert count_bits(Frame(0, extended=False)).nominal == 34 + 6 + 10


# ---- arbitration ----------------------------------------------------------------------------------------------


@given(frames(), frames())
def test_the_frame_with_the_first_dominant_bit_wins(first: Frame, second: Frame):
    """Wired-AND, bit by bit, as ISO 11898-1 has it."""
    a, b = arbitration_bits(first), arbitration_bits(second)
    order = next((x - y for x, y in zip(a, b, strict=False) if x != y), 0)
    keys = arbitration_key(first), arbitration_key(second)
    if order:
        assert (keys[0] < keys[1]) == (order < 0)
    else:
        assert (keys[0] == keys[1]) == (a == b)


def test_frames_with_the_same_base_identifier_rank_as_the_standard_says():
    base = 0x123
    ranked = [
        Frame(base, b"\x01", extended=False),
        Frame(base, extended=False, remote=True),
        Frame(base << 18, b"\x01"),
        Frame(base << 18, remote=True),
        Frame(base << 18 | 1, b"\x01"),
        Frame(base << 18 | 0x3FFFF, remote=True),
        Frame(base + 1, b"\x01", extended=False),
    ]
    assert [ranked.index(frame) for frame in sorted(set(ranked), key=arbitration_key)] == list(range(len(ranked)))
    assert len({arbitration_key(frame) for frame in ranked}) == len(ranked)
