"""How often each identifier was sent, at which distances, and how steadily."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.protocols.canbus.columns import BusColumns

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["CYCLIC_SHARE_PCT", "CYCLIC_TOLERANCE_PCT", "CycleRow", "cycle_rows", "deviations_ns", "distances"]

CYCLIC_TOLERANCE_PCT = 25
"""A distance counts as kept if it is off the median by no more than that ..."""
CYCLIC_SHARE_PCT = 75
"""... and an identifier as cyclic if so many of its distances are kept."""
_FEWEST = 4
"""Distances from which on an identifier can be called cyclic."""


@dataclass(frozen=True, slots=True)
class CycleRow:
    """One identifier on one link; distances in nanoseconds, 0 where it was seen once."""

    can_id: int
    extended: bool
    count: int
    first_ns: int
    last_ns: int
    mean_ns: float
    median_ns: float
    min_ns: int
    max_ns: int
    deviation_ns: float
    """Standard deviation of the distances."""
    jitter_ns: float
    """Largest amount by which a distance is off the median."""
    is_cyclic: bool
    min_frame: int
    """Number of the frame that ends the shortest distance, 0 if it was seen once."""
    max_frame: int
    """Number of the frame that ends the longest distance, 0 if it was seen once."""
    bits: int
    """Bits on the wire of all of them, stuff bits included, without the intermission; FD data bits included."""
    lengths: tuple[int, int]
    """Fewest and most data bytes."""


def cycle_rows(columns: BusColumns) -> list[CycleRow]:
    """A row for each identifier, standard ones first, in the order of their number."""
    import numpy as np

    if not len(columns):
        return []
    key = columns.can_id.astype(np.int64) | columns.extended.astype(np.int64) << 32
    order = np.argsort(key, kind="stable")
    cuts = np.flatnonzero(np.diff(key[order])) + 1
    return [_row(columns, rows) for rows in np.split(order, cuts)]


def _row(columns: BusColumns, rows: NDArray[np.intp]) -> CycleRow:
    import numpy as np

    times, lengths = columns.t_ns[rows], columns.length[rows]
    ident, extended = int(columns.can_id[rows[0]]), bool(columns.extended[rows[0]])
    bits = int(columns.nominal_bits[rows].sum() + columns.data_bits[rows].sum())
    sizes = (int(lengths.min()), int(lengths.max()))
    ends = int(times[0]), int(times[-1])
    gaps = np.diff(times)
    if not len(gaps):
        return CycleRow(ident, extended, len(rows), *ends, 0.0, 0.0, 0, 0, 0.0, 0.0, False, 0, 0, bits, sizes)
    median = float(np.median(gaps))
    off = np.abs(gaps - median)
    kept = int(np.count_nonzero(off <= median * CYCLIC_TOLERANCE_PCT / 100))
    shortest, longest = int(gaps.argmin()), int(gaps.argmax())
    return CycleRow(
        can_id=ident,
        extended=extended,
        count=len(rows),
        first_ns=ends[0],
        last_ns=ends[1],
        mean_ns=float(gaps.mean()),
        median_ns=median,
        min_ns=int(gaps[shortest]),
        max_ns=int(gaps[longest]),
        deviation_ns=float(gaps.std()),
        jitter_ns=float(off.max()),
        is_cyclic=len(gaps) >= _FEWEST and median > 0 and kept * 100 >= CYCLIC_SHARE_PCT * len(gaps),
        min_frame=int(columns.number[rows[shortest + 1]]),
        max_frame=int(columns.number[rows[longest + 1]]),
        bits=bits,
        lengths=sizes,
    )


def distances(columns: BusColumns, row: CycleRow) -> Sequence[tuple[int, int, int]]:
    """Of each distance of *row* the instant that ends it, its length in nanoseconds, and the number of the frame there."""
    import numpy as np

    mine = (columns.can_id == row.can_id) & (columns.extended == row.extended)
    times = columns.t_ns[mine]
    return list(zip(times[1:].tolist(), np.diff(times).tolist(), columns.number[mine][1:].tolist(), strict=True))


def deviations_ns(columns: BusColumns, row: CycleRow) -> Sequence[tuple[int, float]]:
    """Instant and deviation from the median of each distance of *row*: the points of a jitter plot."""
    return [(t_ns, length_ns - row.median_ns) for t_ns, length_ns, _ in distances(columns, row)]
