"""Vector BLF into columns: inflate the containers, then view runs of equal objects as record arrays."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from harness.analyse.bulk.columns import FrameColumns
from harness.core import ConfigError, Problem

__all__ = ["read_blf"]

_CONTAINER = 10
_CAN_MESSAGE, _CAN_MESSAGE2 = 1, 86
_ZLIB, _STORED = 2, 0
_OUTER = struct.Struct("<4sHHLL")
"""Signature, header size, header version, object size, object type."""
_PACKING = struct.Struct("<H6xL4x")
"""Compression method and size of the content when inflated."""
_TEN_MICROSECONDS = 1
_EXTENDED, _REMOTE = 0x8000_0000, 0x80
_LOBJ = int.from_bytes(b"LOBJ", "little")
_HEADER = [
    ("signature", "<u4"), ("header_size", "<u2"), ("header_version", "<u2"), ("size", "<u4"), ("type", "<u4"),
    ("flags", "<u4"), ("index", "<u2"), ("version", "<u2"), ("stamp", "<u8"),
]  # fmt: skip
_FRAME = [("channel", "<u2"), ("frame_flags", "u1"), ("dlc", "u1"), ("id", "<u4"), ("data", "<u8")]


def read_blf(path: Path) -> FrameColumns | None:
    """The data frames of a log; ``None`` if it holds objects that only the thorough reader knows (CAN FD, other versions).

    Raises:
        ConfigError: the file cannot be read or is damaged; says where.
    """
    try:
        content = path.read_bytes()
        stream = _inflate(content, path)
    except OSError as error:
        raise ConfigError(Problem(f"cannot be read: {error.strerror}", path)) from error
    except (struct.error, zlib.error) as error:
        raise ConfigError(Problem(f"the BLF file is damaged: {error}; export it again", path)) from error
    runs = _runs(stream, path)
    return None if runs is None else _columns(runs)


def _inflate(content: bytes, path: Path) -> bytes:
    offset = struct.unpack_from("<L", content, 4)[0]
    parts = []
    while offset < len(content):
        signature, _, _, size, kind = _OUTER.unpack_from(content, offset)
        if signature != b"LOBJ" or size < _OUTER.size or offset + size > len(content):
            raise ConfigError(Problem(f"the BLF file is damaged at byte offset {offset}; export it again", path))
        if kind == _CONTAINER:
            method, _ = _PACKING.unpack_from(content, offset + _OUTER.size)
            body = content[offset + _OUTER.size + _PACKING.size : offset + size]
            parts.append(zlib.decompress(body) if method == _ZLIB else body)
        offset += size + size % 4
    return b"".join(parts)


def _runs(stream: bytes, path: Path) -> list[NDArray[np.void]] | None:
    """Consecutive CAN messages of one object size each; ``None`` if there is an object that is not simple."""
    runs: list[NDArray[np.void]] = []
    offset, end = 0, len(stream)
    while offset + _OUTER.size <= end:
        signature, _, version, size, kind = _OUTER.unpack_from(stream, offset)
        if signature != b"LOBJ":
            if stream[offset:].strip(b"\0") == b"":
                break
            raise ConfigError(Problem(f"the BLF file is damaged: no object begins at byte {offset} of its content; export it again", path))
        step = size + size % 4
        if kind not in (_CAN_MESSAGE, _CAN_MESSAGE2) or version != 1 or size < 48:
            if kind in _HARMLESS:
                offset += step
                continue
            return None
        record = np.dtype({"names": [name for name, _ in _HEADER + _FRAME], "formats": [kind for _, kind in _HEADER + _FRAME],
                           "offsets": _OFFSETS, "itemsize": step})  # fmt: skip
        view = np.frombuffer(stream, record, (end - offset) // step, offset)
        alike = (view["signature"] == _LOBJ) & (view["size"] == size) & (view["type"] == kind) & (view["header_version"] == 1)
        count = len(view) if alike.all() else int(np.argmin(alike))
        if count == 0:
            raise ConfigError(Problem(f"the BLF file ends within the object at byte {offset} of its content; export it again", path))
        runs.append(view[:count])
        offset += count * step
    return runs


_OFFSETS = [0, 4, 6, 8, 12, 16, 20, 22, 24, 32, 34, 35, 36, 40]
_HARMLESS = frozenset((2, 31, 65, 73, 96, 115))
"""Error frames, statistics, comments and markers: nothing that is a data frame."""


def _columns(runs: list[NDArray[np.void]]) -> FrameColumns:
    def joined(name: str) -> NDArray[np.generic]:
        return np.concatenate([run[name] for run in runs]) if runs else np.empty(0, dict(_HEADER + _FRAME)[name])

    flags = joined("frame_flags").astype(np.uint8)
    data = (flags & _REMOTE) == 0
    ident = joined("id").astype(np.uint32)[data]
    unit = np.where(joined("flags").astype(np.uint32) == _TEN_MICROSECONDS, np.int64(10_000), np.int64(1))[data]
    stamps = joined("stamp").astype(np.int64)[data] * unit
    length = np.minimum(joined("dlc").astype(np.uint8)[data], np.uint8(8))
    number = joined("channel").astype(np.uint16)[data]
    numbers = np.flatnonzero(np.bincount(number))
    channel = np.searchsorted(numbers, number)
    return FrameColumns(
        stamps - (stamps[0] if len(stamps) else 0),
        ident & np.uint32(0x1FFF_FFFF),
        (ident & np.uint32(_EXTENDED)) != 0,
        length,
        _cleared(joined("data").astype(np.uint64)[data], length),
        channel.astype(np.uint16),
        tuple(f"CAN {number}" for number in numbers.tolist()),
        int((~data).sum()),
    )


def _cleared(payload: NDArray[np.uint64], length: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """Bytes behind the end of the frame as 0; a logger leaves anything there."""
    keep = np.array([(1 << 8 * count) - 1 for count in range(9)], np.uint64)
    return payload & keep[length]
