"""The protocols of the family as editions of one standard: their names, and what tells them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from harness.protocols.iso15118.sap import PROTOCOLS, Protocol
from harness.protocols.iso15118.v2gtp import PayloadType

__all__ = ["DIN", "EDITIONS", "ISO_2", "ISO_20", "Edition", "edition_of", "schemas_for"]


@dataclass(frozen=True, slots=True)
class Edition:
    """One protocol of the family."""

    name: str
    """As profiles and documents spell it."""
    title: str
    schemas: tuple[str, ...]
    """Schema sets by which its messages are tried when nothing was agreed on."""


DIN = Edition("din70121", "DIN SPEC 70121", ("din",))
ISO_2 = Edition("iso15118-2", "ISO 15118-2", ("iso2",))
ISO_20 = Edition("iso15118-20", "ISO 15118-20", ("iso20_common", "iso20_dc", "iso20_ac"))
EDITIONS = {edition.name: edition for edition in (DIN, ISO_2, ISO_20)}

_BY_TYPE: Mapping[int, tuple[str, ...]] = {
    PayloadType.EXI_COMMON: ("iso20_common",),
    PayloadType.EXI_AC: ("iso20_ac",),
    PayloadType.EXI_DC: ("iso20_dc",),
    PayloadType.SCHEDULE_RENEGOTIATION: ("iso20_common",),
    PayloadType.METERING_CONFIRMATION: ("iso20_common",),
}


def edition_of(namespace: str, major: int) -> Edition | None:
    """The edition that a namespace of SupportedAppProtocol stands for; ``None`` for one that is not known here."""
    known: Protocol | None = next((one for one in PROTOCOLS if (one.namespace, one.major) == (namespace, major)), None)
    if known is None:
        return None
    return next(edition for edition in EDITIONS.values() if set(known.schemas) <= set(edition.schemas))


def schemas_for(payload_type: int, edition: Edition | None) -> tuple[str, ...]:
    """The schema sets that a payload of *payload_type* may follow; several while nothing was agreed on, none if it cannot be read here."""
    if payload_type != PayloadType.EXI:
        return _BY_TYPE.get(payload_type, ())
    if edition is None:
        return ("sap", "din", "iso2")
    # Every message of ISO 15118-20 has a payload type of its own; only the agreement uses this one.
    return ("sap",) if edition is ISO_20 else edition.schemas
