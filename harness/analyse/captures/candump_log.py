"""candump log files (``candump -l``, ``-L``): ``(1703560121.247259) can0 1826F456#010100``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from harness.analyse.captures.model import Complaints, Reading, Stamped
from harness.analyse.captures.text import decimals, exact_ns, frame_of, payload, wall_clock
from harness.core import Frame

__all__ = ["FORMAT", "claims", "read"]

FORMAT = "candump log"
_EXPECTED = "no candump log line, expected '(time) interface ID#DATA'; correct or remove it"

_LINE = re.compile(r"\s*\((-?\d+(?:\.\d+)?)\)\s+(\S+)\s+([0-9A-Fa-f]{3}|[0-9A-Fa-f]{8})#(\S*)(?:\s+[RT])?\s*$")
_ERROR_FLAG = 0x2000_0000


def claims(lines: Sequence[str]) -> bool:
    """Whether one of *lines* has the form."""
    return any(_LINE.match(line) for line in lines)


def read(lines: Sequence[str], path: Path) -> Reading:
    """The frames of a candump log.

    Raises:
        ConfigError: lines that are none; every line with its number.
    """
    complaints = Complaints(path)
    frames: list[Stamped] = []
    digits, errors, last = 0, 0, len(lines)
    notes: list[str] = []
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = _LINE.match(line)
        if match is None:
            if number == last and not line.endswith("\n") and frames:
                notes.append(f"line {number} is cut off in the middle and was left out")
            else:
                complaints.add(number, _EXPECTED, line)
            continue
        stamp, channel, ident, rest = match.groups()
        if int(ident, 16) & _ERROR_FLAG:
            errors += 1
            continue
        frame = _frame(ident, rest)
        t_ns = exact_ns(stamp)
        if isinstance(frame, str) or t_ns is None:
            complaints.add(number, str(frame), line)
            continue
        digits = max(digits, decimals(stamp))
        frames.append(Stamped(t_ns, channel, frame))
    complaints.raise_if_any()
    if errors:
        notes.append(f"{errors} error frames were left out")
    return Reading(frames, max(1, 10 ** (9 - digits)), wall_clock(frames[0].t_ns) if frames else "", tuple(notes))


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
