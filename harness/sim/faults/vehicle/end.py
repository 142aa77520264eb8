"""Faults of the vehicle at the end of charging, and in the session after it."""

from __future__ import annotations

from harness.core import ms, s
from harness.protocols.gbt27930.behaviour import (
    Change,
    Deaf,
    Delay,
    Leads,
    Mistake,
    Moment,
    OptionEffect,
    Payload,
    Period,
    Premature,
    Refrain,
    Suppress,
    TimerEffect,
    Values,
    WrongError,
)
from harness.sim.faults.effects import after_first, linger
from harness.sim.faults.fault import Fault

__all__ = ["END_FAULTS"]


def _stopping(values: Values, moment: Moment) -> bool:
    return moment.phase == "STOPPING"


def _ended(moment: Moment) -> bool:
    return moment.phase == "ENDED"


def _no_cst(moment: Moment) -> bool:
    return "CST" not in moment.heard and moment.phase in ("STOPPING", "FAILED")


def _charged_before(moment: Moment) -> bool:
    """Whether a session before the present one came to BSD; asked for while charging."""
    if moment.phase == "CHARGING" and "BSD" in moment.ever:
        moment.marks.add("charged before")
    return "charged before" in moment.marks


def _note_only(moment: Moment) -> bool:
    _charged_before(moment)
    return False


def _note_own_stop(moment: Moment) -> bool:
    if "CST" not in moment.heard:
        moment.marks.add("own stop")
    return False


