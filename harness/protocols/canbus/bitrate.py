"""The bit rate of a recording, which its file does not tell: found from frames that follow each other without a pause."""

from __future__ import annotations

from dataclasses import dataclass

from harness.protocols.canbus.bits import INTERFRAME_BITS
from harness.protocols.canbus.columns import BusColumns

__all__ = ["RATES_BPS", "USUAL_BPS", "BitRate", "find_bitrate"]

RATES_BPS = (50_000, 100_000, 125_000, 250_000, 500_000, 800_000, 1_000_000)
"""Rates that are looked for."""
USUAL_BPS = 250_000
"""What is assumed where the stamps do not tell: the rate of the charging interface and of most trucks."""
_TOLERANCE_PCT = 4
"""How far a distance may be off the time of the frame; the rates above lie further apart."""
_FEWEST = 20
"""Frames in a row that show a rate."""


@dataclass(frozen=True, slots=True)
class BitRate:
    """A bit rate and what speaks for it."""

    bps: int
    shown_by: int
    """Frames that came exactly one frame time after the one before them; 0: assumed."""

    @property
    def is_assumed(self) -> bool:
        """Nothing in the recording tells."""
        return not self.shown_by


def find_bitrate(columns: BusColumns, usual_bps: int = USUAL_BPS) -> BitRate:
    """The rate at which the most frames fit exactly behind the one before; *usual_bps* if hardly any does at any rate.

    A frame ends its own bits and the intermission after the end of the frame before it, if it waited for the bus. Stamps of a
    controller show that; stamps of a busy computer do not.
    """
    import numpy as np

    gaps = np.diff(columns.t_ns)
    classic = ~columns.fd[1:] & (gaps > 0)
    gaps, bits = gaps[classic], columns.nominal_bits[1:][classic] + INTERFRAME_BITS
    found: dict[int, int] = {}
    for rate in RATES_BPS:
        due = bits * (1e9 / rate)
        found[rate] = int(np.count_nonzero(np.abs(gaps - due) <= due * _TOLERANCE_PCT / 100))
    best = max(found, key=lambda rate: (found[rate], rate))
    return BitRate(best, found[best]) if found[best] >= _FEWEST else BitRate(usual_bps, 0)
