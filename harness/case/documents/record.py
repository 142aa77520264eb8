"""One line of records.jsonl."""

from __future__ import annotations

from typing import Literal, NotRequired

from pydantic import JsonValue, with_config
from typing_extensions import TypedDict

from harness.case.documents.elements import (
    CheckDoc,
    EvidenceDoc,
    ExecutionDoc,
    FailureDoc,
    FindingDoc,
    IdentifiedDoc,
    SessionDoc,
    StepDoc,
    TesterDoc,
)
from harness.case.documents.words import STRICT, BenchMode, VerdictWord

__all__ = ["RecordDoc"]


@with_config(STRICT)
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
    identified: NotRequired[list[IdentifiedDoc]]
    """What the case read to identify the item; absent if it read nothing."""
