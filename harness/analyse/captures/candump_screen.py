"""candump as on the screen: ``(2022-06-02 22:43:42.714008)  can1  700   [8]  01 02 00 00 06 00 00 00``.

Stamps may be absolute (seconds since 1970, or date and time), relative to the start, differences to the
line before (``-t d``), or absent.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from itertools import accumulate, pairwise
from pathlib import Path

from harness.analyse.captures.model import Reading, Stamped
from harness.analyse.captures.text import decimals, exact_ns, frame_of, payload, scan, wall_clock
from harness.core import Frame

__all__ = ["FORMAT", "claims", "read"]

FORMAT = "candump screen output"
_EXPECTED = "no candump line, expected '(time)  interface  ID   [length]  bytes'; correct or remove it"

_LINE = re.compile(
    r"\s*(?:\((?P<time>[^)]*)\)\s+)?(?P<channel>\S+)\s+(?:(?:RX|TX)\s+[-BE]\s[-BE]\s+)?"
    r"(?P<id>[0-9A-Fa-f]{3}|[0-9A-Fa-f]{8})\s+\[(?P<length>\d{1,2})\]\s*(?P<data>.*?)\s*$"
)
_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?$")
_ERROR_FLAG = 0x2000_0000
_KNOWN_FRAMES = 1 << 15
"""Cyclic frames come back: what is spelled alike is made once."""
_BACKWARD_OF_DIFFERENCES = 5
"""Stamps are differences if more than one step in five goes backward."""


def claims(lines: Sequence[str]) -> bool:
    """Whether one of *lines* has the form."""
    return any(_LINE.match(line) for line in lines)


def read(lines: Sequence[str], path: Path) -> Reading:
    """The frames of candump's screen output.

    Raises:
        ConfigError: lines that are none; every line with its number.
    """
    found = scan(lines, path, _EXPECTED, _take)
    frames, stamps, notes = found.frames, found.stamps, found.notes
    if not any(stamps):
        notes.append("the lines carry no time stamps")
    elif _are_differences([stamped.t_ns for stamped in frames]):
        totals = accumulate(stamped.t_ns for stamped in frames)
        frames = [Stamped(total, stamped.channel, stamped.frame) for total, stamped in zip(totals, frames, strict=True)]
        notes.append("the stamps are differences to the line before and were added up")
    resolution_ns = 10 ** (9 - min(9, max(map(decimals, stamps), default=0)))
    return Reading(frames, resolution_ns, _started(stamps, frames), tuple(notes))


def _take(line: str) -> tuple[str, Stamped] | str | None:
    match = _LINE.match(line)
    time_text = (match["time"] or "") if match else ""
    t_ns = _time_ns(time_text) if match else None
    if match is None or t_ns is None:
        return _EXPECTED
    if int(match["id"], 16) & _ERROR_FLAG or "ERRORFRAME" in match["data"]:
        return None
    frame = _frame(match["id"], match["length"], match["data"])
    return frame if isinstance(frame, str) else (time_text, Stamped(t_ns, match["channel"], frame))


def _time_ns(text: str) -> int | None:
    if not text:
        return 0
    if (match := _DATE.match(text)) is None:
        return exact_ns(text)
    *fields, fraction = match.groups()
    try:
        whole = datetime.fromisoformat("{}-{}-{}T{}:{}:{}+00:00".format(*fields))
    except ValueError:
        return None
    return int(whole.timestamp()) * 1_000_000_000 + int((fraction or "").ljust(9, "0"))


@lru_cache(maxsize=_KNOWN_FRAMES)
def _frame(ident: str, length: str, text: str) -> Frame | str:
    can_id, extended = int(ident, 16), len(ident) == 8
    if text.startswith("remote request"):
        return frame_of(can_id, b"", extended=extended, remote=True)
    data = payload(text.partition("'")[0].split())
    if data is None:
        return "the data are no hexadecimal bytes"
    if len(data) != int(length):
        return f"[{length}] announces another number of bytes than the {len(data)} that follow"
    return frame_of(can_id, data, extended=extended, fd=len(length) == 2)


def _are_differences(times: Sequence[int]) -> bool:
    backward = sum(later < earlier for earlier, later in pairwise(times))
    return bool(times) and times[0] == 0 and backward * _BACKWARD_OF_DIFFERENCES > len(times)


def _started(stamps: Sequence[str], frames: Sequence[Stamped]) -> str:
    if not frames or not stamps[0]:
        return ""
    return f"{stamps[0]} (clock of the logger)" if _DATE.match(stamps[0]) else wall_clock(frames[0].t_ns)
