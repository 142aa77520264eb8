"""Any recording as columns: quickly where its form is simple, else through the thorough reader."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from harness.analyse.bulk.blf import read_blf
from harness.analyse.bulk.candump import read_candump
from harness.analyse.bulk.columns import FrameColumns
from harness.analyse.captures import read_capture
from harness.core import ConfigError, Frame, Problem

__all__ = ["read_columns"]

_BLF = b"LOGG"


def read_columns(path: Path) -> FrameColumns:
    """The data frames of a recording of any known format.

    Raises:
        ConfigError: it cannot be read; the same messages as for an analysis.
    """
    try:
        with path.open("rb") as stream:
            magic = stream.read(len(_BLF))
    except OSError as error:
        raise ConfigError(Problem(f"cannot be read: {error.strerror}", path)) from error
    quick = read_blf(path) if magic == _BLF else read_candump(path) if magic[:1] == b"(" else None
    return _thorough(path) if quick is None else quick


def _thorough(path: Path) -> FrameColumns:
    capture = read_capture(path)
    names = tuple(capture.links)
    index = {name: number for number, name in enumerate(names)}
    rows: list[tuple[int, int, bool, int, int, int]] = []
    left_out = 0
    for record in capture.records:
        frame = record.pdu
        if not isinstance(frame, Frame) or frame.remote or len(frame.data) > 8:
            left_out += 1
            continue
        word = int.from_bytes(frame.data, "little")
        rows.append((record.t_ns, frame.can_id, frame.extended, len(frame.data), word, index[record.link]))
    table = np.array(rows, [("t", "<i8"), ("id", "<u4"), ("ext", "?"), ("len", "u1"), ("word", "<u8"), ("link", "<u2")])
    t_ns = table["t"] - (table["t"][0] if rows else 0)
    return FrameColumns(t_ns, table["id"], table["ext"], table["len"], table["word"], table["link"], names, left_out)
