"""Shape of the files in a run folder: plan.json, records.jsonl, journal.jsonl, results.json.

The typed dictionaries are the single definition. They validate on writing and on reading, and the JSON
Schemas shipped beside them are generated from them. Numbers whose digits matter are decimal strings,
instants inside a run are decimal seconds since its start, wall-clock times are RFC 3339 with offset.
"""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired

from pydantic import ConfigDict, JsonValue, StringConstraints, with_config
from typing_extensions import TypedDict

__all__ = [
    "ApplicabilityDoc",
    "AttemptDoc",
    "BenchMode",
    "CaseDoc",
    "CheckDoc",
    "CountsDoc",
    "CriterionDoc",
    "DecisionDoc",
    "EvidenceDoc",
    "ExecutionDoc",
    "FailureDoc",
    "FindingDoc",
    "JournalDoc",
    "PicsDoc",
    "PlanDoc",
    "PlannedStepDoc",
    "RecordDoc",
    "ReportDoc",
    "ResultsDoc",
    "RigDoc",
    "RowDoc",
    "RunDoc",
    "SealDoc",
    "SessionDoc",
    "StepDoc",
    "SuiteCountsDoc",
    "SuiteDoc",
    "TesterDoc",
    "Text",
    "ValueDoc",
    "VerdictWord",
]

_STRICT = ConfigDict(extra="forbid")

DecimalText = Annotated[str, StringConstraints(pattern=r"^-?\d+(\.\d+)?([eE][-+]?\d+)?$")]
HashText = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
InstantText = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[-+]\d\d:\d\d)$")]
RuleText = Annotated[str, StringConstraints(pattern=r"^(SIMPLE|GUARD_U|NONBINARY_U)$")]
VerdictWord = Literal["none", "pass", "inconc", "fail", "error"]
BenchMode = Literal["simulation", "hil", "vehicle", "replay"]
Basis = Literal["quoted", "derived", "project"]
Confidence = Literal["high", "medium", "low"]
SeverityWord = Literal["info", "warning", "failure"]


@with_config(_STRICT)
class Text(TypedDict):
    """One text in the two languages of a report."""

    en: str
    zh: str


@with_config(_STRICT)
class FindingDoc(TypedDict):
    """A remark with its place in the trace."""

    text: str
    t_s: DecimalText | None
    frame: int | None
    severity: SeverityWord
    rule: str


@with_config(_STRICT)
class CriterionDoc(TypedDict):
    """What a check demands; a qualitative one has text only."""

    kind: Literal["upper", "lower", "between", "qualitative"]
    lower: DecimalText | None
    upper: DecimalText | None
    unit: str | None
    text: str
    rounding: Literal["full-value", "rounded-value"]


@with_config(_STRICT)
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


@with_config(_STRICT)
class DecisionDoc(TypedDict):
    """The decision rule as applied, enough to recompute it."""

    rule: RuleText
    w: DecimalText
    acceptance_lower: DecimalText | None
    acceptance_upper: DecimalText | None
    conformity: Literal["pass", "conditional_pass", "conditional_fail", "fail"] | None
    p_conform: DecimalText | None


@with_config(_STRICT)
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


@with_config(_STRICT)
class PlannedStepDoc(TypedDict):
    """One numbered step of a case, extracted from its source."""

    n: int
    text: Text
    expect: Text


@with_config(_STRICT)
class StepDoc(TypedDict):
    """What became of a step; ``checks`` are positions in the checks of the same record."""

    n: int
    state: Literal["done", "failed", "not_reached"]
    verdict: VerdictWord
    t_s: DecimalText | None
    checks: list[int]


@with_config(_STRICT)
class ExecutionDoc(TypedDict):
    """Whether, when and by whom the procedure was carried out."""

    state: Literal["not_started", "completed", "aborted", "timeout", "infrastructure_error"]
    attempt: int
    started_at: InstantText | None
    ended_at: InstantText | None
    bus_time_s: DecimalText | None
    operator: str | None
    site: str | None


@with_config(_STRICT)
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


@with_config(_STRICT)
class FailureDoc(TypedDict):
    """The excerpt that shows a failure."""

    step: int | None
    expected: str
    observed: str
    frames: list[str]


