"""What differs between two results documents: the list that an amendment prints.

It is complete: a member of either document that the other states differently is in it. A part that is long in itself,
a check or an evidence file for example, is one change that names all its differing members.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import cast

from harness.case.documents import ChangeDoc, ResultsDoc, RowDoc
from harness.report.campaign.leaves import Difference, differing

__all__ = ["changes_between"]

_OF_EVERY_REPORT = ("number", "revision", "issued_at", "supersedes")
"""Members of ``report`` in which two reports differ always."""
_ROW_PARTS = {"steps": "n", "checks": "name", "findings": "rule", "evidence": "path", "attempts": "attempt"}
"""Lists in a row, and the member that names an element."""
_TABLES = {"equipment": "id", "suites": "name", "merged_runs": "name", "providers": "name", "opinions": "author"}
"""Lists beside the rows, and the member that names an element."""
_MISSING = "—"
_DIGEST = re.compile("[0-9a-f]{64}")
_DIGITS = 16
"""How much of a hash is told, as everywhere in the report."""


def changes_between(old: ResultsDoc, new: ResultsDoc) -> list[ChangeDoc]:
    """Every difference, those of the report itself first, then those of the rows in the order of *new*."""
    one, other = _named_after(old, new), _named_after(new, old)
    return [*_head_changes(one, other), *_row_changes(one["results"], other["results"])]


def _named_after(results: ResultsDoc, other: ResultsDoc) -> ResultsDoc:
    """*results* of a single run in the form of merged ones, if *other* merges that run with more: the names are no change."""
    own = results["plan"]["sha256"]
    name = next((run.get("name", "") for run in other.get("merged_runs", []) if run.get("plan_sha256") == own), "")
    if "merged_runs" in results or not name:
        return results
    named = copy.deepcopy(results)
    named["merged_runs"] = [{**results["run"], "name": name, "plan_sha256": own}]
    for row in named["results"]:
        for attempt in row["attempts"]:
            attempt["run"] = name
        for evidence in [*row["evidence"], *(each for attempt in row["attempts"] for each in attempt["evidence"])]:
            evidence["run"] = name
    return named


def _head_changes(old: ResultsDoc, new: ResultsDoc) -> Iterator[ChangeDoc]:
    both = {market["id"] for market in old.get("markets", [])} & {market["id"] for market in new.get("markets", [])}
    one, other = _head(old, both), _head(new, both)
    for where in dict.fromkeys([*one, *other]):
        found = differing(one.get(where), other.get(where))
        if found and " " in where and (where not in one or where not in other):
            yield _change(where, where.partition(" ")[0], _told(found, first=True), _told(found, first=False))
            continue
        for each in found:
            yield _change(where, each.member or where, _text(each.first), _text(each.second))


def _head(results: ResultsDoc, both: Collection[str]) -> dict[str, object]:
    """Parts of the document beside its rows, by name. The needs of a market are told one by one if it is in *both* documents;
    one that came or went is a single change, with its hash and counts."""
    parts: dict[str, object] = {}
    for key, value in cast("Mapping[str, object]", results).items():
        if key == "report":
            parts[key] = {name: each for name, each in results["report"].items() if name not in _OF_EVERY_REPORT}
        elif key in _TABLES:
            parts.update(_elements(key, cast("Sequence[object]", value), _TABLES[key]))
        elif key not in ("results", "markets"):
            parts[key] = value
    for market in results.get("markets", []):
        name = f"markets {market['id']}"
        parts[name] = {key: value for key, value in market.items() if key != "needs"}
        if market["id"] in both:
            parts.update(_elements(f"{name}:", market["needs"], "id"))
    return parts


def _row_changes(old: Sequence[RowDoc], new: Sequence[RowDoc]) -> Iterator[ChangeDoc]:
    before, after = {row["id"]: row for row in old}, {row["id"]: row for row in new}
    for case_id, row in before.items():
        if case_id not in after:
            yield _change(case_id, "row", row["verdict"], _MISSING)
    for case_id, row in after.items():
        if case_id not in before:
            yield _change(case_id, "row", _MISSING, row["verdict"])
            continue
        yield from _parts_changes(case_id, _row_parts(before[case_id]), _row_parts(row))
    orders = [[case_id for case_id in rows if case_id in before and case_id in after] for rows in (before, after)]
    if orders[0] != orders[1]:
        yield _change("results", "order", ", ".join(orders[0]), ", ".join(orders[1]))


def _row_parts(row: RowDoc) -> dict[str, object]:
    parts: dict[str, object] = {}
    for key, value in cast("Mapping[str, object]", row).items():
        if key in _ROW_PARTS:
            parts.update(_elements(key, cast("Sequence[object]", value), _ROW_PARTS[key]))
        else:
            parts[key] = value
    return parts


def _elements(name: str, values: Sequence[object], key: str) -> Iterator[tuple[str, object]]:
    """Each element by the name it has, numbered where several have the same."""
    seen: dict[str, int] = {}
    for value in values:
        own = str(value.get(key, "")) if isinstance(value, Mapping) else ""
        number = seen[own] = seen.get(own, 0) + 1
        yield f"{name} {own}".rstrip() + (f" #{number}" if number > 1 else ""), value


def _parts_changes(where: str, old: Mapping[str, object], new: Mapping[str, object]) -> Iterator[ChangeDoc]:
    for what in dict.fromkeys([*old, *new]):
        if found := differing(old.get(what), new.get(what)):
            yield _change(where, what, _told(found, first=True), _told(found, first=False))


def _told(found: Sequence[Difference], *, first: bool) -> str:
    """All differing members of one part on one line; a part that the document lacks is a dash."""
    values = [(each.member, each.first if first else each.second) for each in found]
    if all(value is None for _, value in values):
        return _MISSING
    return "; ".join(f"{member} {_text(value)}".strip() for member, value in values if value is not None)


def _text(value: object) -> str:
    if value is None or value in ("", [], {}):
        return _MISSING
    if isinstance(value, bool):
        return str(value).lower()
    text = str(value)
    return f"{text[:_DIGITS]}…" if _DIGEST.fullmatch(text) else text


def _change(where: str, what: str, old: str, new: str) -> ChangeDoc:
    return {"where": where, "what": what, "old": old, "new": new}
