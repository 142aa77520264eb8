"""Frames as columns, their signals as columns, and what can be counted of each identifier."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harness.protocols.dbc.columns import decode_columns
from harness.protocols.dbc.layout import MessageLayout

__all__ = ["FrameColumns", "IdentifierRow", "MessageColumns", "decode", "identifier_table"]

Times = NDArray[np.int64]

_MODULI = 1 << 14


@dataclass(frozen=True, slots=True)
class FrameColumns:
    """The data frames of a recording, in the order of the file; all arrays have the same length."""

    t_ns: Times
    """Stamps since the first frame."""
    can_id: NDArray[np.uint32]
    extended: NDArray[np.bool_]
    length: NDArray[np.uint8]
    payload: NDArray[np.uint64]
    """Data as one little-endian word; missing bytes are 0."""
    channel: NDArray[np.uint16]
    """Index into ``channels``."""
    channels: tuple[str, ...]
    left_out: int = 0
    """Remote and error frames, and frames of more than eight bytes."""

    def __len__(self) -> int:
        return len(self.t_ns)


@dataclass(frozen=True, slots=True)
class MessageColumns:
    """All frames of one message: when, on which channel, and every signal as scaled numbers."""

    name: str
    t_ns: Times
    channel: NDArray[np.uint16]
    signals: Mapping[str, NDArray[np.float64]]


@dataclass(frozen=True, slots=True)
class IdentifierRow:
    """How often an identifier was seen, and at which distances."""

    channel: str
    can_id: int
    extended: bool
    count: int
    shortest_ns: int | None
    """``None`` if it was seen once."""
    median_ns: int | None
    longest_ns: int | None


def decode(frames: FrameColumns, layouts: Iterable[MessageLayout]) -> dict[str, MessageColumns]:
    """The signals of every message that occurs, by its name; extended identifiers only."""
    order, bounds = _by_identifier(frames)
    found: dict[str, MessageColumns] = {}
    for layout in layouts:
        if (span := bounds.get((layout.can_id, True))) is None:
            continue
        rows = order[span]
        signals = decode_columns(layout, frames.payload[rows], frames.length[rows])
        found[layout.name] = MessageColumns(layout.name, frames.t_ns[rows], frames.channel[rows], signals)
    return found


def identifier_table(frames: FrameColumns) -> list[IdentifierRow]:
    """Count and distances of every identifier on every channel, by channel and identifier."""
    order, bounds = _by_identifier(frames)
    rows: list[IdentifierRow] = []
    for (can_id, extended), span in bounds.items():
        for channel in np.unique(frames.channel[order[span]]):
            times = frames.t_ns[order[span]][frames.channel[order[span]] == channel]
            gaps = np.diff(times)
            ends = (None, None, None) if not len(gaps) else (int(gaps.min()), int(np.median(gaps)), int(gaps.max()))
            rows.append(IdentifierRow(frames.channels[channel], can_id, extended, len(times), *ends))
    return sorted(rows, key=lambda row: (row.channel, row.can_id, row.extended))


def _by_identifier(frames: FrameColumns) -> tuple[NDArray[np.intp], dict[tuple[int, bool], slice]]:
    """Positions of the frames ordered by identifier, each in the order of the file, and where each begins and ends."""
    if not len(frames):
        return np.empty(0, np.intp), {}
    key = frames.can_id | frames.extended.astype(np.uint32) << np.uint32(31)
    kinds = np.unique(key)
    # Small numbers are sorted by counting them.
    small = _positions(kinds, key).astype(np.uint8 if len(kinds) <= 1 << 8 else np.uint32)
    order = np.argsort(small, kind="stable")
    ends = np.cumsum(np.bincount(small))
    bounds = {}
    for position, kind in enumerate(kinds.tolist()):
        begin = int(ends[position - 1]) if position else 0
        bounds[kind & 0x7FFF_FFFF, bool(kind >> 31)] = slice(begin, int(ends[position]))
    return order, bounds


def _positions(kinds: NDArray[np.uint32], key: NDArray[np.uint32]) -> NDArray[np.intp]:
    """Where each of *key* stands in *kinds*: by a modulus that tells all of them apart, which beats a search by far."""
    for modulus in range(len(kinds), min(_MODULI, 64 * len(kinds))):
        places = kinds % np.uint32(modulus)
        if len(np.unique(places)) == len(kinds):
            table: NDArray[np.intp] = np.zeros(modulus, np.intp)
            table[places] = np.arange(len(kinds))
            found: NDArray[np.intp] = table[key % np.uint32(modulus)]
            return found
    return np.searchsorted(kinds, key)
