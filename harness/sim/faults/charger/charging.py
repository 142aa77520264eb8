"""Faults of the charger in charging, from the first CCS on."""

from __future__ import annotations

from harness.core import ms, s
from harness.protocols.gbt27930.behaviour import (
    Change,
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
    TransportEffect,
    Values,
    WrongError,
)
from harness.protocols.j1939 import Control
from harness.protocols.j1939.faults import drop_control, only
from harness.sim.faults.charger.conditions import bytes_reversed, heard_in, in_phase, lately
from harness.sim.faults.effects import bytes_at, number, pgn_of, scaled, shorter
from harness.sim.faults.fault import Fault

__all__ = ["CHARGING_FAULTS"]


def _silent(message: str) -> Suppress:
    """CCS is not sent while *message* does not come."""
    return Suppress("CCS", lambda moment: moment.phase == "CHARGING" and not lately(message, ms(600))(moment))


def _at_start(moment: Moment) -> bool:
    return moment.phase == "READY"


def _only_full(moment: Moment) -> bool:
    """A demand that is not the largest current of the charger."""
    demand = moment.last("BCL", "current_a")
    return isinstance(demand, int | float) and demand > -250.0


def _with_30_percent(values: Values, moment: Moment) -> Values:
    return {**values, "current_a": number(values["current_a"]) * 1.3}


