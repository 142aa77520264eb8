"""The keys of a laboratory file, version 1: names, types and ranges. What refers to what is checked in ``references.py``."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StringConstraints, WithJsonSchema
from pydantic_core import PydanticCustomError

from harness.rig.schema import Section

__all__ = [
    "SCHEMA_FILE",
    "SCHEMA_VERSION",
    "BodyFile",
    "CalibrationFile",
    "ClockFile",
    "ComplaintsFile",
    "ConditionsFile",
    "DemandedFile",
    "EquipmentFile",
    "ItemFile",
    "LabFile",
    "PeopleFile",
    "PersonFile",
    "PhotoFile",
    "RangeFile",
    "SiteFile",
    "schema_text",
]

SCHEMA_VERSION = 1
SCHEMA_FILE = Path(__file__).with_name("lab.schema.json")


def _day(value: object) -> object:
    """A date, written with or without quotes."""
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise PydanticCustomError("day", "expected a date as 2026-06-30") from None
    if isinstance(value, datetime) or not isinstance(value, date):
        raise PydanticCustomError("day", "expected a date as 2026-06-30")
    return value


Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
# Names folders and files.
Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,59}$")]
Day = Annotated[date, BeforeValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]
Number = Annotated[float, Field(allow_inf_nan=False)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Percent = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]
Some = Field(min_length=1)


class ReportFile(Section):
    """``report``: which report this is."""

    number: Code | None = None
    revision: Annotated[int, Field(ge=0)] = 0
    category: Literal["self", "witnessed", "commissioned"]
    precedence: Literal["zh", "en"] = "zh"


class BodyFile(Section):
    """``issuer`` and ``client``."""

    name: Text
    address: Text
    contact: Text


class ComplaintsFile(Section):
    """``complaints``: to whom, and how long after the report was received, an objection may be raised."""

    contact: Text
    days: Annotated[int, Field(ge=1, le=366)]


class DemandedFile(Section):
    """One entry of ``required_content``: what method, authority or client want in the report."""

    block: Literal["photos", "identity", "opinions", "markets", "conditions", "calibration", "selfcheck"]
    by: Literal["method", "authority", "client"]
    ref: Text


class SiteFile(Section):
    """``site``: street and city, or coordinates and the name of the place."""

    name: Text | None = None
    street: Text | None = None
    city: Text | None = None
    country: Text | None = None
    latitude_deg: Annotated[float, Field(ge=-90, le=90)] | None = None
    longitude_deg: Annotated[float, Field(ge=-180, le=180)] | None = None


class BatteryFile(Section):
    """One entry of ``item.batteries``."""

    serial: Text
    pack_code: Text | None = None


class EcuFile(Section):
    """One entry of ``item.ecus``."""

    name: Text
    part_number: Text
    software: Text
    hardware: Text | None = None


class IdentityFile(Section):
    """``item.identity``: what was read from the item before the first and after the last test."""

    at_start: Annotated[dict[str, Text], Some]
    at_end: Annotated[dict[str, Text], Some]


class PhotoFile(Section):
    """One entry of ``item.photos``: a JPEG or PNG file, relative to the laboratory file."""

    file: Text
    zh: Text
    en: Text


class ItemFile(Section):
    """``item``: the one item tested."""

    name: Text
    model: Text
    manufacturer: Text
    vin: Text | None = None
    vin_without_check_digit: Text | None = None
    other_vin: Text | None = None
    serial: Text | None = None
    inlets: Annotated[list[Literal["GB/T DC", "GB/T AC", "ChaoJi", "CCS1", "CCS2", "NACS", "CHAdeMO", "MCS", "swap"]], Some]
    batteries: list[BatteryFile] = Field(default_factory=list)
    ecus: list[EcuFile] = Field(default_factory=list)
    identity: IdentityFile | None = None
    odometer_km: NotNegative | None = None
    soc_pct: Percent | None = None
    condition: Text
    received: Day
    sampling: Text | None = None
    covers_models: list[Text] = Field(default_factory=list)
    photos: Annotated[list[PhotoFile], Field(max_length=12)] = Field(default_factory=list)


class PersonFile(Section):
    """One person."""

    name: Text
    role: Text


class PeopleFile(Section):
    """``people``: who signs, who operated, who checked."""

    prepared: PersonFile | None = None
    reviewed: PersonFile | None = None
    approved: PersonFile
    operators: Annotated[list[PersonFile], Some]
    checker: PersonFile
    waiver: Text | None = None


class CorrectionFile(Section):
    """One entry of ``corrections``: a value before and after it was corrected."""

    quantity: Text
    unit: Text
    before: Number
    after: Number


class CalibrationFile(Section):
    """``calibration`` of an instrument."""

    certificate: Text
    lab: Text
    accreditation: Text | None = None
    route: Literal["NMI-CIPM-MRA", "ILAC-MRA", "other"]
    justification: Text | None = None
    date: Day
    due: Day
    accepted_by: Text
    accepted_on: Day
    file: Text | None = None
    no_file: Text | None = None
    corrections: list[CorrectionFile] = Field(default_factory=list)


class VerificationFile(Section):
    """``verification`` of an auxiliary tool."""

    record: Text
    date: Day


class ClockFile(Section):
    """``clock`` of a logger."""

    source: Text
    resolution_us: Positive
    accuracy_us: NotNegative
    drift_ppm: NotNegative
    sync: Text


class EquipmentFile(Section):
    """One entry of ``equipment``."""

    id: Code
    kind: Literal["instrument", "logger", "auxiliary"]
    name: Text
    maker: Text
    type: Text
    serial: Text
    software: Text
    firmware: Text
    links: list[Text] = Field(default_factory=list)
    cases: list[Text] = Field(default_factory=list)
    unused: Text | None = None
    calibration: CalibrationFile | None = None
    verification: VerificationFile | None = None
    clock: ClockFile | None = None


class RangeFile(Section):
    """What an instrument showed during the tests."""

    min: Number
    max: Number
    instrument: Text


class ConditionsFile(Section):
    """One entry of ``conditions``: those of one run, or of all."""

    run: Text | None = None
    temperature_degc: RangeFile
    humidity_pct: RangeFile
    pressure_kpa: RangeFile | None = None
    supply: Text


class ExternalFile(Section):
    """One entry of ``external``: somebody else who performed some cases."""

    name: Text
    cases: Annotated[list[Text], Some]
    note: Text


class BothFile(Section):
    """A text in both languages."""

    zh: Text
    en: Text


class MethodFile(Section):
    """One entry of ``methods``: the record of its verification, or of its validation if it is one of our own."""

    method: Text
    record: Text
    date: Day


class ApprovalFile(Section):
    """Who agreed to a deviation, when, and where that is on record."""

    name: Text
    date: Day
    record: Text


class MethodDeviationFile(Section):
    """One entry of ``method_deviations``: what was done otherwise than the method says, and the four things that permit it."""

    method: Text
    cases: Annotated[list[Text], Some]
    documented: BothFile
    justified: BothFile
    authorised: ApprovalFile
    accepted: ApprovalFile


class OpinionFile(Section):
    """One entry of ``opinions``."""

    text: BothFile
    author: Text
    basis: Text
    refs: Annotated[list[Text], Some]


class LabFile(Section):
    """A laboratory file."""

    schema_: Annotated[Literal[1], Field(alias="schema")]
    report: ReportFile
    decision_rule: Literal["SIMPLE", "GUARD_U", "NONBINARY_U"]
    issuer: BodyFile
    client: BodyFile
    complaints: ComplaintsFile
    site: SiteFile
    item: ItemFile
    client_supplied: list[Text] = Field(default_factory=list)
    people: PeopleFile
    equipment: list[EquipmentFile] = Field(default_factory=list)
    conditions: list[ConditionsFile] = Field(default_factory=list)
    external: list[ExternalFile] = Field(default_factory=list)
    opinions: list[OpinionFile] = Field(default_factory=list)
    methods: list[MethodFile] = Field(default_factory=list)
    method_deviations: list[MethodDeviationFile] = Field(default_factory=list)
    required_content: list[DemandedFile] = Field(default_factory=list)


def schema_text() -> str:
    """The JSON Schema of a laboratory file as it is shipped."""
    schema: dict[str, object] = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": "urn:precert:schema:precert-lab/1"}
    schema.update(LabFile.model_json_schema(by_alias=True))
    return json.dumps(schema, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
