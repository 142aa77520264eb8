"""The first exchange of a connection: which protocols the vehicle offers, and which one the station chose."""

from __future__ import annotations

from collections.abc import Mapping

from harness.core.durations import s
from harness.protocols.iso15118.editions import DIN, ISO_2, ISO_20
from harness.protocols.iso15118.sap import DIN_SPEC_70121, ISO_15118_2, ISO_15118_20_DC, Offer, Protocol
from harness.protocols.iso15118.vehicle.options import VehicleOptions
from harness.protocols.iso15118.vehicle.state import Content, State
from harness.protocols.iso15118.vehicle.table import Go, Leave, Move, Row

__all__ = ["AGREED", "AGREEMENT_ROW", "PROTOCOLS", "agreed_protocol", "offers_of"]

AGREED, _OFFERS = "agreed protocol", "offers"

PROTOCOLS: Mapping[str, Protocol] = {DIN.name: DIN_SPEC_70121, ISO_2.name: ISO_15118_2, ISO_20.name: ISO_15118_20_DC}
"""What a vehicle can offer, by the names of the editions."""


def offers_of(options: VehicleOptions, security: str) -> tuple[Offer, ...]:
    """What is offered on a connection with *security*: ISO 15118-20 needs TLS 1.3 outside a laboratory, DIN SPEC 70121 knows none."""
    names = [name for name in options.protocols if _allowed(name, options, security)]
    return tuple(
        Offer(PROTOCOLS[name].namespace, PROTOCOLS[name].major, PROTOCOLS[name].minor, number, number)
        for number, name in enumerate(names, 1)
    )


def _allowed(name: str, options: VehicleOptions, security: str) -> bool:
    if name == ISO_20.name:
        return options.plain_20 if not security else security == "TLS 1.3" or options.old_tls_20
    return not (name == DIN.name and security)


def agreed_protocol(state: State) -> str:
    """Name of the edition that was agreed on; empty before that."""
    found = state.notes.get(AGREED)
    return found if isinstance(found, str) else ""


def _build(state: State) -> Content:
    entries = [
        {
            "ProtocolNamespace": offer.namespace,
            "VersionNumberMajor": offer.major,
            "VersionNumberMinor": offer.minor,
            "SchemaID": offer.schema_id,
            "Priority": offer.priority,
        }
        for offer in state.offers
    ]
    return {"AppProtocol": entries}


def _follow(state: State, content: Content) -> Move:
    offer = next((offer for offer in state.offers if offer.schema_id == content.get("SchemaID")), None)
    name = next((name for name, one in PROTOCOLS.items() if offer is not None and one.namespace == offer.namespace), None)
    if name is None:
        return Leave(f"schema id {content.get('SchemaID')} was not offered")
    state.notes[AGREED] = name
    return Go("SessionSetup")


AGREEMENT_ROW = Row(
    "SupportedAppProtocol", "supportedAppProtocolReq", "supportedAppProtocolRes", "sap", _build, _follow, s(2), then="SessionSetup"
)
