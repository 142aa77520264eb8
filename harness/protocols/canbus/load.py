"""How busy a bus was over time, from the exact bits of its frames.

A frame takes the bus from its start to its end, and the three bits after it in which nobody may begin. Frames that a recording does not
hold (error frames, frames that the logger missed) are not in the figure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.core.durations import s
from harness.protocols.canbus.bits import INTERFRAME_BITS
from harness.protocols.canbus.columns import BusColumns

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["BusLoad", "LoadWindow", "bus_load", "slot_ns"]

_MAX_WINDOWS = 100_000
"""A recording that lasts longer gets longer windows."""
_WINDOW_NS = s(1)


@dataclass(frozen=True, slots=True)
class LoadWindow:
    """One stretch of time."""

    start_ns: int
    end_ns: int
    load_pct: float
    frames: int
    """Frames that ended in it."""


@dataclass(frozen=True, slots=True)
class BusLoad:
    """Load of one link at a bit rate."""

    bitrate_bps: int
    data_bitrate_bps: int
    window_ns: int
    windows: tuple[LoadWindow, ...]
    """One behind the other without a gap; the last one may be shorter."""
    busy_ns: int
    """Bus time of all frames."""
    span_ns: int
    """From the start of the first window to the end of the last one."""

    @property
    def mean_pct(self) -> float:
        """Over the whole time."""
        return 100 * self.busy_ns / self.span_ns if self.span_ns else 0.0

    @property
    def peak(self) -> LoadWindow | None:
        """The busiest whole window, or the only one there is."""
        whole = [window for window in self.windows if window.end_ns - window.start_ns == self.window_ns] or self.windows
        return max(whole, key=lambda window: window.load_pct, default=None)


def slot_ns(columns: BusColumns, bitrate_bps: int, data_bitrate_bps: int | None = None) -> NDArray[np.float64]:
    """Bus time of each frame with the intermission behind it, in nanoseconds.

    Raises:
        ValueError: a rate is not positive.
    """
    if bitrate_bps <= 0 or (data_bitrate_bps is not None and data_bitrate_bps <= 0):
        raise ValueError(f"a bit rate must be positive, not {bitrate_bps} and {data_bitrate_bps}")
    import numpy as np

    slow = (columns.nominal_bits + INTERFRAME_BITS) * (1e9 / bitrate_bps)
    fast = columns.data_bits * (1e9 / (data_bitrate_bps or bitrate_bps))
    return (slow + fast).astype(np.float64)


def bus_load(
    columns: BusColumns,
    bitrate_bps: int,
    *,
    data_bitrate_bps: int | None = None,
    window_ns: int = _WINDOW_NS,
    start_ns: int | None = None,
    end_ns: int | None = None,
) -> BusLoad:
    """The load in windows of *window_ns* from *start_ns* (if not given: start of the first frame) to *end_ns* (end of the last).

    A frame counts in the windows in which it was on the bus, by the part of it that lies there.

    Raises:
        ValueError: a rate or the window is not positive, or the times are in the wrong order.
    """
    import numpy as np

    if window_ns <= 0:
        raise ValueError(f"a window must be longer than {window_ns} ns")
    data_rate = data_bitrate_bps or bitrate_bps
    slots = slot_ns(columns, bitrate_bps, data_bitrate_bps)
    if not len(columns) and (start_ns is None or end_ns is None):
        return BusLoad(bitrate_bps, data_rate, window_ns, (), 0, 0)
    pause_ns = INTERFRAME_BITS * 1e9 / bitrate_bps
    ends = columns.t_ns + pause_ns
    begins = ends - slots
    first = int(np.floor(begins.min())) if start_ns is None else start_ns
    last = int(np.ceil(ends.max())) if end_ns is None else end_ns
    if last < first:
        raise ValueError(f"the end at {last} ns comes before the start at {first} ns")
    span = last - first
    window_ns = max(window_ns, -(-span // _MAX_WINDOWS))
    edges = first + window_ns * np.arange(-(-span // window_ns) + 1, dtype=np.int64)
    edges[-1] = last
    busy = _busy(np.clip(begins, first, last), np.clip(ends, first, last), edges)
    inside = (columns.t_ns >= first) & (columns.t_ns <= last)
    counted = np.histogram(columns.t_ns[inside], edges)[0] if span else np.zeros(0, np.int64)
    return BusLoad(bitrate_bps, data_rate, window_ns, tuple(_windows(edges, busy, counted)), round(float(busy.sum())), span)


def _busy(begins: NDArray[np.float64], ends: NDArray[np.float64], edges: NDArray[np.int64]) -> NDArray[np.float64]:
    """Nanoseconds of all frames in each window: what lies before the end of it less what lies before its start."""
    import numpy as np

    # Sorted one by one, the time before an edge is a sum over the frames that began before it and one over those that ended before it.
    begins, ends = np.sort(begins), np.sort(ends)
    before = np.zeros(len(edges))
    for times, sign in ((begins, 1.0), (ends, -1.0)):
        shifted = times - float(edges[0])
        totals = np.concatenate(([0.0], np.cumsum(shifted)))
        place = np.searchsorted(times, edges, side="right")
        before += sign * (place * (edges - edges[0]).astype(np.float64) - totals[place])
    out: NDArray[np.float64] = np.diff(before)
    return out


def _windows(edges: NDArray[np.int64], busy: NDArray[np.float64], counted: NDArray[np.int64]) -> Sequence[LoadWindow]:
    begins, ends = edges[:-1].tolist(), edges[1:].tolist()
    return [
        LoadWindow(begin, end, 100 * taken / (end - begin), many)
        for begin, end, taken, many in zip(begins, ends, busy.tolist(), counted.tolist(), strict=True)
        if end > begin
    ]
