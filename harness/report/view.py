"""The report as data: everything the templates print, already in words. PDF and HTML are made from the same view."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.case.documents import CountsDoc, Text

__all__ = [
    "AmendmentView",
    "Attachment",
    "BriefView",
    "CheckView",
    "ClauseLine",
    "FailureView",
    "Field",
    "Figure",
    "FindingView",
    "IdentityView",
    "Line",
    "MarketView",
    "NeedView",
    "OpinionView",
    "PhotoView",
    "ReportView",
    "ResultView",
    "SheetView",
    "Signature",
    "SoftwareView",
    "StepView",
    "SuiteLine",
    "Table",
    "VerdictView",
]


@dataclass(frozen=True, slots=True)
class VerdictView:
    """A verdict: the machine word (for colours) and the words to print."""

    word: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Field:
    """A labelled value. ``client`` marks data that the client supplied."""

    label: Text
    value: str
    client: bool = False
    value_en: str = ""
    """English form where the value is a text in two languages."""
    mono: bool = False
    wide: bool = False
    """Takes a line of its own where two fields share a line."""


@dataclass(frozen=True, slots=True)
class Table:
    """A plain table with a header."""

    header: Sequence[Text]
    rows: Sequence[Sequence[str]]
    title: Text | None = None
    client: bool = False
    note: Text | None = None
    """Stands below it."""


@dataclass(frozen=True, slots=True)
class Line:
    """An id with a text beside it."""

    id: str
    title: Text
    verdict: VerdictView
    reason: str


@dataclass(frozen=True, slots=True)
class SuiteLine:
    """One row of the summary."""

    title: Text
    version: str
    verdict: VerdictView | None
    counts: CountsDoc
    project: bool = False


@dataclass(frozen=True, slots=True)
class ClauseLine:
    """Requirements of one standard by outcome, each list printed."""

    standard: str
    met: str
    not_met: str
    undecided: str


@dataclass(frozen=True, slots=True)
class Signature:
    """A field to be signed by hand or cryptographically."""

    label: Text
    name: str
    role: str


@dataclass(frozen=True, slots=True)
class ResultView:
    """One row of the results table."""

    no: int
    id: str
    anchor: str
    title: Text
    suite: str
    clauses: Sequence[str]
    requirement: str
    requirement_zh: str
    among: Text | None
    """How many checks were met, where the row prints one of several."""
    result: str
    uncertainty: str
    verdict: VerdictView
    marks: Sequence[Text]
    evidence: str
    has_sheet: bool
    """Its detail sheet is printed in the PDF."""


@dataclass(frozen=True, slots=True)
class CheckView:
    """One check as printed."""

    name: str
    criterion: str
    observed: str
    uncertainty: str
    rule: str
    p_conform: str
    statistics: str
    frames: str
    verdict: VerdictView
    note: str
    measured: bool
    """Has a value with an uncertainty."""
    brief: bool
    """Where space is short, it is enough to name it beside others: met, without a finding, no measurement of a step."""
    arithmetic: str
    """How the number was decided; empty without one."""


@dataclass(frozen=True, slots=True)
class BriefView:
    """Checks of one step, or of one rule over the whole case, that share a line."""

    step: str
    rule: str
    checks: Sequence[str]
    verdict: VerdictView


@dataclass(frozen=True, slots=True)
class StepView:
    """A planned step and what became of it."""

    n: int
    text: Text
    expect: Text
    state: Text
    verdict: VerdictView
    time: str
    checks: Sequence[CheckView]


@dataclass(frozen=True, slots=True)
class FindingView:
    """A finding with its place."""

    severity: str
    text: str
    place: str


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture by file name, with the text for those who cannot see it."""

    file: str
    number: int
    caption: Text
    alt: str
    narrow: bool = False
    """Drawn for a part of the page's width."""


@dataclass(frozen=True, slots=True)
class FailureView:
    """The excerpt that shows a failure."""

    step: str
    expected: str
    observed: str
    frames: Sequence[str]


