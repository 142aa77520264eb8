"""Faults of the charger in what it makes of the battery's reports, and in how it ends charging."""

from __future__ import annotations

from collections.abc import Callable

from harness.core import ms, s
from harness.protocols.gbt27930.behaviour import (
    Change,
    Deaf,
    Delay,
    Derive,
    Linger,
    Misread,
    Mistake,
    Moment,
    OptionEffect,
    Period,
    Premature,
    Rearm,
    Refrain,
    Suppress,
    TimerEffect,
    Values,
    WrongError,
)
from harness.sim.faults.charger.conditions import bits_reversed, heard_in, in_phase, long_in_phase
from harness.sim.faults.effects import longer
from harness.sim.faults.fault import Fault

__all__ = ["BATTERY_FAULTS"]

_STATES = ("cell_voltage_state", "soc_state", "over_current", "over_temp", "insulation", "connector")
_UNTRUSTED = 2


def _reads(signal: str, value: int, taken_for: Values) -> Misread:
    """*signal* = *value* of BSM is read as *taken_for*."""
    return Misread("BSM", lambda values, moment: {**values, **taken_for} if values[signal] == value else values)


def _unheard(signal: str, value: int) -> Deaf:
    """A BSM with *signal* = *value* is not noticed."""
    return Deaf("BSM", lambda values, moment: values[signal] == value)


def _first_four(values: Values, moment: Moment) -> bool:
    """The first four BSM that tell something abnormal."""
    if not any(values[name] == 1 for name in _STATES):
        return False
    seen = sum(mark.startswith("abnormal") for mark in moment.marks)
    moment.marks.add(f"abnormal {seen}")
    return seen < 4


def _two_untrusted(values: Values, moment: Moment) -> Values:
    several = sum(values[name] == _UNTRUSTED for name in _STATES) > 1
    return {**values, "insulation": 1} if several else values


def _paused(moment: Moment) -> bool:
    return moment.phase == "CHARGING" and moment.last("BSM", "permitted") == 0


def _second_pause(values: Values, moment: Moment) -> bool:
    """A BSM that forbids charging again after it was permitted in between."""
    if values["permitted"] == 0 and "paused" not in moment.marks:
        moment.marks.add("paused")
    elif values["permitted"] == 1 and "paused" in moment.marks:
        moment.marks.add("resumed")
    return values["permitted"] == 0 and "resumed" in moment.marks


def _resumes(values: Values, moment: Moment) -> bool:
    return values["permitted"] == 1 and moment.last("BSM", "permitted") == 0


def _after(message: str) -> Callable[[Moment], bool]:
    return lambda moment: message in moment.heard


def _notes_own_stop(values: Values, moment: Moment) -> Values:
    """BST received, as soon as it was, although the charger stopped first."""
    late = long_in_phase("STOPPING", ms(200))(moment) and values["manual"] == 1
    return {**values, "manual": 0, "bms_stopped": 1} if late else values


def _emergency(values: Values, moment: Moment) -> Values:
    return {**values, "emergency_stop": values["manual"]}


