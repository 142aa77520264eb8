"""What a recording shows over time: the signals of its standard and the activity of each message."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import entry_points
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import TypedDict, cast

from harness.bench.recording import read_evidence
from harness.case.documents import EvidenceDoc, Text
from harness.core import ConfigError, Message, Record, Standard, ns_from
from harness.report.strings import text

__all__ = ["Activity", "Decoded", "Panel", "Recording", "Series", "Standards", "decode_recording", "installed_standards", "read_recording"]

Standards = Mapping[str, Standard]

_PANELS_FILE = Path(__file__).with_name("plots.toml")
_DECODED = ("blf", "pcapng")
"""Formats that carry messages; levels of lines have none."""
_PAUSE = 3.0
"""A gap longer than this many usual gaps ends a span of activity."""
_SHORTEST_PAUSE_S = 0.5


class _PanelRow(TypedDict):
    title: str
    unit: str
    series: list[dict[str, str]]


@dataclass(frozen=True, slots=True)
class Series:
    """One signal over time, step by step."""

    label: Text
    times_s: Sequence[float]
    values: Sequence[float]


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
class Recording:
    """One link of one case."""

    link: str
    standard: str
    panels: Sequence[Panel]
    activities: Sequence[Activity]


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


def read_recording(path: Path, evidence: EvidenceDoc, standards: Standards) -> Recording | None:
    """Decode one evidence file; ``None`` if it holds levels only, or no known standard.

    Raises:
        ConfigError: the file is damaged.
    """
    if (decoded := decode_recording(path, evidence, standards)) is None:
        return None
    name, messages = decoded.standard, decoded.messages
    return Recording(evidence["link"], name, _panels(name, messages), _activities(messages))


def decode_recording(path: Path, evidence: EvidenceDoc, standards: Standards) -> Decoded | None:
    """The messages of one evidence file; ``None`` if it holds levels only, or no known standard.

    Raises:
        ConfigError: the file is damaged.
    """
    if evidence["format"] not in _DECODED:
        return None
    records = read_evidence(path, evidence["link"], ns_from(evidence["t0_s"] or "0", "s"))
    claims = [(claim.matched, name) for name, standard in standards.items() if (claim := standard.recognise(records)) is not None]
    if not claims:
        return None
    _, name = max(claims)
    decoder = standards[name].decoder()
    return Decoded(name, records, [message for record in records for message in decoder.feed(record)])


def _panels(standard: str, messages: Sequence[Message]) -> list[Panel]:
    panels = []
    for row in _panel_table().get(standard, []):
        series = [found for each in row["series"] if (found := _series(each, messages)) is not None]
        if series:
            panels.append(Panel(text(row["title"]), row["unit"], series))
    return panels


def _series(row: Mapping[str, str], messages: Sequence[Message]) -> Series | None:
    times: list[float] = []
    values: list[float] = []
    for message in messages:
        if message.name != row["message"]:
            continue
        value = message.values.get(row["signal"])
        if isinstance(value, int | float):
            times.append(message.t_ns / 1e9)
            values.append(float(value))
    return Series(text(row["label"]), times, values) if times else None


def _activities(messages: Sequence[Message]) -> list[Activity]:
    instants: dict[tuple[str, str], list[float]] = {}
    for message in messages:
        if "." not in message.name:
            instants.setdefault((message.name, message.sender), []).append(message.t_ns / 1e9)
    return [Activity(name, sender, len(times), _spans(times)) for (name, sender), times in instants.items()]


def _spans(times: Sequence[float]) -> list[tuple[float, float]]:
    gaps = [later - earlier for earlier, later in pairwise(times)]
    pause = max(_PAUSE * median(gaps), _SHORTEST_PAUSE_S) if gaps else _SHORTEST_PAUSE_S
    spans = [(times[0], times[0])]
    for earlier, later in pairwise(times):
        if later - earlier > pause:
            spans.append((later, later))
        else:
            spans[-1] = (spans[-1][0], later)
    return spans


@cache
def _panel_table() -> Mapping[str, list[_PanelRow]]:
    return cast("Mapping[str, list[_PanelRow]]", tomllib.loads(_PANELS_FILE.read_text(encoding="utf-8")))