def _elapsed_in_seconds(values: Values, moment: Moment) -> Values:
    return {**values, "elapsed_min": (moment.now_ns - moment.phase_since_ns) // s(1)}


CHARGING_FAULTS = (
    Fault("bcs_never_granted", "RTS of BCS is never answered", (TransportEffect(only(pgn_of("BCS"), drop_control(Control.CTS))),)),
    Fault("ccs_never_sent", "CCS is never sent", (Suppress("CCS"),)),
    Fault("ccs_period_69ms", "CCS comes every 69 ms", (Period("CCS", ms(69)),)),
    Fault("ccs_length_6", "CCS has the 6 bytes of the 2011 edition", (shorter("CCS", 6),)),
    Fault("ccs_high_byte_first", "the values of CCS have their high byte first", (bytes_reversed("CCS", (0, 2), (2, 4), (4, 6)),)),
    Fault("ccs_current_is_a_discharge", "CCS tells its current with the wrong sign", (scaled("CCS", "current_a", -1),)),
    Fault("ccs_current_without_offset", "CCS carries the current without its offset", (bytes_at("CCS", 2, 0xC4, 0x09),)),
    Fault(
        "ccs_repeats_its_first_values",
        "CCS repeats what the output was at first",
        (Derive("CCS", lambda values, moment: moment.first.get("CCS", values)),),
    ),
    Fault("ccs_voltage_5_percent_high", "CCS tells 5 % too much voltage", (scaled("CCS", "voltage_v", 1.05),)),
    Fault("ccs_never_permits", "CCS never permits charging", (Change("CCS", {"permitted": 0}),)),
    Fault("ccs_time_in_seconds", "CCS counts the charging time in seconds", (Derive("CCS", _elapsed_in_seconds),)),
    Fault("ccs_only_with_full_current", "CCS is sent only while the vehicle demands the full current", (Suppress("CCS", _only_full),)),
    Fault("cro_continues_beside_ccs", "CRO goes on after CCS began", (Linger("CRO", frozenset(("CHARGING",))),)),
    Fault("output_30_percent_above_demand", "the output delivers 30 % more than demanded", (Misread("BCL", _with_30_percent),)),
    Fault("bmv_ends_the_charge", "BMV is taken for BST", (Mistake("BMV", "BST"),)),
    Fault(
        "bmt_never_answered",
        "RTS of BMT is neither accepted nor refused",
        (
            TransportEffect(only(pgn_of("BMT"), drop_control(Control.CTS))),
            TransportEffect(only(pgn_of("BMT"), drop_control(Control.ABORT))),
        ),
    ),
    Fault(
        "bmt_after_bmv_ends_the_charge",
        "BMT is taken for BST once BMV came",
        (Mistake("BMT", "BST", lambda values, moment: "BMV" in moment.heard),),
    ),
    Fault("bsp_announcement_ends_the_charge", "RTS of BSP is taken for BST", (Mistake("BSP.RTS", "BST"),)),
    Fault("ccs_pauses_after_bmv", "CCS is not sent for 200 ms after BMV", (Suppress("CCS", lately("BMV", ms(200))),)),
    Fault("cem_bcs_never", "no CEM although BCS ends", (TimerEffect("TC9", None),)),
    Fault("cem_bcs_6s", "lost BCS is reported after 6 s", (TimerEffect("TC9", s(6)),)),
    Fault("cem_bcs_wrong_bit", "lost BCS is reported as lost BCL", (WrongError("timeout_bcs", "timeout_bcl"),)),
    Fault("bcl_feeds_bcs_timeout", "every BCL begins the waiting time for BCS anew", (Rearm("TC9", "BCL"),)),
    Fault("ccs_ends_with_bcs", "CCS is not sent while BCS does not come", (_silent("BCS"),)),
    Fault(
        "output_goes_on_after_cem",
        "the output goes on after CEM",
        (Refrain("shut_output", in_phase("ERROR")), OptionEffect("demand_valid_s", 1000.0)),
    ),
    Fault(
        "bcs_announcement_feeds_timeout", "every RTS of BCS begins the waiting time anew", (Rearm("TC9", "BCS.RTS", in_phase("CHARGING")),)
    ),
    Fault(
        "bcs_announcement_taken_for_bcs", "RTS of BCS is taken for the complete message", (Mistake("BCS.RTS", "BCS", heard_in("CHARGING")),)
    ),
    Fault(
        "charge_ends_at_broken_bcs",
        "a second RTS of BCS without a complete one in between ends the charge",
        (Mistake("BCS.RTS", "BST", lambda values, moment: moment.age_ns("BCS") > s(1)),),
    ),
    Fault("cem_bcl_never", "no CEM although BCL ends", (TimerEffect("TC8", None),)),
    Fault("cem_bcl_1300ms", "lost BCL is reported after 1.3 s", (TimerEffect("TC8", ms(1300)),)),
    Fault("cem_bcl_1150ms", "lost BCL is reported after 1.15 s, which is in time", (TimerEffect("TC8", ms(1150)),)),
    Fault("cem_bcl_900ms", "lost BCL is reported after 0.9 s", (TimerEffect("TC8", ms(900)),)),
    Fault("cem_bcl_wrong_bit", "lost BCL is reported as lost BCS", (WrongError("timeout_bcl", "timeout_bcs"),)),
    Fault("bsm_feeds_bcl_timeout", "every BSM begins the waiting time for BCL anew", (Rearm("TC8", "BSM"),)),
    Fault("ccs_ends_with_bcl", "CCS is not sent while BCL does not come", (_silent("BCL"),)),
    Fault("bro_feeds_bcl_timeout", "every BRO begins the waiting time for BCL anew", (Rearm("TC8", "BRO"),)),
    Fault("bro_taken_for_bcl", "BRO during charging is taken for BCL", (Mistake("BRO", "BCL", heard_in("CHARGING")),)),
    Fault(
        "bro_brings_cro_back",
        "CRO comes again while BRO comes during charging",
        (Premature("CRO", "CHARGING"), Suppress("CRO", lambda moment: moment.phase == "CHARGING" and moment.age_ns("BRO") > ms(100))),
    ),
    Fault("cem_bcs_at_start_never", "no CEM although BCS never comes after CRO(AA)", (TimerEffect("TC7", None),)),
    Fault("cem_bcs_at_start_7s", "missing BCS after CRO(AA) is reported after 7 s", (TimerEffect("TC7", s(7)),)),
    Fault("bcl_taken_for_bcs", "BCL after CRO(AA) is taken for BCS", (Mistake("BCL", "BCS", heard_in("READY")),)),
    Fault("bcl_feeds_bcs_timeout_at_start", "every BCL begins the first waiting time for BCS anew", (Rearm("TC7", "BCL"),)),
    Fault(
        "cro_aa_ends_with_bcl",
        "CRO ends with the first BCL",
        (Suppress("CRO", lambda moment: _at_start(moment) and "BCL" in moment.heard),),
    ),
    Fault("bcs_feeds_bcl_timeout_at_start", "every BCS begins the first waiting time for BCL anew", (Rearm("TC6", "BCS"),)),
    Fault("bcs_taken_for_bcl", "BCS after CRO(AA) is taken for BCL", (Mistake("BCS", "BCL", heard_in("READY")),)),
    Fault(
        "cro_aa_ends_with_bcs",
        "CRO ends with the first BCS",
        (Suppress("CRO", lambda moment: _at_start(moment) and "BCS" in moment.heard),),
    ),
    Fault(
        "bcs_at_start_never_granted",
        "RTS of BCS is answered only once BCL came",
        (
            TransportEffect(only(pgn_of("BCS"), drop_control(Control.CTS))),
            Mistake("BCS.RTS", "BCS", lambda values, moment: "BCL" in moment.heard),
        ),
    ),
    Fault("bcs_frame_taken_for_bcs", "a single frame of BCS is taken for the complete message", (Mistake("BCS.frame", "BCS"),)),
    Fault("bcs_frame_feeds_timeout_at_start", "every single frame of BCS begins the waiting time anew", (Rearm("TC7", "BCS.frame"),)),
    Fault(
        "bcs_frame_ends_cro_aa",
        "CRO ends with the first single frame of BCS",
        (Mistake("BCS.frame", "BHM"), Suppress("CRO", lambda moment: _at_start(moment) and "BCS.frame" in moment.heard)),
    ),
    Fault("bsm_taken_for_bcl", "BSM after CRO(AA) is taken for BCL", (Mistake("BSM", "BCL", heard_in("READY")),)),
    Fault("bsm_feeds_bcl_timeout_at_start", "every BSM begins the first waiting time for BCL anew", (Rearm("TC6", "BSM"),)),
    Fault(
        "cro_aa_pauses_beside_bsm",
        "CRO is not sent while BSM comes every 50 ms",
        (Suppress("CRO", lambda moment: _at_start(moment) and lately("BSM", ms(60))(moment)),),
    ),
)
"""Faults of charging itself, stage 3 of the catalogue's section 9."""
