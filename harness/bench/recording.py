"""Evidence files read back: the records of one link, to the nanosecond, as they were written."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import TypedDict

from harness.bench.pcapng import read_packets, records_of
from harness.core import Chunk, ConfigError, Datagram, Direction, Frame, Handshake, Level, Pdu, Problem, Record

__all__ = ["read_evidence"]


class _ChunkMore(TypedDict, total=False):
    """Fields of a chunk that a plain stream leaves out."""

    source: str
    destination: str
    begin: bool
    lost: int
    security: str
    sealed: bool
    reset: bool


def read_evidence(path: Path, link: str, first_ns: int = 0) -> list[Record]:
    """The records of *link* in an evidence file; *first_ns* is the instant of the first one.

    A BLF holds neither the sender nor the time at which the host saw a frame: these are empty and the interface's.

    Raises:
        ConfigError: the file is damaged or of an unknown kind.
    """
    try:
        if path.suffix == ".blf":
            return list(_read_blf(path, link, first_ns))
        if path.suffix == ".pcapng":
            return list(records_of(read_packets(path.read_bytes()), link))
        if path.suffix == ".jsonl":
            lines = path.read_text(encoding="utf-8").splitlines()
            return [_from_json(json.loads(line), link) for line in lines]
    except (struct.error, zlib.error, ValueError, KeyError, TypeError, IndexError, OSError) as error:
        raise ConfigError(Problem(f"the recording cannot be read: {error}", path)) from error
    raise ConfigError(Problem(f"no kind of recording: '{path.suffix}'", path))


def _read_blf(path: Path, link: str, first_ns: int) -> Iterator[Record]:
    # Imported here: python-can takes longer to load than everything that does not need it.
    from can.io.blf import BLFParseError, BLFReader

    begin_s: float | None = None
    try:
        with BLFReader(path) as reader:
            for number, message in enumerate(reader, 1):
                begin_s = message.timestamp if begin_s is None else begin_s
                t_ns = first_ns + round((message.timestamp - begin_s) * 1e9)
                frame = Frame(message.arbitration_id, bytes(message.data), message.is_extended_id, message.is_fd, message.is_remote_frame)
                yield Record(number, t_ns, t_ns, link, Direction.RX if message.is_rx else Direction.TX, "", frame)
    except BLFParseError as error:
        raise ValueError(str(error)) from error


def _from_json(row: dict[str, object], link: str) -> Record:
    pdu: Pdu
    match row:
        case {"line": str() as line, "value": int() | float() as value}:
            pdu = Level(line, float(value))
        case {"data": str() as data, "end": bool() as end}:
            pdu = Chunk(bytes.fromhex(data), end, **_more(row))
        case {"data": str() as data, "source": str() as source, "destination": str() as destination}:
            pdu = Datagram(bytes.fromhex(data), source, destination)
        case {"handshake": [*words], "source": str() as source, "destination": str() as destination}:
            pdu = Handshake(source, destination, None, *map(str, words))
        case _:
            raise ValueError(f"line {row.get('n')} holds no known content")
    match row:
        case {"n": int() as number, "t_ns": int() as t_ns, "host_ns": int() as host_ns, "sender": str() as sender}:
            return Record(number, t_ns, host_ns, link, Direction(str(row["direction"])), sender, pdu)
    raise ValueError(f"line {row.get('n')} lacks its times or its sender")


def _more(row: dict[str, object]) -> _ChunkMore:
    """What a chunk says beside its bytes, as far as the line tells."""
    more = _ChunkMore()
    for name in ("source", "destination", "security"):
        if isinstance(text := row.get(name), str):
            more[name] = text
    for flag in ("begin", "sealed", "reset"):
        if isinstance(value := row.get(flag), bool):
            more[flag] = value
    if isinstance(lost := row.get("lost"), int):
        more["lost"] = lost
    return more
