"""Tables of frames as ZLG's CANTest, CANPro and ZCANPRO and the tools modelled on them export them: CSV or text, Chinese or English.

No specification of these exports is public. Columns are found by their heading in any order, so a layout that is not listed here
is read too if it names an identifier, the data and a time. What the layouts are known from:

* ``序号,系统时间,时间标识,CAN通道,传输方向,ID号,帧类型,帧格式,长度,数据`` (CANTest): excerpts of logs in public code; stamps such as
  ``0x592897`` count 0.1 ms, which the distance of back-to-back frames in such an excerpt confirms.
* ``序号,系统时间,时间标识,CAN通道,ID号,帧类型,帧格式,CAN类型,长度,数据``: the same with stamps in seconds, GBK and half-quoted clock times.
* ``序号,传输方向,时间戳,ID,帧格式,帧类型,长度,数据`` with clock times such as ``16:44:48.459.0``, and the long form of CANPro with message
  name, PGN and addresses beside the identifier: excerpts in public code.
* ``序号,传输方向,第几路CAN,时间标识,增量时间,帧 ID,帧类型,帧格式,数据长度,数据``, and the same with ``帧ID(靠右对齐)`` and
  ``数据(HEX)``: headings in public code.
  headings in public code.
* The columns of ZCANPRO (``帧ID``, ``源通道``, ``CAN类型``, combined words such as ``扩展数据帧``) and all English
  headings: general knowledge, not confirmed by a file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.analyse.captures.clocks import Stamp, clock_stamp, relative_stamp
from harness.analyse.captures.model import Complaints, Reading, Stamped
from harness.analyse.captures.text import frame_of, is_cut_off, payload
from harness.core import ConfigError, Frame, Problem

__all__ = ["FORMAT", "claims", "read"]

FORMAT = "frame table (ZLG style)"

_HEADINGS: Mapping[str, tuple[str, ...]] = {
    "time": ("时间标识", "时间戳", "相对时间", "时间", "timestamp", "timeidentifier", "relativetime", "time"),
    "clock": ("系统时间", "日期时间", "systemtime", "datetime"),
    "channel": ("can通道", "通道", "通道号", "源通道", "第几路can", "can通道号", "channel", "canchannel", "sourcechannel", "ch", "bus"),
    "id": ("id号", "id", "帧id", "报文id", "canid", "frameid", "msgid", "messageid", "arbitrationid"),
    "type": ("帧类型", "frametype", "type"),
    "format": ("帧格式", "frameformat", "format"),
    "protocol": ("can类型", "cantype", "协议", "protocol"),
    "length": ("长度", "数据长度", "len", "length", "datalength", "dlc"),
    "data": ("数据", "data", "databytes", "报文数据"),
}
_NEEDED = ("id", "data")
_ENOUGH = 5
"""So many columns must be known before a line is taken for the heading."""
_OF_SAVVYCAN = frozenset(("extended", "d1"))
_BRACKETS = re.compile(r"[(（\[]([^)）\]]*)[)）\]]")
_HEADING_LINES = 10
_NO_VALUE = ("", "无", "-", "--", "none", "n/a")


@dataclass(frozen=True, slots=True)
class _Table:
    """Where the columns stand."""

    line: int
    delimiter: str | None
    """``None``: blanks."""
    columns: Mapping[str, int]
    width: int
    unit: str
    """Unit of the stamps if the heading names it."""

    def cells(self, line: str) -> list[str]:
        """The cells of a line. Quotes are no quotes here: these tools write ``="12:00:00`` without the second one."""
        if self.delimiter is None:
            return line.split(None, self.width - 1)
        return [cell.strip() for cell in line.rstrip("\r\n").split(self.delimiter)]

    def cell(self, cells: Sequence[str], name: str) -> str:
        """One cell, empty if there is none."""
        index = self.columns.get(name)
        value = cells[index].strip().lstrip("=").strip("\"'").strip() if index is not None and index < len(cells) else ""
        return "" if value.lower() in _NO_VALUE else value


def claims(lines: Sequence[str]) -> bool:
    """Whether a heading that names identifier, data and more columns is among the first of *lines*."""
    return _find_table(lines) is not None


def read(lines: Sequence[str], path: Path) -> Reading:
    """The frames of the table.

    Raises:
        ConfigError: lines that do not fit the heading; every line with its number.
    """
    table = _find_table(lines)
    if table is None:
        raise ConfigError(Problem("no heading with columns for identifier and data", path, 1))
    complaints, rows = Complaints(path), _Rows(table)
    for number, line in enumerate(lines[table.line :], table.line + 1):
        if not line.strip() or _table_of(line, number) is not None:
            continue
        problem = rows.take(line)
        if problem and rows.frames and is_cut_off(lines, number):
            rows.notes[f"line {number} is cut off in the middle and was left out"] = None
        elif problem:
            complaints.add(number, problem, line)
    complaints.raise_if_any()
    return Reading(rows.frames, max(1, rows.resolution_ns), rows.started, rows.remarks())


