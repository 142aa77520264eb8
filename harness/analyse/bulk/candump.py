"""candump log files into columns: the places of the separators first, then all digits of one width at once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from harness.analyse.bulk.columns import FrameColumns
from harness.core import ConfigError, Problem

__all__ = ["read_candump"]

Bytes = NDArray[np.uint8]
Places = NDArray[np.int64]

_SHORTEST = len("(0.0) c 000#")
_HEX = np.full(256, 255, np.uint8)
_HEX[[*b"0123456789"]] = range(10)
_HEX[[*b"abcdef"]] = range(10, 16)
_HEX[[*b"ABCDEF"]] = range(10, 16)
_DIGIT = np.full(256, 255, np.uint8)
_DIGIT[[*b"0123456789"]] = range(10)


@dataclass(frozen=True, slots=True)
class _Lines:
    """Where the separators of every line stand."""

    starts: Places
    point: Places
    close: Places
    first: Places
    """The blank before the interface."""
    second: Places
    """The blank behind it."""
    sharp: Places
    ends: Places
    """Behind the data."""


def read_candump(path: Path) -> FrameColumns | None:
    """The data frames of a log whose every line is ``(seconds) interface ID#DATA``, perhaps with ``R`` or ``T`` behind;
    ``None`` if one is anything else.

    Raises:
        ConfigError: the file cannot be read.
    """
    try:
        text = np.frombuffer(path.read_bytes(), np.uint8)
    except OSError as error:
        raise ConfigError(Problem(f"cannot be read: {error.strerror}", path)) from error
    lines = _lines(text)
    return None if lines is None else _columns(text, lines)


def _lines(text: Bytes) -> _Lines | None:
    """The lines of *text*, ``None`` if one has another form."""
    if not len(text) or text[-1] != ord("\n"):
        return None
    ends: Places = np.flatnonzero(text == ord("\n"))
    starts: Places = np.concatenate(([0], ends[:-1] + 1))
    if (ends - starts < _SHORTEST).any():
        return None
    marks = [np.flatnonzero(text == ord(mark)) for mark in ").#"]
    spaces: Places = np.flatnonzero(text == ord(" "))
    marked = (text[ends - 2] == ord(" ")) & ((text[ends - 1] == ord("R")) | (text[ends - 1] == ord("T")))
    if marked.any():
        spaces = np.setdiff1d(spaces, ends[marked] - 2, assume_unique=True)
        ends = ends - 2 * marked
    if any(len(places) != len(ends) for places in marks) or len(spaces) != 2 * len(ends) or (text[starts] != ord("(")).any():
        return None
    close, point, sharp = marks
    first, second = spaces[::2], spaces[1::2]
    ordered = (starts < point) & (point < close) & (close + 1 == first) & (first < second) & (second < sharp) & (sharp < ends)
    return _Lines(starts, point, close, first, second, sharp, ends) if ordered.all() else None


def _columns(text: Bytes, at: _Lines) -> FrameColumns | None:
    """What stands between the separators, ``None`` if some of it is no number or too large."""
    seconds, parts = _number(text, at.starts + 1, at.point, _DIGIT, 10), _number(text, at.point + 1, at.close, _DIGIT, 10)
    ident, data = _number(text, at.second + 1, at.sharp, _HEX, 16), _payload(text, at.sharp + 1, at.ends)
    width, digits = at.sharp - at.second - 1, at.close - at.point - 1
    if seconds is None or parts is None or ident is None or data is None or not np.isin(width, (3, 8)).all():
        return None
    if (digits > 9).any() or (ident > 0x1FFF_FFFF).any():
        return None
    t_ns = seconds.astype(np.int64) * 1_000_000_000 + parts.astype(np.int64) * 10 ** (9 - digits)
    channel, channels = _names(text, at.first + 1, at.second)
    length = (at.ends - at.sharp - 1) // 2
    return FrameColumns(
        t_ns - t_ns[0], ident.astype(np.uint32), width == 8, length.astype(np.uint8), data, channel, channels,
    )  # fmt: skip


def _number(text: Bytes, begin: Places, end: Places, table: Bytes, base: int) -> NDArray[np.uint64] | None:
    """The numbers between *begin* and *end*; ``None`` if one has a wrong digit or none at all."""
    out = np.zeros(len(begin), np.uint64)
    width = end - begin
    for size in np.unique(width).tolist():
        if not 0 < size <= 16:
            return None
        rows = np.flatnonzero(width == size)
        value = np.zeros(len(rows), np.uint64)
        for place in range(size):
            digit = table[text[begin[rows] + place]]
            if (digit == 255).any():
                return None
            value = value * np.uint64(base) + digit
        out[rows] = value
    return out


def _payload(text: Bytes, begin: Places, end: Places) -> NDArray[np.uint64] | None:
    """Data bytes as little-endian words; ``None`` if they are no whole bytes."""
    out = np.zeros(len(begin), np.uint64)
    width = end - begin
    for size in np.unique(width).tolist():
        if size > 16 or size % 2:
            return None
        rows = np.flatnonzero(width == size)
        value = np.zeros(len(rows), np.uint64)
        for place in range(0, size, 2):
            high, low = _HEX[text[begin[rows] + place]], _HEX[text[begin[rows] + place + 1]]
            if (high == 255).any() or (low == 255).any():
                return None
            value |= (high.astype(np.uint64) << np.uint64(4) | low) << np.uint64(4 * place)
        out[rows] = value
    return out


def _names(text: Bytes, begin: Places, end: Places) -> tuple[NDArray[np.uint16], tuple[str, ...]]:
    """Index and names of the interfaces."""
    index = np.zeros(len(begin), np.uint16)
    names: list[str] = []
    rest = np.ones(len(begin), np.bool_)
    while rest.any():
        row = int(np.argmax(rest))
        name = text[begin[row] : end[row]]
        same = rest & (end - begin == len(name))
        for place, char in enumerate(name.tolist()):
            candidates = np.flatnonzero(same)
            same[candidates] = text[begin[candidates] + place] == char
        index[same] = len(names)
        names.append(name.tobytes().decode("utf-8", "replace"))
        rest &= ~same
    return index, tuple(names)
