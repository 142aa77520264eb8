"""Faults of the vehicle in configuration."""

from __future__ import annotations

from harness.core import ms, s
from harness.protocols.gbt27930.behaviour import (
    Change,
    Deaf,
    Delay,
    Leads,
    Lenient,
    Linger,
    Misread,
    Mistake,
    Moment,
    OptionEffect,
    Payload,
    Period,
    Refrain,
    Suppress,
    TimerEffect,
    Values,
    WrongError,
)
from harness.sim.faults.effects import after_first, bytes_at, linger, number, reads, scaled, shorter
from harness.sim.faults.fault import Fault

__all__ = ["CONFIGURATION_FAULTS"]

_NOT_SUPPLIED = 0xFFFF
_UNBOUNDED_V = 6553.5
_UNBOUNDED_A = -400.0
_RATED_V, _PERMITTED_V = 618.2, 700.8
_FEBRUARY = 0x02


def _larger_current(values: Values, moment: Moment) -> Values:
    currents = [value for name in ("max_current_a", "min_current_a") if (value := values[name]) is not None]
    return {**values, "max_current_a": min(map(number, currents))}


def _heard(moment: Moment, message: str, signal: str) -> float:
    value = moment.heard.get(message, {}).get(signal)
    return 0.0 if value is None else number(value)


def _cml_was_short(moment: Moment) -> bool:
    return "CML" in moment.heard and moment.heard["CML"]["min_current_a"] is None


def _cml_was_exchanged(moment: Moment) -> bool:
    return _heard(moment, "CML", "max_current_a") > _heard(moment, "CML", "min_current_a")


def _not_charged(moment: Moment) -> bool:
    return moment.sent.get("BCL", 0) == 0


def _is_binary(values: Values) -> bool:
    return any(not f"{value:X}".isdecimal() for value in values.values() if isinstance(value, int))


def _binary_as_bcd(values: Values, moment: Moment) -> Values:
    if not _is_binary(values):
        return values
    return {name: int(str(value), 16) if isinstance(value, int) else value for name, value in values.items()}


def _into_march(values: Values, moment: Moment) -> Values:
    late = values["month"] == _FEBRUARY and number(values["day"]) > 0x29
    return {**values, "day": 0x03, "month": 0x03} if late else values


def _in_2000(values: Values, moment: Moment) -> Values:
    return {**values, "year": 0x2000} if values["year"] == 0 else values


