"""What several files of a run folder are made of: texts, checks, steps, evidence."""

from __future__ import annotations

from typing import Literal, NotRequired

from pydantic import with_config
from typing_extensions import TypedDict

from harness.case.documents.words import STRICT, DecimalText, HashText, InstantText, RuleText, SeverityWord, VerdictWord

__all__ = [
    "CheckDoc",
    "CriterionDoc",
    "DecisionDoc",
    "EvidenceDoc",
    "ExecutionDoc",
    "FailureDoc",
    "FindingDoc",
    "IdentifiedDoc",
    "PlannedStepDoc",
    "SessionDoc",
    "StepDoc",
    "TesterDoc",
    "Text",
    "ValueDoc",
]


@with_config(STRICT)
class Text(TypedDict):
    """One text in the two languages of a report."""

    en: str
    zh: str


@with_config(STRICT)
class FindingDoc(TypedDict):
    """A remark with its place in the trace."""

    text: str
    t_s: DecimalText | None
    frame: int | None
    severity: SeverityWord
    rule: str


@with_config(STRICT)
class CriterionDoc(TypedDict):
    """What a check demands; a qualitative one has text only."""

    kind: Literal["upper", "lower", "between", "qualitative"]
    lower: DecimalText | None
    upper: DecimalText | None
    unit: str | None
    text: str
    rounding: Literal["full-value", "rounded-value"]


@with_config(STRICT)
class ValueDoc(TypedDict):
    """A judged number. U, k and p come together or not at all (U not evaluated)."""

    v: DecimalText
    unit: str
    U: DecimalText | None
    k: DecimalText | None
    p: DecimalText | None
    n: int | None
    min: DecimalText | None
    mean: DecimalText | None
    max: DecimalText | None


@with_config(STRICT)
class DecisionDoc(TypedDict):
    """The decision rule as applied, enough to recompute it."""

    rule: RuleText
    w: DecimalText
    acceptance_lower: DecimalText | None
    acceptance_upper: DecimalText | None
    conformity: Literal["pass", "conditional_pass", "conditional_fail", "fail"] | None
    p_conform: DecimalText | None


@with_config(STRICT)
class CheckDoc(TypedDict):
    """One judged comparison; ``step`` is null for the rules that run over the whole case."""

    step: int | None
    name: str
    kind: Literal["numeric", "qualitative"]
    criterion: CriterionDoc
    value: ValueDoc | None
    observed: str
    expected: str
    decision: DecisionDoc | None
    verdict: VerdictWord
    reason: str | None
    severity: SeverityWord
    note: str
    frames: list[int]
    t_s: DecimalText | None
    findings: list[FindingDoc]
    occurrences: int
    closing: NotRequired[bool]
    """It belongs to a session completed to show that no harm was done, not to the purpose of the case."""


@with_config(STRICT)
class PlannedStepDoc(TypedDict):
    """One numbered step of a case, extracted from its source."""

    n: int
    text: Text
    expect: Text


@with_config(STRICT)
class StepDoc(TypedDict):
    """What became of a step; ``checks`` are positions in the checks of the same record."""

    n: int
    state: Literal["done", "failed", "not_reached"]
    verdict: VerdictWord
    t_s: DecimalText | None
    checks: list[int]


@with_config(STRICT)
class ExecutionDoc(TypedDict):
    """Whether, when and by whom the procedure was carried out."""

    state: Literal["not_started", "completed", "aborted", "timeout", "infrastructure_error"]
    attempt: int
    started_at: InstantText | None
    ended_at: InstantText | None
    bus_time_s: DecimalText | None
    operator: str | None
    site: str | None
    checker: NotRequired[str]
    """Who checked what was recorded; added by the laboratory."""


@with_config(STRICT)
class EvidenceDoc(TypedDict):
    """One evidence file; ``path`` is relative to the run folder with forward slashes."""

    link: str
    path: str
    format: str
    sha256: HashText
    t0_s: DecimalText | None
    t1_s: DecimalText | None
    frames: int
    run: NotRequired[str]
    """Name of the run folder it lies in; only in results merged from several runs."""


@with_config(STRICT)
class IdentifiedDoc(TypedDict):
    """What identifies the item under test, as one unit told it over one path; see ``harness.case.identification``."""

    step: int | None
    item: str
    path: str
    unit: str
    """Address of the control unit on the path; empty: the whole item."""
    value: str | None
    """``null``: it could not be read; ``note`` says why."""
    sha256: HashText | None
    """Of the bytes that were told."""
    note: str
    frames: list[int]
    t_s: DecimalText | None


@with_config(STRICT)
class FailureDoc(TypedDict):
    """The excerpt that shows a failure."""

    step: int | None
    expected: str
    observed: str
    frames: list[str]


@with_config(STRICT)
class SessionDoc(TypedDict):
    """Condensed message sequence: (t_s, sender, message, text)."""

    messages: list[tuple[DecimalText, str, str, str]]


@with_config(STRICT)
class TesterDoc(TypedDict):
    """The tester's own behaviour during the case."""

    jitter_s: DecimalText | None
    bench: NotRequired[dict[str, str]]
    """How time was kept and what the ports are: drive, scheduling class, interface, source of the stamps."""
    dropped: NotRequired[int]
    """PDUs that a port is known to have lost."""
