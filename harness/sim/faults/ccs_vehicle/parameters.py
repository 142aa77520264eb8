"""Faults of the vehicle in charge parameters and schedules."""

from __future__ import annotations

from collections.abc import Sequence

from harness.protocols.iso15118.behaviour import Change, Content, Leads, Misread, Moment, OptionEffect, Overlook, changed, leaf
from harness.sim.faults.ccs_vehicle.effects import LOOPS, altered, number, reads, told
from harness.sim.faults.ccs_vehicle.fault import Fault

__all__ = ["PARAMETERS_FAULTS"]

_NS_PER_S = 1_000_000_000
_BOTH = ("ChargeParameterDiscovery", "DC_ChargeParameterDiscovery")
_OWN = "DC_EVChargeParameter"
_OWN_20 = "DC_CPDReqEnergyTransferMode"
_ENTRIES = "SAScheduleList.SAScheduleTuple.0.PMaxSchedule.PMaxScheduleEntry"
_MANY = 12
_HIGH_V = 1000


def _entries(moment: Moment) -> Sequence[object]:
    found = told(moment, "ChargeParameterDiscovery", _ENTRIES)
    return found if isinstance(found, list) else []


def _begins_without_power(moment: Moment) -> bool:
    entries = _entries(moment)
    first = entries[0] if entries else None
    return isinstance(first, dict) and number(leaf(first, "PMax")) == 0


def _is_over(moment: Moment) -> bool:
    """The last entry of the schedule has passed, counted from the first request of the energy loop."""
    entries = _entries(moment)
    last = entries[-1] if entries else None
    if not isinstance(last, dict) or moment.exchange not in LOOPS:
        return False
    start, duration = leaf(last, "RelativeTimeInterval.start"), leaf(last, "RelativeTimeInterval.duration")
    return isinstance(start, int) and isinstance(duration, int) and moment.lasted_ns >= (start + duration) * _NS_PER_S


def _plenty(content: Content, moment: Moment) -> Content:
    """A station that reaches every battery."""
    path = "DC_EVSEChargeParameter.EVSEMaximumVoltageLimit"
    if leaf(content, path) is not None:
        return changed(content, {path: _HIGH_V})
    path = "DC_CPDResEnergyTransferMode.EVSEMaximumVoltage"
    return changed(content, {path: _HIGH_V}) if leaf(content, path) is not None else content


PARAMETERS_FAULTS = (
    Fault(
        "tells_current_zero",
        "the maximum current of the vehicle is told as 0 A",
        (
            Change(_BOTH[0], {f"{_OWN}.EVMaximumCurrentLimit": 0}),
            Change(_BOTH[1], {f"{_OWN_20}.EVMaximumChargeCurrent": 0}),
        ),
    ),
    Fault(
        "tells_voltage_above_inlet",
        "the maximum voltage of the vehicle is told as 1200 V",
        (
            Change(_BOTH[0], {f"{_OWN}.EVMaximumVoltageLimit": 1200}),
            Change(_BOTH[1], {f"{_OWN_20}.EVMaximumVoltage": 1200}),
        ),
    ),
    Fault(
        "tells_soc_above_100",
        "the state of charge is told as 101 %",
        (Change(_BOTH[0], {f"{_OWN}.DC_EVStatus.EVRESSSOC": 101}), Change(_BOTH[1], {f"{_OWN_20}.TargetSOC": 101})),
    ),
    Fault(
        "asks_for_ac",
        "the vehicle asks for alternating current",
        (
            Change(_BOTH[0], {"RequestedEnergyTransferMode": "AC_three_phase_core"}, lambda moment: moment.edition == "iso15118-2"),
            Change(_BOTH[0], {"EVRequestedEnergyTransferType": "AC_three_phase_core"}, lambda moment: moment.edition == "din70121"),
        ),
    ),
    Fault(
        "ignores_the_limits_of_the_station",
        "the vehicle goes on whatever the station can do",
        tuple(Overlook("parameters", exchange) for exchange in _BOTH),
    ),
    Fault("accepts_too_little_current", "the vehicle goes on with a station of hardly any current", (OptionEffect("min_current_a", 0.0),)),
    Fault(
        "accepts_too_little_voltage",
        "the vehicle goes on with a station that does not reach its battery",
        tuple(Misread(exchange, _plenty) for exchange in _BOTH),
    ),
    Fault(
        "accepts_wrong_mode",
        "FAILED_WrongEnergyTransferMode is taken for OK",
        (reads(_BOTH[0], "ResponseCode", "FAILED_WrongEnergyTransferMode", "OK"),),
    ),
    Fault(
        "profile_above_the_schedule",
        "the charging profile begins with half as much power again as the schedule grants",
        (altered("PowerDelivery_start", "ChargingProfile.ProfileEntry.0.ChargingProfileEntryMaxPower", lambda power, moment: power * 1.5),),
    ),
    Fault(
        "refuses_long_schedules",
        "the vehicle leaves when a schedule has more than 12 entries",
        (Leads(_BOTH[0], "leave", lambda moment: len(_entries(moment)) > _MANY),),
    ),
    Fault(
        "names_a_schedule_not_offered",
        "PowerDeliveryReq names a schedule that was not offered",
        (Change("PowerDelivery_start", {"SAScheduleTupleID": 99}, lambda moment: moment.edition == "iso15118-2"),),
    ),
    Fault(
        "asks_for_current_without_power",
        "the vehicle asks for current while the schedule grants no power",
        (altered("CurrentDemand", "EVTargetCurrent", lambda amps, moment: 100.0 if amps == 0 and not moment.reason else amps),),
    ),
    Fault(
        "ends_without_power",
        "the vehicle ends the session when the schedule begins without power",
        (Leads("CurrentDemand", "end", _begins_without_power),),
    ),
    Fault(
        "never_begins_after_no_power",
        "a vehicle whose schedule began without power never asks for current",
        (altered("CurrentDemand", "EVTargetCurrent", lambda amps, moment: 0.0 if _begins_without_power(moment) else amps),),
    ),
    Fault(
        "ends_with_the_schedule",
        "the vehicle ends charging when its schedule is over",
        (Leads("CurrentDemand", "end", _is_over),),
    ),
    Fault(
        "idles_after_the_schedule",
        "the vehicle asks for no more current when its schedule is over",
        (altered("CurrentDemand", "EVTargetCurrent", lambda amps, moment: 0.0 if _is_over(moment) else amps),),
    ),
)
