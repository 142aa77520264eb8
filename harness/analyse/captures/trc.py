"""PEAK trace files, versions 1.0 to 2.1. Read here rather than with python-can, whose times lose their last digits."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path

from harness.analyse.captures.model import Complaints, Reading, Stamped
from harness.analyse.captures.text import decimals, exact_ns, frame_of, is_cut_off, payload
from harness.core import ConfigError, Frame, Problem

__all__ = ["FORMAT", "claims", "read"]

FORMAT = "PEAK TRC"

_VERSION = re.compile(r";\$FILEVERSION\s*=\s*(\d+\.\d+)", re.IGNORECASE)
_COLUMNS = re.compile(r";\$COLUMNS\s*=\s*([A-Za-z,\s]+)$", re.IGNORECASE)
_START = re.compile(r";\$STARTTIME\s*=\s*(\d+(?:\.\d+)?)", re.IGNORECASE)
_FIRST_VERSION = re.compile(r"\s*\d+\)\s+\d+\s+[0-9A-Fa-f]{4,8}\s+\d\b")
_MILLISECOND_NS = 1_000_000
_FIXED: Mapping[str, str] = {"1.0": "N,O,I,L,D", "1.1": "N,O,d,I,L,D", "1.2": "N,O,B,d,I,L,D", "1.3": "N,O,B,d,I,R,L,D"}
"""Columns of the versions that do not list them: number, offset, bus, direction or type, identifier, reserved, length, data."""
_DATA_TYPES = {"DT": False, "RR": False, "FD": True, "FB": True, "FE": True, "BI": True}
"""Type of a frame and whether it is CAN FD."""
_FD_LENGTHS = (*range(9), 12, 16, 20, 24, 32, 48, 64)


@dataclass(slots=True)
class _Head:
    """What the comment lines say."""

    version: str = "1.0"
    columns: Sequence[str] = ()
    started: str = ""


def claims(lines: Sequence[str]) -> bool:
    """Whether *lines* name the version of the file, or have the form of version 1.0."""
    comments = any(line.lstrip().startswith(";") for line in lines)
    return any(_VERSION.match(line.strip()) for line in lines) or (comments and any(_FIRST_VERSION.match(line) for line in lines))


def read(lines: Sequence[str], path: Path) -> Reading:
    """The frames of a trace file.

    Raises:
        ConfigError: an unknown version, or lines that do not fit it; every line with its number.
    """
    head = _head(lines, path)
    complaints = Complaints(path)
    frames: list[Stamped] = []
    errors = others = digits = 0
    notes: list[str] = []
    for number, line in enumerate(lines, 1):
        text = line.strip()
        if not text or text.startswith(";"):
            continue
        found = _line(text, head.columns)
        if isinstance(found, str) and frames and is_cut_off(lines, number):
            notes.append(f"line {number} is cut off in the middle and was left out")
        elif isinstance(found, str):
            complaints.add(number, found, line)
        elif found is None:
            errors += "ER" in text.split() or "Error" in text
            others += not ("ER" in text.split() or "Error" in text)
        else:
            digits = max(digits, decimals(text.split(None, 2)[1]))
            frames.append(found)
    complaints.raise_if_any()
    notes += [f"{errors} error frames were left out"] if errors else []
    notes += [f"{others} lines that are no CAN frames were left out"] if others else []
    return Reading(frames, max(1, _MILLISECOND_NS // 10**digits), head.started, tuple(notes))


def _head(lines: Sequence[str], path: Path) -> _Head:
    head = _Head()
    columns = ""
    for number, line in enumerate(lines, 1):
        text = line.strip()
        if text and not text.startswith(";"):
            break
        if match := _VERSION.match(text):
            head.version = match[1]
            if head.version not in _FIXED and head.version not in ("2.0", "2.1"):
                known = ", ".join((*_FIXED, "2.0", "2.1"))
                raise ConfigError(Problem(f"PEAK TRC version {head.version} is not known (have: {known}); export it again", path, number))
        elif match := _COLUMNS.match(text):
            columns = match[1].replace(" ", "")
        elif match := _START.match(text):
            head.started = _started(match[1])
    head.columns = (columns or _FIXED.get(head.version, "")).split(",")
    if not {"O", "I", "D"} <= set(head.columns) or not {"l", "L"} & set(head.columns):
        text = f"a PEAK TRC file of version {head.version} needs a line ';$COLUMNS=' that names O, I, D and L or l"
        raise ConfigError(Problem(text, path, 1))
    return head


def _line(text: str, columns: Sequence[str]) -> Stamped | str | None:
    """The frame of a line; words if it is a broken one, ``None`` if it is no frame at all."""
    cells = dict(zip(columns, text.split(None, len(columns) - 1), strict=False))
    kind = cells.get("T", "")
    if kind and kind not in _DATA_TYPES:
        return None if exact_ns(cells.get("O", "")) is not None else _EXPECTED
    if "d" in cells and cells["d"] not in ("Rx", "Tx"):
        return None if cells["d"] in ("Warng", "Error", "Event", "Statu") else _EXPECTED
    t_ns = exact_ns(cells.get("O", ""), _MILLISECOND_NS)
    if t_ns is None or "I" not in cells:
        return _EXPECTED
    if cells["I"] == "FFFFFFFF":
        return None
    frame = _frame(cells, kind)
    bus = cells.get("B", "1")
    return frame if isinstance(frame, str) else Stamped(t_ns, f"CAN {bus if bus != '-' else 1}", frame)


_EXPECTED = "no line of a PEAK trace, expected number, time in ms, identifier, length and data; correct or remove it"


def _frame(cells: Mapping[str, str], kind: str) -> Frame | str:
    length = cells.get("l", cells.get("L", ""))
    if not re.fullmatch(r"[0-9A-Fa-f]{1,8}", cells["I"]) or not length.isdigit():
        return f"'{cells['I']}' and '{length}' are no identifier and length"
    fd = _DATA_TYPES.get(kind, False)
    count = int(length)
    if "l" not in cells:
        count = _FD_LENGTHS[count] if fd and count < len(_FD_LENGTHS) else min(count, 8)
    words = cells.get("D", "").split()
    remote = kind == "RR" or words[:1] == ["RTR"]
    data = b"" if remote else payload(words[:count])
    if data is None or (len(data) != count and not remote):
        return f"{count} data bytes announced, {len(words)} follow"
    return frame_of(int(cells["I"], 16), data, extended=len(cells["I"]) > 4, fd=fd, remote=remote)


def _started(days: str) -> str:
    """Wall-clock time of a number of days since the end of 1899."""
    try:
        microseconds = int(Decimal(days) * 86_400_000_000)
        moment = datetime(1899, 12, 30) + timedelta(microseconds=microseconds)  # noqa: DTZ001
    except (InvalidOperation, OverflowError):
        return ""
    return f"{moment:%Y-%m-%d %H:%M:%S.%f} (clock of the logger)"
