"""Faults of the vehicle when the charger's part of the charge is disturbed: CCS missing or odd, errors, noise, a dead bus."""

from __future__ import annotations

from dataclasses import replace

from harness.core import Frame, Value, ms, s
from harness.protocols.gbt27930.behaviour import (
    Change,
    Deaf,
    Delay,
    Derive,
    Hinder,
    Leads,
    Lenient,
    Mishear,
    Misread,
    Mistake,
    Moment,
    OptionEffect,
    Rearm,
    Refrain,
    Suppress,
    TimerEffect,
    TransportTime,
    Values,
)
from harness.protocols.gbt27930.messages import MESSAGES
from harness.protocols.gbt27930.vehicle import VehicleEvent
from harness.sim.faults.effects import linger, number
from harness.sim.faults.fault import Fault

__all__ = ["DISTURBANCE_FAULTS"]

_OVER_VOLTAGE, _OVER_CURRENT = VehicleEvent.OVER_VOLTAGE.value, VehicleEvent.OVER_CURRENT.value
_FULL, _CRM00 = VehicleEvent.FULL.value, VehicleEvent.CRM00.value
_LONGEST_MIN = 600
_SIGNED_V = 3276.7


def _charging(moment: Moment) -> bool:
    return moment.phase == "CHARGING"


def _charged(moment: Moment) -> bool:
    return "CCS" in moment.heard


def _ccs_was_missed(moment: Moment) -> bool:
    """CCS stayed away for a while since the charge began, and may be back."""
    if _charging(moment) and moment.age_ns("CCS") > ms(300):
        moment.marks.add("CCS missed")
    return "CCS missed" in moment.marks


def _short_for_a_second(values: Values, moment: Moment) -> bool:
    """CCS of 6 bytes has come for a second; asked for each CCS."""
    if values["permitted"] is not None:
        return False
    began_ns = next((int(mark.partition("@")[2]) for mark in moment.marks if mark.startswith("short CCS@")), moment.now_ns)
    moment.marks.add(f"short CCS@{began_ns}")
    return moment.now_ns - began_ns > s(1)


def _lower_after_bus_off(values: Values, moment: Moment) -> Values:
    share = 0.9 if _ccs_was_missed(moment) else 1.0
    return {**values, "current_a": round(number(values["current_a"]) * share, 1)}


def _was_reconnected(moment: Moment) -> bool:
    """Asked with each reconnect: not the first one from charging."""
    known = "reconnected" in moment.marks
    if _charged(moment):
        moment.marks.add("reconnected")
    return known


def _ccs_of_6(moment: Moment) -> bool:
    return _charged(moment) and moment.last("CCS", "permitted") is None


def _deaf_to_ccs_of_7(frame: Frame) -> Frame:
    """Without its last bytes it is no CCS of any edition."""
    is_it = frame.can_id == MESSAGES["CCS"].can_id and len(frame.data) == 7
    return replace(frame, data=frame.data[:5]) if is_it else frame


def _told_as(meant: str, told: str) -> Derive:
    """BST tells *told* in the place of *meant*."""

    def make(values: Values, moment: Moment) -> dict[str, Value]:
        return {**values, meant: 0, told: 1} if values[meant] else dict(values)

    return Derive("BST", make)


def _read_signed(values: Values, moment: Moment) -> Values:
    voltage_v = number(values["voltage_v"])
    return {**values, "voltage_v": voltage_v - 2 * (_SIGNED_V + 0.1)} if voltage_v > _SIGNED_V else values


def _without_cap(values: Values, moment: Moment) -> Values:
    return {**values, "remaining_min": 5 * _LONGEST_MIN} if values["remaining_min"] == _LONGEST_MIN else values


