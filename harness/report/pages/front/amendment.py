"""The amendment page: which report is replaced, why, and what differs."""

from __future__ import annotations

from collections.abc import Sequence

from harness.case.documents import ChangeDoc, ResultsDoc, Text
from harness.report.strings import load_strings, text
from harness.report.view import AmendmentView, Field, Table

__all__ = ["amendment_view", "replaced_fields"]


def amendment_view(results: ResultsDoc, changes: Sequence[ChangeDoc]) -> AmendmentView | None:
    """The page, ``None`` for a report that replaces no other."""
    if (replaced := results["report"].get("supersedes")) is None:
        return None
    facts = [
        *replaced_fields(results),
        *([Field(text("amendment.seal"), replaced["seal"], mono=True)] if "seal" in replaced else []),
        Field(text("amendment.results"), replaced["results_sha256"], mono=True),
        Field(text("amendment.count"), str(len(changes))),
    ]
    header = [text("amendment.where"), text("amendment.what"), text("amendment.old"), text("amendment.new")]
    rows = [(_words("part", change["where"]), _words("member", change["what"]), change["old"], change["new"]) for change in changes]
    return AmendmentView(replaced["number"], facts, Table(header, rows))


def replaced_fields(results: ResultsDoc) -> list[Field]:
    """The replaced report by number, date and hash, and the reason, as cover and page name them."""
    if (replaced := results["report"].get("supersedes")) is None:
        return []
    dated: Text = text("amendment.dated", date=replaced["issued_at"][:10])
    return [
        Field(text("amendment.replaces"), f"{replaced['number']}（{dated['zh']}）", value_en=dated["en"]),
        Field(text("amendment.sha"), replaced["sha256"], mono=True),
        Field(text("amendment.reason"), replaced["reason"]),
    ]


def _words(kind: str, name: str) -> str:
    """*name* as results.json has it, after what it is in words; on its own where there are none, as for the id of a row."""
    key = name.partition(" ")[0]
    words = load_strings().get(f"amendment.part_{key}" if kind == "part" else f"amendment.member_{key}")
    return f"{words['zh']} {words['en']} ({name})" if words is not None else name
