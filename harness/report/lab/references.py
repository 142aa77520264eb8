"""What one part of a laboratory file says of another, and what a single key cannot show alone."""

from __future__ import annotations

from collections.abc import Iterator

from harness.case.run.laboratory import same_name
from harness.core import Problem, did_you_mean
from harness.core.vin import check_digit, has_check_digit, objection_to_vin
from harness.report.lab.schema import CalibrationFile, EquipmentFile, ItemFile, LabFile, PeopleFile, SiteFile
from harness.report.units import SYMBOLS
from harness.rig.document import Document, KeyPath

__all__ = ["check_references"]


def check_references(document: Document, lab: LabFile) -> Iterator[Problem]:
    """Every problem of the file that its schema cannot tell."""
    yield from _item(document, lab.item)
    yield from _site(document, lab.site)
    yield from _people(document, lab.people)
    yield from _equipment(document, lab)
    yield from _conditions(document, lab)
    yield from _opinions(document, lab)
    yield from _client_supplied(document, lab)


def _item(document: Document, item: ItemFile) -> Iterator[Problem]:
    if (item.vin is None) == (item.serial is None):
        text = "a report is about exactly one item: state its 'vin', or the 'serial' of an item that has none"
        yield document.problem(text, ("item", "vin" if item.vin is not None else "serial"))
    for key in ("vin_without_check_digit", "other_vin"):
        if item.vin is None and getattr(item, key) is not None:
            yield document.problem("there is no VIN that this could be said of", ("item", key))
    if item.vin is not None:
        if objection := objection_to_vin(item.vin):
            yield document.problem(objection, ("item", "vin"))
        elif not has_check_digit(item.vin) and item.vin_without_check_digit is None:
            text = (
                f"place 9 of '{item.vin}' is '{item.vin[8]}', the check digit of the others is '{check_digit(item.vin)}'; correct the VIN, "
                "or say in 'vin_without_check_digit' why its maker puts none there"
            )
            yield document.problem(text, ("item", "vin"))
    if (identity := item.identity) is not None:
        for key in sorted(identity.at_start.keys() ^ identity.at_end.keys()):
            side, other = ("at_start", "at_end") if key in identity.at_start else ("at_end", "at_start")
            yield document.problem(f"was not read {other.replace('_', ' ')}; both readings are compared", ("item", "identity", side, key))


def _site(document: Document, site: SiteFile) -> Iterator[Problem]:
    if (site.latitude_deg is None) != (site.longitude_deg is None):
        yield document.problem("latitude_deg and longitude_deg go together", ("site",))
    elif not (site.street and site.city) and not (site.name and site.latitude_deg is not None):
        text = "the full address is needed: 'street' and 'city', or 'name' with 'latitude_deg' and 'longitude_deg'"
        yield document.problem(text, ("site",))


def _people(document: Document, people: PeopleFile) -> Iterator[Problem]:
    operators = {same_name(person.name) for person in people.operators}
    if same_name(people.checker.name) in operators and people.waiver is None:
        text = f"'{people.checker.name}' is an operator too; name somebody else, or say in 'waiver' why nobody else could check"
        yield document.problem(text, ("people", "checker", "name"))


def _equipment(document: Document, lab: LabFile) -> Iterator[Problem]:
    seen: dict[str, int] = {}
    for index, each in enumerate(lab.equipment):
        path: KeyPath = ("equipment", index)
        if each.id in seen:
            text = f"'{each.id}' is listed already on line {document.line(('equipment', seen[each.id], 'id'))}"
            yield document.problem(text, (*path, "id"))
        seen.setdefault(each.id, index)
        yield from _kind(document, each, path)
        if each.calibration is not None:
            yield from _calibration(document, each.calibration, (*path, "calibration"))
        if each.unused is not None and (each.links or each.cases):
            yield document.problem("an instrument on links or in cases is not unused; keep one of the two", (*path, "unused"))


