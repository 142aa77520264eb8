"""What a capture file gives: frames with exact times, per link what is known about its clock."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from harness.core import ConfigError, Direction, Pdu, Problem, Record, format_s

__all__ = ["Capture", "Complaints", "Reading", "Stamped", "Timing", "assemble"]

_ENOUGH_STAMPS = 50
"""From so many stamps on, their greatest common divisor says how finely the logger counts."""
_SHOWN_PROBLEMS = 5
_SHOWN_CHARACTERS = 80
_FARTHEST_NS = 1 << 61
"""Seventy years from the zero of the file; wall-clock time counts from 1970 and stays within it."""


class Stamped(NamedTuple):
    """One frame as a reader found it. A tuple, because a reader makes one for every frame."""

    t_ns: int
    """Stamp as written, in nanoseconds of the file's own zero."""
    channel: str
    frame: Pdu


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader makes of one file."""

    frames: Sequence[Stamped]
    resolution_ns: int
    """Last digit of the stamps as written."""
    started: str = ""
    """Wall-clock time of the first stamp, as far as the file tells."""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Timing:
    """What the stamps of one link show about the clock that took them."""

    frames: int
    duration_ns: int
    resolution_ns: int
    """Step in which the stamps count."""
    duplicates: int
    """Stamps equal to the one before."""
    backward: int
    """Stamps earlier than the one before."""
    first_backward: int | None
    """Frame number of the first of them."""
    longest_gap_ns: int
    longest_gap_frame: int
    """Frame number after the gap."""

    @property
    def duplicate_share_pct(self) -> float:
        """Duplicates per hundred steps."""
        return 100 * self.duplicates / max(1, self.frames - 1)


@dataclass(frozen=True, slots=True)
class Capture:
    """One recording. Record times are relative to the first stamp of the file; numbers count per link in file order."""

    path: Path
    format: str
    sha256: str
    size: int
    records: tuple[Record, ...]
    timing: Mapping[str, Timing]
    started: str = ""
    notes: tuple[str, ...] = ()

    @property
    def links(self) -> tuple[str, ...]:
        """Names of the channels, in order of first appearance."""
        return tuple(self.timing)

    def on(self, link: str) -> list[Record]:
        """The records of one channel."""
        return [record for record in self.records if record.link == link]

    @property
    def duration_ns(self) -> int:
        """From the earliest to the latest stamp."""
        times = [record.t_ns for record in self.records]
        return max(times) - min(times)


class Complaints:
    """Collects what is wrong with the lines of a file and raises all of it together."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._problems: list[Problem] = []
        self._more = 0

    def add(self, line: int, text: str, seen: str = "") -> None:
        """Remember a problem of *line*; *seen* is quoted behind it."""
        if len(self._problems) >= _SHOWN_PROBLEMS:
            self._more += 1
            return
        if seen:
            shown = seen.strip()
            shown = shown if len(shown) <= _SHOWN_CHARACTERS else shown[:_SHOWN_CHARACTERS] + "..."
            text = f"{text}: '{_printable(shown)}'"
        self._problems.append(Problem(text, self._path, line))

    def raise_if_any(self) -> None:
        """Raise everything that was added.

        Raises:
            ConfigError: something was added.
        """
        if self._problems:
            more = [Problem(f"... and {self._more} more lines", self._path)] if self._more else []
            raise ConfigError([*self._problems, *more])


def _printable(text: str) -> str:
    return "".join(character if character.isprintable() else "?" for character in text)


def assemble(path: Path, content: bytes, sha256: str, form: str, reading: Reading) -> Capture:
    """The capture made of what a reader found.

    Raises:
        ConfigError: there is no frame in it, or one with a time stamp that cannot be.
    """
    frames, notes = list(reading.frames), list(reading.notes)
    if not frames:
        raise ConfigError(Problem(f"read as {form}, but there is no CAN frame in it", path))
    stamps = [stamped.t_ns for stamped in frames]
    if (far := max(max(stamps), min(stamps), key=abs)) and abs(far) > _FARTHEST_NS:
        text = f"read as {form}, but a time stamp of {far // 1_000_000_000} s is none; correct or remove that line"
        raise ConfigError(Problem(text, path))
    steps = [later - earlier for earlier, later in pairwise(stamps)]
    if steps and max(steps) <= 0 and min(steps) < 0:
        frames.reverse()
        notes.append("the stamps descend throughout the file: frames are numbered from its end")
    zero = frames[0].t_ns
    if zero < 0:
        notes.append(f"the stamps are negative, from {format_s(zero, 6)} s; times count from the first frame")
    records = _records(frames, zero)
    links = dict.fromkeys(record.link for record in records)
    timing = {link: _timing([record for record in records if record.link == link], reading.resolution_ns) for link in links}
    return Capture(path, form, sha256, len(content), records, timing, reading.started, tuple(notes))


def _records(frames: Iterable[Stamped], zero: int) -> tuple[Record, ...]:
    numbers: dict[str, int] = {}
    records = []
    for stamp_ns, channel, pdu in frames:
        number = numbers[channel] = numbers.get(channel, 0) + 1
        t_ns = stamp_ns - zero
        records.append(Record(number, t_ns, t_ns, channel, Direction.RX, "", pdu))
    return tuple(records)


def _timing(records: Sequence[Record], resolution_ns: int) -> Timing:
    times = [record.t_ns for record in records]
    steps = [later - earlier for earlier, later in pairwise(times)]
    counted = math.gcd(*steps) if len(steps) >= _ENOUGH_STAMPS else 0
    backward = [index for index, step in enumerate(steps) if step < 0]
    longest = max(range(len(steps)), key=steps.__getitem__, default=None)
    return Timing(
        frames=len(records),
        duration_ns=max(times) - min(times),
        resolution_ns=max(resolution_ns, counted),
        duplicates=steps.count(0),
        backward=len(backward),
        first_backward=records[backward[0] + 1].number if backward else None,
        longest_gap_ns=0 if longest is None else steps[longest],
        longest_gap_frame=records[0].number if longest is None else records[longest + 1].number,
    )
