"""Faults of the vehicle in handshake and recognition."""

from __future__ import annotations

from harness.core import ms, s
from harness.protocols.gbt27930.behaviour import (
    Change,
    Deaf,
    Delay,
    OptionEffect,
    Period,
    Premature,
    Rearm,
    Refrain,
    Suppress,
    TimerEffect,
    TransportHabit,
    WrongError,
)
from harness.sim.faults.effects import after_first, linger, longer, scaled, shorter
from harness.sim.faults.fault import Fault

__all__ = ["HANDSHAKE_FAULTS"]

_NO_REGION = b"\xff\xff\xff"
_BEM_TIMEOUTS = ("timeout_crm00", "timeout_crmaa", "timeout_cml", "timeout_cro", "timeout_ccs", "timeout_cst", "timeout_csd")

HANDSHAKE_FAULTS = (
    Fault("bhm_never_sent", "BHM is never sent", (Suppress("BHM"),)),
    Fault("bhm_late", "BHM begins 6 s after CHM", (Delay("BHM", s(6)),)),
    Fault("bhm_voltage_wrong", "BHM tells 10 % more than the highest permitted voltage", (scaled("BHM", "max_voltage_v", 1.1),)),
    Fault("bhm_length_3", "BHM has 3 bytes", (longer("BHM", 3),)),
    Fault("wakes_up_late", "the BMS hears nothing for 8 s after its wake-up", (OptionEffect("wakeup_s", 8.0),)),
    Fault("bhm_period_280ms", "BHM comes every 280 ms", (Period("BHM", ms(280)),)),
    Fault("bhm_period_400ms", "BHM comes every 400 ms", (Period("BHM", ms(400)),)),
    Fault("bhm_stops_after_10s", "BHM ends after 40 frames although CHM goes on", (after_first("BHM", 40),)),
    Fault("bhm_keeps_running_in_recognition", "BHM goes on after CRM(00)", (linger("BHM", "RECOGNITION"),)),
    Fault("bem_during_long_handshake", "BEM after 20 s of CHM", (TimerEffect("TB1", s(20)),)),
    Fault("brm_never_sent", "no RTS for BRM", (Suppress("BRM"),)),
    Fault("brm_280ms_late", "BRM begins 280 ms later than it should", (Delay("BRM", ms(280)),)),
    Fault("brm_short_41", "BRM has the 41 bytes of the 2011 edition", (shorter("BRM", 41),)),
    Fault(
        "brm_vin_changes",
        "BRM tells another VIN from its second sending on",
        (Change("BRM", {"vin": b"0PRECERT6TK000002"}, lambda moment: moment.sent.get("BRM", 0) > 1),),
    ),
    Fault("brm_vin_wrong", "BRM carries another VIN", (Change("BRM", {"vin": b"0PRECERT8TK000002"}),)),
    Fault("brm_once_only", "BRM is sent once and not repeated", (after_first("BRM"),)),
    Fault("brm_period_500ms", "BRM comes every 500 ms", (Period("BRM", ms(500)),)),
    Fault("brm_after_recognition", "BRM goes on after CRM(AA)", (linger("BRM", "PARAMETERS"),)),
    Fault("brm_continues_after_bem", "BRM goes on after BEM", (linger("BRM", "ERROR"),)),
    Fault("rts_only_once", "RTS for BRM and BCP is sent once, granted or not", (after_first("BRM"), after_first("BCP"))),
    Fault("sends_data_without_grant", "TP.DT follows the RTS without a CTS", (TransportHabit("unasked_data"),)),
    Fault("refuses_2011_charger", "CRM is ignored if no CHM came before", (Deaf("CRM", lambda values, moment: "CHM" not in moment.heard),)),
    Fault(
        "locks_up_after_2011_charger",
        "after CRM without CHM the BMS does not start anew when it is unplugged",
        (Refrain("reset", lambda moment: "CRM" in moment.heard and "CHM" not in moment.heard),),
    ),
    Fault(
        "refuses_missing_region_code",
        "CRM without region code is ignored",
        (Deaf("CRM", lambda values, moment: values["region_code"] == _NO_REGION),),
    ),
    Fault("no_bem_without_chm", "no BEM although no message of the charger comes", (TimerEffect("TB1b", None),)),
    Fault("no_bem_after_chm_silence", "no BEM although CRM(00) never comes after CHM", (TimerEffect("TB1", None),)),
    Fault("bem_crm00_late", "BEM 36 s after the first CHM", (TimerEffect("TB1", s(36)),)),
    Fault("bem_wrong_bit_crm", "missing CRM(00) is reported as missing CRM(AA)", (WrongError("timeout_crm00", "timeout_crmaa"),)),
    Fault("bem_once_only", "BEM is sent once", (after_first("BEM"),)),
    Fault("bem_idle", "BEM names no reason", (Change("BEM", dict.fromkeys(_BEM_TIMEOUTS, 0)),)),
    Fault("bem_idle_in_recognition", "BEM without any reason is sent beside BRM", (Premature("BEM", "RECOGNITION"),)),
    Fault("bem_crmaa_early", "BEM 2 s after the first BRM", (TimerEffect("TB2", s(2)),)),
    Fault("bem_crmaa_late", "BEM 6 s after the first BRM", (TimerEffect("TB2", s(6)),)),
    Fault(
        "crmaa_timeout_restarts_with_each_brm",
        "the timeout of CRM(AA) begins anew with each BRM, not with the first",
        (Rearm("TB2", "BRM"),),
    ),
    Fault("bem_crmaa_never", "no BEM although CRM(AA) never comes", (TimerEffect("TB2", None),)),
    Fault("bem_wrong_bit_crmaa", "missing CRM(AA) is reported as missing CML", (WrongError("timeout_crmaa", "timeout_cml"),)),
)
"""Faults of phases 8.1 of the catalogue."""