BATTERY_FAULTS = (
    Fault("low_cell_voltage_ignored", "BSM with a cell voltage that is too low is not noticed", (_unheard("cell_voltage_state", 2),)),
    Fault("high_soc_ignored", "BSM with a state of charge that is too high is not noticed", (_unheard("soc_state", 1),)),
    Fault("abnormal_connector_ignored", "BSM with an abnormal connector is not noticed", (_unheard("connector", 1),)),
    Fault(
        "abnormal_insulation_ignored_while_permitted",
        "abnormal insulation counts only together with charging forbidden",
        (Deaf("BSM", lambda values, moment: values["insulation"] == 1 and values["permitted"] == 1),),
    ),
    Fault(
        "over_temperature_only_pauses",
        "a temperature that is too high pauses the output instead of ending the charge",
        (_reads("over_temp", 1, {"over_temp": 0, "permitted": 0}),),
    ),
    Fault("abnormal_bsm_heeded_after_five", "only the fifth abnormal BSM ends the charge", (Deaf("BSM", _first_four),)),
    Fault("cst_period_15ms", "CST comes every 15 ms", (Period("CST", ms(15)),)),
    Fault("ccs_continues_beside_cst", "CCS goes on after CST began", (Linger("CCS", frozenset(("STOPPING",))),)),
    Fault("untrusted_insulation_stops", "untrusted insulation is taken for abnormal", (_reads("insulation", 2, {"insulation": 1}),)),
    Fault("untrusted_connector_stops", "an untrusted connector is taken for abnormal", (_reads("connector", 2, {"connector": 1}),)),
    Fault(
        "untrusted_over_current_stops", "untrusted over-current is taken for abnormal", (_reads("over_current", 2, {"over_current": 1}),)
    ),
    Fault(
        "untrusted_temperature_pauses",
        "an untrusted temperature pauses the output",
        (_reads("over_temp", 2, {"over_temp": 0, "permitted": 0}),),
    ),
    Fault("two_untrusted_states_stop", "more than one untrusted state is taken for abnormal", (Misread("BSM", _two_untrusted),)),
    Fault("pause_ignored", "charging forbidden by BSM is ignored", (Refrain("pause"),)),
    Fault("pause_told_but_not_done", "CCS says paused, the output goes on", (Refrain("pause"), Change("CCS", {"permitted": 0}, _paused))),
    Fault("ccs_ends_in_pause", "CCS is not sent while the output pauses", (Suppress("CCS", _paused),)),
    Fault("resume_ignored", "BSM that permits charging again is ignored", (Deaf("BSM", _resumes),)),
    Fault("second_pause_ignored", "a second pause is ignored", (Deaf("BSM", _second_pause),)),
    Fault("pause_ends_after_5_min", "the charge ends after a pause of 5 min", (TimerEffect("TC13", s(300)),)),
    Fault(
        "pauses_add_up",
        "the second pause may last 8 min only",
        (TimerEffect("TC13", s(480), lambda moment: moment.now_ns - moment.phase_since_ns > s(30)),),
    ),
    Fault("pause_never_ends", "a pause never ends the charge", (TimerEffect("TC13", None),)),
    Fault("bst_ignored", "BST is ignored", (Deaf("BST"),)),
    Fault("cst_after_bst_6s_late", "CST begins 6 s after BST", (Delay("CST", s(6), _after("BST")),)),
    Fault(
        "cst_tells_manual_after_bst",
        "CST tells manual after BST",
        (Change("CST", {"manual": 1, "bms_stopped": 0}, _after("BST")),),
    ),
    Fault(
        "cst_reason_lost_after_first",
        "CST tells BST received once, then nothing",
        (Change("CST", {"bms_stopped": 0}, lambda moment: moment.sent.get("CST", 0) > 1),),
    ),
    Fault(
        "cst_tells_a_fault_after_bst",
        "CST of an ordinary stop tells an abnormal voltage too",
        (Change("CST", {"voltage_error": 1}, _after("BST")),),
    ),
    Fault("cst_length_8", "CST is filled up to 8 bytes", (longer("CST", 8),)),
    Fault("cst_period_14ms", "CST comes every 14 ms", (Period("CST", ms(14)),)),
    Fault("cst_period_12ms", "CST comes every 12 ms, which is in time", (Period("CST", ms(12)),)),
    Fault(
        "output_goes_on_after_bst",
        "the output goes on after BST",
        (Refrain("shut_output", in_phase("CHARGING", "STOPPING")), OptionEffect("demand_valid_s", 1000.0)),
    ),
    Fault("stop_button_ignored", "the operator's stop is ignored", (Refrain("heed_stop_button"),)),
    Fault("cst_manual_bit_missing", "CST of a manual stop tells no reason", (Change("CST", {"manual": 0}),)),
    Fault("cst_bits_of_wrong_order", "the bits of CST are counted from the high end", (bits_reversed("CST"),)),
    Fault("cst_tells_emergency_on_manual_stop", "CST of a manual stop tells an emergency stop too", (Derive("CST", _emergency),)),
    Fault("cst_turns_to_bms_stopped", "CST of a manual stop tells BST received a little later", (Derive("CST", _notes_own_stop),)),
    Fault(
        "ccs_continues_after_manual_stop",
        "CCS goes on after the operator's stop",
        (Linger("CCS", frozenset(("STOPPING",)), lambda moment: "BST" not in moment.heard and moment.last("BSM", "insulation") == 0),),
    ),
    Fault("cem_bst_never", "no CEM although BST never comes", (TimerEffect("TC11", None),)),
    Fault("cem_bst_6s", "missing BST is reported after 6 s", (TimerEffect("TC11", s(6)),)),
    Fault("cem_bst_wrong_bit", "missing BST is reported as missing BSD", (WrongError("timeout_bst", "timeout_bsd"),)),
    Fault(
        "cst_stops_after_1s",
        "CST ends after 1 s while no BST comes",
        (Suppress("CST", lambda moment: long_in_phase("STOPPING", s(1))(moment) and "BST" not in moment.heard),),
    ),
    Fault("csd_without_bsd", "CSD begins beside CST", (Premature("CSD", "STOPPING"),)),
    Fault("bcl_taken_for_bst", "BCL after CST is taken for BST", (Mistake("BCL", "BST", heard_in("STOPPING")),)),
    Fault("bcl_feeds_bst_timeout", "every BCL begins the waiting time for BST anew", (Rearm("TC11", "BCL"),)),
    Fault(
        "bcl_brings_ccs_back",
        "CCS comes again while BCL comes after CST",
        (Premature("CCS", "STOPPING"), Suppress("CCS", lambda moment: moment.phase == "STOPPING" and moment.age_ns("BCL") > ms(30))),
    ),
)
"""Faults of the end of charging, stage 3 of the catalogue's section 9."""
