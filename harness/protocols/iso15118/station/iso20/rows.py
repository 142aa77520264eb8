"""The station's state table of ISO 15118-20 with direct current and external identification: DC and MCS, both directions of energy.

Control mode and direction follow the bodies of the requests: the station answers each with its counterpart. Which of them a vehicle
may use is said by the services that were offered and selected.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from harness.core.durations import s
from harness.core.errors import RemoteProtocolError
from harness.protocols.iso15118.editions import ISO_20
from harness.protocols.iso15118.envelope import Content
from harness.protocols.iso15118.rational import number_of
from harness.protocols.iso15118.services import Service
from harness.protocols.iso15118.station.direct_current import check_cable, check_parameters, end_charging, plain
from harness.protocols.iso15118.station.iso20 import content as say
from harness.protocols.iso15118.station.iso20.content import Output, Reading, Supply
from harness.protocols.iso15118.station.state import Schedule
from harness.protocols.iso15118.station.table import Row, Table, Turn, always, nothing
from harness.protocols.iso15118.v2gtp import PayloadType

__all__ = ["ISO_20_TABLE"]

_STOP = ("PowerDelivery_stop",)
_LOOP = ("DC_ChargeLoop", "PowerDelivery_stop", "PowerDelivery_standby", "PowerDelivery_renegotiate", "PowerDelivery_start")
_NOTIFICATIONS = {"StopCharging": "Terminate", "ReNegotiation": "ScheduleRenegotiation"}
"""What the words of ISO 15118-2 are in this protocol."""
_BODIES = tuple(f"{way}{mode}_DC_CLReqControlMode" for way in ("", "BPT_") for mode in ("Scheduled", "Dynamic"))


# Sessions and services


def _session_setup(turn: Turn) -> Content:
    code = "OK_OldSessionJoined" if turn.state.memory.get("joined") else "OK_NewSessionEstablished"
    return {"ResponseCode": code, **say.session_setup(turn.state.options.evse_id)}


def _authorization_setup(turn: Turn) -> Content:
    return say.authorization_setup()


def _authorization(turn: Turn) -> Content:
    return say.authorization(turn.processing(turn.waited_ns >= s(turn.state.options.authorization_s)))


def _offered(turn: Turn) -> Sequence[int]:
    options = turn.state.options
    own = (Service.MCS, Service.MCS_BPT) if options.mcs else ()
    every = (Service.DC, Service.DC_BPT, *own)
    return turn.told.energy_services or tuple(one for one in every if options.bidirectional or not one.is_bidirectional)


def _added(turn: Turn) -> list[int]:
    return [number for one in turn.told.added if isinstance(number := one.get("ServiceID"), int)]


def _service_discovery(turn: Turn) -> Content:
    return say.service_discovery(_offered(turn), renegotiation=turn.told.extra.get("renegotiation") is not False, extra=_added(turn))


def _service_detail(turn: Turn) -> Content:
    asked = turn.request.get("ServiceID")
    number = asked if isinstance(asked, int) else 0
    sets = say.default_sets(number, volts=round(turn.state.options.max_voltage_v))
    code: Content = {} if number in (*_offered(turn), *_added(turn)) else {"ResponseCode": "FAILED_ServiceIDInvalid"}
    return {**code, **say.service_detail(number, sets)}


def _select(turn: Turn) -> None:
    match turn.request.get("SelectedEnergyTransferService"):
        case {"ServiceID": int(number)} if number in _offered(turn):
            turn.state.memory["service"] = number
        case _:
            turn.refuse("FAILED_ServiceSelectionInvalid")


# Parameters and schedules


def _supply(turn: Turn) -> Supply:
    options, told = turn.state.options, turn.told
    return Supply(
        told.max_power_w,
        0.0,
        told.max_current_a,
        options.min_current_a,
        told.max_voltage_v,
        options.min_voltage_v,
        discharge_power_w=told.max_power_w,
        discharge_current_a=told.max_current_a,
    )


def _parameters(turn: Turn) -> Content:
    return say.charge_parameters(_supply(turn), bidirectional="BPT_DC_CPDReqEnergyTransferMode" in turn.request)


def _schedules(turn: Turn) -> Content:
    processing = turn.processing(turn.waited_ns >= s(turn.state.options.parameters_s))
    if "Dynamic_SEReqControlMode" in turn.request:
        return say.dynamic_schedule(processing)
    both = turn.state.memory.get("service") in (Service.DC_BPT, Service.MCS_BPT)
    return say.scheduled(
        processing,
        [_stretches(one) for one in turn.told.schedules],
        discharge_w=turn.told.max_power_w if both else None,
        price_levels=turn.state.options.price_levels,
    )


def _stretches(schedule: Schedule) -> list[tuple[int, float]]:
    starts = [start_s for start_s, _ in schedule.entries]
    ends = [*starts[1:], max(schedule.duration_s, starts[-1] + 1)]
    return [(end - start, power_w) for (start, power_w), end in zip(schedule.entries, ends, strict=True)]


# Energy


def _take_parameters(turn: Turn) -> None:
    check_parameters(turn)
    for name in ("DC_CPDReqEnergyTransferMode", "BPT_DC_CPDReqEnergyTransferMode"):
        limits = turn.request.get(name)
        if isinstance(limits, Mapping):
            with contextlib.suppress(RemoteProtocolError):
                turn.state.vehicle_max_v = number_of(limits.get("EVMaximumVoltage"))


def _cable_check(turn: Turn) -> Content:
    return say.cable_check(turn.processing(turn.state.is_isolated))


def _raise_voltage(turn: Turn) -> None:
    with contextlib.suppress(RemoteProtocolError):
        turn.state.output.precharge(turn.now_ns, number_of(turn.request.get("EVTargetVoltage")))


def _present_voltage(turn: Turn) -> Content:
    return say.present_voltage(turn.told.voltage_v)


def _progress(*words: str) -> Callable[[Mapping[str, object]], bool]:
    return lambda request: request.get("ChargeProgress") in words


def _start(turn: Turn) -> None:
    turn.state.is_charging = turn.request.get("EVProcessing") == "Finished"


def _stand_by(turn: Turn) -> None:
    if turn.told.extra.get("standby") is not False:
        turn.state.is_charging = False


def _delivered(turn: Turn) -> Content:
    return _status(turn)


def _standing_by(turn: Turn) -> Content:
    allowed = turn.told.extra.get("standby") is not False
    return _status(turn) if allowed else {"ResponseCode": "WARNING_StandbyNotAllowed", **_status(turn)}


def _status(turn: Turn) -> Content:
    told = turn.told
    if told.notification == "None":
        return {}
    return say.evse_status(_NOTIFICATIONS.get(told.notification, told.notification), told.notification_delay_s)


def _demand(turn: Turn) -> None:
    """Target values in scheduled mode; in dynamic mode as much as the vehicle permits."""
    body = next((turn.request[name] for name in _BODIES if name in turn.request), None)
    if not isinstance(body, Mapping):
        return
    with contextlib.suppress(RemoteProtocolError):
        if "EVTargetVoltage" in body:
            voltage, current = number_of(body["EVTargetVoltage"]), number_of(body.get("EVTargetCurrent"))
        else:
            voltage, power = number_of(body.get("EVMaximumVoltage")), number_of(body.get("EVMaximumChargePower"))
            present = max(turn.state.output.voltage_v, 1.0)
            current = min(number_of(body.get("EVMaximumChargeCurrent")), power / present)
        turn.state.output.follow(turn.now_ns, voltage, current)


def _charge_loop(turn: Turn) -> Content:
    told = turn.told
    current, voltage, power = turn.state.output.is_limited
    wants_meter = turn.request.get("MeterInfoRequested") is True or told.notification == "MeteringConfirmation"
    reading = Reading("precert", round(turn.state.output.energy_wh)) if wants_meter else None
    name = next((name for name in _BODIES if name in turn.request), _BODIES[0])
    return say.charge_loop(
        Output(told.voltage_v, told.current_a, power_limited=power, current_limited=current, voltage_limited=voltage),
        _supply(turn),
        dynamic="Dynamic" in name,
        bidirectional=name.startswith("BPT_"),
        status=_status(turn),
        reading=reading,
    )


def _new_services(turn: Turn) -> None:
    end_charging(turn)
    if turn.request.get("ChargingSession") == "ServiceRenegotiation" and turn.told.extra.get("renegotiation") is False:
        turn.refuse("FAILED_NoServiceRenegotiationSupported")


def _row(
    schema: str,
    payload_type: PayloadType,
    exchange: str,
    build: Callable[[Turn], Content],
    *successors: str,
    act: Callable[[Turn], None] = nothing,
    applies: Callable[[Mapping[str, object]], bool] = always,
    leave: tuple[str, ...] = (),
    timer: str = "sequence",
) -> Row:
    name = exchange.partition("_")[0] if exchange.startswith("PowerDelivery") else exchange
    return Row(exchange, f"{name}Req", f"{name}Res", schema, build, successors, act, applies, payload_type, leave, timer)


_common = partial(_row, "iso20_common", PayloadType.EXI_COMMON)
_dc = partial(_row, "iso20_dc", PayloadType.EXI_DC)

ISO_20_TABLE = Table(
    ISO_20,
    (
        _common("SessionSetup", _session_setup, "AuthorizationSetup", "DC_ChargeParameterDiscovery"),
        _common("AuthorizationSetup", _authorization_setup, "Authorization"),
        _common("Authorization", _authorization, "ServiceDiscovery"),
        _common("ServiceDiscovery", _service_discovery, "ServiceDetail"),
        _common("ServiceDetail", _service_detail, "ServiceDetail", "ServiceSelection"),
        _common("ServiceSelection", plain, "DC_ChargeParameterDiscovery", act=_select),
        _dc("DC_ChargeParameterDiscovery", _parameters, "ScheduleExchange", act=_take_parameters),
        _common("ScheduleExchange", _schedules, "DC_CableCheck", "PowerDelivery_start", *_STOP, leave=_STOP),
        _dc("DC_CableCheck", _cable_check, "DC_PreCharge", *_STOP, act=check_cable, leave=_STOP),
        _dc("DC_PreCharge", _present_voltage, "DC_PreCharge", "PowerDelivery_start", *_STOP, act=_raise_voltage),
        _common("PowerDelivery_start", _delivered, *_LOOP, applies=_progress("Start"), act=_start),
        _dc("DC_ChargeLoop", _charge_loop, *_LOOP, "MeteringConfirmation", act=_demand, timer="loop"),
        _common("PowerDelivery_standby", _standing_by, *_LOOP, applies=_progress("Standby"), act=_stand_by),
        _common("PowerDelivery_renegotiate", _delivered, "ScheduleExchange", *_STOP, applies=_progress("ScheduleRenegotiation")),
        _common("MeteringConfirmation", plain, *_LOOP),
        _common("PowerDelivery_stop", _delivered, "DC_WeldingDetection", applies=_progress("Stop"), act=end_charging),
        _dc("DC_WeldingDetection", _present_voltage, "DC_WeldingDetection", act=end_charging),
        _common("SessionStop", plain, "ServiceDiscovery", act=_new_services),
    ),
)
"""One row for each exchange."""
