"""The states of a vehicle that speaks ISO 15118-2: direct current, external identification."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from harness.core.durations import s
from harness.protocols.iso15118.editions import ISO_2
from harness.protocols.iso15118.physical import physical, quantity_of
from harness.protocols.iso15118.vehicle.reading import (
    child,
    follow_cable_check,
    follow_loop,
    follow_pre_charge,
    follow_processing,
    follow_session_setup,
    follow_welding,
    heed,
    items,
    number_in,
    read_limits,
    unusable,
)
from harness.protocols.iso15118.vehicle.state import Content, State
from harness.protocols.iso15118.vehicle.table import Done, Go, Leave, Move, Needs, Row, Table

__all__ = ["ISO_2_TABLE"]

_SERVICE, _MODE, _DETAILS = "charge service", "energy transfer mode", "services to be asked for"
_TUPLE, _METER = "schedule tuple", "meter reading"
_MODES = ("DC_extended", "DC_core")
"""Energy transfer modes that a CCS2 inlet can use, the better one first."""
_PROFILE_ENTRIES = 24
"""A charging profile has no more entries."""
_READY = ("CableCheck", "PreCharge", "PowerDelivery_start", "CurrentDemand")


def _status(state: State) -> Content:
    return {"EVReady": state.exchange in _READY, "EVErrorCode": "NO_ERROR", "EVRESSSOC": state.soc_pct}


# Requests


def _session_setup(state: State) -> Content:
    return {"EVCCID": bytes.fromhex(state.options.evcc_id)}


def _nothing(state: State) -> Content:
    return {}


def _service_detail(state: State) -> Content:
    return {"ServiceID": next(iter(_asked(state)), 1)}


def _selection(state: State) -> Content:
    chosen = {"ServiceID": state.notes.get(_SERVICE, 1)}
    return {"SelectedPaymentOption": "ExternalPayment", "SelectedServiceList": {"SelectedService": [chosen]}}


def _charge_parameters(state: State) -> Content:
    options = state.options
    parameter: Content = {
        "DepartureTime": options.departure_s,
        "DC_EVStatus": _status(state),
        "EVMaximumCurrentLimit": physical(options.max_current_a, "A"),
        "EVMaximumPowerLimit": physical(options.max_power_w, "W"),
        "EVMaximumVoltageLimit": physical(options.max_voltage_v, "V"),
        "EVEnergyCapacity": physical(options.capacity_wh, "Wh"),
        "EVEnergyRequest": physical(options.capacity_wh * max(0.0, options.target_soc_pct - state.soc_pct) / 100, "Wh"),
        "FullSOC": round(options.target_soc_pct),
    }
    return {"RequestedEnergyTransferMode": state.notes.get(_MODE, _MODES[0]), "DC_EVChargeParameter": parameter}


def _status_only(state: State) -> Content:
    return {"DC_EVStatus": _status(state)}


def _pre_charge(state: State) -> Content:
    return {
        "DC_EVStatus": _status(state),
        "EVTargetVoltage": physical(state.target_v, "V"),
        "EVTargetCurrent": physical(state.options.pre_charge_a, "A"),
    }


def _power_delivery(state: State) -> Content:
    progress = {"PowerDelivery_start": "Start", "PowerDelivery_stop": "Stop"}.get(state.exchange, "Renegotiate")
    content: dict[str, object] = {"ChargeProgress": progress, "SAScheduleTupleID": state.notes.get(_TUPLE, 1)}
    if progress == "Start" and state.schedule:
        content["ChargingProfile"] = {"ProfileEntry": list(_profile(state))}
    content["DC_EVPowerDeliveryParameter"] = {
        "DC_EVStatus": _status(state),
        "BulkChargingComplete": False,
        "ChargingComplete": state.is_full,
    }
    return content


def _profile(state: State) -> Iterator[Content]:
    """What the vehicle plans to take: no more than the schedule grants, in as few entries as a profile may have."""
    entries = list(state.schedule[:_PROFILE_ENTRIES])
    beyond = state.schedule[_PROFILE_ENTRIES:]
    if beyond:
        start_s, power_w = entries[-1]
        entries[-1] = (start_s, min(power_w, *(one for _, one in beyond)))
    for start_s, power_w in entries:
        # Rounded down: a plan above what is granted would be refused.
        planned_w = min(power_w, state.options.max_power_w) // 100 * 100
        yield {"ChargingProfileEntryStart": start_s, "ChargingProfileEntryMaxPower": physical(planned_w, "W", decimals=0)}


def _current_demand(state: State) -> Content:
    options = state.options
    return {
        "DC_EVStatus": _status(state),
        "EVTargetCurrent": physical(state.target_a, "A"),
        "EVMaximumVoltageLimit": physical(options.max_voltage_v, "V"),
        "EVMaximumCurrentLimit": physical(options.max_current_a, "A"),
        "EVMaximumPowerLimit": physical(options.max_power_w, "W"),
        "BulkChargingComplete": False,
        "ChargingComplete": state.is_full,
        "EVTargetVoltage": physical(state.target_v, "V"),
    }


def _metering_receipt(state: State) -> Content:
    meter = state.notes.get(_METER)
    reading = meter if isinstance(meter, dict) else {"MeterID": ""}
    return {"SessionID": state.session_id, "SAScheduleTupleID": state.notes.get(_TUPLE, 1), "MeterInfo": reading}


def _session_stop(state: State) -> Content:
    return {"ChargingSession": state.ending}


# Responses


def _after_session_setup(state: State, content: Content) -> Move:
    # A paused session that goes on repeats the whole sequence with the same selections [V2G2-740], [V2G2-741].
    return follow_session_setup(state, content, Go("ServiceDiscovery"), Go("ServiceDiscovery"))


def _after_service_discovery(state: State, content: Content) -> Move:
    service = child(content, "ChargeService")
    offered = items(child(service, "SupportedEnergyTransferMode"), "EnergyTransferMode")
    mode = next((mode for mode in _MODES if mode in offered), None)
    if mode is None:
        return Leave(f"none of the energy transfer modes {', '.join(map(str, offered))} is of use")
    if "ExternalPayment" not in items(child(content, "PaymentOptionList"), "PaymentOption"):
        return Leave("no external payment")
    state.notes[_SERVICE], state.notes[_MODE] = number_in(service, "ServiceID"), mode
    listed = content.get("ServiceList")
    others = items(listed, "Service") if isinstance(listed, dict) and state.options.asks_details else []
    state.notes[_DETAILS] = [number_in(one, "ServiceID") for one in others if isinstance(one, dict)]
    return _next_detail(state)


def _asked(state: State) -> list[int]:
    """The services whose details are still to be asked for."""
    found = state.notes.get(_DETAILS)
    return found if isinstance(found, list) else []


def _next_detail(state: State) -> Move:
    return Go("ServiceDetail" if _asked(state) else "PaymentServiceSelection")


def _after_service_detail(state: State, content: Content) -> Move:
    del _asked(state)[:1]
    return _next_detail(state)


def _after_selection(state: State, content: Content) -> Move:
    return Go("Authorization")


def _after_authorization(state: State, content: Content) -> Move:
    return follow_processing(content, Go("ChargeParameterDiscovery"))


def _after_parameters(state: State, content: Content) -> Move:
    parameter = child(content, "DC_EVSEChargeParameter")
    left = heed(state, child(parameter, "DC_EVSEStatus"))
    read_limits(state, parameter)
    move = left or follow_processing(content, unusable(state) or Go("CableCheck"))
    if isinstance(move, Go):
        _take_schedule(state, content.get("SAScheduleList"))
    return move


def _take_schedule(state: State, listed: object) -> None:
    """Choose the tuple that grants most on the whole, the first of equal ones."""
    tuples = [one for one in items(listed, "SAScheduleTuple") if isinstance(one, dict)] if isinstance(listed, dict) else []
    plans = [(number_in(one, "SAScheduleTupleID"), tuple(_granted(child(one, "PMaxSchedule")))) for one in tuples]
    if not plans:
        state.schedule = ()
        return
    number, state.schedule = max(plans, key=lambda plan: _energy(plan[1]))
    state.notes[_TUPLE], state.schedule_ns = number, state.now_ns


def _granted(schedule: Content) -> Iterator[tuple[int, float]]:
    for entry in items(schedule, "PMaxScheduleEntry"):
        if isinstance(entry, dict):
            yield number_in(child(entry, "RelativeTimeInterval"), "start"), quantity_of(entry.get("PMax"))


def _energy(plan: tuple[tuple[int, float], ...]) -> float:
    """Energy of *plan* up to its last entry, which counts for an hour."""
    ends = [*(start_s for start_s, _ in plan[1:]), plan[-1][0] + 3_600]
    return sum((end_s - start_s) * power_w for (start_s, power_w), end_s in zip(plan, ends, strict=True))


def _after_start(state: State, content: Content) -> Move:
    return heed(state, child(content, "DC_EVSEStatus")) or Go("CurrentDemand")


def _after_demand(state: State, content: Content) -> Move:
    state.notes[_METER] = content.get("MeterInfo")
    # A receipt belongs to a contract: without one the station's wish for it means nothing [V2G2-691].
    return follow_loop(state, content)


def _after_receipt(state: State, content: Content) -> Move:
    return heed(state, child(content, "DC_EVSEStatus")) or Go("CurrentDemand")


def _after_stop(state: State, content: Content) -> Move:
    return Go("WeldingDetection" if state.options.welding_detection else "SessionStop")


def _after_renegotiate(state: State, content: Content) -> Move:
    return Go("ChargeParameterDiscovery")


def _after_session_stop(state: State, content: Content) -> Move:
    return Done()


def _row(
    name: str,
    build: Callable[[State], Content],
    follow: Callable[[State, Content], Move],
    timeout_s: float,
    *,
    message: str = "",
    loop: str = "",
    needs: Needs = Needs.NOTHING,
    then: str = "",
) -> Row:
    message = message or name
    energy = name == "CurrentDemand"
    return Row(
        name, f"{message}Req", f"{message}Res", "iso2", build, follow, s(timeout_s), loop=loop, needs=needs, then=then, is_energy=energy
    )


_ROWS = (
    _row("SessionSetup", _session_setup, _after_session_setup, 2),
    _row("ServiceDiscovery", _nothing, _after_service_discovery, 2, then="PaymentServiceSelection"),
    _row("ServiceDetail", _service_detail, _after_service_detail, 5),
    _row("PaymentServiceSelection", _selection, _after_selection, 2),
    _row("Authorization", _nothing, _after_authorization, 2),
    _row("ChargeParameterDiscovery", _charge_parameters, _after_parameters, 2),
    _row("CableCheck", _status_only, follow_cable_check, 2, loop="cable_check", needs=Needs.READY),
    _row("PreCharge", _pre_charge, follow_pre_charge, 2, loop="pre_charge", needs=Needs.READY),
    _row("PowerDelivery_start", _power_delivery, _after_start, 5, message="PowerDelivery", needs=Needs.CLOSED),
    _row("CurrentDemand", _current_demand, _after_demand, 0.25),
    _row("MeteringReceipt", _metering_receipt, _after_receipt, 2, then="CurrentDemand"),
    _row("PowerDelivery_stop", _power_delivery, _after_stop, 5, message="PowerDelivery", then="WeldingDetection"),
    _row(
        "PowerDelivery_renegotiate",
        _power_delivery,
        _after_renegotiate,
        5,
        message="PowerDelivery",
        needs=Needs.OPEN,
        then="ChargeParameterDiscovery",
    ),
    _row("WeldingDetection", _status_only, follow_welding, 2, needs=Needs.IDLE),
    _row("SessionStop", _session_stop, _after_session_stop, 2, needs=Needs.IDLE),
)

ISO_2_TABLE = Table(
    edition=ISO_2,
    rows={row.exchange: row for row in _ROWS},
    loops_ns={"cable_check": s(40), "pre_charge": s(7)},
    powered=frozenset(("CableCheck", "PreCharge", "PowerDelivery_start", "CurrentDemand", "MeteringReceipt")),
    ending=frozenset(("PowerDelivery_stop", "WeldingDetection", "SessionStop")),
    renegotiate="PowerDelivery_renegotiate",
)
