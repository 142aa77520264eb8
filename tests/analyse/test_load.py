"""The load of a recorded bus: one that no bus carries is called so."""

from __future__ import annotations

import pytest

from harness.analyse.bus import bitrate_from, bus_of
from harness.analyse.tables import load_text
from harness.core import Direction, Frame, Record, ms


@pytest.mark.parametrize(("bps", "is_beyond"), [(125_000, True), (500_000, False)])
def test_load_that_no_bus_carries_is_called_so(bps: int, is_beyond: bool) -> None:
    frame = Frame(0x18FECA00, bytes(8))
    records = [Record(number, ms(0.5) * number, ms(0.5) * number, "can0", Direction.RX, "", frame) for number in range(1, 20)]
    figures = bus_of(records, bitrate_from(bps))
    assert figures is not None
    assert ("more than a bus carries" in load_text(figures)) is is_beyond