END_FAULTS = (
    Fault("bst_period_14ms", "BST comes every 14 ms", (Period("BST", ms(14)),)),
    Fault("bst_ends_before_cst", "BST is sent eight times, whether CST comes or not", (after_first("BST", 8),)),
    Fault("bst_missing_once", "the seventh BST is missing", (Suppress("BST", lambda moment: moment.sent.get("BST", 0) == 6),)),
    Fault(
        "bst_slows_down_without_cst",
        "BST comes every 16 ms when CST has not come for 150 ms",
        (Period("BST", ms(16), lambda moment: "CST" not in moment.heard and moment.now_ns - moment.phase_since_ns > ms(150)),),
    ),
    Fault("bst_continues_beside_bsd", "BST goes on beside BSD", (linger("BST", "STATISTICS", "ENDED"),)),
    Fault("bsd_before_cst", "BSD begins with BST, whether CST came or not", (Premature("BSD", "STOPPING"),)),
    Fault(
        "bsd_cell_voltage_byte_order_swapped",
        "cell voltages of BSD have the high byte first",
        (Payload("BSD", lambda data: bytes((data[0], data[2], data[1], data[4], data[3], *data[5:]))),),
    ),
    Fault(
        "bsd_soc_in_tenths",
        "BSD tells the state of charge in 0.1 %",
        (Payload("BSD", lambda data: bytes((data[0] * 10 & 0xFF, *data[1:]))),),
    ),
    Fault(
        "bsd_missing_after_own_stop",
        "BSD is missing when it was the vehicle that ended charging",
        (Suppress("BST", _note_own_stop), Suppress("BSD", lambda moment: "own stop" in moment.marks)),
    ),
    Fault("bsd_continues_after_csd", "BSD goes on after CSD", (linger("BSD", "ENDED"),)),
    Fault("csd_ignored", "CSD is ignored", (Deaf("CSD"),)),
    Fault(
        "bem_csd_although_csd_came",
        "the watch for CSD goes on after CSD and reports it missing",
        (Premature("BEM", "ENDED"), Delay("BEM", s(9), _ended), Change("BEM", {"timeout_csd": 1}, _ended)),
    ),
    Fault("bsm_after_the_session", "BSM begins again after CSD", (Premature("BSM", "ENDED"),)),
    Fault(
        "starts_anew_when_the_supply_goes",
        "the loss of the auxiliary supply starts the BMS anew",
        (OptionEffect("supply_loss_wakes", True),),
    ),
    Fault(
        "bsd_continues_without_supply",
        "BSD begins again when the auxiliary supply goes after a session",
        (Premature("BSD", "UNPLUGGED"), Suppress("BSD", lambda moment: moment.phase == "UNPLUGGED" and "BST" not in moment.ever)),
    ),
    Fault("reconnects_counted_across_sessions", "reconnects of a session before count too", (Refrain("forget_reconnects"),)),
    Fault("no_bsm_in_a_second_session", "BSM is missing in the second session", (Suppress("BSM", _charged_before),)),
    Fault(
        "bsd_lost_in_a_second_session",
        "BSD is missing in the second session",
        (Suppress("BSM", _note_only), Suppress("BSD", _charged_before)),
    ),
    Fault("bem_cst_late", "BEM 7 s after the first BST without CST", (TimerEffect("TB7", s(7)),)),
    Fault("bem_cst_4_8s", "BEM 4.8 s after the first BST without CST", (TimerEffect("TB7", s(4.8)),)),
    Fault("bem_cst_never", "no BEM although CST never comes", (TimerEffect("TB7", None),)),
    Fault("bem_wrong_bit_cst", "missing CST is reported as missing CSD", (WrongError("timeout_cst", "timeout_csd"),)),
    Fault("ccs_taken_for_cst_after_bst", "after BST a CCS is taken for CST", (Mistake("CCS", "CST", _stopping),)),
    Fault("contactors_stay_closed_without_cst", "the contactors open only after CST", (Refrain("open_contactors", _no_cst),)),
    Fault("bem_csd_late", "BEM 13.5 s after the first BST without CSD", (TimerEffect("TB8", s(13.5)),)),
    Fault("bem_csd_5s", "BEM 5 s after the first BST without CSD", (TimerEffect("TB8", s(5)),)),
    Fault("bem_csd_never", "no BEM although CSD never comes", (TimerEffect("TB8", None),)),
    Fault("bem_wrong_bit_csd", "missing CSD is reported as missing CST", (WrongError("timeout_csd", "timeout_cst"),)),
    Fault("bsd_ends_after_five", "BSD is sent five times, whether CSD comes or not", (after_first("BSD", 5),)),
    Fault("csd_taken_for_cst", "after BST a CSD is taken for CST", (Mistake("CSD", "CST", _stopping),)),
    Fault("csd_ends_the_session_without_cst", "CSD ends the session although CST never came", (Leads("STOPPING", "CSD", "ENDED"),)),
    Fault("csd_restarts_the_wait_for_cst", "every CSD begins the wait for CST anew", (Leads("STOPPING", "CSD", "STOPPING"),)),
    Fault("opens_under_load_at_once", "the contactors open whatever current flows", (OptionEffect("low_current_a", 1000.0),)),
    Fault("opens_under_load_after_9_5s", "the contactors open under load half a second too early", (OptionEffect("open_limit_s", 9.5),)),
    Fault("contactors_stick", "the contactors never open", (OptionEffect("contactors_welded", True),)),
    Fault("restarts_on_chm_without_replugging", "CHM after the end begins another session", (Leads("ENDED", "CHM", "HANDSHAKE"),)),
    Fault(
        "restarts_on_crm_without_replugging", "CRM(00) after the end begins another session", (Leads("ENDED", "CRM(00)", "RECOGNITION"),)
    ),
    Fault("stays_ended_after_replugging", "after a normal end re-plugging begins nothing", (Refrain("reset", _ended),)),
    Fault("reconnects_after_csd_timeout", "CRM(00) after the timeout of CSD is a reconnect", (Leads("FAILED", "CRM(00)", "RECOGNITION"),)),
    Fault(
        "stays_failed_after_replugging",
        "after a timeout of the end re-plugging begins nothing",
        (Refrain("reset", lambda moment: moment.phase in ("FAILED", "FINISHED")),),
    ),
)
"""Faults of phase 8.4 of the catalogue."""
