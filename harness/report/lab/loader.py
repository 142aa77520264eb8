"""From a laboratory file to a ``Lab``, or to every problem in it at once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from pydantic import JsonValue

from harness.case.documents import (
    ApprovalDoc,
    BodyDoc,
    CalibrationDoc,
    ClockDoc,
    ConditionsDoc,
    EquipmentDoc,
    MethodDeviationDoc,
    PeopleDoc,
    PersonDoc,
    RangeDoc,
    SiteDoc,
)
from harness.core import ConfigError, Problem
from harness.report.lab.forbidden import claims_made, images_placed, letters_lacking, marks_asked_for, placeholders
from harness.report.lab.photos import Photos, read_photos
from harness.report.lab.references import check_references
from harness.report.lab.schema import (
    SCHEMA_VERSION,
    ApprovalFile,
    BodyFile,
    CalibrationFile,
    ClockFile,
    ConditionsFile,
    EquipmentFile,
    ItemFile,
    LabFile,
    MethodDeviationFile,
    PeopleFile,
    PersonFile,
    RangeFile,
    SiteFile,
)
from harness.report.lab.values import Lab
from harness.rig.document import Document, KeyPath, read_document
from harness.rig.validation import parse_section

__all__ = ["load_lab"]

_UNITS = {"temperature": "Cel", "humidity": "%", "pressure": "kPa"}


def load_lab(file: Path, *, demo: bool = False) -> Lab:
    """Read and check a laboratory file; *demo* lets placeholders pass, and the report says so.

    Raises:
        ConfigError: with every problem of the file, in the order of its lines.
    """
    if file.suffix.lower() == ".toml":
        text = "laboratory files are YAML now; 'precert report --init lab.yaml' writes one to fill in"
        raise ConfigError(Problem(text, file))
    if not file.exists():
        raise ConfigError(Problem("no such laboratory file; 'precert report --init FILE' writes one to fill in", file))
    document = read_document(file)
    if (version := document.data.get("schema")) != SCHEMA_VERSION or isinstance(version, bool):
        text = "key 'schema' is missing" if version is None else f"version {version} is not known"
        raise ConfigError(document.problem(f"{text} (this precert reads schema: {SCHEMA_VERSION})", ("schema",)))
    problems = list(document.problems)
    marks = marks_asked_for(document)
    problems += [problem for _, problem in marks]
    problems += [*images_placed(document), *claims_made(document), *letters_lacking(document)]
    if not demo:
        problems += placeholders(document)
    found: list[Problem] = []
    parsed = parse_section(document, (), _without(document.data, {path for path, _ in marks}), LabFile, found)
    problems += found
    # What refers to a part that cannot be read would only be said to lead nowhere.
    if parsed is None or found:
        raise ConfigError(_in_order(problems))
    problems += check_references(document, parsed)
    enclosed = _Enclosed(document)
    equipment = [_equipment(each, enclosed, ("equipment", index)) for index, each in enumerate(parsed.equipment)]
    photos = read_photos(document, parsed.item.photos)
    problems += [*enclosed.problems, *photos.problems]
    if problems:
        raise ConfigError(_in_order(problems))
    return _lab(document, parsed, equipment, enclosed.files, photos, demo)


def _in_order(problems: Iterable[Problem]) -> list[Problem]:
    return sorted(dict.fromkeys(problems), key=lambda problem: problem.line or 0)


def _without(value: object, paths: set[KeyPath], here: KeyPath = ()) -> Any:
    """*value* without what lies at *paths*."""
    if isinstance(value, dict):
        return {key: _without(each, paths, (*here, key)) for key, each in value.items() if (*here, key) not in paths}
    if isinstance(value, list):
        return [_without(each, paths, (*here, index)) for index, each in enumerate(value)]
    return value


@dataclass(slots=True)
class _Enclosed:
    """Reads the calibration documents that the file names."""

    document: Document
    files: dict[str, bytes] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def sha256(self, name: str, path: KeyPath) -> tuple[str, str]:
        """Where the document *name* goes in the report folder, and its SHA-256."""
        source = self.document.file.parent / name
        target = f"equipment/{source.name}"
        try:
            content = source.read_bytes()
        except (OSError, ValueError) as error:
            what = error.strerror if isinstance(error, OSError) else str(error)
            self.problems.append(self.document.problem(f"{name!r} cannot be read: {what}", path))
            return target, ""
        if self.files.setdefault(target, content) != content:
            self.problems.append(self.document.problem(f"another calibration document is called '{source.name}' too; rename one", path))
        return target, hashlib.sha256(content).hexdigest()


def _lab(document: Document, parsed: LabFile, equipment: list[EquipmentDoc], files: Mapping[str, bytes], photos: Photos, demo: bool) -> Lab:
    return Lab(
        document=document,
        number=parsed.report.number,
        revision=parsed.report.revision,
        category=parsed.report.category,
        precedence=parsed.report.precedence,
        decision_rule=parsed.decision_rule,
        issuer=_body(parsed.issuer),
        client=_body(parsed.client),
        site=_site(parsed.site),
        item=_item(parsed.item, parsed.client_supplied),
        people=_people(parsed.people),
        complaints={"contact": parsed.complaints.contact, "days": parsed.complaints.days},
        received=parsed.item.received.isoformat(),
        equipment=equipment,
        conditions=[_conditions(each) for each in parsed.conditions],
        providers=[{"name": each.name, "cases": each.cases, "note": each.note} for each in parsed.external],
        opinions=[
            {"text": {"zh": each.text.zh, "en": each.text.en}, "author": each.author, "basis": each.basis, "refs": each.refs}
            for each in parsed.opinions
        ],
        photos=photos.documents,
        methods=[{"id": each.method, "record": each.record, "date": each.date.isoformat()} for each in parsed.methods],
        deviations=[_deviation(each) for each in parsed.method_deviations],
        required_content=[{"block": each.block, "by": each.by, "ref": each.ref} for each in parsed.required_content],
        certificates=files,
        pictures=photos.pictures,
        demo=demo,
    )


def _deviation(each: MethodDeviationFile) -> MethodDeviationDoc:
    return {
        "method": each.method,
        "cases": each.cases,
        "documented": {"zh": each.documented.zh, "en": each.documented.en},
        "justified": {"zh": each.justified.zh, "en": each.justified.en},
        "authorised": _approval(each.authorised),
        "accepted": _approval(each.accepted),
    }


def _approval(each: ApprovalFile) -> ApprovalDoc:
    return {"name": each.name, "date": each.date.isoformat(), "record": each.record}


def _body(body: BodyFile) -> BodyDoc:
    return {"name": body.name, "address": body.address, "contact": body.contact}


def _site(site: SiteFile) -> SiteDoc:
    place: SiteDoc = {"name": site.name or "", "address": ", ".join(filter(None, (site.street, site.city, site.country)))}
    if site.latitude_deg is not None and site.longitude_deg is not None:
        place["latitude"], place["longitude"] = _number(site.latitude_deg), _number(site.longitude_deg)
    return place


def _item(item: ItemFile, client_supplied: list[str]) -> dict[str, JsonValue]:
    """Members of ``item`` in results.json; ``model`` and ``role`` there are what the bench says of it."""
    found: dict[str, JsonValue] = {
        "name": item.name,
        "type": item.model,
        "manufacturer": item.manufacturer,
        "vin": item.vin,
        "vin_without_check_digit": item.vin_without_check_digit,
        "other_vin": item.other_vin,
        "serial": item.serial,
        "inlets": list(item.inlets),
        "batteries": [{"serial": each.serial, "pack_code": each.pack_code or ""} for each in item.batteries],
        "ecus": [
            {"name": each.name, "part_number": each.part_number, "software": each.software, "hardware": each.hardware or ""}
            for each in item.ecus
        ],
        "odometer_km": None if item.odometer_km is None else _number(item.odometer_km),
        "soc_pct": None if item.soc_pct is None else _number(item.soc_pct),
        "condition": item.condition,
        "received": item.received.isoformat(),
        "sampling": item.sampling,
        "covers_models": list(item.covers_models),
        "client_declared": [
            "type" if key == "model" else key for key in dict.fromkeys(name.removeprefix("item.") for name in client_supplied)
        ],
    }
    if item.identity is not None:
        found["identity_start"], found["identity_end"] = dict(item.identity.at_start), dict(item.identity.at_end)
    return {key: value for key, value in found.items() if value not in (None, [], "")}


def _people(people: PeopleFile) -> PeopleDoc:
    found: PeopleDoc = {
        "approved": _person(people.approved),
        "operators": [_person(each) for each in people.operators],
        "checker": _person(people.checker),
    }
    if people.prepared is not None:
        found["prepared"] = _person(people.prepared)
    if people.reviewed is not None:
        found["reviewed"] = _person(people.reviewed)
    if people.waiver is not None:
        found["waiver"] = people.waiver
    return found


def _person(person: PersonFile) -> PersonDoc:
    return {"name": person.name, "role": person.role}


def _equipment(each: EquipmentFile, enclosed: _Enclosed, path: KeyPath) -> EquipmentDoc:
    found: EquipmentDoc = {
        "id": each.id,
        "kind": each.kind,
        "name": each.name,
        "maker": each.maker,
        "type": each.type,
        "serial": each.serial,
        "software": each.software,
        "firmware": each.firmware,
        "links": each.links,
        "cases": each.cases,
    }
    if each.unused is not None:
        found["unused"] = each.unused
    if each.calibration is not None:
        found["cal"] = _calibration(each.calibration, enclosed, (*path, "calibration", "file"))
    if each.verification is not None:
        found["verification"] = {"record": each.verification.record, "date": each.verification.date.isoformat()}
    if each.clock is not None:
        found["clock"] = _clock(each.clock)
    return found


def _calibration(stated: CalibrationFile, enclosed: _Enclosed, path: KeyPath) -> CalibrationDoc:
    found: CalibrationDoc = {
        "cert": stated.certificate,
        "lab": stated.lab,
        "route": stated.route,
        "date": stated.date.isoformat(),
        "due": stated.due.isoformat(),
        "accepted_by": stated.accepted_by,
        "accepted_on": stated.accepted_on.isoformat(),
        "corrections": [
            {"quantity": each.quantity, "unit": each.unit, "before": _number(each.before), "after": _number(each.after)}
            for each in stated.corrections
        ],
    }
    if stated.accreditation is not None:
        found["registration"] = stated.accreditation
    if stated.justification is not None:
        found["justification"] = stated.justification
    if stated.no_file is not None:
        found["no_file"] = stated.no_file
    if stated.file is not None:
        found["file"], found["sha256"] = enclosed.sha256(stated.file, path)
    return found


def _clock(clock: ClockFile) -> ClockDoc:
    micro = Decimal("1e-6")
    return {
        "source": clock.source,
        "resolution_s": f"{Decimal(_number(clock.resolution_us)) * micro:f}",
        "accuracy_s": f"{Decimal(_number(clock.accuracy_us)) * micro:f}",
        "ppm": _number(clock.drift_ppm),
        "sync": clock.sync,
    }


def _conditions(each: ConditionsFile) -> ConditionsDoc:
    found: ConditionsDoc = {
        "temperature": _range(each.temperature_degc, "temperature"),
        "humidity": _range(each.humidity_pct, "humidity"),
        "supply": each.supply,
    }
    if each.pressure_kpa is not None:
        found["pressure"] = _range(each.pressure_kpa, "pressure")
    if each.run is not None:
        found["run"] = each.run
    return found


def _range(shown: RangeFile, quantity: str) -> RangeDoc:
    return {"lower": _number(shown.min), "upper": _number(shown.max), "unit": _UNITS[quantity], "equipment": shown.instrument}


def _number(value: float) -> str:
    """*value* in the digits in which it is written."""
    plain = f"{Decimal(str(value)):f}"
    return plain.removesuffix(".0")
