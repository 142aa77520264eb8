"""A decoder that listens for ever does not grow: what it keeps depends on open transfers, not on what went by."""

from __future__ import annotations

import random
import tracemalloc

import pytest

from harness.core import Direction, Frame, Record
from harness.protocols.gbt27930 import STANDARD
from harness.protocols.gbt27930.messages import MESSAGES

FEW, MANY = 1_500, 12_000
CONTROL = (0x1CEC56F4, 0x1CECF456, 0x1CECFFF4)
DATA = (0x1CEB56F4, 0x1CEBFFF4)


def noise(seed: int, count: int, ids: tuple[int, ...]) -> None:
    """Feed a fresh decoder with random frames; nothing of them is kept here."""
    draw, decoder = random.Random(seed), STANDARD.decoder()
    for number in range(1, count + 1):
        data = draw.randbytes(8)
        can_id = draw.choice(ids)
        if can_id in CONTROL and draw.random() < 0.5:
            # Announcements of long messages that are never finished.
            size = draw.randrange(9, 1786)
            data = bytes((draw.choice((16, 32)),)) + size.to_bytes(2, "little") + bytes((-(-size // 7) & 0xFF, 255)) + draw.randbytes(3)
        decoder.feed(Record(number, number * 1_000_000, 0, "can0", Direction.RX, "", Frame(can_id, data)))


@pytest.mark.parametrize(
    "ids",
    [(*CONTROL, *DATA), tuple(row.can_id for row in MESSAGES.values()), tuple(0x18000000 + 4099 * n for n in range(60))],
    ids=["transport", "messages", "foreign"],
)
def test_memory_of_a_decoder_does_not_grow_with_the_traffic(ids):
    peaks = []
    noise(0, FEW, ids)
    for count in (FEW, MANY):
        tracemalloc.start()
        noise(1, count, ids)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    few, many = peaks
    assert many < few + 100_000, f"{few} bytes for {FEW} frames, {many} for {MANY}"