@with_config(_STRICT)
class SessionDoc(TypedDict):
    """Condensed message sequence: (t_s, sender, message, text)."""

    messages: list[tuple[DecimalText, str, str, str]]


@with_config(_STRICT)
class TesterDoc(TypedDict):
    """The tester's own behaviour during the case."""

    jitter_s: DecimalText | None
    bench: NotRequired[dict[str, str]]
    """How time was kept and what the ports are: drive, scheduling class, interface, source of the stamps."""
    dropped: NotRequired[int]
    """PDUs that a port is known to have lost."""


@with_config(_STRICT)
class RecordDoc(TypedDict):
    """One line of records.jsonl: one finished attempt of one case."""

    schema: Literal["precert-record/1"]
    id: str
    suite: str
    attempt: int
    edition: NotRequired[str]
    """Edition of the standard that it was run for."""
    execution: ExecutionDoc
    steps: list[StepDoc]
    checks: list[CheckDoc]
    verdict: VerdictWord
    reason: str
    reason_code: str
    findings: list[FindingDoc]
    deviations: list[dict[str, JsonValue]]
    performed_by: str
    scope_status: str
    bench_mode: BenchMode
    evidence: list[EvidenceDoc]
    equipment: list[str]
    tester: TesterDoc
    failure: FailureDoc | None
    session: SessionDoc | None


@with_config(_STRICT)
class ApplicabilityDoc(TypedDict):
    """Decided before the run from declared PICS items only."""

    value: Literal["applicable", "not_applicable"]
    pics: str
    reason: str


@with_config(_STRICT)
class OfficialDoc(TypedDict):
    """The number of a case in a standard of test methods, and who confirmed it."""

    number: str
    standard: str
    confirmed_by: str


@with_config(_STRICT)
class CaseDoc(TypedDict):
    """One planned case."""

    id: str
    suite: str
    title: Text
    purpose: Text
    refs: list[str]
    basis: Basis
    confidence: Confidence
    pics: str
    applicability: ApplicabilityDoc
    steps: list[PlannedStepDoc]
    official: NotRequired[OfficialDoc]
    sut: NotRequired[str]
    """Role that it tests."""
    editions: NotRequired[list[str]]
    """Editions for which it is run: one attempt for each, the worst verdict counts."""


@with_config(_STRICT)
class EditionDoc(TypedDict):
    """One edition of the standard that a suite tests, with the limits that belong to it."""

    name: str
    profile: str
    profile_sha256: HashText


@with_config(_STRICT)
class SuiteDoc(TypedDict):
    """Identity of a suite and of the limits it used."""

    name: str
    version: str
    title: Text
    sha256: HashText
    profile: str | None
    profile_sha256: HashText | None
    editions: NotRequired[list[EditionDoc]]
    method: NotRequired[str]
    """Method that the rows of the suite name; without it the suite itself is the method."""


@with_config(_STRICT)
class RigDoc(TypedDict):
    """The bench as declared."""

    name: str
    file: str | None
    bench_mode: BenchMode
    time: Literal["virtual", "real"]
    links: dict[str, JsonValue]
    clock: dict[str, JsonValue] | None
    roles: NotRequired[dict[str, JsonValue]]
    instruments: NotRequired[dict[str, JsonValue]]
    safety: NotRequired[dict[str, JsonValue] | None]
    allow: NotRequired[list[str]]


@with_config(_STRICT)
class PicsDoc(TypedDict):
    """One declared item with its justification."""

    value: bool
    why: str


@with_config(_STRICT)
class CorrectionsDoc(TypedDict):
    """Limits of the laboratory that stood in the place of those of the profiles."""

    file: str
    sha256: HashText
    limits: list[str]
    """Keys."""