class _Rows:
    """Collects the frames, and what there is to remark about them."""

    def __init__(self, table: _Table) -> None:
        self._table = table
        self.frames: list[Stamped] = []
        self.resolution_ns = 0
        self.started = ""
        self.notes: dict[str, None] = {}
        self._errors = 0
        self._day_ns = 0
        self._last_ns = 0

    def take(self, line: str) -> str:
        """Take one line; what is wrong with it, empty if nothing."""
        cells = self._table.cells(line)
        words = " ".join(self._table.cell(cells, name) for name in ("type", "format", "protocol")).casefold()
        if "错误" in words or "error" in words:
            self._errors += 1
            return ""
        frame = _frame(self._table, cells, words)
        if isinstance(frame, str):
            return frame
        stamp = self._stamp(cells)
        if isinstance(stamp, str):
            return stamp
        if not self.frames and self._table.cell(cells, "clock"):
            self.started = f"{self._table.cell(cells, 'clock')} (clock of the logger)"
        self.resolution_ns = max(self.resolution_ns, stamp.step_ns) if self.resolution_ns else stamp.step_ns
        if stamp.note:
            self.notes[stamp.note] = None
        self.frames.append(Stamped(self._continued(stamp), _channel(self._table.cell(cells, "channel")), frame))
        return ""

    def remarks(self) -> tuple[str, ...]:
        """The notes on the file."""
        return (*self.notes, *((f"{self._errors} error frames were left out",) if self._errors else ()))

    def _stamp(self, cells: Sequence[str]) -> Stamp | str:
        time, clock = self._table.cell(cells, "time"), self._table.cell(cells, "clock")
        if time:
            return relative_stamp(time, self._table.unit) or clock_stamp(time) or f"'{time}' is no time"
        if clock:
            return clock_stamp(clock) or f"'{clock}' is no clock time"
        return Stamp(0, 1_000_000, note="lines carry no time stamp")

    def _continued(self, stamp: Stamp) -> int:
        """The instant, with a day more after each midnight of a clock that has no date."""
        if stamp.wraps_ns and stamp.t_ns + self._day_ns < self._last_ns - stamp.wraps_ns // 2:
            self._day_ns += stamp.wraps_ns
            self.notes["the clock of the logger passed midnight"] = None
        self._last_ns = stamp.t_ns + self._day_ns
        return self._last_ns


def _frame(table: _Table, cells: Sequence[str], words: str) -> Frame | str:
    text = table.cell(cells, "id")
    digits = text.lower().removeprefix("0x").removesuffix("h")
    if not re.fullmatch(r"[0-9a-f]{1,8}", digits):
        return f"'{text}' is no hexadecimal identifier" if text else "there is no identifier"
    can_id = int(digits, 16)
    extended = can_id > 0x7FF or ("扩展" in words or "ext" in words)
    if not any(word in words for word in ("扩展", "ext", "标准", "std", "standard")):
        extended = can_id > 0x7FF or len(digits) > 4
    remote = "远程" in words or "remote" in words or "rtr" in words
    data = payload(_bytes_of(table, cells))
    if data is None:
        return "the data are no whole hexadecimal bytes"
    count = _length(table.cell(cells, "length"), len(data))
    if count is None:
        return f"'{table.cell(cells, 'length')}' is no length"
    if count > len(data) and not remote:
        return f"{count} data bytes announced, {len(data)} follow"
    return frame_of(can_id, data[:count], extended=extended, fd=count > 8 or "fd" in words, remote=remote)


def _bytes_of(table: _Table, cells: Sequence[str]) -> str:
    """Hexadecimal digits of the data; a cell per byte is read too if the data stand last."""
    index = table.columns["data"]
    parts = cells[index:] if index == table.width - 1 else cells[index : index + 1]
    text = " ".join(parts).strip("\"' ").partition("|")
    words = (text[2] if text[1] else text[0]).split()
    return "".join(word.removeprefix("0x").removeprefix("0X") for word in words)


def _length(text: str, actual: int) -> int | None:
    if not text:
        return actual
    try:
        return int(text, 16) if text.lower().startswith("0x") else int(text)
    except ValueError:
        return None


def _channel(text: str) -> str:
    number = re.search(r"\d+", text)
    return f"CAN {int(number[0])}" if number else text or "CAN"


def _find_table(lines: Sequence[str]) -> _Table | None:
    for number, line in enumerate(lines[:_HEADING_LINES], 1):
        if (table := _table_of(line, number)) is not None:
            return table
    return None


def _table_of(line: str, number: int) -> _Table | None:
    """The table whose heading *line* is, ``None`` if it is none."""
    for delimiter in (",", "\t", ";", None):
        names = [name for name in line.strip().split(delimiter) if delimiter is None or name.strip()]
        if len(names) < _ENOUGH:
            continue
        folded = [_fold(name) for name in names]
        columns = {role: index for role, known in _HEADINGS.items() if (index := _first(folded, known)) is not None}
        timed = "time" in columns or "clock" in columns
        if timed and len(columns) >= _ENOUGH and all(role in columns for role in _NEEDED) and not _OF_SAVVYCAN & set(folded):
            unit = _BRACKETS.search(names[columns["time"]]) if "time" in columns else None
            return _Table(number, delimiter, columns, len(names), unit[1].strip().casefold() if unit else "")
    return None


def _first(folded: Sequence[str], known: Sequence[str]) -> int | None:
    return next((folded.index(name) for name in known if name in folded), None)


def _fold(name: str) -> str:
    return re.sub(r"[\s_./\"'=]", "", _BRACKETS.sub("", name)).casefold()
