"""The item under test: its identity and what its maker declares of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, cast

from pydantic import JsonValue

from harness.case.documents import ResultsDoc, Text
from harness.case.run.laboratory import foreign_vins
from harness.report.campaign import Campaign
from harness.report.pages.fields import compact, stated
from harness.report.strings import text
from harness.report.view import Field, PhotoView, Table

__all__ = ["declared_tables", "item_fields", "item_value", "photo_views"]

_FIRST = ("name", "type", "vin", "vin_without_check_digit", "other_vin", "serial", "manufacturer", "inlets", "received", "condition")
_LABELS = {
    "name": "cover.item",
    "type": "cover.model",
    "vin": "cover.vin",
    "manufacturer": "cover.manufacturer",
    **{
        key: f"item.{key}"
        for key in (
            "vin_without_check_digit", "other_vin", "serial", "inlets", "received", "condition", "odometer_km", "soc_pct", "sampling",
            "covers_models", "role", "pics_file", "injected_faults",
        )
    },
    "model": "item.simulated_by",
}  # fmt: skip
_ALWAYS = ("name", "type", "vin", "manufacturer", "received", "condition")
"""Printed as not stated where nobody states them; the VIN only where there is no other number."""
_TABLED = ("batteries", "ecus", "identity_start", "identity_end", "client_declared")


def item_value(results: ResultsDoc, key: str) -> Field:
    """One member of the item as a field, marked if the client supplied it."""
    value = results["item"].get(key)
    return stated(text(_LABELS[key]), _shown(value), client=_is_clients(results, key))


def item_fields(results: ResultsDoc) -> list[Field]:
    """Name, identity and condition of the item, and what the rig says of it."""
    item = results["item"]
    keys = [key for key in _FIRST if item.get(key) or (key in _ALWAYS and not (key == "vin" and item.get("serial")))]
    fields = [item_value(results, key) for key in keys]
    for key, value in item.items():
        if key in _FIRST or key in _TABLED or value in (None, "", [], {}):
            continue
        if key in _LABELS:
            fields.append(item_value(results, key))
        else:
            fields.append(Field({"zh": key, "en": ""}, compact(value)))
    return fields


def declared_tables(campaign: Campaign, results: ResultsDoc) -> list[Table]:
    """Controllers, batteries and readings of the item; then PICS and PIXIT, which are the client's data."""
    plan = campaign.plan
    yes, no = text("item.yes"), text("item.no")
    pics = {
        key: (f"{yes['zh']} {yes['en']}" if row["value"] else f"{no['zh']} {no['en']}", row["why"]) for key, row in plan["pics"].items()
    }
    pixit = {key: (compact(value),) for key, value in plan["pixit"].items()}
    return [
        *_parts(results),
        *_readings(results),
        *_declared(campaign, "pics", pics, [text("item.value"), text("item.why")], text("item.declared")),
        *_declared(campaign, "pixit", pixit, [text("item.value")], text("item.values")),
    ]


def _declared(
    campaign: Campaign, part: Literal["pics", "pixit"], rows: Mapping[str, Sequence[str]], header: Sequence[Text], title: Text
) -> Iterator[Table]:
    """One table of what is declared. Where runs of several suites declare different items, each names the suites it is declared for."""
    if not rows:
        return
    if len({frozenset(run.plan[part]) for run in campaign.runs}) < 2:
        yield Table([text("item.key"), *header], [(key, *row) for key, row in rows.items()], title, client=True)
        return
    suites = {
        key: ", ".join(dict.fromkeys(suite["name"] for run in campaign.runs if key in run.plan[part] for suite in run.plan["suites"]))
        for key in rows
    }
    cells = [(key, suites[key], *rows[key]) for key in sorted(rows, key=lambda key: (suites[key], key))]
    yield Table([text("item.key"), text("condition.suite"), *header], cells, title, client=True)


def photo_views(results: ResultsDoc) -> list[PhotoView]:
    """The photos of the item, numbered."""
    found = []
    for number, each in enumerate(results.get("photos", []), 1):
        spoken = [text("item.photo_alt", n=number, caption=each["caption"][language])[language] for language in ("zh", "en")]
        found.append(PhotoView(each["file"], number, each["caption"], " ".join(spoken), each["sha256"]))
    return found


def _parts(results: ResultsDoc) -> list[Table]:
    tables = []
    for part, columns in (("ecus", ("name", "part_number", "software", "hardware")), ("batteries", ("serial", "pack_code"))):
        rows = cast("Sequence[Mapping[str, JsonValue]]", results["item"].get(part) or [])
        if rows:
            cells = [[str(row.get(column) or "—") for column in columns] for row in rows]
            header = [text(f"item.{part}_{column}") for column in columns]
            tables.append(Table(header, cells, text(f"item.{part}"), client=_is_clients(results, part)))
    return tables


def _readings(results: ResultsDoc) -> list[Table]:
    """What was read from the item before and after the tests, side by side."""
    start, end = results["item"].get("identity_start"), results["item"].get("identity_end")
    if not isinstance(start, dict) or not isinstance(end, dict):
        return []
    foreign = foreign_vins(results["item"])
    rows = []
    for key in dict.fromkeys([*start, *end]):
        words = text("item.changed") if start.get(key) != end.get(key) else text("item.foreign_vin" if key in foreign else "item.same")
        rows.append((key, _shown(start.get(key)) or "—", _shown(end.get(key)) or "—", f"{words['zh']} {words['en']}"))
    header = [text("item.key"), text("item.at_start"), text("item.at_end"), text("item.compared")]
    return [Table(header, rows, text("item.identity"))]


def _is_clients(results: ResultsDoc, key: str) -> bool:
    """Whether the client supplied a member: as the laboratory says; models that it did not test always; the PIXIT's VIN."""
    declared = results["item"].get("client_declared")
    if key == "covers_models":
        return True
    if isinstance(declared, list):
        return key in declared
    return key == "vin" and "people" not in results


def _shown(value: JsonValue) -> str:
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return ", ".join(map(str, value))
    return "" if value is None else compact(value)
