"""The laboratory's data as they go into results.json and onto the pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from pydantic import JsonValue

from harness.case.documents import (
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
from harness.core import Problem
from harness.rig.document import Document, KeyPath

__all__ = ["Lab"]


@dataclass(frozen=True, slots=True)
class Lab:
    """What a laboratory file says, checked for itself; ``issue.py`` checks it against the runs."""

    document: Document
    """The file with its lines."""
    number: str | None
    """``None``: the one that the plan gives."""
    revision: int
    category: Literal["self", "witnessed", "commissioned"]
    precedence: Literal["zh", "en"]
    decision_rule: str
    issuer: BodyDoc
    client: BodyDoc
    site: SiteDoc
    item: Mapping[str, JsonValue]
    people: PeopleDoc
    complaints: ComplaintsDoc
    received: str
    """Date on which the item was received."""
    equipment: Sequence[EquipmentDoc] = ()
    conditions: Sequence[ConditionsDoc] = ()
    providers: Sequence[ProviderDoc] = ()
    opinions: Sequence[OpinionDoc] = ()
    photos: Sequence[PhotoDoc] = ()
    methods: Sequence[MethodRecordDoc] = ()
    deviations: Sequence[MethodDeviationDoc] = ()
    """From methods; ``cases`` may be patterns still."""
    required_content: Sequence[DemandedDoc] = ()
    certificates: Mapping[str, bytes] = field(default_factory=dict)
    """Enclosed calibration documents by their path in the report folder."""
    pictures: Mapping[str, bytes] = field(default_factory=dict)
    """Photos of the item by their path in the report folder."""
    demo: bool = False

    def problem(self, text: str, *path: str | int) -> Problem:
        """A problem at *path* of the file."""
        place: KeyPath = path
        return self.document.problem(text, place)