@with_config(_STRICT)
class PlanDoc(TypedDict):
    """plan.json; sealed before the first frame."""

    schema: Literal["precert-plan/1"]
    precert_version: str
    sealed_at: NotRequired[InstantText]
    sha256: NotRequired[HashText]
    rig: RigDoc
    item: dict[str, JsonValue]
    pics: dict[str, PicsDoc]
    pixit: dict[str, JsonValue]
    decision_rule: RuleText
    seed: int
    suites: list[SuiteDoc]
    operator: str | None
    cases: list[CaseDoc]
    retry_reasons: NotRequired[list[str]]
    """Reason codes for which the plan lets a later attempt replace an earlier one."""
    equipment: NotRequired[list[dict[str, JsonValue]]]
    tools: NotRequired[dict[str, str]]
    corrections: NotRequired[CorrectionsDoc]


@with_config(_STRICT)
class JournalDoc(TypedDict):
    """One line of journal.jsonl; ``prev`` is the SHA-256 of the line before, without its line end."""

    seq: int
    ts: InstantText
    event: str
    data: dict[str, JsonValue]
    prev: HashText


# ``pass`` is a keyword, so this one cannot be written as a class.
CountsDoc = TypedDict(
    "CountsDoc",
    {"planned": int, "pass": int, "fail": int, "inconc": int, "na": int, "none": int, "error": int},
)
with_config(_STRICT)(CountsDoc)


@with_config(_STRICT)
class SuiteCountsDoc(TypedDict):
    """A suite with its verdict; ``na`` if every case of it is not applicable."""

    name: str
    version: str
    title: Text
    verdict: Literal["none", "pass", "inconc", "fail", "error", "na"]
    counts: CountsDoc
    counts_project: CountsDoc


@with_config(_STRICT)
class MethodDoc(TypedDict):
    """How the row was tested."""

    id: str
    suite: str


@with_config(_STRICT)
class AttemptDoc(TypedDict):
    """One attempt of a case, the deciding one included."""

    attempt: int
    state: str
    started_at: InstantText | None
    ended_at: InstantText | None
    verdict: VerdictWord
    reason: str
    reason_code: str
    evidence: list[EvidenceDoc]
    edition: NotRequired[str]
    """Edition of the standard that it was run for."""
    run: NotRequired[str]


@with_config(_STRICT)
class RowDoc(TypedDict):
    """One planned case with its result."""

    id: str
    suite: str
    title: Text
    refs: list[str]
    basis: Basis
    confidence: Confidence
    method: MethodDoc
    applicability: ApplicabilityDoc
    execution: ExecutionDoc
    steps: list[StepDoc]
    checks: list[CheckDoc]
    findings: list[FindingDoc]
    verdict: VerdictWord
    reason: str
    reason_code: str
    deviations: list[dict[str, JsonValue]]
    performed_by: str
    scope_status: str
    bench_mode: BenchMode
    evidence: list[EvidenceDoc]
    equipment: list[str]
    attempts: list[AttemptDoc]
    official: NotRequired[OfficialDoc]


@with_config(_STRICT)
class ReportDoc(TypedDict):
    """Identity of the report; ``accreditation`` has no other value."""

    number: str
    revision: int
    accreditation: Literal["none"]
    bench_mode: BenchMode
    issued_at: InstantText
    languages: list[str]


@with_config(_STRICT)
class RunDoc(TypedDict):
    """The run behind the results."""

    state: Literal["finished", "interrupted"]
    started_at: InstantText
    ended_at: InstantText
    precert_version: str
    tools: dict[str, str]
    rig: RigDoc
    seed: int
    operator: str | None
    name: NotRequired[str]
    """Name of the run folder; only in results merged from several runs."""
    plan_sha256: NotRequired[HashText]


@with_config(_STRICT)
class SealDoc(TypedDict):
    """The sealed plan in short."""

    sha256: HashText
    sealed_at: InstantText
    decision_rule: RuleText
    cases: list[str]


@with_config(_STRICT)
class ResultsDoc(TypedDict):
    """results.json."""

    schema: Literal["precert-results/1"]
    report: ReportDoc
    issuer: NotRequired[dict[str, JsonValue]]
    client: NotRequired[dict[str, JsonValue]]
    run: RunDoc
    merged_runs: NotRequired[list[RunDoc]]
    plan: SealDoc
    item: dict[str, JsonValue]
    equipment: list[dict[str, JsonValue]]
    suites: list[SuiteCountsDoc]
    results: list[RowDoc]
    counts: CountsDoc
    counts_project: CountsDoc
