"""Faults of the charger at the end of the session."""

from __future__ import annotations

from harness.core import ms, s
from harness.protocols.gbt27930.behaviour import (
    Change,
    Delay,
    Linger,
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
from harness.sim.faults.charger.conditions import bytes_reversed, heard_in, in_phase, long_in_phase
from harness.sim.faults.effects import scaled, shorter
from harness.sim.faults.fault import Fault

__all__ = ["END_FAULTS"]


def _stopped_itself(moment: Moment) -> bool:
    """The charger stopped because of the battery's report, not of BST."""
    return moment.last("BSM", "insulation") == 1


def _after_bst(values: Values, moment: Moment) -> bool:
    return moment.phase == "STOPPING" and "BST" in moment.heard


def _second_session(moment: Moment) -> bool:
    """A session before this one got as far as CRO."""
    return "CRO" in moment.first and moment.ever["CRO"] is not moment.first["CRO"]


END_FAULTS = (
    Fault("csd_never_sent", "CSD is never sent", (Suppress("CSD"),)),
    Fault("csd_11s_late", "CSD begins 11 s after BSD", (Delay("CSD", s(11)),)),
    Fault("csd_energy_tenfold", "CSD tells ten times the energy", (scaled("CSD", "energy_kwh", 10),)),
    Fault("csd_energy_high_byte_first", "the energy of CSD has its high byte first", (bytes_reversed("CSD", (2, 4)),)),
    Fault("csd_number_differs", "CSD tells another charger number than CRM", (Change("CSD", {"charger_number": 305419897}),)),
    Fault("csd_time_of_an_hour", "CSD tells an hour of charging", (Change("CSD", {"elapsed_min": 60}),)),
    Fault("csd_for_ever", "CSD never ends", (OptionEffect("csd_count", 1_000_000),)),
    Fault("csd_period_500ms", "CSD comes every 500 ms", (Period("CSD", ms(500)),)),
    Fault("csd_length_5", "CSD has the 5 bytes of the 2011 edition", (shorter("CSD", 5),)),
    Fault("cst_continues_beside_csd", "CST goes on after BSD", (Linger("CST", frozenset(("STATISTICS",))),)),
    Fault("supply_stays_on", "the auxiliary supply stays on after the session", (Refrain("switch_supply_off"),)),
    Fault("restarts_without_unplugging", "a new start is accepted while the connector stays in", (Refrain("refuse_restart"),)),
    Fault("chm_begins_again_after_the_end", "CHM begins again by itself after the session", (Premature("CHM", "ENDED"),)),
    Fault(
        "dead_after_regular_end",
        "the charger does not start anew when it is unplugged after a session",
        (Refrain("reset", in_phase("ENDED")),),
    ),
    Fault(
        "second_session_offers_nothing",
        "in a second session CRO stays 00",
        (Change("CRO", {"ready": 0x00}, _second_session),),
    ),
    Fault("cem_bsd_never", "no CEM although BSD never comes", (TimerEffect("TC12", None),)),
    Fault("cem_bsd_14s", "missing BSD is reported after 14 s", (TimerEffect("TC12", s(14)),)),
    Fault("cem_bsd_8s", "missing BSD is reported after 8 s", (TimerEffect("TC12", s(8)),)),
    Fault("cem_bsd_12s", "missing BSD is reported after 12 s, which is in time", (TimerEffect("TC12", s(12)),)),
    Fault("cem_bsd_wrong_bit", "missing BSD is reported as missing BST", (WrongError("timeout_bsd", "timeout_bst"),)),
    Fault("cst_stops_after_5s", "CST ends after 5 s", (Suppress("CST", long_in_phase("STOPPING", s(5))),)),
    Fault("cst_slows_down_after_5s", "CST comes every 50 ms after 5 s", (Period("CST", ms(50), long_in_phase("STOPPING", s(5))),)),
    Fault("bsm_taken_for_bsd", "BSM after CST is taken for BSD", (Mistake("BSM", "BSD", heard_in("STOPPING")),)),
    Fault("bsm_feeds_bsd_timeout", "every BSM begins the waiting time for BSD anew", (Rearm("TC12", "BSM"),)),
    Fault(
        "cem_bsd_never_after_own_stop",
        "no CEM although BSD never comes, if the charger stopped first",
        (TimerEffect("TC12", None, _stopped_itself),),
    ),
    Fault(
        "cst_ends_with_bst_after_own_stop",
        "CST ends 1 s after BST came, if the charger stopped first",
        (Suppress("CST", lambda moment: _stopped_itself(moment) and moment.age_ns("BST") > s(1)),),
    ),
    Fault(
        "csd_without_bsd_after_own_stop",
        "CSD begins with BST, if the charger stopped first",
        (Mistake("BST", "BSD", lambda values, moment: _stopped_itself(moment) and moment.phase == "STOPPING"),),
    ),
    Fault("bcl_taken_for_bsd", "BCL after BST and CST is taken for BSD", (Mistake("BCL", "BSD", _after_bst),)),
    Fault("bcl_feeds_bsd_timeout", "every BCL begins the waiting time for BSD anew", (Rearm("TC12", "BCL"),)),
)
"""Faults of stage 4 of the catalogue's section 9."""