DISTURBANCE_FAULTS = (
    # The first CCS
    Fault("first_ccs_never_missed", "no BEM although CCS never begins", (TimerEffect("TB6a", None),)),
    Fault("first_ccs_missed_after_8s", "BEM 8 s after CRO(AA) without CCS", (TimerEffect("TB6a", s(8)),)),
    Fault("first_ccs_missed_after_half_a_second", "BEM 0.5 s after CRO(AA) without CCS", (TimerEffect("TB6a", ms(500)),)),
    Fault(
        "missing_first_ccs_told_as_csd",
        "a CCS that never begins is reported as missing CSD",
        (Change("BEM", {"timeout_cro": 0, "timeout_csd": 1}, lambda moment: "BCL" in moment.sent and not _charged(moment)),),
    ),
    # CCS later on
    Fault("ccs_timeout_600ms", "missing CCS is noticed after 0.6 s", (TimerEffect("TB6", ms(600)),)),
    Fault("ccs_timeout_150ms", "missing CCS is noticed after 0.15 s", (TimerEffect("TB6", ms(150)),)),
    Fault("cml_counts_as_ccs", "CML keeps the watch for CCS quiet", (Rearm("TB6", "CML"),)),
    Fault("bcl_only_beside_ccs", "BCL waits for CCS", (Suppress("BCL", lambda moment: moment.age_ns("CCS") > ms(75)),)),
    Fault("refuses_ccs_of_7", "CCS of 7 bytes is ignored", (Mishear(_deaf_to_ccs_of_7),)),
    Fault(
        "ccs_of_6_counts_for_a_second",
        "CCS of 6 bytes is taken for received for a second, then for missing",
        (Lenient("CCS"), Deaf("CCS", _short_for_a_second)),
    ),
    Fault(
        "ccs_of_6_taken_for_timeout",
        "a CCS of 6 bytes is reported as missing at once",
        (Lenient("CCS"), Mistake("CCS", VehicleEvent.TB6.value, lambda values, moment: values["permitted"] is None)),
    ),
    Fault(
        "locks_up_after_ccs_of_6",
        "after CCS of 6 bytes the BMS does not start anew when it is unplugged",
        (Lenient("CCS"), Refrain("reset", _ccs_of_6)),
    ),
    # Values of CCS
    Fault("over_voltage_ignored", "charging goes on although CCS tells too much voltage", (Leads("CHARGING", _OVER_VOLTAGE, None),)),
    Fault("over_voltage_from_20_percent", "too much voltage is noticed from 20 % on", (OptionEffect("over_voltage_share", 1.2),)),
    Fault("over_voltage_after_3s", "too much voltage is noticed after 3 s", (OptionEffect("over_voltage_s", 3.0),)),
    Fault(
        "over_voltage_told_as_insulation",
        "BST tells too much voltage as a fault of the insulation",
        (_told_as("voltage_error", "insulation_fault"),),
    ),
    Fault("over_current_ignored", "charging goes on although CCS tells too much current", (Leads("CHARGING", _OVER_CURRENT, None),)),
    Fault("over_current_after_8s", "too much current is noticed after 8 s", (OptionEffect("over_current_s", 8.0),)),
    Fault(
        "over_current_told_as_voltage", "BST tells too much current as wrong voltage", (_told_as("over_current_error", "voltage_error"),)
    ),
    Fault("ccs_voltage_read_signed", "the voltage of CCS is read as a signed number", (Misread("CCS", _read_signed),)),
    Fault("ccs_without_voltage_refused", "CCS of 0 V is ignored", (Deaf("CCS", lambda values, moment: values["voltage_v"] == 0),)),
    Fault(
        "ccs_time_above_600_refused",
        "CCS is ignored when its time is above 600 min",
        (Deaf("CCS", lambda values, moment: number(values["elapsed_min"]) > _LONGEST_MIN),),
    ),
    Fault(
        "ends_charge_at_600_min",
        "the vehicle ends charging when CCS tells 600 min",
        (Mistake("CCS", _FULL, lambda values, moment: values["elapsed_min"] == _LONGEST_MIN),),
    ),
    Fault("bcs_remaining_above_600", "BCS tells more than 600 min remaining time", (Derive("BCS", _without_cap),)),
    # Errors and reconnects
    Fault(
        "bcl_waits_for_bcs", "BCL is not sent while BCS waits for a grant", (Suppress("BCL", lambda moment: "BCS" in moment.unanswered),)
    ),
    Fault(
        "bcs_not_announced_anew",
        "BCS that nobody grants is announced again after 5 s only, long after its transfer timed out",
        (Refrain("announce_anew", _charging), TransportTime("t3_ns", s(5))),
    ),
    Fault("cem_ignored_while_charging", "CEM is ignored while charging", (Deaf("CEM", lambda values, moment: _charging(moment)),)),
    Fault("bcl_continues_after_cem", "BCL goes on after CEM", (linger("BCL", "SUSPENDED"),)),
    Fault(
        "contactors_stay_closed_after_cem",
        "the contactors do not open after CEM",
        (Refrain("open_contactors", lambda moment: moment.phase == "SUSPENDED"),),
    ),
    Fault(
        "waits_5s_after_cem",
        "a reconnect is refused from 5 s after CEM on",
        (TimerEffect("TB9", s(5), lambda moment: moment.phase == "SUSPENDED" and _charged(moment)),),
    ),
    Fault("no_reconnect_after_ccs_timeout", "a reconnect after a missing CCS is refused", (Leads("ERROR", _CRM00, None, _charged),)),
    Fault(
        "skips_brm_after_ccs_timeout", "a reconnect after a missing CCS goes on with BCP", (Leads("ERROR", _CRM00, "PARAMETERS", _charged),)
    ),
    Fault(
        "second_reconnect_from_charging_refused",
        "the second reconnect is refused once a charge had begun",
        (Leads("ERROR", _CRM00, None, _was_reconnected),),
    ),
    Fault(
        "no_demand_after_reconnect",
        "BCL demands no current after a reconnect from charging",
        (Change("BCL", {"current_a": 0.0}, lambda moment: "BEM" in moment.sent and _charged(moment)),),
    ),
    # A dead or a busy bus
    Fault(
        "silent_after_bus_off",
        "BCL, BCS and BSM stay away once CCS was missing for 0.3 s",
        tuple(Suppress(name, _ccs_was_missed) for name in ("BCL", "BCS", "BSM")),
    ),
    Fault(
        "false_data_after_bus_off", "BCS tells 0 V once CCS was missing for 0.3 s", (Change("BCS", {"voltage_v": 0.0}, _ccs_was_missed),)
    ),
    Fault(
        "demand_10_percent_lower_after_bus_off",
        "BCL demands 10 % less current once CCS was missing for 0.3 s",
        (Derive("BCL", _lower_after_bus_off),),
    ),
    Fault(
        "bem_ends_within_2s",
        "BEM of a missing CCS is given up after 1.5 s",
        (Suppress("BEM", lambda moment: _charged(moment) and moment.now_ns - moment.phase_since_ns > ms(1500)),),
    ),
    Fault("foreign_traffic_slows_bcl", "every foreign frame puts BCL off by 0.4 ms", (Hinder("BCL", 400_000),)),
    Fault("foreign_traffic_slows_bsm", "every foreign frame puts BSM off by 0.4 ms", (Hinder("BSM", 400_000),)),
    Fault(
        "bst_waits_for_bmv", "BST begins 0.4 s late if BMV is under way", (Delay("BST", ms(400), lambda moment: "BMV" in moment.under_way),)
    ),
    Fault("bmv_dropped_at_the_end", "a transfer of BMV is left open when charging ends", (Refrain("finish_transfers", _charging),)),
)
"""Faults that show when the charge is disturbed (rows VN.3 and VB.3 of the catalogue)."""
