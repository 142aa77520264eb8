"""How busy the CAN bus of a recording was, and how evenly its cyclic messages came."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.core import Frame, Message, Record
from harness.protocols.canbus import bus_columns, bus_load, cycle_rows

__all__ = ["Beat", "Traffic", "traffic_of"]

_COLUMNS = 120
_WINDOW_NS = 100_000_000
"""That in which suites look for the highest load: a picture of longer ones would hide what they found."""
_FEWEST = 5
"""Messages from which on distances say something."""

Names = Mapping[tuple[int, bool], str]


@dataclass(frozen=True, slots=True)
class Beat:
    """Distances between the messages of one identifier."""

    name: str
    count: int
    median_ms: float
    low_ms: float
    """The shortest."""
    high_ms: float
    """The longest."""

    @property
    def jitter_ms(self) -> float:
        """Largest amount by which a distance is off the median."""
        return max(self.median_ms - self.low_ms, self.high_ms - self.median_ms)


@dataclass(frozen=True, slots=True)
class Traffic:
    """One bus at its declared bit rate."""

    bitrate_bps: int
    window_s: float
    times_s: Sequence[float]
    """Begin of each column of the picture, and the end of the last."""
    loads_pct: Sequence[float]
    """The highest load of the windows in each column."""
    mean_pct: float
    peak_pct: float
    beats: Sequence[Beat]
    """Of the cyclic identifiers, those that jitter most for their cycle first."""


def traffic_of(records: Sequence[Record], bitrate_bps: int | None, messages: Sequence[Message] = ()) -> Traffic | None:
    """The traffic in *records*; ``None`` without frames or without a declared bit rate. *messages* give the identifiers their names."""
    if not bitrate_bps or not any(isinstance(record.pdu, Frame) for record in records):
        return None
    columns = bus_columns(records)
    load = bus_load(columns, bitrate_bps, window_ns=_WINDOW_NS)
    if load.peak is None:
        return None
    # Of what is left at the end, a single frame would look like a full bus.
    windows = [window for window in load.windows if window.end_ns - window.start_ns == load.window_ns] or load.windows
    names = _names(records, messages)
    cyclic = [row for row in cycle_rows(columns) if row.is_cyclic and row.count >= _FEWEST and row.median_ns > 0]
    beats = [
        Beat(
            names.get((row.can_id, row.extended), _number(row.can_id, row.extended)),
            row.count,
            row.median_ns / 1e6,
            row.min_ns / 1e6,
            row.max_ns / 1e6,
        )
        for row in cyclic
    ]
    wide = -(-len(windows) // _COLUMNS)
    drawn = [windows[begin : begin + wide] for begin in range(0, len(windows), wide)]
    times = [column[0].start_ns / 1e9 for column in drawn] + [windows[-1].end_ns / 1e9]
    loads = [max(window.load_pct for window in column) for column in drawn]
    ordered = sorted(beats, key=lambda beat: -beat.jitter_ms / beat.median_ms)
    return Traffic(bitrate_bps, load.window_ns / 1e9, times, loads, load.mean_pct, load.peak.load_pct, ordered)


def _names(records: Sequence[Record], messages: Sequence[Message]) -> Names:
    """The message that each identifier carries, where it is always the same one; with the identifier where several carry it."""
    frames = {record.number: record.pdu for record in records if isinstance(record.pdu, Frame)}
    found: dict[tuple[int, bool], set[str]] = {}
    for message in messages:
        if len(message.frames) == 1 and isinstance(frame := frames.get(message.frames[0]), Frame):
            found.setdefault((frame.can_id, frame.extended), set()).add(message.name)
    named = {identifier: next(iter(names)) for identifier, names in found.items() if len(names) == 1}
    bearers = Counter(named.values())
    return {each: name if bearers[name] == 1 else f"{name} {_number(*each)}" for each, name in named.items()}


def _number(can_id: int, extended: bool) -> str:
    return f"{can_id:08X}" if extended else f"{can_id:03X}"
