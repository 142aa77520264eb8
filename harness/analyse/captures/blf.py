"""Vector BLF binary logs, through python-can's reader, with exact stamps and a check for truncation first."""

from __future__ import annotations

import io
import struct
import zlib
from datetime import UTC, datetime
from pathlib import Path

import can
from can.io.blf import BLFParseError, BLFReader

from harness.analyse.captures.model import Reading, Stamped
from harness.analyse.captures.text import frame_of
from harness.core import ConfigError, Frame, Problem

__all__ = ["FORMAT", "MAGIC", "read"]

FORMAT = "Vector BLF"
MAGIC = b"LOGG"

_HEADER_BYTES = 144
_OBJECT = struct.Struct("<4sHHLL")
"""Signature, header size, header version, object size, object type."""


def read(content: bytes, path: Path) -> Reading:
    """The frames of a BLF log.

    Raises:
        ConfigError: the file is cut off or damaged; says at which byte offset.
    """
    _check_chain(content, path)
    try:
        reader = BLFReader(io.BytesIO(content))
        started = _wall_clock(reader.start_timestamp)
        # Stamps count from the start of the log; added to an epoch in a float they would lose their last digits.
        reader.start_timestamp = 0.0
        frames: list[Stamped] = []
        errors = 0
        for message in reader:
            if message.is_error_frame:
                errors += 1
                continue
            frame = _frame(message)
            if isinstance(frame, str):
                raise ConfigError(Problem(f"object {len(frames) + errors + 1}: {frame}; the file is damaged", path))
            frames.append(Stamped(round(message.timestamp * 1e9), _channel(message), frame))
    except (BLFParseError, struct.error, zlib.error, ValueError, OverflowError, IndexError) as error:
        raise ConfigError(
            Problem(f"the BLF file is damaged: {error or 'no object where one is expected'}; export it again", path)
        ) from error
    # python-can keeps what it could not parse and says nothing about it.
    rest = getattr(reader, "_tail", b"").strip(b"\x00")
    if rest:
        raise ConfigError(Problem(f"the BLF file ends within an object ({len(rest)} bytes left over); export it again", path))
    notes = (f"{errors} error frames were left out",) if errors else ()
    return Reading(frames, 1, started, notes)


def _check_chain(content: bytes, path: Path) -> None:
    """Follow the outer objects; python-can reads a shortened last one without a word."""
    if len(content) < _HEADER_BYTES:
        raise ConfigError(Problem(f"the BLF file is cut off in its header: {len(content)} of {_HEADER_BYTES} bytes", path))
    offset = struct.unpack_from("<L", content, 4)[0]
    announced = struct.unpack_from("<Q", content, 16)[0]
    while offset < len(content):
        if offset + _OBJECT.size > len(content):
            raise ConfigError(Problem(f"the BLF file is cut off at byte offset {offset}; copy or export it again", path))
        signature, _, _, size, _ = _OBJECT.unpack_from(content, offset)
        if signature != b"LOBJ" or size < _OBJECT.size:
            raise ConfigError(Problem(f"the BLF file is damaged at byte offset {offset}: no object begins there", path))
        if offset + size > len(content):
            missing = offset + size - len(content)
            raise ConfigError(
                Problem(f"the BLF file is cut off: the object at byte offset {offset} lacks its last {missing} bytes; copy it again", path)
            )
        offset += size + size % 4
    if announced > len(content):
        raise ConfigError(Problem(f"the BLF file is cut off: {len(content)} of {announced} bytes; copy or export it again", path))


def _frame(message: can.Message) -> Frame | str:
    return frame_of(
        message.arbitration_id,
        bytes(message.data),
        extended=message.is_extended_id,
        fd=message.is_fd,
        remote=message.is_remote_frame,
    )


def _channel(message: can.Message) -> str:
    return f"CAN {message.channel + 1}" if isinstance(message.channel, int) else f"CAN {message.channel}"


def _wall_clock(start_s: float) -> str:
    return "" if start_s <= 0 else f"{datetime.fromtimestamp(start_s, UTC):%Y-%m-%d %H:%M:%S.%f} (clock of the logger)"
