"""What a report adds about more than its own rows: the report that it replaces, and readiness for markets."""

from __future__ import annotations

from typing import Literal, NotRequired

from pydantic import with_config
from typing_extensions import TypedDict

from harness.case.documents.elements import Text
from harness.case.documents.words import STRICT, Basis, Confidence, HashText, InstantText

__all__ = ["AmendmentDoc", "ChangeDoc", "LeadTimeDoc", "MarketCountsDoc", "MarketDoc", "NeedDoc", "RiskRuleDoc", "SupersedesDoc"]


@with_config(STRICT)
class SupersedesDoc(TypedDict):
    """The report that this one replaces. Its difference list is ``amendment.json`` beside the results."""

    number: str
    issued_at: InstantText
    sha256: HashText
    """Of its PDF."""
    results_sha256: HashText
    """Of its results.json, with which the difference list was made."""
    seal: NotRequired[HashText]
    """Seal value of its package."""
    reason: str


@with_config(STRICT)
class ChangeDoc(TypedDict):
    """One difference between a report and the one that it replaces."""

    where: str
    """Id of a row, or the part of the report."""
    what: str
    """The member."""
    old: str
    new: str


@with_config(STRICT)
class AmendmentDoc(TypedDict):
    """amendment.json: what the report replaces, why, and every difference."""

    schema: Literal["precert-amendment/1"]
    number: str
    supersedes: SupersedesDoc
    changes: list[ChangeDoc]


@with_config(STRICT)
class LeadTimeDoc(TypedDict):
    """How long it usually takes to close an open item, in weeks: a planning figure with its source."""

    weeks_min: int
    weeks_max: int
    source: str
    confidence: Confidence


@with_config(STRICT)
class RiskRuleDoc(TypedDict):
    """From how many weeks on a lead time is a high or a medium risk."""

    high_from_weeks: int
    medium_from_weeks: int
    source: str
    confidence: Confidence


@with_config(STRICT)
class NeedDoc(TypedDict):
    """One interface or data exchange that a market profile asks for, and how far this report covers it."""

    id: str
    kind: Literal["interface", "data"]
    interface: str
    title: Text
    why: Text
    necessity: Literal["required", "if_fitted", "recommended"]
    applies_if: str
    """Condition over the declared PICS items; empty: always."""
    basis: Basis
    confidence: Confidence
    source: str
    cases: list[str]
    """Ids of the cases that cover it, ``*`` stands for anything."""
    catalogue: int | None
    """How many cases of the installed suite these are; ``null``: there is no such suite."""
    planned: int
    passed: int
    status: Literal["covered", "failed", "open", "not_needed"]
    codes: list[str]
    reasons: list[Text]
    next: list[Text]
    lead_time: NotRequired[LeadTimeDoc]
    risk: NotRequired[Literal["high", "medium", "low", "unknown"]]
    """Of an item that is not covered."""


@with_config(STRICT)
class MarketCountsDoc(TypedDict):
    """How many needs have which status."""

    needs: int
    covered: int
    failed: int
    open: int
    not_needed: int


@with_config(STRICT)
class MarketDoc(TypedDict):
    """Readiness for one destination market, after a profile of this project or of the laboratory."""

    id: str
    version: str
    title: Text
    file: str
    sha256: HashText
    official_text: str
    """Citation of an official list of what is needed; ``none`` if the profile is a selection of its author."""
    note: Text
    risk_rule: RiskRuleDoc
    counts: MarketCountsDoc
    needs: list[NeedDoc]
