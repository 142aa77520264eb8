"""plan.json and the journal: what was to be done, and what happened to the run."""

from __future__ import annotations

from typing import Literal, NotRequired

from pydantic import JsonValue, with_config
from typing_extensions import TypedDict

from harness.case.documents.elements import PlannedStepDoc, Text
from harness.case.documents.lab import EquipmentDoc
from harness.case.documents.words import STRICT, Basis, BenchMode, Confidence, HashText, InstantText, RuleText

__all__ = [
    "ApplicabilityDoc",
    "CaseDoc",
    "CorrectionsDoc",
    "EditionDoc",
    "JournalDoc",
    "OfficialDoc",
    "PicsDoc",
    "PlanDoc",
    "RigDoc",
    "SuiteDoc",
]


@with_config(STRICT)
class ApplicabilityDoc(TypedDict):
    """Decided before the run from declared PICS items only."""

    value: Literal["applicable", "not_applicable"]
    pics: str
    reason: str


@with_config(STRICT)
class OfficialDoc(TypedDict):
    """The number of a case in a standard of test methods, and who confirmed it."""

    number: str
    standard: str
    confirmed_by: str


@with_config(STRICT)
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


@with_config(STRICT)
class EditionDoc(TypedDict):
    """One edition of the standard that a suite tests, with the limits that belong to it."""

    name: str
    profile: str
    profile_sha256: HashText


@with_config(STRICT)
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


@with_config(STRICT)
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


@with_config(STRICT)
class PicsDoc(TypedDict):
    """One declared item with its justification."""

    value: bool
    why: str


@with_config(STRICT)
class CorrectionsDoc(TypedDict):
    """Limits of the laboratory that stood in the place of those of the profiles."""

    file: str
    sha256: HashText
    limits: list[str]
    """Keys."""


@with_config(STRICT)
class ProfileDoc(TypedDict):
    """A message profile by which a standard was spoken, whole, so that the run can be judged again wherever its folder is."""

    folder: str
    title: Text
    sha256: dict[str, HashText]
    """By file."""
    files: dict[str, str]
    """Text of each."""


@with_config(STRICT)
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
    equipment: NotRequired[list[EquipmentDoc]]
    tools: NotRequired[dict[str, str]]
    corrections: NotRequired[CorrectionsDoc]
    profiles: NotRequired[dict[str, ProfileDoc]]
    """Message profiles by standard."""


@with_config(STRICT)
class JournalDoc(TypedDict):
    """One line of journal.jsonl; ``prev`` is the SHA-256 of the line before, without its line end."""

    seq: int
    ts: InstantText
    event: str
    data: dict[str, JsonValue]
    prev: HashText
