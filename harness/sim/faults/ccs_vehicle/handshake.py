"""Faults of the vehicle for the rows about agreement, session setup, and the order of requests."""

from __future__ import annotations

from collections.abc import Callable

from harness.core.durations import s
from harness.protocols.iso15118.behaviour import (
    Act,
    Bytes,
    Change,
    Content,
    Delay,
    Derive,
    Leads,
    Misread,
    Moment,
    OptionEffect,
    Overlook,
    SessionId,
    Twice,
)
from harness.sim.faults.ccs_vehicle.fault import Fault

__all__ = ["HANDSHAKE_FAULTS"]

_AGREEMENT = "SupportedAppProtocol"
_ISO_20 = "iso15118-20"
_OLD = "OK_OldSessionJoined"


def _each_entry(change: Callable[[int, dict[str, object]], dict[str, object]]) -> Derive:
    """Every entry of the offer is changed, counted from 1."""

    def make(content: Content, moment: Moment) -> Content:
        entries = content["AppProtocol"]
        assert isinstance(entries, list)
        return {**content, "AppProtocol": [change(number, dict(entry)) for number, entry in enumerate(entries, 1)]}

    return Derive(_AGREEMENT, make)


def _first_schema(content: Content, moment: Moment) -> Content:
    return {**content, "SchemaID": 1} if "SchemaID" in content else content


def _deviation_is_failure(content: Content, moment: Moment) -> Content:
    deviates = str(content.get("ResponseCode", "")).endswith("WithMinorDeviation")
    return {**content, "ResponseCode": "Failed_NoNegotiation"} if deviates else content


def _is_iso_20(moment: Moment) -> bool:
    return moment.edition == _ISO_20


def _is_older(moment: Moment) -> bool:
    return moment.edition != _ISO_20


def _resumed(moment: Moment) -> bool:
    """The present session was joined again after a pause."""
    return moment.heard.get("SessionSetup", {}).get("ResponseCode") == _OLD


def _again(moment: Moment) -> bool:
    """This is not the first session since the machine exists."""
    return moment.sessions > 1


def _finished(exchange: str) -> Callable[[Moment], bool]:
    """The station has ended *exchange*."""
    return lambda moment: moment.heard.get(exchange, {}).get("EVSEProcessing") == "Finished"


def _once(exchange: str) -> Callable[[Moment], bool]:
    return lambda moment: moment.asked(exchange) <= 1


HANDSHAKE_FAULTS: tuple[Fault, ...] = (
    Fault(
        "offers_with_equal_schema_ids",
        "gives all its offers the same schema id",
        (_each_entry(lambda number, entry: {**entry, "SchemaID": 1}),),
    ),
    Fault(
        "offers_with_equal_priorities",
        "gives all its offers the same priority",
        (_each_entry(lambda number, entry: {**entry, "Priority": 1}),),
    ),
    Fault(
        "offers_with_priorities_from_2",
        "counts the priorities of its offers from 2",
        (_each_entry(lambda number, entry: {**entry, "Priority": number + 1}),),
    ),
    Fault("speaks_its_first_protocol", "speaks the protocol it ranks highest, whatever is chosen", (Misread(_AGREEMENT, _first_schema),)),
    Fault(
        "requests_with_payload_type_of_its_own",
        "sends ServiceDiscoveryReq with a payload type of the manufacturer",
        (Bytes("ServiceDiscovery", lambda data: data[:2] + b"\xa0\x00" + data[4:]),),
    ),
    Fault("takes_any_schema_id", "takes a schema id that it did not offer for its first one", (Overlook("parameters", _AGREEMENT),)),
    Fault("refuses_minor_deviation", "takes a minor deviation of the version for a refusal", (Misread(_AGREEMENT, _deviation_is_failure),)),
    Fault("state_c_without_agreement", "presents state C before a protocol is agreed on", (Act(_AGREEMENT, "present_c"),)),
    Fault("offers_iso_20_without_tls", "offers ISO 15118-20 without TLS", (OptionEffect("plain_20", True),)),
    Fault("new_session_with_an_id", "asks for a new session with an id of its own", (SessionId("SessionSetup", b"\x01" * 8),)),
    Fault("evccid_of_8_bytes", "tells an EVCCID of eight bytes", (Change("SessionSetup", {"EVCCID": bytes(range(8))}, _is_older),)),
    Fault("evccid_empty", "tells an empty EVCCID", (Change("SessionSetup", {"EVCCID": ""}, _is_iso_20),)),
    Fault("accepts_an_old_session", "joins an old session that it did not ask for", (Overlook("parameters", "SessionSetup"),)),
    Fault("resumes_with_session_id_0", "asks for a new session after a pause", (SessionId("SessionSetup", bytes(8)),)),
    Fault(
        "resumes_from_the_beginning",
        "begins with the authorization although the paused session was joined",
        (Leads("SessionSetup", "AuthorizationSetup", lambda moment: _is_iso_20(moment) and _resumed(moment)),),
    ),
    Fault(
        "resumes_with_other_selections",
        "selects another service after a pause",
        (Change("PaymentServiceSelection", {"SelectedServiceList": {"SelectedService": [{"ServiceID": 2}]}}, _resumed),),
    ),
    Fault(
        "goes_on_with_another_session_id",
        "goes on with an id of its own although a new one was given",
        tuple(SessionId(name, b"\x01" * 8, _again) for name in ("ServiceDiscovery", "AuthorizationSetup")),
    ),
    Fault(
        "skips_to_parameters_after_a_refused_resume",
        "goes on with the parameters although the paused session was refused",
        (Leads("SessionSetup", "DC_ChargeParameterDiscovery", lambda moment: _is_iso_20(moment) and _again(moment)),),
    ),
    Fault(
        "skips_pre_charge",
        "closes the contactor after cable check without pre-charging",
        (
            Leads("CableCheck", "PowerDelivery_start", _finished("CableCheck")),
            Leads("DC_CableCheck", "PowerDelivery_start", _finished("DC_CableCheck")),
        ),
    ),
    Fault(
        "asks_for_services_twice",
        "asks for the services a second time",
        (Leads("ServiceDiscovery", "again", _once("ServiceDiscovery")),),
    ),
    Fault("asks_twice_for_services", "sends ServiceDiscoveryReq twice in one go", (Twice("ServiceDiscovery"),)),
    Fault(
        "parameters_after_41s",
        "takes 41 s before it tells its parameters",
        (Delay("ChargeParameterDiscovery", s(41)), Delay("DC_ChargeParameterDiscovery", s(41))),
    ),
)
