"""Invariants of what a laboratory adds to results.json: everything has somebody, a place, an instrument and one item."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping

from harness.case.documents import ResultsDoc, RowDoc

__all__ = ["foreign_vins", "laboratory_violations", "same_name"]


def laboratory_violations(results: ResultsDoc) -> Iterator[str]:
    """One line for each statement about laboratory, equipment and item that does not go with the others."""
    yield from _equipment(results)
    yield from _people(results)
    for number, opinion in enumerate(results.get("opinions", []), 1):
        if not (opinion["author"].strip() and opinion["basis"].strip() and opinion["refs"]):
            yield f"opinion {number}: without author, basis or references"
    yield from _deviations(results)
    carried_out = [row for row in results["results"] if row["attempts"]]
    if "site" in results:
        yield from (f"{row['id']}: no site" for row in carried_out if not row["execution"]["site"])
    if _item_changed(results):
        yield from (f"{row['id']}: the item was changed, the row says {row['verdict']}" for row in carried_out if row["verdict"] != "error")
    providers = {each["name"] for each in results.get("providers", [])}
    yield from _performed(results["results"], providers)


def _equipment(results: ResultsDoc) -> Iterator[str]:
    listed = [each["id"] for each in results["equipment"]]
    if twice := [name for name, n in Counter(listed).items() if n > 1]:
        yield f"equipment listed more than once: {', '.join(twice)}"
    measured = [shown for each in results.get("conditions", []) for shown in (each["temperature"], each["humidity"], each.get("pressure"))]
    for shown in measured:
        if shown is not None and shown["equipment"] not in listed:
            yield f"conditions: instrument {shown['equipment']} is not listed"


def _people(results: ResultsDoc) -> Iterator[str]:
    if (people := results.get("people")) is None:
        return
    operators = {same_name(person["name"]) for person in people["operators"]}
    if same_name(people["checker"]["name"]) in operators and not people.get("waiver"):
        yield "the checker is an operator, and nothing says why"


def _performed(rows: list[RowDoc], providers: set[str]) -> Iterator[str]:
    for row in rows:
        if row["performed_by"] != "self" and providers and row["performed_by"] not in providers:
            yield f"{row['id']}: performed by '{row['performed_by']}', who is not listed"


def _deviations(results: ResultsDoc) -> Iterator[str]:
    """A deviation from a method has its four parts, and rows of that method."""
    methods = {row["id"]: row["method"]["id"] for row in results["results"]}
    for number, each in enumerate(results.get("method_deviations", []), 1):
        name = f"deviation {number} from {each['method']}"
        if foreign := [case_id for case_id in each["cases"] if methods.get(case_id) != each["method"]]:
            yield f"{name}: {', '.join(foreign)} is no row of that method"
        if not each["cases"]:
            yield f"{name}: names no row"
        told = {
            "documented": (each["documented"]["zh"], each["documented"]["en"]),
            "justified": (each["justified"]["zh"], each["justified"]["en"]),
        }
        told |= {"authorised": tuple(each["authorised"].values()), "accepted": tuple(each["accepted"].values())}  # type: ignore[dict-item]
        yield from (f"{name}: is not {part}" for part, words in told.items() if not all(word.strip() for word in words))


def _item_changed(results: ResultsDoc) -> bool:
    item = results["item"]
    start, end = item.get("identity_start"), item.get("identity_end")
    if isinstance(start, dict) and isinstance(end, dict) and start != end:
        return True
    return bool(foreign_vins(item)) and not item.get("other_vin") and not results["report"].get("demo")


def foreign_vins(item: Mapping[str, object]) -> dict[str, str]:
    """Readings of a VIN, by name, that are not the VIN of *item*."""
    stated, found = item.get("vin"), {}
    for side in ("identity_end", "identity_start"):
        read = item.get(side)
        for name, value in read.items() if stated and isinstance(read, dict) else ():
            if str(name).lower().startswith("vin") and value != stated:
                found[str(name)] = str(value)
    return found


def same_name(name: str) -> str:
    """*name* in the form in which two spellings of it are compared."""
    return " ".join(unicodedata.normalize("NFKC", name).split()).casefold()
