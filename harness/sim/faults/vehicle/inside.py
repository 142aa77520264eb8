"""Deviations of the vehicle that stay inside of the limits, or that the catalogue only records: no case may fail on them."""

from __future__ import annotations

from dataclasses import replace

from harness.core import Frame, ms, s
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
    Period,
    Refrain,
    Suppress,
    TimerEffect,
    TransportStall,
    TransportTime,
    Values,
)
from harness.protocols.gbt27930.vehicle import VehicleEvent
from harness.sim.faults.effects import linger, number, pgn_of, reads
from harness.sim.faults.fault import Fault

__all__ = ["INSIDE_END_FAULTS", "INSIDE_FAULTS"]

_KNOWN_VERSION = b"\x01\x01\x00"


def _as_no_offer(values: Values, moment: Moment) -> Values:
    exchanged = number(values["max_current_a"]) > number(values["min_current_a"])
    return {**values, "max_current_a": 0.0} if exchanged else values


def _of_right_priority(frame: Frame) -> Frame:
    return replace(frame, can_id=0x1801F456) if frame.can_id == 0x1C01F456 else frame


def _a_little_lower(values: Values, moment: Moment) -> Values:
    if moment.phase == "CHARGING" and moment.age_ns("CCS") > ms(300):
        moment.marks.add("CCS missed")
    return {**values, "current_a": round(number(values["current_a"]) * 0.99, 1)} if "CCS missed" in moment.marks else values


def _stopping_for_long(moment: Moment) -> bool:
    return moment.phase == "STOPPING" and moment.now_ns - moment.phase_since_ns > s(6)


_HANDSHAKE = (
    Fault("wakes_up_after_3s", "the BMS hears nothing for 3 s after its wake-up", (OptionEffect("wakeup_s", 3.0),)),
    Fault("bhm_4900ms_late", "BHM begins 4.9 s later than it could", (Delay("BHM", ms(4_900)),)),
    Fault("bhm_period_230ms", "BHM comes every 230 ms", (Period("BHM", ms(230)),)),
    Fault("bhm_period_270ms", "BHM comes every 270 ms", (Period("BHM", ms(270)),)),
    Fault("brm_230ms_late", "BRM begins 230 ms later than it could", (Delay("BRM", ms(230)),)),
    Fault("brm_period_270ms", "BRM comes every 270 ms", (Period("BRM", ms(270)),)),
    Fault("bem_without_chm_at_62s", "BEM 62 s after the wake-up without CHM", (TimerEffect("TB1b", s(62)),)),
    Fault("bem_crm00_at_32500ms", "BEM 32.5 s after the first CHM", (TimerEffect("TB1", ms(32_500)),)),
    Fault("bem_crmaa_at_5400ms", "BEM 5.4 s after the first BRM", (TimerEffect("TB2", ms(5_400)),)),
    Fault(
        "late_crm00_ignored",
        "CRM(00) that was reported missing before any BRM is ignored",
        (Leads("ERROR", "CRM(00)", None, lambda moment: "BRM" not in moment.sent),),
    ),
    Fault("reconnect_awaited_32s", "CRM(00) is awaited for 32 s after BEM", (TimerEffect("TB9", s(32)),)),
    Fault("reconnects_without_end", "every CRM(00) after BEM begins recognition again", (OptionEffect("max_reconnects", 1_000),)),
    Fault(
        "unknown_version_ignored",
        "a CHM of unknown version is ignored",
        (Deaf("CHM", lambda values, moment: values["protocol_version"] != _KNOWN_VERSION),),
    ),
    Fault("short_crm_accepted", "CRM counts whatever its length", (Lenient("CRM"),)),
    Fault("priority_7_accepted", "CRM of priority 7 counts", (Mishear(_of_right_priority),)),
    Fault("crmaa_believed_without_brm", "CRM(AA) counts although no BRM was granted", (OptionEffect("believes_unasked", True),)),
)

