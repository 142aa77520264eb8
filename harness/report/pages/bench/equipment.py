"""The equipment used: what it is, how it was calibrated, and which rows it served."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from harness.case.documents import EquipmentDoc, ResultsDoc, Text
from harness.report.lab.calibration import days_of, is_covered
from harness.report.lab.serving import is_measured
from harness.report.strings import text
from harness.report.units import quantity
from harness.report.view import Table

__all__ = ["equipment_tables"]


def equipment_tables(results: ResultsDoc) -> list[Table]:
    """Identity, calibration, corrections, time bases, and use of the instruments; none without an instrument."""
    listed = results["equipment"]
    return [
        table for table in (_identity(listed), _calibrations(results), _corrections(listed), _clocks(listed), _use(results)) if table.rows
    ]


def _identity(listed: Sequence[EquipmentDoc]) -> Table:
    header = _header("id", "kind", "name", "type", "serial", "software")
    rows = []
    for each in listed:
        versions = " / ".join(filter(None, (each.get("software", ""), each.get("firmware", ""))))
        maker = ", ".join(filter(None, (each.get("maker", ""), each.get("type", ""))))
        kind = _both(text(f"equipment.kind_{each['kind']}")) if "kind" in each else ""
        rows.append(_cells(each["id"], kind, each.get("name", ""), maker, each.get("serial", ""), versions))
    return Table(header, rows)


def _calibrations(results: ResultsDoc) -> Table:
    header = _header("id", "cert", "lab", "route", "date", "due", "accepted")
    rows = []
    for each in results["equipment"]:
        if (stated := each.get("cal")) is not None:
            by = ", ".join(filter(None, (stated.get("lab", ""), stated.get("registration", ""))))
            route = ": ".join(filter(None, (stated.get("route", ""), stated.get("justification", ""))))
            accepted = ", ".join(filter(None, (stated.get("accepted_by", ""), stated.get("accepted_on", ""))))
            due = stated.get("due", "") + _overdue(results, each)
            number = stated.get("cert", "") + (f" (SHA-256 {stated['sha256'][:16]})" if stated.get("sha256") else "")
            rows.append(_cells(each["id"], number, by, route, stated.get("date", ""), due, accepted))
        elif (verified := each.get("verification")) is not None:
            how = _both(text("equipment.verified"))
            rows.append(_cells(each["id"], verified["record"], how, "", verified["date"], "", ""))
        elif "kind" in each:
            rows.append(_cells(each["id"], _both(text("equipment.uncalibrated")), "", "", "", "", ""))
    return Table(header, rows, text("equipment.calibrations"))


def _overdue(results: ResultsDoc, each: EquipmentDoc) -> str:
    """A remark if the calibration does not cover the day of a row that the instrument served, or whose conditions it showed."""
    everywhere = any(_measured_conditions(results, each["id"]))
    own = [row for row in results["results"] if is_measured(row) and (everywhere or each["id"] in row["equipment"])]
    return "" if all(is_covered(each, days_of(row)) for row in own) else f" {_both(text('equipment.not_covered'))}"


def _corrections(listed: Sequence[EquipmentDoc]) -> Table:
    rows = [
        _cells(
            each["id"],
            correction["quantity"],
            quantity(correction["before"], correction["unit"]),
            quantity(correction["after"], correction["unit"]),
        )
        for each in listed
        for correction in each.get("cal", {}).get("corrections", [])
    ]
    return Table(_header("id", "quantity", "before", "after"), rows, text("equipment.corrections"))


def _clocks(listed: Sequence[EquipmentDoc]) -> Table:
    rows = [
        _cells(each["id"], clock["source"], f"{clock['resolution_s']} s", f"{clock['accuracy_s']} s", f"{clock['ppm']} ppm", clock["sync"])
        for each in listed
        if (clock := each.get("clock")) is not None
    ]
    return Table(_header("id", "source", "resolution", "accuracy", "drift", "sync"), rows, text("equipment.clocks"))


def _use(results: ResultsDoc) -> Table:
    served = Counter(name for row in results["results"] for name in row["equipment"])
    rows = [
        _cells(
            each["id"],
            ", ".join(each.get("links", [])),
            ", ".join(each.get("cases", [])),
            str(served[each["id"]]),
            _remark(results, each, served),
        )
        for each in results["equipment"]
        if "kind" in each
    ]
    return Table(_header("id", "links", "cases", "rows", "remark"), rows, text("equipment.use"))


def _remark(results: ResultsDoc, each: EquipmentDoc, served: Counter[str]) -> str:
    remarks = list(_measured_conditions(results, each["id"]))
    if "unused" in each:
        remarks.append(each["unused"])
    elif not served[each["id"]] and not remarks:
        remarks.append(_both(text("equipment.simulated")))
    return "; ".join(remarks)


def _measured_conditions(results: ResultsDoc, name: str) -> Iterator[str]:
    for key in ("temperature", "humidity", "pressure"):
        if any((shown := each.get(key)) is not None and shown["equipment"] == name for each in results.get("conditions", [])):  # type: ignore[index]
            yield _both(text(f"condition.{key}"))


def _header(*keys: str) -> list[Text]:
    return [text(f"equipment.{key}") for key in keys]


def _cells(*values: str) -> list[str]:
    return [value or "—" for value in values]


def _both(words: Text) -> str:
    return f"{words['zh']} {words['en']}"
