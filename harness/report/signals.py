"""What a recording shows over time: the signals of its standard and the activity of each message."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.metadata import entry_points
from itertools import pairwise
from pathlib import Path
from typing import TypedDict, cast

from harness.bench.recording import read_evidence
from harness.case.documents import EvidenceDoc, Text
from harness.core import ConfigError, Message, Record, Standard, ns_from
from harness.report.lanes import Lane, LaneRow, lanes_of, runs_of
from harness.report.strings import text
from harness.report.traffic import Traffic, traffic_of

__all__ = [
    "Activity",
    "Decoded",
    "Panel",
    "Periods",
    "Recording",
    "Series",
    "Span",
    "Standards",
    "decode_recording",
    "installed_standards",
    "read_recording",
]

Standards = Mapping[str, Standard]

_PANELS_FILE = Path(__file__).with_name("plots.toml")
_DECODED = ("blf", "pcapng")
"""Formats that carry messages; levels of lines have none."""


class _SeriesRow(TypedDict):
    of: list[str]
    """Sources, ``Message:path``."""
    label: str


class _PanelRow(TypedDict):
    title: str
    unit: str
    series: list[_SeriesRow]


class _SessionRow(TypedDict):
    loops: list[str]
    """Messages that repeat while energy flows."""


class _Table(TypedDict):
    panels: dict[str, list[_PanelRow]]
    sessions: dict[str, _SessionRow]
    lanes: dict[str, list[LaneRow]]


@dataclass(frozen=True, slots=True)
class Series:
    """One signal over time, step by step."""

    label: Text
    times_s: Sequence[float]
    values: Sequence[float]

    def runs(self) -> list[Sequence[tuple[float, float]]]:
        """Its points without a pause between them: nothing is known of a signal while its messages stay away."""
        points = list(zip(self.times_s, self.values, strict=True))
        return [points[begin:end] for begin, end in runs_of(self.times_s)]


@dataclass(frozen=True, slots=True)
class Panel:
    """Signals that share an axis."""

    title: Text
    unit: str
    series: Sequence[Series]


@dataclass(frozen=True, slots=True)
class Activity:
    """When a message was on the link: (first, last) instants without a pause, in seconds."""

    name: str
    sender: str
    count: int
    spans: Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Span:
    """A phase of a session."""

    name: str
    start_s: float
    end_s: float
    session: int
    """Sessions of a recording are counted from 0."""


@dataclass(frozen=True, slots=True)
class Periods:
    """How far the requests of a loop were apart."""

    name: str
    intervals_s: Sequence[float]


@dataclass(frozen=True, slots=True)
class Recording:
    """One link of one case."""

    link: str
    standard: str
    panels: Sequence[Panel]
    activities: Sequence[Activity]
    phases: Sequence[Span] = ()
    periods: Sequence[Periods] = ()
    shows_session: bool = False
    """The standard is one whose sessions have a figure of their own."""
    lanes: Sequence[Lane] = ()
    """States that the standard tells."""
    traffic: Traffic | None = None
    """Of a CAN bus at a declared bit rate."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """One evidence file in the words of its standard."""

    standard: str
    records: Sequence[Record]
    messages: Sequence[Message]


@cache
def installed_standards() -> Standards:
    """The standards of this installation by entry point name.

    Raises:
        ConfigError: one cannot be loaded.
    """
    found: dict[str, Standard] = {}
    for entry in sorted(entry_points(group="precert.standards"), key=lambda entry: entry.name):
        try:
            found[entry.name] = cast("Standard", entry.load())
        except (ImportError, AttributeError) as error:
            raise ConfigError(f"standard '{entry.name}' cannot be loaded from '{entry.value}': {error}") from error
    return found


def read_recording(
    path: Path, evidence: EvidenceDoc, standards: Standards, suite: str = "", bitrate_bps: int | None = None
) -> Recording | None:
    """Decode one evidence file; ``None`` if it holds levels only, or no known standard.

    What no standard claims is read in the words of that of its *suite*. *bitrate_bps* is the declared one of a CAN bus.

    Raises:
        ConfigError: the file is damaged.
    """
    if (decoded := decode_recording(path, evidence, standards, suite)) is None:
        return None
    name, messages = decoded.standard, decoded.messages
    recording = Recording(
        evidence["link"],
        name,
        _panels(name, messages),
        _activities(messages),
        lanes=lanes_of(_table()["lanes"].get(name, []), messages),
        traffic=traffic_of(decoded.records, bitrate_bps, messages),
    )
    if (row := _table()["sessions"].get(name)) is None:
        return recording
    phases = [
        Span(phase.name, phase.start_ns / 1e9, phase.end_ns / 1e9, number)
        for number, session in enumerate(standards[name].sessions(messages, decoded.records))
        for phase in session.phases
    ]
    return replace(recording, phases=phases, periods=list(_periods(row["loops"], messages, phases)), shows_session=True)


def decode_recording(path: Path, evidence: EvidenceDoc, standards: Standards, suite: str = "") -> Decoded | None:
    """The messages of one evidence file; ``None`` if it holds levels only, or no known standard.

    What no standard claims is read in the words of that of its *suite*.

    Raises:
        ConfigError: the file is damaged.
    """
    if evidence["format"] not in _DECODED:
        return None
    records = read_evidence(path, evidence["link"], ns_from(evidence["t0_s"] or "0", "s"))
    # A general standard takes any bus of its form, and claims none here.
    special = {name: standard for name, standard in standards.items() if not getattr(standard, "is_general", False)}
    claims = [(claim.matched, name) for name, standard in special.items() if (claim := standard.recognise(records)) is not None]
    if not claims and suite not in standards:
        return None
    _, name = max(claims, default=(0, suite))
    decoder = standards[name].decoder()
    return Decoded(name, records, [message for record in records for message in decoder.feed(record)])


def _panels(standard: str, messages: Sequence[Message]) -> list[Panel]:
    panels = []
    for row in _table()["panels"].get(standard, []):
        series = [found for each in row["series"] if (found := _series(each, messages)) is not None]
        if series:
            panels.append(Panel(text(row["title"]), row["unit"], series))
    return panels


def _series(row: _SeriesRow, messages: Sequence[Message]) -> Series | None:
    wanted = dict(source.split(":", 1) for source in row["of"])
    times: list[float] = []
    values: list[float] = []
    for message in messages:
        if message.name not in wanted:
            continue
        value = message.values.get(wanted[message.name])
        if isinstance(value, int | float):
            times.append(message.t_ns / 1e9)
            values.append(float(value))
    return Series(text(row["label"]), times, values) if times else None


def _periods(loops: Sequence[str], messages: Sequence[Message], phases: Sequence[Span]) -> Iterator[Periods]:
    """Intervals between one request of a loop and the next in the same phase: a pause in between is no period."""
    for name in loops:
        times = [message.t_ns / 1e9 for message in messages if message.name == name]
        inside = [[time for time in times if span.start_s <= time <= span.end_s] for span in phases]
        if intervals := [later - earlier for group in inside for earlier, later in pairwise(group)]:
            yield Periods(name, intervals)


def _activities(messages: Sequence[Message]) -> list[Activity]:
    instants: dict[tuple[str, str], list[float]] = {}
    for message in messages:
        if "." not in message.name:
            instants.setdefault((message.name, message.sender), []).append(message.t_ns / 1e9)
    senders = Counter(name for name, _ in instants)
    return [
        Activity(name if senders[name] == 1 else f"{name} ({sender})", sender, len(times), _spans(times))
        for (name, sender), times in instants.items()
    ]


def _spans(times: Sequence[float]) -> list[tuple[float, float]]:
    return [(times[begin], times[end - 1]) for begin, end in runs_of(times)]


@cache
def _table() -> _Table:
    return cast("_Table", tomllib.loads(_PANELS_FILE.read_text(encoding="utf-8")))