_CONFIGURATION = (
    Fault("arrives_empty", "the battery is empty when the truck is plugged in", (OptionEffect("soc_pct", 0.0),)),
    Fault("bcp_period_540ms", "BCP comes every 540 ms", (Period("BCP", ms(540)),)),
    Fault("bro_period_270ms", "BRO comes every 270 ms", (Period("BRO", ms(270)),)),
    Fault("bem_cml_at_5400ms", "BEM 5.4 s after the first BCP", (TimerEffect("TB3", ms(5_400)),)),
    Fault("bem_cro_at_5400ms", "BEM 5.4 s after BRO(AA) or the last CRO", (TimerEffect("TB4", ms(5_400)),)),
    Fault("bem_cro60_at_62500ms", "BEM 62.5 s after the first BRO(AA)", (TimerEffect("TB5", ms(62_500)),)),
    Fault("ready_after_15s", "BRO(AA) comes after 15 s", (TimerEffect("PRECHARGE", s(15)),)),
    Fault("bcl_900ms_after_cro", "BCL begins 0.9 s later than it could", (Delay("BCL", ms(900)),)),
    Fault("invalid_cro_counts_as_cro", "CRO of any value keeps the 5 s from running out", (reads("CRO", "ready", 0x00, (0xAB, 0xFF)),)),
    Fault("short_cml_accepted", "CML counts whatever its length", (Lenient("CML"),)),
    Fault("refuses_exchanged_currents", "a CML with exchanged currents does not make the vehicle ready", (Misread("CML", _as_no_offer),)),
    Fault(
        "refuses_too_high_voltage", "a CML above 1000 V does not make the vehicle ready", (reads("CML", "max_voltage_v", 0.0, (1000, 1e9)),)
    ),
    Fault(
        "ready_without_current",
        "a CML without current makes the vehicle ready, but it demands nothing",
        (reads("CML", "max_current_a", -0.04, (0.0, 1e9)),),
    ),
)

_CHARGING = (
    Fault("bcl_period_54ms", "BCL comes every 54 ms", (Period("BCL", ms(54)),)),
    Fault("bcl_period_46ms", "BCL comes every 46 ms", (Period("BCL", ms(46)),)),
    Fault("bst_90ms_late", "BST begins 90 ms after its reason", (Delay("BST", ms(70)),)),
    Fault("three_bst_after_cst", "three BST are enough after CST", (OptionEffect("min_bst", 3),)),
    Fault("ccs_timeout_1150ms", "missing CCS is noticed after 1.15 s", (TimerEffect("TB6", ms(1_150)),)),
    Fault("first_ccs_missed_after_5400ms", "BEM 5.4 s after CRO(AA) without CCS", (TimerEffect("TB6a", ms(5_400)),)),
    Fault("first_ccs_missed_after_1100ms", "BEM 1.1 s after CRO(AA) without CCS", (TimerEffect("TB6a", ms(1_100)),)),
    Fault(
        "first_ccs_told_as_ccs",
        "a CCS that never begins is reported as missing CCS",
        (Change("BEM", {"timeout_cro": 0, "timeout_ccs": 1}, lambda moment: "BCL" in moment.sent and "CCS" not in moment.heard),),
    ),
    Fault("ccs_of_6_accepted", "CCS counts whatever its length", (Lenient("CCS"),)),
    Fault("over_voltage_after_900ms", "too much voltage is noticed after 0.9 s", (OptionEffect("over_voltage_s", 0.9),)),
    Fault("over_current_after_2900ms", "too much current is noticed after 2.9 s", (OptionEffect("over_current_s", 2.9),)),
    Fault(
        "no_voltage_ends_charge",
        "CCS of 0 V ends charging with a wrong voltage",
        (Mistake("CCS", VehicleEvent.OVER_VOLTAGE.value, lambda values, moment: values["voltage_v"] == 0),),
    ),
    Fault("remaining_time_of_the_demand", "the remaining time does not follow what is delivered", (Change("BCS", {"remaining_min": 59}),)),
    Fault("contactors_open_in_own_pause", "the contactors open while the vehicle pauses", (OptionEffect("pause_opens", True),)),
    Fault("demand_1_percent_lower_after_bus_off", "BCL demands 1 % less once CCS was missing for 0.3 s", (Derive("BCL", _a_little_lower),)),
    Fault("foreign_traffic_hardly_slows_bcl", "every foreign frame puts BCL off by 0.1 ms", (Hinder("BCL", 100_000),)),
    Fault("bmv_period_10500ms", "BMV comes every 10.5 s", (Period("BMV", ms(10_500)),)),
)

