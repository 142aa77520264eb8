"""The item under test: its identity and what its maker declares of it."""

from __future__ import annotations

from harness.case.documents import ResultsDoc
from harness.report.campaign import Campaign
from harness.report.lab import Lab
from harness.report.pages.fields import compact, stated
from harness.report.strings import text
from harness.report.view import Field, Table

__all__ = ["declared_tables", "item_fields"]

_ITEM_LABELS = {"role": "item.role", "model": "item.simulated_by", "pics_file": "item.pics_file", "injected_faults": "item.injected_faults"}


def item_fields(results: ResultsDoc, lab: Lab) -> list[Field]:
    """Name, identity and condition of the item, and what the rig says of it."""
    fields = [
        stated(text("cover.item"), lab.item_name),
        stated(text("cover.model"), lab.item_model),
        stated(text("cover.vin"), str(results["item"].get("vin") or "")),
        stated(text("cover.manufacturer"), lab.manufacturer),
        stated(text("item.received"), lab.received),
        stated(text("item.condition"), lab.condition),
    ]
    for key, value in results["item"].items():
        if key != "vin" and value:
            label = text(_ITEM_LABELS[key]) if key in _ITEM_LABELS else {"zh": key, "en": ""}
            fields.append(Field(label, compact(value)))
    return fields


def declared_tables(campaign: Campaign) -> list[Table]:
    """PICS and PIXIT, which are the client's data."""
    plan = campaign.plan
    header = [text("item.key"), text("item.value"), text("item.why")]
    tables = []
    if plan["pics"]:
        yes, no = text("item.yes"), text("item.no")
        rows = [
            (key, f"{yes['zh']} {yes['en']}" if pics["value"] else f"{no['zh']} {no['en']}", pics["why"])
            for key, pics in plan["pics"].items()
        ]
        tables.append(Table(header, rows, text("item.declared"), client=True))
    if plan["pixit"]:
        values = [(key, compact(value)) for key, value in plan["pixit"].items()]
        tables.append(Table(header[:2], values, text("item.values"), client=True))
    return tables
