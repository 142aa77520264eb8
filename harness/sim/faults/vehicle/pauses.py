"""Faults of the vehicle in a charge that goes as it should: pauses, derating, untrusted states, optional messages."""

from __future__ import annotations

from harness.core import Value, s
from harness.protocols.gbt27930.behaviour import Change, Deaf, Derive, Mistake, Moment, Payload, Period, Suppress, Values
from harness.protocols.gbt27930.vehicle import VehicleEvent
from harness.sim.faults.effects import longer, number, scaled, shorter
from harness.sim.faults.fault import Fault

__all__ = ["PAUSE_FAULTS"]

_FULL, _CST = VehicleEvent.FULL.value, VehicleEvent.CST.value
_OVER_CURRENT = VehicleEvent.OVER_CURRENT.value
_UNTRUSTED = 2
_BSM_STATES = ("cell_voltage_state", "soc_state", "over_current", "over_temp", "insulation", "connector")
_DERATED_A = 150.0


def _charger_pauses(moment: Moment) -> bool:
    if moment.last("CCS", "permitted") == 0:
        moment.marks.add("charger paused")
        return True
    return False


def _charger_has_paused(moment: Moment) -> bool:
    return _charger_pauses(moment) or "charger paused" in moment.marks


def _pause_is_long(values: Values, moment: Moment) -> bool:
    return values["permitted"] == 0 and moment.now_ns - moment.phase_since_ns > s(20)


def _is_derated(values: Values, moment: Moment) -> bool:
    """Less current than the charger can, and not because it ramps up at the beginning or pauses."""
    return values["permitted"] == 1 and abs(number(values["current_a"])) < _DERATED_A and moment.now_ns - moment.phase_since_ns > s(5)


def _all_untrusted(values: Values, moment: Moment) -> bool:
    return values["manual"] == _UNTRUSTED


def _for_ever(values: Values, moment: Moment) -> Values:
    """A pause of the vehicle that never ends."""
    if values["permitted"] == 0:
        moment.marks.add("vehicle paused")
    return {**values, "permitted": 0} if "vehicle paused" in moment.marks else values


def _with_fault(values: Values, moment: Moment) -> Values:
    return {**values, "insulation": 1} if values["permitted"] == 0 else values


def _noted(values: Values, moment: Moment) -> Values:
    (moment.marks.add if values["permitted"] == 0 else moment.marks.discard)("vehicle pauses")
    return values


def _demand(values: Values, moment: Moment) -> dict[str, Value]:
    return {**values, "current_a": moment.last("CML", "max_current_a")}


def _swapped_bytes(data: bytes) -> bytes:
    return bytes(byte for low in range(0, len(data), 2) for byte in reversed(data[low : low + 2]))


PAUSE_FAULTS = (
    # What a plain charge shows
    Fault("bcl_voltage_below_battery", "BCL demands half of the permitted voltage", (scaled("BCL", "voltage_v", 0.5),)),
    Fault("bsm_states_untrusted", "the states of BSM are never trusted", (Change("BSM", dict.fromkeys(_BSM_STATES[2:], _UNTRUSTED)),)),
    Fault(
        "bst_once_after_cst",
        "BST is sent once after CST",
        (Suppress("BST", lambda moment: moment.sent.get("BST", 0) >= 1 and "CST" in moment.heard),),
    ),
    # Pause of the charger
    Fault("bcl_stops_in_pause", "BCL is not sent while the charger pauses", (Suppress("BCL", _charger_pauses),)),
    Fault(
        "ends_long_pause_itself",
        "the vehicle ends charging when a pause of the charger takes long",
        (Mistake("CCS", _FULL, _pause_is_long),),
    ),
    Fault(
        "ccs_without_permission_refused",
        "CCS is ignored while it does not permit charging",
        (Deaf("CCS", lambda values, moment: values["permitted"] == 0),),
    ),
    Fault(
        "no_demand_after_pause",
        "BCL demands no current any more once the charger has paused",
        (Change("BCL", {"current_a": 0.0}, _charger_has_paused),),
    ),
    # Pause of the vehicle
    Fault("vehicle_pause_not_told", "BSM permits charging while the vehicle pauses", (Change("BSM", {"permitted": 1}),)),
    Fault("vehicle_pause_never_ends", "BSM forbids charging for ever once the vehicle has paused", (Derive("BSM", _for_ever),)),
    Fault("vehicle_pause_told_as_fault", "BSM tells a fault of the insulation while the vehicle pauses", (Derive("BSM", _with_fault),)),
    Fault(
        "own_pause_ends_the_charge",
        "the vehicle ends charging once it has announced a pause of its own",
        (Derive("BSM", _noted), Mistake("CCS", _FULL, lambda values, moment: "vehicle pauses" in moment.marks)),
    ),
    Fault(
        "bcl_stops_in_own_pause",
        "BCL is not sent while the vehicle pauses",
        (Derive("BSM", _noted), Suppress("BCL", lambda moment: "vehicle pauses" in moment.marks)),
    ),
    # Derating
    Fault("derating_taken_for_fault", "less current than demanded ends charging", (Mistake("CCS", _OVER_CURRENT, _is_derated),)),
    Fault("bcs_tells_the_demand", "BCS tells the current that the charger can instead of the one that flows", (Derive("BCS", _demand),)),
    # Untrusted states
    Fault(
        "untrusted_permission_ends_charge",
        "an untrusted permission in CCS ends charging",
        (Mistake("CCS", _FULL, lambda values, moment: values["permitted"] == _UNTRUSTED),),
    ),
    Fault(
        "untrusted_permission_taken_for_pause",
        "BCL demands no current while the permission of CCS is untrusted",
        (Change("BCL", {"current_a": 0.0}, lambda moment: moment.last("CCS", "permitted") == _UNTRUSTED),),
    ),
    Fault("untrusted_cst_followed", "a CST of untrusted states ends charging", (Mistake("CST", _CST, _all_untrusted),)),
    # Optional messages
    Fault("bmv_odd_length", "BMV has half a cell too many", (Payload("BMV", lambda data: data + b"\xff"),)),
    Fault("bmv_byte_order_swapped", "the cells of BMV have the high byte first", (Payload("BMV", _swapped_bytes),)),
    Fault("bmv_period_5s", "BMV comes every 5 s", (Period("BMV", s(5)),)),
    Fault(
        "bmt_offset_missing", "the temperatures of BMT lack their offset", (Payload("BMT", lambda data: bytes(byte - 50 for byte in data)),)
    ),
    Fault("bsp_length_15", "BSP has 15 bytes", (shorter("BSP", 15),)),
    Fault("bsp_length_20", "BSP has 20 bytes", (longer("BSP", 20),)),
    Fault(
        "refused_bmv_ends_charge",
        "charging ends when the charger refuses a transfer",
        (Mistake("TP.ABORT", _FULL, lambda values, moment: moment.phase == "CHARGING"),),
    ),
    Fault("bcl_stops_beside_bmv", "BCL is not sent while BMV is under way", (Suppress("BCL", lambda moment: "BMV" in moment.under_way),)),
)
"""Faults that show in an undisturbed charge (rows VP.3 of the catalogue)."""
