"""Faults of the charger in handshake and recognition."""

from __future__ import annotations

from harness.core import ms, s
from harness.protocols.gbt27930.behaviour import (
    Change,
    Deaf,
    Delay,
    Derive,
    Linger,
    Misread,
    Mistake,
    OptionEffect,
    Period,
    Rearm,
    Rewrite,
    Suppress,
    TimerEffect,
    TransportEffect,
    WrongError,
)
from harness.protocols.j1939 import Control
from harness.protocols.j1939.faults import drop_control, only, wrong_pgn
from harness.sim.faults.charger.conditions import bits_reversed, bytes_reversed, heard_in, in_phase, lately, long_in_phase
from harness.sim.faults.effects import after_first, longer, number, pgn_of, shorter, with_priority
from harness.sim.faults.fault import Fault

__all__ = ["HANDSHAKE_FAULTS"]

HANDSHAKE_FAULTS = (
    Fault("chm_never_sent", "CHM is never sent", (Suppress("CHM"),)),
    Fault("chm_late", "CHM begins 8 s after the start", (Delay("CHM", s(8)),)),
    Fault("chm_version_high_byte_first", "the version of CHM has its high byte first", (bytes_reversed("CHM", (0, 3)),)),
    Fault("chm_length_8", "CHM is filled up to 8 bytes", (longer("CHM", 8),)),
    Fault("chm_period_400ms", "CHM comes every 400 ms", (Period("CHM", ms(400)),)),
    Fault("chm_wrong_priority", "CHM has priority 4 in its identifier", (Rewrite("CHM", with_priority(4)),)),
    Fault("chm_stops_after_1s", "CHM ends after four frames although no BHM came", (after_first("CHM", 4),)),
    Fault("chm_continues_beside_crm", "CHM goes on after CRM(00) began", (Linger("CHM", frozenset(("RECOGNITION",))),)),
    Fault("crm_never_sent", "CRM is never sent", (Suppress("CRM"),)),
    Fault("crm_after_40s", "the insulation test takes 40 s", (OptionEffect("insulation_s", 40.0),)),
    Fault("crm_recognition_55", "CRM has the value 0x55", (Change("CRM", {"recognition": 0x55}),)),
    Fault("crm_number_high_byte_first", "the charger number of CRM has its high byte first", (bytes_reversed("CRM", (1, 5)),)),
    Fault("crm_length_7", "CRM has 7 bytes", (shorter("CRM", 7),)),
    Fault("crm_period_500ms", "CRM comes every 500 ms", (Period("CRM", ms(500)),)),
    Fault(
        "insulation_voltage_above_bhm",
        "the insulation test runs 20 % above the voltage of BHM",
        (Misread("BHM", lambda values, moment: {**values, "max_voltage_v": number(values["max_voltage_v"]) * 1.2}),),
    ),
    Fault("brm_never_granted", "RTS of BRM is never answered", (TransportEffect(only(pgn_of("BRM"), drop_control(Control.CTS))),)),
    Fault(
        "brm_not_acknowledged",
        "a complete BRM is not acknowledged",
        (TransportEffect(only(pgn_of("BRM"), drop_control(Control.END_OF_MSG_ACK))),),
    ),
    Fault(
        "brm_cts_of_wrong_pgn",
        "CTS for BRM names the parameter group of BCP",
        (TransportEffect(only(pgn_of("BRM"), wrong_pgn(pgn_of("BCP"), Control.CTS))),),
    ),
    Fault("brm_ignored", "a complete BRM is ignored", (Deaf("BRM"),)),
    Fault(
        "brm_of_private_owner_ignored",
        "BRM of a vehicle that owns its battery is ignored",
        (Deaf("BRM", lambda values, moment: values.get("ownership") == 1),),
    ),
    Fault(
        "crm_00_between_crm_aa",
        "every third CRM says 00 after BRM",
        (Change("CRM", {"recognition": 0x00}, lambda moment: moment.phase == "IDENTIFIED" and moment.sent.get("CRM", 0) % 3 == 0),),
    ),
    Fault("crm_aa_without_number", "CRM(AA) tells the charger number 0", (Change("CRM", {"charger_number": 0}, in_phase("IDENTIFIED")),)),
    Fault(
        "crm_aa_6s_after_brm",
        "CRM(AA) comes 6 s after BRM",
        (
            Suppress("CRM", lambda moment: moment.phase == "IDENTIFIED" and moment.now_ns - moment.phase_since_ns < s(6)),
            TimerEffect("TC2", s(11)),
        ),
    ),
    Fault("cem_brm_never", "no CEM although BRM never comes", (TimerEffect("TC1", None),)),
    Fault("cem_brm_5600ms", "missing BRM is reported after 5.6 s", (TimerEffect("TC1", ms(5600)),)),
    Fault("cem_brm_4900ms", "missing BRM is reported after 4.9 s", (TimerEffect("TC1", ms(4900)),)),
    Fault("cem_brm_5400ms", "missing BRM is reported after 5.4 s, which is in time", (TimerEffect("TC1", ms(5400)),)),
    Fault("cem_brm_wrong_bit", "missing BRM is reported as missing BCP", (WrongError("timeout_brm", "timeout_bcp"),)),
    Fault("cem_two_bits", "CEM names the missing BSD beside its real reason", (Change("CEM", {"timeout_bsd": 1}),)),
    Fault("cem_length_8", "CEM is filled up to 8 bytes", (longer("CEM", 8),)),
    Fault("cem_bits_of_wrong_order", "the bits of CEM are counted from the high end", (bits_reversed("CEM"),)),
    Fault("crm_00_stops_after_3s", "CRM(00) ends after twelve frames", (after_first("CRM", 12),)),
    Fault("brm_announcement_taken_for_brm", "RTS of BRM is taken for the complete message", (Mistake("BRM.RTS", "BRM"),)),
    Fault("brm_announcement_feeds_timeout", "every RTS of BRM begins the waiting time anew", (Rearm("TC1", "BRM.RTS"),)),
    Fault(
        "second_brm_announcement_suffices",
        "a second RTS of BRM is taken for the complete message",
        (Mistake("BRM.RTS", "BRM", lambda values, moment: "BRM.RTS" in moment.heard),),
    ),
    Fault("bhm_feeds_brm_timeout", "every BHM begins the waiting time for BRM anew", (Rearm("TC1", "BHM"),)),
    Fault("bhm_taken_for_brm", "BHM during CRM(00) is taken for BRM", (Mistake("BHM", "BRM", heard_in("RECOGNITION")),)),
    Fault(
        "crm_00_pauses_while_bhm_comes",
        "CRM(00) is not sent while BHM still comes",
        (Suppress("CRM", lambda moment: long_in_phase("RECOGNITION", s(1))(moment) and lately("BHM")(moment)),),
    ),
    Fault("brm_feeds_bcp_timeout", "every BRM begins the waiting time for BCP anew", (Rearm("TC2", "BRM"),)),
    Fault("second_brm_taken_for_bcp", "BRM during CRM(AA) is taken for BCP", (Mistake("BRM", "BCP", heard_in("IDENTIFIED")),)),
    Fault(
        "second_brm_brings_crm_00_back",
        "CRM says 00 again after a repeated BRM",
        (
            Derive(
                "CRM",
                lambda values, moment: (
                    {**values, "recognition": 0x00} if long_in_phase("IDENTIFIED", s(1))(moment) and lately("BRM")(moment) else values
                ),
            ),
        ),
    ),
)
"""Faults of stage 1 of the catalogue's section 9."""
