"""How many frames an evidence file holds and how long it is, read without decoding a single one."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from harness.bench.pcapng import read_packets

__all__ = ["Span", "span_of"]

_OBJECT = struct.Struct("<4sHHLL")
_CONTAINER = struct.Struct("<H6xL4x")
_TIMES = struct.Struct("<L4xQ")
_CONTAINER_TYPE = 10
_DEFLATED = 2
_TEN_MICROSECONDS = 1


@dataclass(frozen=True, slots=True)
class Span:
    """What a recording says of itself."""

    frames: int
    length_s: Decimal | None
    """From the first frame to the last."""


def span_of(file: Path, kind: str) -> Span | None:
    """The span of a BLF, pcapng or JSON lines file, ``None`` for a format that is not known here.

    Raises:
        ValueError: the file is damaged.
    """
    if kind == "blf":
        return _blf(file)
    if kind == "pcapng":
        return _pcapng(file)
    return _lines(file) if kind == "jsonl" else None


def _lines(file: Path) -> Span:
    lines = file.read_bytes().splitlines()
    if not lines:
        return Span(0, None)
    try:
        first, last = (int(json.loads(line)["t_ns"]) for line in (lines[0], lines[-1]))
    except (KeyError, TypeError) as error:
        raise ValueError(f"no line of a recording: {error}") from error
    return Span(len(lines), Decimal(last - first).scaleb(-9))


def _pcapng(file: Path) -> Span:
    stamps = [packet.t_ns for packet in read_packets(file.read_bytes())]
    return Span(len(stamps), Decimal(stamps[-1] - stamps[0]).scaleb(-9) if stamps else None)


def _blf(file: Path) -> Span:
    count, first, last = 0, 0, 0
    try:
        for first_seen, time_ns in _object_times(file.read_bytes()):
            first = time_ns if first_seen else first
            last = time_ns
            count += 1
    except (struct.error, zlib.error, IndexError) as error:
        raise ValueError(f"damaged BLF: {error}") from error
    return Span(count, Decimal(last - first).scaleb(-9) if count else None)


def _object_times(content: bytes) -> Iterator[tuple[bool, int]]:
    if content[:4] != b"LOGG":
        raise ValueError("no BLF")
    position = int.from_bytes(content[4:8], "little")
    tail, first = b"", True
    while position + _OBJECT.size <= len(content):
        signature, _, _, size, kind = _OBJECT.unpack_from(content, position)
        if signature != b"LOBJ" or size < _OBJECT.size:
            raise ValueError("damaged BLF: no object where one should be")
        if kind == _CONTAINER_TYPE:
            method, _ = _CONTAINER.unpack_from(content, position + _OBJECT.size)
            data = content[position + _OBJECT.size + _CONTAINER.size : position + size]
            inner = tail + (zlib.decompress(data) if method == _DEFLATED else data)
            at = 0
            while (after := _next(inner, at)) is not None:
                flags, stamp = _TIMES.unpack_from(inner, at + _OBJECT.size)
                yield first, stamp * 10_000 if flags == _TEN_MICROSECONDS else stamp
                first, at = False, after
            tail = inner[at:]
        position += size + size % 4


def _next(inner: bytes, at: int) -> int | None:
    """Where the object behind the one at *at* begins, ``None`` if that one is not complete in this container."""
    if at + _OBJECT.size > len(inner):
        return None
    signature, _, _, size, _ = _OBJECT.unpack_from(inner, at)
    if signature != b"LOBJ" or size < _OBJECT.size + _TIMES.size:
        raise ValueError("damaged BLF: no object where one should be")
    return at + size + size % 4 if at + size <= len(inner) else None