_END = (
    Fault("bst_period_12ms", "BST comes every 12 ms", (Period("BST", ms(12)),)),
    Fault("bem_cst_at_5400ms", "BEM 5.4 s after the first BST without CST", (TimerEffect("TB7", ms(5_400)),)),
    Fault("bem_csd_at_12800ms", "BEM 12.8 s after the first BST without CSD", (TimerEffect("TB8", ms(12_800)),)),
    Fault("bsd_5s_late", "BSD begins 5 s later than it could", (Delay("BSD", s(5)),)),
    Fault(
        "bsd_trails_csd_by_2300ms",
        "BSD goes on for 2.3 s after CSD",
        (
            linger("BSD", "ENDED"),
            Suppress("BSD", lambda moment: moment.phase == "ENDED" and moment.now_ns - moment.phase_since_ns > ms(2_300)),
        ),
    ),
    Fault(
        "load_at_the_end_told_by_bst",
        "a current that does not fall is told as a relay fault by BST, and not by BEM",
        (TimerEffect("TB8", None), Change("BST", {"relay_fault": 1}, _stopping_for_long)),
    ),
    Fault("opens_under_load_after_9850ms", "the contactors open under load 0.15 s too early", (OptionEffect("open_limit_s", 9.85),)),
    Fault("opens_under_load_after_30s", "the contactors open under load later than declared", (OptionEffect("open_limit_s", 30.0),)),
)

_TRANSPORT = (
    Fault(
        "packet_of_bcp_180ms_late", "the second packet of BCP comes 190 ms after the first", (TransportStall(pgn_of("BCP"), 2, ms(180)),)
    ),
    Fault("hold_given_up_after_450ms", "a held transfer is given up after 450 ms", (TransportTime("t4_ns", ms(450)),)),
    Fault(
        "gives_up_after_1300ms",
        "a transfer that is not answered is given up after 1.3 s, and then announced anew",
        (Refrain("announce_anew"), TransportTime("t3_ns", ms(1_300))),
    ),
    Fault("two_packets_per_grant", "RTS allows two packets per CTS", (OptionEffect("max_per_cts", 2),)),
)

_HEAVY = (
    Fault("dual_replans_after_4s", "the share of a stopped inlet is given to the other after 4 s", (OptionEffect("replan_s", 4.0),)),
    Fault(
        "dual_second_soc_half_percent_off",
        "BCP of the second inlet tells half a percent more",
        (Change("BCP", {"soc_pct": 40.5}, lambda moment: moment.machine.endswith(" b")),),
    ),
    Fault(
        "dual_other_ends_with_bst",
        "an error at one inlet ends the charge at the other one too, with BST",
        (Mistake("CCS", "CST", lambda values, moment: moment.neighbour == "ERROR"),),
    ),
)

INSIDE_END_FAULTS = (*_END, *_TRANSPORT)
"""Those of the end of charging and of the transport."""

INSIDE_FAULTS = (
    *_HANDSHAKE,
    *_CONFIGURATION,
    *_CHARGING,
    *_HEAVY,
    *INSIDE_END_FAULTS,
)
"""Proven by tests/suites/gbt27930/test_inside.py not to turn a case to FAIL."""