CONFIGURATION_FAULTS = (
    Fault("bcp_never_sent", "no RTS for BCP", (Suppress("BCP"),)),
    Fault("bcp_late", "BCP begins 2 s after CRM(AA)", (Delay("BCP", s(2)),)),
    Fault("bcp_length_12", "BCP has 12 bytes", (shorter("BCP", 12),)),
    Fault("bcp_period_1s", "BCP comes every second", (Period("BCP", s(1)),)),
    Fault("bcp_energy_wrong", "BCP tells a tenth of the energy", (Change("BCP", {"energy_kwh": 28.2}),)),
    Fault("bcp_current_offset_missing", "BCP carries the current without its offset", (bytes_at("BCP", 2, 0xC4, 0x09),)),
    Fault(
        "bcp_energy_changes",
        "BCP tells another energy from its second sending on",
        (Change("BCP", {"energy_kwh": 141.0}, lambda moment: moment.sent.get("BCP", 0) > 1),),
    ),
    Fault("bcp_rts_only_once", "RTS for BCP is sent once", (after_first("BCP"),)),
    Fault("bcp_continues_after_cml", "BCP goes on after CML", (linger("BCP", "READY"),)),
    Fault("ignores_cml_without_cts", "CML is ignored until CTS comes", (Deaf("CML", lambda values, moment: "CTS" not in moment.heard),)),
    Fault(
        "rejects_cts_ff",
        "CML is ignored beside a CTS without time",
        (Deaf("CML", lambda values, moment: moment.heard.get("CTS", {}).get("year") == _NOT_SUPPLIED),),
    ),
    Fault("cts_alone_accepted_as_cml", "CTS is taken for CML", (Mistake("CTS", "CML"),)),
    Fault("bro_invalid_value", "BRO has the value 0x55", (Payload("BRO", lambda data: b"\x55"),)),
    Fault("bro_period_500ms", "BRO comes every 500 ms", (Period("BRO", ms(500)),)),
    Fault("never_ready", "BRO stays 00", (TimerEffect("PRECHARGE", None),)),
    Fault("not_ready_in_60s", "BRO(AA) comes after 65 s", (TimerEffect("PRECHARGE", s(65)),)),
    Fault("gives_up_on_cro00", "BEM after 15 s of CRO(00)", (TimerEffect("TB5", s(15)),)),
    Fault("starts_on_cro00", "charging begins with any CRO", (Mistake("CRO", "CRO(AA)"),)),
    Fault("bro_continues_after_cro_aa", "BRO goes on after CRO(AA)", (linger("BRO", "CHARGING"),)),
    Fault("bcl_late_after_cro", "BCL begins 2 s after CRO(AA)", (Delay("BCL", s(2)),)),
    Fault("bcs_late_after_cro", "BCS begins 2 s after CRO(AA)", (Delay("BCS", s(2)),)),
    Fault("no_bem_cml", "no BEM although CML never comes", (TimerEffect("TB3", None),)),
    Fault("bem_cml_late", "BEM 7 s after the first BCP", (TimerEffect("TB3", s(7)),)),
    Fault("bem_wrong_bit_cml", "missing CML is reported as missing CRO", (WrongError("timeout_cml", "timeout_cro"),)),
    Fault("bem_cro_late", "BEM 7 s after the first BRO(AA) without CRO", (TimerEffect("TB4", s(7)),)),
    Fault("bem_cro_never", "no BEM although CRO never comes", (TimerEffect("TB4", None), TimerEffect("TB5", None))),
    Fault("bem_wrong_bit_cro", "missing CRO is reported as missing CCS", (WrongError("timeout_cro", "timeout_ccs"),)),
    Fault("bem_cro60_late", "BEM 66 s after the first BRO(AA) with CRO(00)", (TimerEffect("TB5", s(66)),)),
    Fault("bem_cro60_never", "no BEM although CRO stays 00", (TimerEffect("TB5", None),)),
    Fault("bcp_voltage_zero", "BCP tells a present battery voltage of 0 V", (Change("BCP", {"voltage_v": 0.0}),)),
    Fault("bcp_voltage_in_volts", "BCP tells the present battery voltage in steps of 1 V", (scaled("BCP", "voltage_v", 0.1),)),
    Fault(
        "bcl_begins_with_0_v",
        "BCL demands a current at 0 V in the first tenth of a second",
        (Change("BCL", {"voltage_v": 0.0}, lambda moment: moment.now_ns - moment.phase_since_ns < ms(100)),),
    ),
    Fault("bmv_undeclared", "BMV is sent although it is not declared", (OptionEffect("bmv", True),)),
    Fault(
        "cro_watch_not_armed_again",
        "missing CRO is counted from the first BRO(AA) even if CRO came",
        (TimerEffect("TB4", None, lambda moment: "CRO" in moment.heard),),
    ),
    Fault(
        "cro_watch_ends_with_first_cro",
        "once a CRO came, missing CRO is no longer noticed",
        (TimerEffect("TB4", s(100), lambda moment: "CRO" in moment.heard),),
    ),
    Fault("bem_cro_just_late", "BEM 5.6 s after BRO(AA) or the last CRO", (TimerEffect("TB4", ms(5600)),)),
    Fault("bem_cro60_just_early", "BEM 58 s after the first BRO(AA) with CRO(00)", (TimerEffect("TB5", s(58)),)),
    Fault("cro_ff_taken_for_ready", "CRO(FF) starts charging", (reads("CRO", "ready", 0xAA, (0xFF, 0xFF)),)),
    Fault("cro_55_taken_for_ready", "CRO with 55 starts charging", (reads("CRO", "ready", 0xAA, (0x55, 0x55)),)),
    Fault(
        "no_bem_on_invalid_cro",
        "CRO with any value keeps the vehicle waiting for ever",
        (reads("CRO", "ready", 0x00, (0x01, 0xA9)), reads("CRO", "ready", 0x00, (0xAB, 0xFF)), TimerEffect("TB5", None)),
    ),
    Fault("early_cro_starts_charging", "CRO(AA) before CML starts charging", (Leads("PARAMETERS", "CRO(AA)", "CHARGING"),)),
    Fault("early_cro_taken_for_cml", "CRO(AA) before CML ends BCP", (Leads("PARAMETERS", "CRO(AA)", "READY"),)),
    Fault(
        "early_cro_remembered",
        "a CRO(AA) that came before CML starts charging as soon as the vehicle is ready",
        (Mistake("CML", "CRO(AA)", lambda values, moment: moment.phase == "READY" and "CRO" in moment.heard),),
    ),
    Fault(
        "deaf_to_late_cro_aa",
        "CRO(AA) is ignored after 55 s of waiting",
        (Deaf("CRO", lambda values, moment: moment.phase == "READY" and moment.now_ns - moment.phase_since_ns > s(55)),),
    ),
    Fault("cro_aa_accepted_after_bem", "CRO(AA) starts charging even after BEM", (Leads("ERROR", "CRO(AA)", "CHARGING"),)),
    Fault("bem_cml_just_early", "BEM 4.7 s after the first BCP", (TimerEffect("TB3", ms(4700)),)),
    Fault(
        "deaf_to_late_cml",
        "CML is ignored later than 4 s after CRM(AA)",
        (Deaf("CML", lambda values, moment: moment.phase == "PARAMETERS" and moment.now_ns - moment.phase_since_ns > s(4)),),
    ),
    Fault("cml_accepted_after_bem", "CML is answered with BRO even after BEM", (Leads("ERROR", "CML", "READY"),)),
    Fault(
        "cml_highest_voltage_ignored",
        "any highest voltage of CML is good enough",
        (reads("CML", "max_voltage_v", _UNBOUNDED_V, (0, 1e9)),),
    ),
    Fault(
        "cml_highest_against_rated_voltage",
        "the highest voltage of CML is compared with the rated voltage of the battery",
        (reads("CML", "max_voltage_v", _UNBOUNDED_V, (_RATED_V, 1e9)),),
    ),
    Fault("cml_lowest_voltage_ignored", "any lowest voltage of CML is good enough", (reads("CML", "min_voltage_v", 0.0, (0, 1e9)),)),
    Fault(
        "cml_lowest_against_highest_permitted",
        "the lowest voltage of CML is compared with the highest permitted one of the battery",
        (reads("CML", "min_voltage_v", 0.0, (0, _PERMITTED_V)),),
    ),
    Fault("zero_current_means_unlimited", "0 A in CML is taken for no limit", (reads("CML", "max_current_a", _UNBOUNDED_A, (0, 0)),)),
    Fault(
        "discharge_current_of_cml_overflows",
        "a discharge current in CML is taken for the largest charging current",
        (reads("CML", "max_current_a", _UNBOUNDED_A, (0.05, 1e9)),),
    ),
    Fault("cml_400_a_taken_for_none", "raw 0 in CML is taken for no current", (reads("CML", "max_current_a", 0.0, (-400, -400)),)),
    Fault(
        "cml_current_ignored", "the demand does not look at the current of CML", (reads("CML", "max_current_a", _UNBOUNDED_A, (-400, -1)),)
    ),
    Fault("demands_larger_current_of_cml", "the larger current of CML is taken for the largest", (Misread("CML", _larger_current),)),
    Fault(
        "exchanged_currents_spoil_next_session",
        "after a CML with exchanged currents the BMS does not start anew when it is unplugged",
        (Refrain("reset", _cml_was_exchanged),),
    ),
    Fault(
        "bcl_voltage_overflows",
        "the voltage demand is 6553.5 V if CML offers more than 3276.7 V",
        (Change("BCL", {"voltage_v": _UNBOUNDED_V}, lambda moment: _heard(moment, "CML", "max_voltage_v") > 3276.7),),
    ),
    Fault(
        "bcl_current_overflows",
        "the current demand is raw FFFF if CML offers 400 A",
        (Change("BCL", {"current_a": 6153.5}, lambda moment: _heard(moment, "CML", "max_current_a") == _UNBOUNDED_A),),
    ),
    Fault(
        "locks_up_on_short_cml",
        "after a CML that is too short neither BRO nor BEM comes",
        (
            Lenient("CML"),
            Suppress("BRO", _cml_was_short),
            TimerEffect("TB4", None, _cml_was_short),
            TimerEffect("TB5", None, _cml_was_short),
        ),
    ),
    Fault(
        "short_cml_stays_after_unplugging",
        "after a CML that is too short the BMS does not start anew when it is unplugged",
        (Lenient("CML"), Refrain("reset", _cml_was_short)),
    ),
    Fault(
        "rejects_cts_in_binary",
        "CML is ignored beside a CTS in binary numbers",
        (Deaf("CML", lambda values, moment: _is_binary(moment.heard.get("CTS", {}))),),
    ),
    Fault(
        "rejects_31_february",
        "CML is ignored beside a CTS of a day that February does not have",
        (Deaf("CML", lambda values, moment: _heard(moment, "CTS", "month") == _FEBRUARY and _heard(moment, "CTS", "day") > 0x29),),
    ),
    Fault("clock_set_from_binary", "the clock is set from a CTS in binary numbers", (Misread("CTS", _binary_as_bcd),)),
    Fault("clock_set_from_31_february", "the clock is set to 3 March by a CTS of 31 February", (Misread("CTS", _into_march),)),
    Fault("clock_set_to_year_0", "the clock is set to 2000 by a CTS of the year 0", (Misread("CTS", _in_2000),)),
    Fault(
        "ignores_cst_before_charging", "CST is ignored until charging begins", (Deaf("CST", lambda values, moment: _not_charged(moment)),)
    ),
    Fault("no_bsd_without_charge", "BSD is not sent if nothing was charged", (Suppress("BSD", _not_charged),)),
    Fault(
        "bst_without_reason_before_charging",
        "BST before charging does not tell that CST was received",
        (Change("BST", {"charger_stopped": 0}, _not_charged),),
    ),
    Fault(
        "contactors_close_after_early_cst",
        "the contactors close although CST came while they were to close",
        (Linger("PRECHARGE", frozenset(("STOPPING", "STATISTICS", "ENDED")), _not_charged),),
    ),
    Fault("ignores_cem", "CEM is ignored", (Deaf("CEM"),)),
    Fault("bcp_continues_after_cem", "BCP goes on after CEM", (linger("BCP", "SUSPENDED"),)),
    Fault("no_restart_after_cem", "CRM(00) after CEM is ignored", (Leads("SUSPENDED", "CRM(00)", None),)),
    Fault("restarts_at_bcp_after_cem", "CRM(00) after CEM is answered with BCP", (Leads("SUSPENDED", "CRM(00)", "PARAMETERS"),)),
    Fault(
        "gives_up_1s_after_cem",
        "CRM(00) is ignored one second after CEM",
        (TimerEffect("TB9", s(1), lambda moment: moment.phase == "SUSPENDED"),),
    ),
)
"""Faults of phases 8.2 of the catalogue."""
