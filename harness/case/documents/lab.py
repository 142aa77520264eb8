"""What a laboratory adds to the results: who, where, with what, under which conditions."""

from __future__ import annotations

from typing import Literal, NotRequired, Required

from pydantic import with_config
from typing_extensions import TypedDict

from harness.case.documents.elements import Text
from harness.case.documents.words import STRICT, DateText, DecimalText, HashText

__all__ = [
    "ApprovalDoc",
    "BodyDoc",
    "CalibrationDoc",
    "ClockDoc",
    "ComplaintsDoc",
    "ConditionsDoc",
    "CorrectionDoc",
    "DemandedDoc",
    "EquipmentDoc",
    "MethodDeviationDoc",
    "MethodRecordDoc",
    "OpinionDoc",
    "PeopleDoc",
    "PersonDoc",
    "PhotoDoc",
    "ProviderDoc",
    "RangeDoc",
    "SiteDoc",
    "VerificationDoc",
]


@with_config(STRICT)
class BodyDoc(TypedDict):
    """A body with its address."""

    name: str
    address: str
    contact: str


@with_config(STRICT)
class ComplaintsDoc(TypedDict):
    """To whom, and within how many days, an objection to the report is addressed."""

    contact: str
    days: int


@with_config(STRICT)
class DemandedDoc(TypedDict):
    """A block of the report that somebody asked for; without it the report is not published."""

    block: Literal["photos", "identity", "opinions", "markets", "conditions", "calibration", "selfcheck"]
    by: Literal["method", "authority", "client"]
    ref: str
    """Where it is asked for."""


@with_config(STRICT)
class SiteDoc(TypedDict):
    """Where the work was done; ``address`` is that of a street, or the coordinates of a place without one."""

    name: str
    address: str
    latitude: NotRequired[DecimalText]
    longitude: NotRequired[DecimalText]


@with_config(STRICT)
class PhotoDoc(TypedDict):
    """A photo of the item."""

    file: str
    """Its path in the report folder."""
    sha256: HashText
    caption: Text


@with_config(STRICT)
class PersonDoc(TypedDict):
    """A person with what he or she is in the laboratory."""

    name: str
    role: str


@with_config(STRICT)
class PeopleDoc(TypedDict):
    """Who signs, who operated the bench, and who checked the records."""

    prepared: NotRequired[PersonDoc]
    reviewed: NotRequired[PersonDoc]
    approved: PersonDoc
    operators: list[PersonDoc]
    checker: PersonDoc
    waiver: NotRequired[str]
    """Why the checker may be an operator."""


@with_config(STRICT)
class CorrectionDoc(TypedDict):
    """A correction from a calibration, as applied."""

    quantity: str
    unit: str
    before: DecimalText
    after: DecimalText


# Members are optional here because a plan may name instruments in short; the laboratory file demands all of them.
@with_config(STRICT)
class CalibrationDoc(TypedDict, total=False):
    """The calibration of an instrument, valid from ``date`` to ``due``, both included."""

    cert: str
    lab: str
    registration: str
    """Number under which the laboratory is registered with its accreditation body."""
    route: str
    justification: str
    date: str
    due: str
    accepted_by: str
    accepted_on: DateText
    file: str
    sha256: HashText
    no_file: str
    """Why the document is not enclosed."""
    corrections: list[CorrectionDoc]


@with_config(STRICT)
class ClockDoc(TypedDict):
    """Time base of a logger."""

    source: str
    resolution_s: DecimalText
    accuracy_s: DecimalText
    ppm: DecimalText
    sync: str


@with_config(STRICT)
class VerificationDoc(TypedDict):
    """How a tool that measures nothing was found fit."""

    record: str
    date: DateText


@with_config(STRICT)
class EquipmentDoc(TypedDict, total=False):
    """One instrument, logger or auxiliary tool."""

    id: Required[str]
    kind: Literal["instrument", "logger", "auxiliary"]
    name: str
    maker: str
    type: str
    serial: str
    software: str
    firmware: str
    cal: CalibrationDoc
    verification: VerificationDoc
    clock: ClockDoc
    links: list[str]
    """Links of the rig that it was on."""
    cases: list[str]
    """Cases that it served, ids or patterns; all of its links without any."""
    unused: str
    """Why it is listed although it served no row."""


@with_config(STRICT)
class RangeDoc(TypedDict):
    """What an instrument showed from begin to end of the tests."""

    lower: DecimalText
    upper: DecimalText
    unit: str
    equipment: str


@with_config(STRICT)
class ConditionsDoc(TypedDict):
    """Conditions under which a run, or all of them, took place."""

    run: NotRequired[str]
    temperature: RangeDoc
    humidity: RangeDoc
    pressure: NotRequired[RangeDoc]
    supply: str


@with_config(STRICT)
class MethodRecordDoc(TypedDict):
    """Record that a method can be performed here (a standard's), or that it is valid (one of our own)."""

    id: str
    """The method as the rows name it."""
    record: str
    date: DateText


@with_config(STRICT)
class ApprovalDoc(TypedDict):
    """Who agreed to something, when, and under which number that is on record."""

    name: str
    date: DateText
    record: str


@with_config(STRICT)
class MethodDeviationDoc(TypedDict):
    """A deviation from a method. Without any of its last four members it must not be reported."""

    method: str
    """The method as the rows name it."""
    cases: list[str]
    """Ids of the rows concerned."""
    documented: Text
    """What was done otherwise."""
    justified: Text
    """Why the results are as good as those of the method, in technical terms."""
    authorised: ApprovalDoc
    """Who may do so in the laboratory."""
    accepted: ApprovalDoc
    """Who accepted it for the client."""


@with_config(STRICT)
class OpinionDoc(TypedDict):
    """An opinion or interpretation of a person."""

    text: Text
    author: str
    basis: str
    refs: list[str]


@with_config(STRICT)
class ProviderDoc(TypedDict):
    """Somebody else who performed some of the cases."""

    name: str
    cases: list[str]
    note: str
