"""The requests of ISO 15118-20 out of the state of a vehicle: its options and its battery as plain quantities."""

from __future__ import annotations

from dataclasses import replace

from harness.protocols.iso15118.services import Service
from harness.protocols.iso15118.vehicle.iso20 import content
from harness.protocols.iso15118.vehicle.iso20.choice import wanted_services
from harness.protocols.iso15118.vehicle.iso20.content import Charge, Discharge, Energy, Loop
from harness.protocols.iso15118.vehicle.iso20.notes import Notes, notes_of
from harness.protocols.iso15118.vehicle.state import Content, State

__all__ = [
    "authorization",
    "charge_loop",
    "charge_parameters",
    "metering_confirmation",
    "nothing",
    "power_delivery",
    "pre_charge",
    "schedule_exchange",
    "service_detail",
    "service_discovery",
    "service_selection",
    "session_setup",
    "session_stop",
    "welding_detection",
]

_PROGRESS = {
    "PowerDelivery_start": "Start",
    "PowerDelivery_stop": "Stop",
    "PowerDelivery_renegotiate": "ScheduleRenegotiation",
    "PowerDelivery_standby": "Standby",
}


def nothing(state: State) -> Content:
    """A request that holds its header only."""
    return {}


def session_setup(state: State) -> Content:
    """Who the vehicle is."""
    return content.session_setup(state.options.evcc_id_20)


def authorization(state: State) -> Content:
    """By external means."""
    return content.authorization()


def service_discovery(state: State) -> Content:
    """Every service that the truck can use."""
    options = state.options
    return content.service_discovery(wanted_services(options.inlet, bidirectional=options.bidirectional, falls_back=options.dc_on_mcs))


def service_detail(state: State) -> Content:
    """About the service that was chosen."""
    return content.service_detail(notes_of(state).service)


def service_selection(state: State) -> Content:
    """Service and parameter set."""
    notes = notes_of(state)
    return content.service_selection(notes.service, notes.set_number)


def charge_parameters(state: State) -> Content:
    """What the battery takes."""
    return content.charge_parameters(_charge(state), _discharge(state), state.options.target_soc_pct)


def schedule_exchange(state: State) -> Content:
    """How much until when."""
    options, notes = state.options, notes_of(state)
    back = (options.discharge_wh, 0.0) if notes.is_bidirectional else None
    return content.schedule_exchange(
        _energy(state), dynamic=notes.is_dynamic, departure_s=options.departure_s, target_soc_pct=options.target_soc_pct, v2x=back
    )


def pre_charge(state: State) -> Content:
    """Ongoing until a response told the voltage of the battery, then Finished."""
    notes = notes_of(state)
    notes.told_ready = state.count > 1 and state.is_precharged()
    present_v = state.plant.inlet_v if state.plant.inlet_v is not None else state.present_v
    return content.pre_charge(present_v=present_v, target_v=state.target_v, is_ready=notes.told_ready)


def power_delivery(state: State) -> Content:
    """By the exchange: begin, stand by, agree anew, or end."""
    progress, notes = _PROGRESS[state.exchange], notes_of(state)
    if progress != "Start":
        return content.power_delivery(progress)
    notes.told_ready = state.now_ns - state.since_ns >= state.options.profile_s * 1_000_000_000
    profile = _profile(state, notes) if notes.told_ready else None
    return content.power_delivery(progress, is_ready=notes.told_ready, profile=profile, bidirectional=notes.is_bidirectional)


def _profile(state: State, notes: Notes) -> Content:
    """As much of the schedule as the truck can use; without a schedule its own limit until it leaves."""
    most_w = _most_w(state)
    if notes.schedule is None:
        return content.power_profile([(state.options.departure_s, most_w)], schedule=None, anchor_s=state.clock_s)
    stretches = [(duration, min(power_w, most_w)) for duration, power_w in notes.schedule.stretches]
    return content.power_profile(stretches, schedule=notes.schedule.number, anchor_s=state.clock_s)


def _most_w(state: State) -> float:
    offered = state.limits.max_power_w
    return state.options.max_power_w if offered is None else min(state.options.max_power_w, offered)


def charge_loop(state: State) -> Content:
    """Target values in scheduled mode; in dynamic mode limits, within which the station chooses."""
    notes, options = notes_of(state), state.options
    charge = _charge(state)
    if notes.is_dynamic:
        most_w = min(charge.max_power_w, state.target_a * max(state.target_v, state.present_v))
        charge = replace(charge, max_current_a=state.target_a, max_power_w=most_w, min_power_w=min(charge.min_power_w, most_w))
    loop = Loop(
        charge,
        _energy(state),
        present_v=state.plant.inlet_v if state.plant.inlet_v is not None else state.present_v,
        target_v=state.target_v,
        target_a=state.target_a,
        soc_pct=state.soc_pct,
        target_soc_pct=options.target_soc_pct,
        is_complete=state.is_full,
        discharge=_discharge(state),
        departure_s=options.departure_s if notes.is_dynamic else None,
    )
    return content.charge_loop(loop, dynamic=notes.is_dynamic)


def metering_confirmation(state: State) -> Content:
    """The reading that the station told last."""
    notes = notes_of(state)
    number = None if notes.schedule is None else notes.schedule.number
    meter = notes.meter or {"MeterID": "", "ChargedEnergyReadingWh": 0}
    return content.metering_confirmation(state.session_id, meter, schedule=number)


def welding_detection(state: State) -> Content:
    """Finished in the last request: once the voltage is down, or patience at its end."""
    notes = notes_of(state)
    notes.told_ready = state.count > 1 and not (notes.is_live and notes.is_patient)
    return content.welding_detection(is_ready=notes.told_ready)


def session_stop(state: State) -> Content:
    """How the session ends, and why if something was wrong."""
    notes = notes_of(state)
    explanation = f"voltage at the inlet stays at {state.present_v:.0f} V" if notes.is_live else ""
    return content.session_stop(state.ending, "contactor welded" if notes.is_live else "", explanation)


def _charge(state: State) -> Charge:
    options = state.options
    return Charge(
        options.max_power_w,
        options.min_power_w,
        options.max_current_a,
        options.min_current_a,
        options.max_voltage_v,
        options.min_voltage_v,
    )


def _discharge(state: State) -> Discharge | None:
    if not notes_of(state).is_bidirectional:
        return None
    return Discharge(state.options.discharge_power_w, 0.0, state.options.discharge_current_a, 0.0)


def _energy(state: State) -> Energy:
    options = state.options
    target_wh = options.capacity_wh * max(0.0, options.target_soc_pct - state.plant.soc_pct) / 100
    room_wh = options.capacity_wh * max(0.0, 100 - state.plant.soc_pct) / 100
    given_wh = options.discharge_wh if Service(notes_of(state).service).is_bidirectional else 0.0
    return Energy(target_wh, room_wh, -given_wh)
