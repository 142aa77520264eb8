"""Faults of the vehicle in configuration."""

from __future__ import annotations

from harness.core import ms, s
from harness.protocols.gbt27930.behaviour import Change, Deaf, Delay, Mistake, Payload, Period, Suppress, TimerEffect, WrongError
from harness.sim.faults.effects import after_first, bytes_at, linger, shorter
from harness.sim.faults.fault import Fault

__all__ = ["CONFIGURATION_FAULTS"]

_NOT_SUPPLIED = 0xFFFF

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
)
"""Faults of phases 8.2 of the catalogue."""
