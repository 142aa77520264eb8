"""Who prepared, reviewed and approved the report, who operated the bench and who checked the records."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from harness.case.documents import PersonDoc, ResultsDoc
from harness.report.strings import text
from harness.report.view import Field, Signature

__all__ = ["people_fields", "signatures_of"]

_ROLES = ("prepared", "reviewed", "approved")


def signatures_of(results: ResultsDoc) -> list[Signature]:
    """The three lines to sign, in the order of signing."""
    people = cast("Mapping[str, PersonDoc]", results.get("people", {}))
    nobody: PersonDoc = {"name": "", "role": ""}
    return [Signature(text(f"summary.{role}"), **people.get(role, nobody)) for role in _ROLES]


def people_fields(results: ResultsDoc) -> list[Field]:
    """Operators and checker, and why they may be the same person if they are."""
    if (people := results.get("people")) is None:
        return []
    fields = [
        Field(text("condition.operators"), ", ".join(_named(each) for each in people["operators"])),
        Field(text("condition.checker"), _named(people["checker"])),
    ]
    if waiver := people.get("waiver"):
        fields.append(Field(text("condition.waiver"), waiver))
    return fields


def _named(person: PersonDoc) -> str:
    return f"{person['name']} ({person['role']})"
