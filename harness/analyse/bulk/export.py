"""Columns of a recording as a numpy archive, and its identifiers as lines of text."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from harness.analyse.bulk.columns import FrameColumns, IdentifierRow, decode, identifier_table
from harness.protocols.dbc.codec import load_codec

__all__ = ["archive", "identifier_lines"]

_SHOWN = 60


def archive(frames: FrameColumns, dbcs: Sequence[Path]) -> tuple[bytes, int]:
    """The signals of every message of *dbcs* that occurs, and how many messages that are.

    Members are ``<message>/t_ns``, ``<message>/channel`` and ``<message>/<signal>``, and ``channels`` with the names of the channels.

    Raises:
        ConfigError: a database cannot be read.
    """
    layouts = [layout for dbc in dbcs for layout in load_codec(dbc).messages.values()]
    messages = decode(frames, layouts)
    members: dict[str, NDArray[Any]] = {"channels": np.array(frames.channels, dtype=np.str_)}
    for message in messages.values():
        members |= {f"{message.name}/t_ns": message.t_ns, f"{message.name}/channel": message.channel}
        members |= {f"{message.name}/{signal}": column for signal, column in message.signals.items()}
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **cast(dict[str, Any], members))
    return buffer.getvalue(), len(messages)


def identifier_lines(frames: FrameColumns) -> list[str]:
    """How often and at which distances each identifier was seen, the most frequent ones first."""
    rows = sorted(identifier_table(frames), key=lambda row: (-row.count, row.channel, row.can_id))
    lines = [f"{'channel':<10}{'identifier':>12}{'frames':>10}{'shortest':>16}{'median':>16}{'longest':>16}"]
    lines += [_line(row) for row in rows[:_SHOWN]]
    if len(rows) > _SHOWN:
        lines.append(f"... and {len(rows) - _SHOWN} more identifiers")
    return lines


def _line(row: IdentifierRow) -> str:
    ident = f"{row.can_id:08X}" if row.extended else f"{row.can_id:03X}"
    gaps = "".join(f"{_ms(gap):>16}" for gap in (row.shortest_ns, row.median_ns, row.longest_ns))
    return f"{row.channel:<10}{ident:>12}{row.count:>10}{gaps}"


def _ms(duration_ns: int | None) -> str:
    return "" if duration_ns is None else f"{duration_ns / 1e6:.3f} ms"
