"""SavvyCAN CSV: a header line with ``Time Stamp,ID,Extended,Dir,Bus,LEN,D1..D8``, time in microseconds."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

from harness.analyse.captures.model import Complaints, Reading, Stamped
from harness.analyse.captures.text import decimals, exact_ns, frame_of, is_cut_off, payload, wall_clock
from harness.core import ConfigError, Frame, Problem

__all__ = ["FORMAT", "claims", "read"]

FORMAT = "SavvyCAN CSV"
_REQUIRED = ("Time Stamp", "ID", "Extended", "LEN", "D1")
_MICROSECOND_NS = 1_000
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


def claims(lines: Sequence[str]) -> bool:
    """Whether the first line is a header that names at least two of the columns."""
    if not lines:
        return False
    header = {_fold(name) for name in next(csv.reader([lines[0]], delimiter=_delimiter(lines[0])))}
    return len(header & {*map(_fold, _REQUIRED), "bus", "dir"}) >= 2


def read(lines: Sequence[str], path: Path) -> Reading:
    """The frames of a SavvyCAN CSV file.

    Raises:
        ConfigError: columns are missing, or lines do not fit them; every line with its number.
    """
    delimiter = _delimiter(lines[0])
    rows = csv.reader(lines, delimiter=delimiter)
    columns = {_fold(name): index for index, name in enumerate(next(rows))}
    missing = [name for name in _REQUIRED if _fold(name) not in columns]
    if missing:
        text = f"columns missing: {', '.join(missing)}; expected is the header '{','.join(_REQUIRED[:-1])},Bus,D1,...,D8'"
        raise ConfigError(Problem(text, path, 1))
    complaints = Complaints(path)
    frames: list[Stamped] = []
    digits = 0
    notes: tuple[str, ...] = ()
    for number, row in enumerate(rows, 2):
        if not any(cell.strip() for cell in row):
            continue
        stamped = _stamped(row, columns)
        if isinstance(stamped, str):
            if frames and is_cut_off(lines, number):
                notes = (f"line {number} is cut off in the middle and was left out",)
            else:
                complaints.add(number, stamped, delimiter.join(row))
            continue
        digits = max(digits, decimals(row[columns["time stamp"]].strip()))
        frames.append(stamped)
    complaints.raise_if_any()
    return Reading(frames, max(1, _MICROSECOND_NS // 10**digits), wall_clock(frames[0].t_ns) if frames else "", notes)


def _stamped(row: Sequence[str], columns: Mapping[str, int]) -> Stamped | str:
    def cell(name: str) -> str:
        index = columns.get(name)
        return row[index].strip() if index is not None and index < len(row) else ""

    t_ns = exact_ns(cell("time stamp"), _MICROSECOND_NS)
    if t_ns is None:
        return f"'{cell('time stamp')}' is no time in microseconds"
    frame = _frame(cell("id"), cell("extended"), cell("len"), row[columns["d1"] :])
    return frame if isinstance(frame, str) else Stamped(t_ns, f"bus {cell('bus') or '0'}", frame)


def _frame(ident: str, extended: str, length: str, rest: Sequence[str]) -> Frame | str:
    try:
        can_id = int(ident, 16)
    except ValueError:
        return f"'{ident}' is no hexadecimal identifier"
    if extended.lower() not in _BOOLEANS:
        return f"'Extended' must be true or false, not '{extended}'"
    if not length.isdigit():
        return f"'LEN' must be a number, not '{length}'"
    count = int(length)
    data = payload([cell.strip().rjust(2, "0") if cell.strip() else "" for cell in rest[:count]])
    if data is None or len(data) != count:
        return f"{count} data bytes announced, D1..D{count} do not hold them"
    return frame_of(can_id, data, extended=_BOOLEANS[extended.lower()], fd=count > 8)


def _fold(name: str) -> str:
    return " ".join(name.replace("_", " ").split()).casefold().replace("timestamp", "time stamp")


def _delimiter(header: str) -> str:
    return ";" if header.count(";") > header.count(",") else ","