@dataclass(frozen=True, slots=True)
class SheetView:
    """The detail sheet of one case."""

    row: ResultView
    purpose: Text
    facts: Sequence[Field]
    reason: str
    reason_code: str
    remark: Text | None
    steps: Sequence[StepView]
    judges: Sequence[CheckView]
    brief: Sequence[BriefView]
    """The checks that are ``brief``, of the steps and then of the whole case."""
    findings: Sequence[FindingView]
    failure: FailureView | None
    figures: Sequence[Figure]
    attempts: Table | None
    evidence: Sequence[Attachment]


@dataclass(frozen=True, slots=True)
class Attachment:
    """One evidence file."""

    case_id: str
    run: str
    path: str
    frames: int
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class OpinionView:
    """What a person concludes, with what it rests on."""

    text: Text
    author: str
    basis: str
    refs: str


@dataclass(frozen=True, slots=True)
class SoftwareView:
    """How the software was checked before it was used."""

    statement: Text
    groups: Table | None
    """What it was compared with; ``None`` if it was not checked."""
    failures: Sequence[str]
    tools: Sequence[Field]
    """Versions."""
    fonts: Table
    """The files that the report is set with, by their SHA-256."""
    holds: bool


@dataclass(frozen=True, slots=True)
class PhotoView:
    """A photo of the item."""

    file: str
    """Its path in the report folder."""
    number: int
    caption: Text
    alt: str
    sha256: str


@dataclass(frozen=True, slots=True)
class IdentityView:
    """One item of the identification, as told over its paths."""

    item: Text
    agreement: VerdictView
    readings: Sequence[Sequence[str]]
    """Path, unit, value, hash, cases."""


@dataclass(frozen=True, slots=True)
class NeedView:
    """One row of a market page."""

    id: str
    title: Text
    why: Text
    kind: Text
    interface: str
    necessity: Text
    source: Sequence[Text]
    """Basis, confidence, source."""
    status: VerdictView
    coverage: str
    reasons: Sequence[Text]
    next: Sequence[Text]
    lead: Sequence[Text]
    """Lead time, risk and where the figure comes from; empty where nothing is open."""
    risk: str


@dataclass(frozen=True, slots=True)
class MarketView:
    """Readiness for one destination market."""

    id: str
    title: Text
    facts: Sequence[Field]
    needs: Sequence[NeedView]


@dataclass(frozen=True, slots=True)
class AmendmentView:
    """What this report replaces, and in which members it differs."""

    replaces: str
    """Number of the replaced report."""
    facts: Sequence[Field]
    changes: Table


@dataclass(frozen=True, slots=True)
class ReportView:
    """The whole report."""

    number: str
    revision: int
    mode: str
    mode_label: Text
    simulated: bool
    mode_notice: Text | None
    demo: Text | None
    """Says that the laboratory's data are placeholders, if they are."""
    issued: str
    results_sha256: str
    cover: Sequence[Field]
    statements: Sequence[Text]
    suites: Sequence[SuiteLine]
    conclusion: Sequence[Text]
    clauses: Sequence[ClauseLine]
    failed: Sequence[Line]
    undecided: Sequence[Line]
    notes: Sequence[Text]
    signatures: Sequence[Signature]
    item: Sequence[Field]
    declared: Sequence[Table]
    conditions: Sequence[Field]
    condition_tables: Sequence[Table]
    equipment: Sequence[Table]
    results: Sequence[ResultView]
    sheets: Sequence[SheetView]
    deviations: Sequence[Table]
    """From the methods, and of the item; one without rows says so."""
    uncertainty: Sequence[Text]
    uncertainty_facts: Sequence[Field]
    uncertainty_tables: Sequence[Table]
    """What was measured, a budget for each kind, what the uncertainty means for decisions."""
    opinions: Sequence[OpinionView]
    software: SoftwareView
    attachments: Sequence[Attachment]
    clause_checks: Table
    """What the finished document was checked for."""
    photos: Sequence[PhotoView] = ()
    identification: Sequence[IdentityView] = ()
    runs: Table | None = None
    """Of a report about several runs."""
    markets: Sequence[MarketView] = ()
    market_overview: Table | None = None
    """One line for each market, where there are several."""
    amendment: AmendmentView | None = None
