"""What is said of the frames of a bus against its description."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from harness.core import Direction, Frame, Record, ms
from harness.protocols.canbus.checksums import crc8
from harness.protocols.vehicle.database import find_database
from harness.protocols.vehicle.traffic import (
    bad_checksums,
    bad_counts,
    checksum_of,
    distances_of,
    doubtful_senders,
    lengths_of,
    most_within,
    sealed,
    series_of,
    unknown_identifiers,
    unused_bits,
    unworded_values,
    verdicts_of,
)

TRUCK = find_database("truck-network")
SPEED, SAFETY, XBR = 0x18FEF127, 0x18FF2227, 0x0C04270B
RESTING = bytes.fromhex("FF0000CFFFFFFFFF")


def records(rows: Iterable[tuple[float, Frame]]) -> list[Record]:
    return [Record(number, ms(t), ms(t), "can", Direction.RX, "", frame) for number, (t, frame) in enumerate(rows, 1)]


def one(can_id: int, contents: list[bytes], period: float = 100):
    (found,) = series_of(TRUCK, records((period * at, Frame(can_id, data)) for at, data in enumerate(contents)))
    return found


def safety(count: int, state: int = 1) -> bytes:
    body = bytes((state << 4 | count % 16,)) + b"\xff" * 6
    return bytes((crc8(body, 0x1D),)) + body


def test_series_are_sorted_and_named() -> None:
    found = series_of(TRUCK, records([(0, Frame(SPEED, RESTING)), (1, Frame(0x18FF7727, b"")), (2, Frame(0x123, b"", extended=False))]))
    assert [each.name for each in found] == ["123", "CCVS1", "18FF7727"]
    assert unknown_identifiers(found) == ["123", "18FF7727"]


@pytest.mark.parametrize("can_id", [0x18EEFF27, 0x18EAFF27, 0x1CECFF27, 0x18DAF127, 0x18FECA4A])
def test_groups_that_everybody_has_are_known(can_id: int) -> None:
    assert unknown_identifiers(series_of(TRUCK, records([(0, Frame(can_id, bytes(8)))]))) == []


def test_lengths_are_told() -> None:
    assert lengths_of(one(SPEED, [RESTING, RESTING[:6], RESTING])) == "6 8"


def test_unused_bit_that_is_not_recessive_is_shown() -> None:
    assert unused_bits(one(SPEED, [RESTING])) == "all 1"
    assert unused_bits(one(SPEED, [bytes(8)]), 0) == "all 0"
    assert unused_bits(one(SPEED, [bytes(7) + b"\x01"]), 0) == "not so in 00 00 00 00 00 00 00 01"
    assert unused_bits(one(SPEED, [RESTING, RESTING[:7] + b"\xfe"])) == "not so in FF 00 00 CF FF FF FF FE"


def test_counts_follow_the_modulus_of_the_description() -> None:
    assert bad_counts(one(SAFETY, [safety(count) for count in range(40)])) == 0
    assert bad_counts(one(SAFETY, [safety(count) for count in (14, 15, 0, 2, 2, 3)])) == 2
    assert bad_counts(one(SPEED, [RESTING])) is None


def test_checksums_follow_the_rule_of_the_description() -> None:
    right = safety(3)
    assert bad_checksums(one(SAFETY, [right, bytes((right[0] ^ 1,)) + right[1:]])) == 1
    assert bad_checksums(one(SPEED, [RESTING])) is None


def test_sealed_message_has_its_count_and_a_right_checksum() -> None:
    row = next(row for row in TRUCK.rows if row.name == "XBR")
    data = sealed(row, XBR, bytes.fromhex("007010FFFFFFFF00"), 21)
    assert data[7] & 15 == 5
    assert data[7] >> 4 == checksum_of(row, XBR, data)
    assert sealed(row, XBR, data, 21) == data


def test_value_without_a_word_is_named() -> None:
    assert unworded_values(one(SAFETY, [safety(0), safety(1, 9), safety(2, 15)])) == ["state=9"]


def test_second_sender_is_seen_by_rate_contents_and_counters() -> None:
    steady = [RESTING] * 20
    assert doubtful_senders(one(SPEED, steady), 1.5, 50) == "one"
    assert "2.0 times as often" in doubtful_senders(one(SPEED, steady, 50), 1.5, 50)
    turns = [RESTING, RESTING[:1] + b"\x10\x20" + RESTING[3:]] * 10
    assert doubtful_senders(one(SPEED, turns), 1.5, 50) == "two contents in turn"
    two = [safety(count) for pair in zip(range(20), range(7, 27), strict=True) for count in pair]
    assert "two counters" in doubtful_senders(one(SAFETY, two), 1.5, 50)


def test_distances_are_told_with_percentiles() -> None:
    found = distances_of(one(SPEED, [RESTING] * 3, 100))
    assert found is not None
    assert found.text() == (
        "n 2, min 100.000 ms, mean 100.000 ms, max 100.000 ms, p1 100.000 ms, p5 100.000 ms, p95 100.000 ms, p99 100.000 ms, s 0.000 ms"
    )
    assert distances_of(one(SPEED, [RESTING])) is None


def test_most_frames_in_a_window_are_counted_with_its_ends() -> None:
    rows = records((t, Frame(SPEED, RESTING)) for t in (0, 1, 2, 5, 5.5, 6, 20))
    assert most_within(rows, ms(5)) == 5
    assert most_within(rows, ms(0.4)) == 1
    assert most_within([], ms(5)) == 0


def test_two_recordings_of_one_bus_are_judged_alike_and_another_is_not() -> None:
    def bus(period: float, shift: float = 0) -> list[Record]:
        return records((shift + period * at, Frame(SAFETY, safety(at))) for at in range(30))

    first, again = (verdicts_of(TRUCK, rows, 1.5, 50, 5) for rows in (bus(100), bus(100, 7)))
    assert first == again
    assert (first["periods"], first["counters"], first["senders"]) == ("kept", "right", "one each")
    assert verdicts_of(TRUCK, bus(110), 1.5, 50, 5)["periods"] == "VcuSafety"
