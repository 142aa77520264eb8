"""Vector ASC text logs: CAN and CAN FD events, absolute or relative times, hexadecimal or decimal numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from harness.analyse.captures.model import Complaints, Reading, Stamped
from harness.analyse.captures.text import decimals, exact_ns, frame_of, is_cut_off
from harness.core import Frame

__all__ = ["FORMAT", "claims", "read"]

FORMAT = "Vector ASC"

_BASE = re.compile(r"\s*base\s+(hex|dec)\s+timestamps\s+(absolute|relative)", re.IGNORECASE)
_OUTSIDE = re.compile(r"\s*(?:date\b|base\b|//|begin trigger|end trigger|(?:no )?internal events|previous log file|$)", re.IGNORECASE)
_EVENT = re.compile(r"\s*(-?\d+\.\d+)\s+(\S.*?)\s*$")
_CLASSIC = re.compile(r"(\d+)\s+([0-9A-Fa-f]+)(x?)\s+(?:Rx|Tx|TxRq)\s+([dr])\b\s*([0-9A-Fa-f]*)\s*(.*)$", re.IGNORECASE)
_LOOKS_CLASSIC = re.compile(r"\d+\s+[0-9A-Fa-f]+x?\s+(?:Rx|Tx)\b", re.IGNORECASE)
_FD = re.compile(
    r"CANFD\s+(\d+)\s+(?:Rx|Tx|TxRq)\s+([0-9A-Fa-f]+)(x?)\s+(?:[A-Za-z_]\w*\s+)?[01]\s+[01]\s+[0-9A-Fa-f]+\s+(\d+)\s*(.*)$", re.I
)


def claims(lines: Sequence[str]) -> bool:
    """Whether a header line with the base of the numbers is among *lines*."""
    return any(_BASE.match(line) for line in lines)


def read(lines: Sequence[str], path: Path) -> Reading:
    """The frames of an ASC log. Events that are no frames are counted, their times only matter to relative logs.

    Raises:
        ConfigError: lines that are no ASC events; every line with its number.
    """
    complaints = Complaints(path)
    frames: list[Stamped] = []
    base, relative, started = 16, False, ""
    now_ns = digits = errors = others = 0
    for number, line in enumerate(lines, 1):
        if match := _BASE.match(line):
            base, relative = (16 if match[1].lower() == "hex" else 10), match[2].lower() == "relative"
        if line.lstrip().lower().startswith("date "):
            started = f"{line.strip()[5:].strip()} (clock of the logger)"
        if _OUTSIDE.match(line):
            continue
        event = _EVENT.match(line)
        stamp_ns = exact_ns(event[1]) if event else None
        if event is None or stamp_ns is None:
            if not (frames and is_cut_off(lines, number)):
                complaints.add(number, "no ASC event, expected a time in seconds first; correct or remove the line", line)
            continue
        now_ns = now_ns + stamp_ns if relative else stamp_ns
        digits = max(digits, decimals(event[1]))
        if "ErrorFrame" in event[2]:
            errors += 1
            continue
        found = _frame(event[2], base)
        if found is None:
            others += 1
        elif isinstance(found, str):
            complaints.add(number, found, line)
        else:
            frames.append(Stamped(now_ns, *found))
    complaints.raise_if_any()
    notes = [f"{errors} error frames were left out"] if errors else []
    notes += [f"{others} events that are no CAN frames were left out"] if others else []
    notes += ["the stamps are differences to the event before and were added up"] if relative else []
    return Reading(frames, 10 ** (9 - min(9, digits)), started, tuple(notes))


def _frame(event: str, base: int) -> tuple[str, Frame] | str | None:
    """Channel and frame of an event; words if it is a broken one, ``None`` if it is no frame at all."""
    if match := _CLASSIC.match(event):
        channel, ident, flag, kind, length, rest = match.groups()
        remote, fd = kind.lower() == "r", False
        count = int(length, 16) if length else 0
    elif match := _FD.match(event):
        channel, ident, flag, length, rest = match.groups()
        remote, fd, count = False, True, int(length)
    else:
        broken = _LOOKS_CLASSIC.match(event) or event.startswith("CANFD ")
        return "a CAN event that is not complete; correct or remove the line" if broken else None
    words = [] if remote else rest.split()[:count]
    try:
        can_id = int(ident, base)
        data = bytes(int(word, base) for word in words)
    except ValueError:
        return f"identifier or data are no {'hexadecimal' if base == 16 else 'decimal'} numbers"
    if not remote and len(data) != count:
        return f"{count} data bytes announced, {len(data)} follow"
    frame = frame_of(can_id, data, extended=bool(flag), fd=fd, remote=remote)
    return frame if isinstance(frame, str) else (f"CAN {channel}", frame)