def _kind(document: Document, each: EquipmentFile, path: KeyPath) -> Iterator[Problem]:
    if each.kind == "auxiliary":
        if each.calibration is not None:
            text = "an auxiliary tool measures nothing: it is verified, not calibrated; state 'verification', or make it an instrument"
            yield document.problem(text, (*path, "calibration"))
        if each.verification is None:
            yield document.problem("an auxiliary tool needs 'verification' (record and date)", path)
    elif each.verification is not None:
        yield document.problem(f"this is an {each.kind}: it is calibrated; state 'calibration'", (*path, "verification"))
    if each.clock is not None and each.kind != "logger":
        yield document.problem("only a logger has a time base", (*path, "clock"))


def _calibration(document: Document, stated: CalibrationFile, path: KeyPath) -> Iterator[Problem]:
    if stated.due < stated.date:
        yield document.problem(f"due on {stated.due}, before it was done on {stated.date}", (*path, "due"))
    if stated.accepted_on < stated.date:
        yield document.problem(f"accepted on {stated.accepted_on}, before it was done on {stated.date}", (*path, "accepted_on"))
    if stated.route == "other" and stated.justification is None:
        yield document.problem("route 'other' needs 'justification'", (*path, "route"))
    if stated.route != "other" and stated.justification is not None:
        yield document.problem("a justification goes with route 'other'", (*path, "justification"))
    if (stated.file is None) == (stated.no_file is None):
        yield document.problem("name the 'file' of the calibration document, or say in 'no_file' why it is not enclosed", path)
    if stated.file is not None and not stated.file.lower().endswith((".pdf", ".xml", ".txt")):
        yield document.problem(f"'{stated.file}': expected a .pdf, .xml or .txt", (*path, "file"))
    for index, each in enumerate(stated.corrections):
        if each.unit not in SYMBOLS:
            known = "; write it as a UCUM code" + did_you_mean(each.unit, SYMBOLS.keys() - {"1"})
            yield document.problem(f"no unit '{each.unit}'{known}", (*path, "corrections", index, "unit"))
        if each.before == each.after:
            yield document.problem(f"{each.quantity} is the same before and after", (*path, "corrections", index, "after"))


def _conditions(document: Document, lab: LabFile) -> Iterator[Problem]:
    listed = {each.id: each.kind for each in lab.equipment}
    runs: set[str | None] = set()
    for index, each in enumerate(lab.conditions):
        path: KeyPath = ("conditions", index)
        if each.run in runs:
            what = f"run '{each.run}'" if each.run else "all runs"
            yield document.problem(f"the conditions of {what} are stated already", path)
        runs.add(each.run)
        for key in ("temperature_degc", "humidity_pct", "pressure_kpa"):
            if (shown := getattr(each, key)) is None:
                continue
            if shown.max < shown.min:
                yield document.problem(f"{shown.max:g} is less than min {shown.min:g}", (*path, key, "max"))
            if shown.instrument not in listed:
                hint = did_you_mean(shown.instrument, listed)
                yield document.problem(f"no equipment '{shown.instrument}'{hint}", (*path, key, "instrument"))
            elif listed[shown.instrument] == "auxiliary":
                yield document.problem(f"'{shown.instrument}' is an auxiliary tool and measures nothing", (*path, key, "instrument"))
        if not 0 <= each.humidity_pct.min <= each.humidity_pct.max <= 100:
            yield document.problem("relative humidity lies between 0 and 100", (*path, "humidity_pct"))


def _opinions(document: Document, lab: LabFile) -> Iterator[Problem]:
    people = lab.people
    known = [each.name for each in (people.prepared, people.reviewed, people.approved, *people.operators, people.checker) if each]
    for index, each in enumerate(lab.opinions):
        if same_name(each.author) not in map(same_name, known):
            text = f"'{each.author}' is none of the people of this report{did_you_mean(each.author, known)}"
            yield document.problem(text, ("opinions", index, "author"))


def _client_supplied(document: Document, lab: LabFile) -> Iterator[Problem]:
    item = document.data.get("item")
    known = [f"item.{key}" for key in item] if isinstance(item, dict) else []
    for index, each in enumerate(lab.client_supplied):
        if each not in known:
            yield document.problem(f"no field '{each}' in this file{did_you_mean(each, known)}", ("client_supplied", index))
