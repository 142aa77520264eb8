"""results.json: rows, counts and the identity of the report."""

from __future__ import annotations

from typing import Literal, NotRequired

from pydantic import JsonValue, with_config
from typing_extensions import TypedDict

from harness.case.documents.campaign import MarketDoc, SupersedesDoc
from harness.case.documents.elements import CheckDoc, EvidenceDoc, ExecutionDoc, FindingDoc, IdentifiedDoc, StepDoc, Text
from harness.case.documents.lab import (
    BodyDoc,
    ComplaintsDoc,
    ConditionsDoc,
    DemandedDoc,
    EquipmentDoc,
    MethodDeviationDoc,
    MethodRecordDoc,
    OpinionDoc,
    PeopleDoc,
    PhotoDoc,
    ProviderDoc,
    SiteDoc,
)
from harness.case.documents.plan import ApplicabilityDoc, OfficialDoc, RigDoc
from harness.case.documents.words import STRICT, Basis, BenchMode, Confidence, HashText, InstantText, RuleText, VerdictWord

__all__ = ["AttemptDoc", "CountsDoc", "MethodDoc", "ReportDoc", "ResultsDoc", "RowDoc", "RunDoc", "SealDoc", "SuiteCountsDoc"]


# ``pass`` is a keyword, so this one cannot be written as a class.
CountsDoc = TypedDict(
    "CountsDoc",
    {"planned": int, "pass": int, "fail": int, "inconc": int, "na": int, "none": int, "error": int},
)
with_config(STRICT)(CountsDoc)


@with_config(STRICT)
class SuiteCountsDoc(TypedDict):
    """A suite with its verdict; ``na`` if every case of it is not applicable."""

    name: str
    version: str
    title: Text
    verdict: Literal["none", "pass", "inconc", "fail", "error", "na"]
    counts: CountsDoc
    counts_project: CountsDoc


@with_config(STRICT)
class MethodDoc(TypedDict):
    """How the row was tested."""

    id: str
    suite: str


@with_config(STRICT)
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


@with_config(STRICT)
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
    decided_by: NotRequired[Literal["worst", "retry"]]
    """Why the attempt of ``execution`` counts, in a report on several attempts: it is the worst, or the last because the
    plan allowed to repeat those before it."""
    official: NotRequired[OfficialDoc]
    identified: NotRequired[list[IdentifiedDoc]]
    """What the case read to identify the item; absent if it read nothing."""


@with_config(STRICT)
class ReportDoc(TypedDict):
    """Identity of the report; ``accreditation`` has no other value."""

    number: str
    revision: int
    accreditation: Literal["none"]
    bench_mode: BenchMode
    issued_at: InstantText
    languages: list[str]
    supersedes: NotRequired[SupersedesDoc]
    category: NotRequired[Literal["self", "witnessed", "commissioned"]]
    precedence: NotRequired[Literal["zh", "en"]]
    """Language that counts where the two differ."""
    demo: NotRequired[Literal[True]]
    """The laboratory's data are placeholders."""
    sheets: NotRequired[Literal["not_passed"]]
    """The PDF has detail sheets of the rows that did not pass only; without it, of all rows."""


@with_config(STRICT)
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
    profiles: NotRequired[dict[str, Text]]
    """Titles of the message profiles that were spoken, by standard."""


@with_config(STRICT)
class SealDoc(TypedDict):
    """The sealed plan in short."""

    sha256: HashText
    sealed_at: InstantText
    decision_rule: RuleText
    cases: list[str]


@with_config(STRICT)
class ResultsDoc(TypedDict):
    """results.json."""

    schema: Literal["precert-results/1"]
    report: ReportDoc
    issuer: NotRequired[BodyDoc]
    client: NotRequired[BodyDoc]
    site: NotRequired[SiteDoc]
    people: NotRequired[PeopleDoc]
    complaints: NotRequired[ComplaintsDoc]
    photos: NotRequired[list[PhotoDoc]]
    methods: NotRequired[list[MethodRecordDoc]]
    """Records of verification (methods of a standard) and of validation (methods of our own)."""
    method_deviations: NotRequired[list[MethodDeviationDoc]]
    """Deviations from methods, as the laboratory documented them; none without it."""
    required_content: NotRequired[list[DemandedDoc]]
    """What method, authority or client want the report to hold besides."""
    conditions: NotRequired[list[ConditionsDoc]]
    opinions: NotRequired[list[OpinionDoc]]
    providers: NotRequired[list[ProviderDoc]]
    """Others who performed some of the rows; ``performed_by`` of those rows names them."""
    run: RunDoc
    merged_runs: NotRequired[list[RunDoc]]
    plan: SealDoc
    item: dict[str, JsonValue]
    equipment: list[EquipmentDoc]
    suites: list[SuiteCountsDoc]
    results: list[RowDoc]
    counts: CountsDoc
    counts_project: CountsDoc
    markets: NotRequired[list[MarketDoc]]
    """Readiness for the destination markets that were asked for."""
