"""Faults of the charger in configuration, up to CRO(AA)."""

from __future__ import annotations

from harness.core import ms, s
from harness.protocols.gbt27930.behaviour import (
    Change,
    Deaf,
    Delay,
    Derive,
    Linger,
    Mistake,
    Moment,
    OptionEffect,
    Payload,
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
from harness.sim.faults.charger.conditions import bytes_reversed, heard_in, lately, long_in_phase
from harness.sim.faults.effects import bytes_at, longer, pgn_of, scaled, swapped
from harness.sim.faults.fault import Fault

__all__ = ["CONFIGURATION_FAULTS"]


def _says_00(values: Values, moment: Moment) -> bool:
    return values.get("ready") == 0x00


def _says_00_in_cro(values: Values, moment: Moment) -> bool:
    return moment.phase == "READY" and _says_00(values, moment)


def _falls_back(values: Values, moment: Moment) -> Values:
    """CRO(AA) once, then 00 again."""
    if values["ready"] != 0xAA or "said AA" not in moment.marks:
        moment.marks.update({"said AA"} if values["ready"] == 0xAA else ())
        return values
    return {**values, "ready": 0x00}


def _later(moment: Moment) -> bool:
    return moment.now_ns - moment.phase_since_ns > s(1)


def _forced(moment: Moment) -> bool:
    """The vehicle said that it is ready, and took it back, a while ago."""
    return long_in_phase("READY", s(2))(moment) and moment.last("BRO", "ready") == 0x00


CONFIGURATION_FAULTS = (
    Fault("bcp_never_granted", "RTS of BCP is never answered", (TransportEffect(only(pgn_of("BCP"), drop_control(Control.CTS))),)),
    Fault(
        "bcp_not_acknowledged",
        "a complete BCP is not acknowledged",
        (TransportEffect(only(pgn_of("BCP"), drop_control(Control.END_OF_MSG_ACK))),),
    ),
    Fault("cml_never_sent", "CML is never sent", (Suppress("CML"),)),
    Fault("cml_period_500ms", "CML comes every 500 ms", (Period("CML", ms(500)),)),
    Fault("cml_high_byte_first", "the values of CML have their high byte first", (bytes_reversed("CML", (0, 2), (2, 4), (4, 6), (6, 8)),)),
    Fault(
        "cml_currents_exchanged", "largest and smallest current of CML are exchanged", (swapped("CML", ("max_current_a", "min_current_a")),)
    ),
    Fault("cml_current_is_a_discharge", "CML tells its current with the wrong sign", (scaled("CML", "max_current_a", -1),)),
    Fault("cml_current_without_offset", "CML carries the current without its offset", (bytes_at("CML", 4, 0xC4, 0x09),)),
    Fault(
        "cml_changes_after_first",
        "CML tells another voltage from its second sending on",
        (Change("CML", {"max_voltage_v": 500.0}, lambda moment: moment.sent.get("CML", 0) > 1),),
    ),
    Fault("crm_aa_continues_beside_cml", "CRM(AA) goes on after CML began", (Linger("CRM", frozenset(("CONFIGURATION",))),)),
    Fault("cts_missing", "CTS is not sent although it is declared", (OptionEffect("cts", False),)),
    Fault("cts_binary", "CTS is binary, not BCD", (Payload("CTS", lambda data: bytes(int(f"{byte:x}") for byte in data)),)),
    Fault("cts_year_high_byte_first", "the year of CTS has its high byte first", (bytes_reversed("CTS", (5, 7)),)),
    Fault("cts_period_1s", "CTS comes every second", (Period("CTS", s(1)),)),
    Fault("bro_00_taken_for_aa", "any BRO is taken for BRO(AA)", (Mistake("BRO", "BRO(AA)", _says_00),)),
    Fault("bro_00_not_counted", "BRO(00) is not noticed", (Deaf("BRO", _says_00),)),
    Fault("cml_ends_at_bro_00", "CML ends with the first BRO(00)", (Suppress("CML", lambda moment: moment.last("BRO", "ready") == 0),)),
    Fault(
        "cml_current_zero_beside_bro_00",
        "CML offers no current any more once BRO(00) came",
        (Change("CML", {"max_current_a": 0.0}, lambda moment: moment.last("BRO", "ready") == 0),),
    ),
    Fault("cem_bcp_never", "no CEM although BCP never comes", (TimerEffect("TC2", None),)),
    Fault("cem_bcp_7s", "missing BCP is reported after 7 s", (TimerEffect("TC2", s(7)),)),
    Fault("cem_bcp_wrong_bit", "missing BCP is reported as missing BRM", (WrongError("timeout_bcp", "timeout_brm"),)),
    Fault("crm_aa_stops_after_3s", "CRM(AA) ends after 3 s", (Suppress("CRM", long_in_phase("IDENTIFIED", s(3))),)),
    Fault(
        "silent_vehicle_awaited_for_ever",
        "the waiting time for BCP begins anew with each CRM(AA) while the vehicle is silent",
        (Rearm("TC2", "CRM", lambda moment: not lately("BRM", s(1))(moment)),),
    ),
    Fault("cml_without_bcp", "CML begins beside CRM(AA)", (Premature("CML", "IDENTIFIED"),)),
    Fault("bcp_announcement_taken_for_bcp", "RTS of BCP is taken for the complete message", (Mistake("BCP.RTS", "BCP"),)),
    Fault("bcp_announcement_feeds_timeout", "every RTS of BCP begins the waiting time anew", (Rearm("TC2", "BCP.RTS"),)),
    Fault(
        "second_bcp_announcement_suffices",
        "a second RTS of BCP is taken for the complete message",
        (Mistake("BCP.RTS", "BCP", lambda values, moment: "BCP.RTS" in moment.heard),),
    ),
    Fault("cem_bro_never", "no CEM although BRO never comes", (TimerEffect("TC3", None),)),
    Fault("cem_bro_7s", "missing BRO is reported after 7 s", (TimerEffect("TC3", s(7)),)),
    Fault("cem_bro_wrong_bit", "missing BRO is reported as missing BCS", (WrongError("timeout_bro", "timeout_bcs"),)),
    Fault("cml_stops_after_3s", "CML ends after 3 s", (Suppress("CML", long_in_phase("CONFIGURATION", s(3))),)),
    Fault("cml_stops_after_50s", "CML ends after 50 s", (Suppress("CML", long_in_phase("CONFIGURATION", s(50))),)),
    Fault("cro_without_bro", "CRO begins beside CML", (Premature("CRO", "CONFIGURATION"),)),
    Fault("bcl_taken_for_bro_aa", "BCL during CML is taken for BRO(AA)", (Mistake("BCL", "BRO(AA)", heard_in("CONFIGURATION")),)),
    Fault("bcl_feeds_bro_timeout", "every BCL begins the waiting time for BRO anew", (Rearm("TC3", "BCL"),)),
    Fault(
        "cml_pauses_beside_bcl",
        "CML is not sent while BCL comes",
        (Suppress("CML", lambda moment: long_in_phase("CONFIGURATION", s(1))(moment) and lately("BCL")(moment)),),
    ),
    Fault("cem_bro_aa_never", "no CEM although the vehicle never gets ready", (TimerEffect("TC4", None),)),
    Fault("cem_bro_aa_66s", "missing BRO(AA) is reported after 66 s", (TimerEffect("TC4", s(66)),)),
    Fault("cem_bro_aa_30s", "missing BRO(AA) is reported after 30 s", (TimerEffect("TC4", s(30)),)),
    Fault("bro_00_feeds_60s_timeout", "every BRO(00) begins the 60 s anew", (Rearm("TC4", "BRO"),)),
    Fault("bcp_feeds_bro_timeout", "every BCP begins the waiting time for BRO anew", (Rearm("TC3", "BCP"),)),
    Fault("second_bcp_taken_for_bro_aa", "BCP during CML is taken for BRO(AA)", (Mistake("BCP", "BRO(AA)", heard_in("CONFIGURATION")),)),
    Fault(
        "second_bcp_brings_crm_back",
        "CRM comes again beside CML after a repeated BCP",
        (
            Premature("CRM", "CONFIGURATION"),
            Suppress("CRM", lambda moment: moment.phase == "CONFIGURATION" and not (lately("BCP")(moment) and _later(moment))),
        ),
    ),
    Fault("cro_never_sent", "CRO is never sent", (Suppress("CRO"),)),
    Fault("cro_6s_late", "CRO begins 6 s after BRO(AA)", (Delay("CRO", s(6)),)),
    Fault("cro_invalid_55", "CRO has the value 0x55", (Payload("CRO", lambda data: b"\x55"),)),
    Fault("cro_length_2", "CRO has 2 bytes", (longer("CRO", 2),)),
    Fault("cro_period_500ms", "CRO comes every 500 ms", (Period("CRO", ms(500)),)),
    Fault("cro_never_aa", "the output never gets ready", (TimerEffect("OUTPUT_READY", None),)),
    Fault("cro_falls_back_to_00", "CRO says AA once, then 00 again", (Derive("CRO", _falls_back),)),
    Fault("cml_continues_beside_cro", "CML goes on after CRO began", (Linger("CML", frozenset(("READY",))),)),
    Fault("cem_bro_in_cro_never", "no CEM although BRO(AA) ends while CRO(00)", (TimerEffect("TC5", None),)),
    Fault("cem_bro_in_cro_7s", "BRO(AA) lost while CRO(00) is reported after 7 s", (TimerEffect("TC5", s(7)),)),
    Fault("cem_bro_in_cro_3s", "BRO(AA) lost while CRO(00) is reported after 3 s", (TimerEffect("TC5", s(3)),)),
    Fault(
        "cro_ends_with_bro",
        "CRO is not sent while BRO does not come",
        (Suppress("CRO", lambda moment: moment.phase == "READY" and not lately("BRO", s(1))(moment)),),
    ),
    Fault(
        "cro_jumps_to_aa_without_bro",
        "CRO says AA at once when BRO does not come, and starts without the vehicle",
        (Change("CRO", {"ready": 0xAA}, lambda moment: not lately("BRO", s(1))(moment)), TimerEffect("TC5", None)),
    ),
    Fault("bsm_feeds_bro_timeout_in_cro", "every BSM begins the waiting time for BRO(AA) anew", (Rearm("TC5", "BSM"),)),
    Fault("bsm_taken_for_bro_aa", "BSM while CRO(00) is taken for BRO(AA)", (Mistake("BSM", "BRO(AA)", heard_in("READY")),)),
    Fault(
        "cro_pauses_beside_bsm",
        "CRO is not sent while BSM comes",
        (Suppress("CRO", lambda moment: moment.phase == "READY" and lately("BSM")(moment)),),
    ),
    Fault("bro_00_in_cro_taken_for_aa", "BRO(00) while CRO(00) is taken for BRO(AA)", (Mistake("BRO", "BRO(AA)", _says_00_in_cro),)),
    Fault("cro_aa_although_bro_says_00", "CRO says AA a while after BRO(AA) was taken back", (Change("CRO", {"ready": 0xAA}, _forced),)),
    Fault("bro_00_feeds_timeout_in_cro", "BRO(00) begins the waiting time for BRO(AA) anew", (Rearm("TC5", "BRO"),)),
    Fault(
        "dead_after_withdrawn_bro",
        "once BRO(AA) was taken back the charger does not start anew when it is unplugged",
        (Refrain("reset", lambda moment: moment.last("BRO", "ready") == 0x00),),
    ),
    Fault("cem_bcl_at_start_never", "no CEM although BCL never comes after CRO(AA)", (TimerEffect("TC6", None),)),
    Fault("cem_bcl_at_start_1300ms", "missing BCL after CRO(AA) is reported after 1.3 s", (TimerEffect("TC6", ms(1300)),)),
    Fault(
        "cem_bcl_at_start_1150ms", "missing BCL after CRO(AA) is reported after 1.15 s, which is in time", (TimerEffect("TC6", ms(1150)),)
    ),
    Fault("cem_bcl_at_start_wrong_bit", "missing BCL is reported as missing BST", (WrongError("timeout_bcl", "timeout_bst"),)),
    Fault("bro_feeds_bcl_timeout_at_start", "every BRO begins the waiting time for BCL anew", (Rearm("TC6", "BRO"),)),
    Fault("ccs_before_bcl", "CCS begins beside CRO", (Premature("CCS", "READY"),)),
)
"""Faults of stage 2 of the catalogue's section 9."""
