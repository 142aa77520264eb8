"""The states of a vehicle that speaks ISO 15118-20 with direct current: DC and MCS, scheduled and dynamic, one way and both ways.

MCS runs through the same states; only service and parameter set differ. A paused session that the station joins again goes on with
DC_ChargeParameterDiscovery; for another one everything of the old session is forgotten. The station may ask for another schedule
(PowerDelivery with ScheduleRenegotiation, then ScheduleExchange) and for another service (SessionStop with ServiceRenegotiation, then
ServiceDiscovery on the same connection).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from harness.core.durations import s
from harness.protocols.iso15118.editions import ISO_20
from harness.protocols.iso15118.rational import number_of, optional_number
from harness.protocols.iso15118.services import ControlMode
from harness.protocols.iso15118.v2gtp import PayloadType
from harness.protocols.iso15118.vehicle.iso20 import requests as ask
from harness.protocols.iso15118.vehicle.iso20.choice import (
    choose_schedule,
    choose_service,
    choose_set,
    offer_of,
    services_of,
    wanted_services,
)
from harness.protocols.iso15118.vehicle.iso20.notes import Notes, notes_of, purge
from harness.protocols.iso15118.vehicle.reading import child, follow_processing, follow_session_setup, items, unusable, word_in
from harness.protocols.iso15118.vehicle.state import Content, Limits, State
from harness.protocols.iso15118.vehicle.table import Again, Done, Go, Leave, Move, Needs, Row, Table

__all__ = ["ISO_20_TABLE"]

_MODES = {"scheduled": ControlMode.SCHEDULED, "dynamic": ControlMode.DYNAMIC}
_LOOP_BODIES = tuple(f"{way}{mode}_DC_CLResControlMode" for way in ("", "BPT_") for mode in ("Scheduled", "Dynamic"))


def _after_session_setup(state: State, content: Content) -> Move:
    move = follow_session_setup(state, content, Go("DC_ChargeParameterDiscovery"), Go("AuthorizationSetup"))
    if move == Go("AuthorizationSetup"):
        purge(state)
    return move


def _after_authorization_setup(state: State, content: Content) -> Move:
    usable = "EIM" in items(content, "AuthorizationServices")
    return Go("Authorization") if usable else Leave("no external identification")


def _after_authorization(state: State, content: Content) -> Move:
    return follow_processing(content, Go("ServiceDiscovery"))


def _after_service_discovery(state: State, content: Content) -> Move:
    options = state.options
    wanted = wanted_services(options.inlet, bidirectional=options.bidirectional, falls_back=options.dc_on_mcs)
    service = choose_service(services_of(content), wanted)
    if service is None:
        return Leave("no service for this inlet")
    notes = purge(state)
    notes.service, notes.renegotiation = service, content.get("ServiceRenegotiationSupported") is True
    return Go("ServiceDetail")


def _after_service_detail(state: State, content: Content) -> Move:
    notes = notes_of(state)
    if content.get("ServiceID") != notes.service:
        return Leave(f"details of service {content.get('ServiceID')}, asked for was {notes.service}")
    modes = [_MODES[name] for name in state.options.control_modes]
    chosen = choose_set(content, notes.service, modes)
    if chosen is None:
        return Leave("no usable parameter set")
    notes.set_number, notes.is_dynamic = chosen.number, chosen.whole("ControlMode") == ControlMode.DYNAMIC
    return Go("ServiceSelection")


def _after_service_selection(state: State, content: Content) -> Move:
    return Go("DC_ChargeParameterDiscovery")


def _after_parameters(state: State, content: Content) -> Move:
    offer, notes = offer_of(content), notes_of(state)
    if offer.is_bidirectional is not notes.is_bidirectional:
        return Leave("limits of another service than the chosen one")
    state.limits = Limits(offer.max_voltage_v, offer.min_voltage_v, offer.max_current_a, offer.min_current_a, offer.max_power_w)
    return unusable(state) or Go("ScheduleExchange")


def _after_schedule(state: State, content: Content) -> Move:
    notes = notes_of(state)
    move = follow_processing(content, Go("PowerDelivery_start" if notes.agrees_anew else "DC_CableCheck"))
    if not isinstance(move, Go):
        return move
    if ("Dynamic_SEResControlMode" in content) is not notes.is_dynamic:
        return Leave("the schedule is of another control mode than the chosen one")
    notes.schedule, notes.agrees_anew = choose_schedule(content), False
    state.schedule = () if notes.schedule is None else tuple(notes.schedule.steps())
    state.schedule_ns = state.now_ns
    return move


def _after_cable_check(state: State, content: Content) -> Move:
    return follow_processing(content, Go("DC_PreCharge"))


def _after_pre_charge(state: State, content: Content) -> Move:
    state.present_v = number_of(content.get("EVSEPresentVoltage"))
    return Go("PowerDelivery_start") if notes_of(state).told_ready and state.is_precharged() else Again()


def _after_start(state: State, content: Content) -> Move:
    notes = notes_of(state)
    state.stands_by = False
    _heed(state, content)
    return Go("DC_ChargeLoop") if notes.told_ready else Again()


def _after_standby(state: State, content: Content) -> Move:
    notes = notes_of(state)
    notes.standby_refused = word_in(content, "ResponseCode") == "WARNING_StandbyNotAllowed"
    state.stands_by = not notes.standby_refused
    _heed(state, content)
    return Go("DC_ChargeLoop")


def _after_renegotiate(state: State, content: Content) -> Move:
    notes_of(state).agrees_anew = True
    return Go("ScheduleExchange")


def _after_loop(state: State, content: Content) -> Move:
    notes = notes_of(state)
    state.present_v = number_of(content.get("EVSEPresentVoltage"))
    state.present_a = number_of(content.get("EVSEPresentCurrent"))
    if isinstance(content.get("MeterInfo"), dict):
        notes.meter = child(content, "MeterInfo")
    _read_limits(state, content)
    wanted = _heed(state, content)
    if wanted == "MeteringConfirmation" and notes.meter and not state.wish and state.options.confirms_meter:
        return Go("MeteringConfirmation")
    if state.wish:
        return Again()
    return _standby(state, notes, wanted)


def _standby(state: State, notes: Notes, wanted: str) -> Move:
    """Stand by while the schedule grants nothing, if the truck does such things; and come back from it."""
    idle = state.granted_w <= 0
    if state.stands_by:
        return Go("PowerDelivery_start") if wanted == "ExitStandby" or not idle else Again()
    if not idle:
        notes.standby_refused = False
    return Go("PowerDelivery_standby") if idle and state.options.standby and not notes.standby_refused else Again()


def _heed(state: State, content: Content) -> str:
    """Note what the station asks for, and tell it."""
    if "EVSEStatus" not in content:
        return ""
    notes = notes_of(state)
    wanted = word_in(child(content, "EVSEStatus"), "EVSENotification")
    match wanted:
        case "Terminate":
            state.request_stop(wanted)
        case "Pause":
            state.request_stop(wanted, "pause")
        case "ScheduleRenegotiation":
            state.request_stop(wanted, "renegotiate")
        case "ServiceRenegotiation":
            notes.chooses_anew = notes.renegotiation
            state.request_stop(wanted)
    return wanted


def _read_limits(state: State, content: Content) -> None:
    body = next((content[name] for name in _LOOP_BODIES if name in content), {})
    assert isinstance(body, dict)
    limits = state.limits
    for name, field in (
        ("EVSEMaximumChargePower", "max_power_w"),
        ("EVSEMaximumChargeCurrent", "max_current_a"),
        ("EVSEMaximumVoltage", "max_voltage_v"),
    ):
        value = optional_number(body.get(name))
        if value is not None:
            setattr(limits, field, value)


def _after_metering(state: State, content: Content) -> Move:
    return Go("DC_ChargeLoop")


def _after_stop(state: State, content: Content) -> Move:
    notes = notes_of(state)
    notes.is_live, notes.is_patient = False, True
    if notes.chooses_anew and state.wish == "stop" and state.why == "ServiceRenegotiation":
        state.ending = "ServiceRenegotiation"
    return Go("DC_WeldingDetection" if state.options.welding_detection else "SessionStop")


def _after_welding(state: State, content: Content) -> Move:
    notes = notes_of(state)
    state.present_v = number_of(content.get("EVSEPresentVoltage"))
    notes.is_live = state.present_v > state.options.welding_v
    notes.is_patient = state.now_ns - state.since_ns < state.options.welding_s * 1_000_000_000
    if notes.is_live and not notes.is_patient:
        state.notes["welded"] = state.present_v
    return Go("SessionStop") if notes.told_ready else Again()


def _after_session_stop(state: State, content: Content) -> Move:
    if state.ending != "ServiceRenegotiation":
        return Done()
    state.ending, state.wish, state.why = "Terminate", "", ""
    return Go("ServiceDiscovery")


_common = partial(Row, schema="iso20_common", payload_type=PayloadType.EXI_COMMON, timeout_ns=s(2))
_dc = partial(Row, schema="iso20_dc", payload_type=PayloadType.EXI_DC, timeout_ns=s(2))


def _exchange(
    kind: partial[Row], exchange: str, build: Callable[[State], Content], follow: Callable[[State, Content], Move], **other: object
) -> Row:
    name = exchange.partition("_")[0] if exchange.startswith("PowerDelivery") else exchange
    return kind(exchange=exchange, request=f"{name}Req", response=f"{name}Res", build=build, follow=follow, **other)


_ROWS = (
    _exchange(_common, "SessionSetup", ask.session_setup, _after_session_setup),
    _exchange(_common, "AuthorizationSetup", ask.nothing, _after_authorization_setup),
    _exchange(_common, "Authorization", ask.authorization, _after_authorization),
    _exchange(_common, "ServiceDiscovery", ask.service_discovery, _after_service_discovery),
    _exchange(_common, "ServiceDetail", ask.service_detail, _after_service_detail, timeout_ns=s(5)),
    _exchange(_common, "ServiceSelection", ask.service_selection, _after_service_selection),
    _exchange(_dc, "DC_ChargeParameterDiscovery", ask.charge_parameters, _after_parameters),
    _exchange(_common, "ScheduleExchange", ask.schedule_exchange, _after_schedule),
    _exchange(_dc, "DC_CableCheck", ask.nothing, _after_cable_check, loop="cable_check", needs=Needs.READY),
    _exchange(_dc, "DC_PreCharge", ask.pre_charge, _after_pre_charge, loop="pre_charge", needs=Needs.READY),
    _exchange(_common, "PowerDelivery_start", ask.power_delivery, _after_start, needs=Needs.CLOSED),
    _exchange(_dc, "DC_ChargeLoop", ask.charge_loop, _after_loop, timeout_ns=s(0.5), is_energy=True),
    _exchange(_common, "PowerDelivery_standby", ask.power_delivery, _after_standby, then="DC_ChargeLoop"),
    _exchange(_common, "PowerDelivery_renegotiate", ask.power_delivery, _after_renegotiate, then="ScheduleExchange"),
    _exchange(_common, "MeteringConfirmation", ask.metering_confirmation, _after_metering, then="DC_ChargeLoop"),
    _exchange(_common, "PowerDelivery_stop", ask.power_delivery, _after_stop),
    _exchange(_dc, "DC_WeldingDetection", ask.welding_detection, _after_welding, needs=Needs.IDLE),
    _exchange(_common, "SessionStop", ask.session_stop, _after_session_stop, needs=Needs.IDLE),
)

ISO_20_TABLE = Table(
    edition=ISO_20,
    rows={row.exchange: row for row in _ROWS},
    loops_ns={"cable_check": s(40), "pre_charge": s(10)},
    powered=frozenset(
        (
            "DC_CableCheck",
            "DC_PreCharge",
            "PowerDelivery_start",
            "PowerDelivery_standby",
            "PowerDelivery_renegotiate",
            "DC_ChargeLoop",
            "MeteringConfirmation",
        )
    ),
    ending=frozenset(("PowerDelivery_stop", "DC_WeldingDetection", "SessionStop")),
    renegotiate="PowerDelivery_renegotiate",
)
