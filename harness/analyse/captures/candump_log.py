"""candump log files (``candump -l``, ``-L``): ``(1703560121.247259) can0 1826F456#010100``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from harness.analyse.captures.model import Reading, Stamped
from harness.analyse.captures.text import decimals, exact_ns, frame_of, payload, scan, wall_clock
from harness.core import Frame

__all__ = ["FORMAT", "claims", "read"]

FORMAT = "candump log"
_EXPECTED = "no candump log line, expected '(time) interface ID#DATA'; correct or remove it"

_LINE = re.compile(r"\s*\((-?\d+(?:\.\d+)?)\)\s+(\S+)\s+([0-9A-Fa-f]{3}|[0-9A-Fa-f]{8})#(\S*)(?:\s+[RT])?\s*$")
_ERROR_FLAG = 0x2000_0000
_KNOWN_FRAMES = 1 << 15
"""Cyclic frames come back: what is spelled alike is made once."""


def claims(lines: Sequence[str]) -> bool:
    """Whether one of *lines* has the form."""
    return any(_LINE.match(line) for line in lines)


def read(lines: Sequence[str], path: Path) -> Reading:
    """The frames of a candump log.

    Raises:
        ConfigError: lines that are none; every line with its number.
    """
    found = scan(lines, path, _EXPECTED, _take)
    digits = max(map(decimals, found.stamps), default=0)
    started = wall_clock(found.frames[0].t_ns) if found.frames else ""
    return Reading(found.frames, max(1, 10 ** (9 - digits)), started, tuple(found.notes))


def _take(line: str) -> tuple[str, Stamped] | str | None:
    match = _LINE.match(line)
    if match is None:
        return _EXPECTED
    stamp, channel, ident, rest = match.groups()
    if int(ident, 16) & _ERROR_FLAG:
        return None
    frame, t_ns = _frame(ident, rest), exact_ns(stamp)
    if t_ns is None:
        return _EXPECTED
    return frame if isinstance(frame, str) else (stamp, Stamped(t_ns, channel, frame))


@lru_cache(maxsize=_KNOWN_FRAMES)
def _frame(ident: str, rest: str) -> Frame | str:
    can_id, extended = int(ident, 16), len(ident) == 8
    if rest.startswith("R") and (rest == "R" or rest[1:].isdigit()):
        return frame_of(can_id, b"", extended=extended, remote=True)
    fd = rest.startswith("#")
    digits = rest[2:] if fd else rest.partition("_")[0]
    data = payload(digits)
    if data is None or (fd and len(rest) < 2):
        return "the data are no whole hexadecimal bytes"
    return frame_of(can_id, data, extended=extended, fd=fd)
