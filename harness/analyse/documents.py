"""Shape of what ``precert analyse --json`` writes: ``precert-analysis/1`` and, with ``--compare``, ``precert-comparison/1``.

The typed dictionaries are the single definition; the JSON Schemas shipped beside them are generated from them. Times are decimal
seconds since the first stamp of a recording, in a comparison ``at_s`` since the start of the suspected session.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, StringConstraints, with_config
from typing_extensions import TypedDict

from harness.case.documents import CheckDoc, FindingDoc, VerdictWord

__all__ = [
    "AnalysisDoc",
    "BusCycleDoc",
    "BusDoc",
    "CaptureDoc",
    "ColumnDoc",
    "ComparedSessionDoc",
    "ComparisonDoc",
    "CycleDoc",
    "DeviationDoc",
    "FactDoc",
    "LinkDoc",
    "LoadWindowDoc",
    "PhaseDoc",
    "ProblemDoc",
    "SessionDoc",
    "SightDoc",
    "TableDoc",
    "TimingDoc",
]

_STRICT = ConfigDict(extra="forbid")
Seconds = Annotated[str, StringConstraints(pattern=r"^-?\d+(\.\d+)?$")]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


@with_config(_STRICT)
class PhaseDoc(TypedDict):
    """One phase of a session."""

    name: str
    start_s: Seconds
    end_s: Seconds
    first_frame: int
    text: str


@with_config(_STRICT)
class ColumnDoc(TypedDict):
    """One column of a table; ``kind`` is ``time_s`` for seconds, ``did`` and ``dtc`` for numbers of diagnostics."""

    key: str
    title: dict[str, str]
    kind: str


@with_config(_STRICT)
class TableDoc(TypedDict):
    """What a standard lists about a session: as many cells in each row as there are columns."""

    name: str
    title: dict[str, str]
    columns: list[ColumnDoc]
    rows: list[list[str | int | float | None]]


@with_config(_STRICT)
class LoadWindowDoc(TypedDict):
    """Load of a bus in one stretch of time."""

    start_s: Seconds
    load_pct: float
    frames: int


@with_config(_STRICT)
class BusCycleDoc(TypedDict):
    """How often one identifier was sent and at which distances; null where it was seen once."""

    identifier: str
    extended: bool
    name: str | None
    count: int
    cyclic: bool
    mean_ms: float | None
    median_ms: float | None
    min_ms: float | None
    min_frame: int | None
    max_ms: float | None
    max_frame: int | None
    deviation_ms: float | None
    jitter_ms: float | None
    load_pct: float


@with_config(_STRICT)
class BusDoc(TypedDict):
    """Load and identifiers of a CAN bus; the load is exact for the bit rate named."""

    bitrate_bps: int
    bitrate_basis: Literal["declared", "shown", "assumed"]
    bitrate_shown_by: int
    mean_pct: float
    peak_pct: float | None
    peak_start_s: Seconds | None
    busy_s: Seconds
    window_s: Seconds
    windows: list[LoadWindowDoc]
    identifiers: list[BusCycleDoc]


@with_config(_STRICT)
class SessionDoc(TypedDict):
    """One session on a channel."""

    start_s: Seconds
    end_s: Seconds
    complete: bool
    ended_by: str | None
    end_reason: str
    phases: list[PhaseDoc]
    facts: dict[str, str]
    story: dict[str, list[str]]
    tables: list[TableDoc]
    findings: list[FindingDoc]


@with_config(_STRICT)
class TimingDoc(TypedDict):
    """What the stamps are good for; ``usable`` is null where they were not looked at."""

    usable: bool | None
    text: str | None
    resolution_s: Seconds
    duplicates: int
    backward: int
    longest_gap_s: Seconds


@with_config(_STRICT)
class LinkDoc(TypedDict):
    """One channel of a recording."""

    link: str
    frames: int
    identifiers: int
    standard: str | None
    dialect: str | None
    evidence: str | None
    matched: int
    foreign: int
    profile: str | None
    message_profile: dict[str, str] | None
    """Title by language of the messages that were read, where a standard leaves them to a profile."""
    timing: TimingDoc
    bus: BusDoc | None
    sessions: list[SessionDoc]
    gaps: list[FindingDoc]
    not_judged: str | None
    checks: list[CheckDoc]
    verdict: VerdictWord


@with_config(_STRICT)
class CaptureDoc(TypedDict):
    """One recording."""

    file: str
    format: str
    bytes: int
    sha256: Sha256
    started: str | None
    duration_s: Seconds
    notes: list[str]
    verdict: VerdictWord
    links: list[LinkDoc]


@with_config(_STRICT)
class ProblemDoc(TypedDict):
    """A file that was left out."""

    file: str | None
    line: int | None
    text: str


@with_config(_STRICT)
class AnalysisDoc(TypedDict):
    """Everything about all recordings of one call."""

    schema: Literal["precert-analysis/1"]
    precert_version: str
    bench_mode: Literal["replay"]
    verdict: VerdictWord
    captures: list[CaptureDoc]
    unreadable: list[ProblemDoc]
    passed_over: list[ProblemDoc]


@with_config(_STRICT)
class SightDoc(TypedDict):
    """A frame of a comparison."""

    frame: int
    t_s: Seconds
    word: str
    data: str


@with_config(_STRICT)
class CycleDoc(TypedDict):
    """A row of equal events that ends in one of the sessions and not in the other: what was to be expected, and its end."""

    word: str
    last_seen_s: Seconds
    period_s: Seconds


@with_config(_STRICT)
class DeviationDoc(TypedDict):
    """One way in which the sessions differ."""

    kind: Literal["order", "timing", "length", "value"]
    at_s: Seconds
    text: str
    text_zh: str
    cycle: CycleDoc | None
    good: SightDoc | None
    bad: SightDoc | None


@with_config(_STRICT)
class FactDoc(TypedDict):
    """What the parties told differently."""

    name: str
    good: str
    bad: str


@with_config(_STRICT)
class ComparedSessionDoc(TypedDict):
    """One of the two sessions."""

    file: str
    link: str
    start_s: Seconds
    end_s: Seconds
    ended_by: str | None
    end_reason: str


@with_config(_STRICT)
class ComparisonDoc(TypedDict):
    """Two recordings set against each other."""

    schema: Literal["precert-comparison/1"]
    precert_version: str
    standard: str
    good: ComparedSessionDoc
    bad: ComparedSessionDoc
    first: DeviationDoc | None
    deviations: list[DeviationDoc]
    facts: list[FactDoc]
    notes: list[str]
