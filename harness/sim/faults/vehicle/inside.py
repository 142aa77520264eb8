"""Deviations of the vehicle that stay inside of the limits, or that the catalogue only records: no case may fail on them."""

from __future__ import annotations

from dataclasses import replace

from harness.core import Frame, ms, s
from harness.protocols.gbt27930.behaviour import Deaf, Delay, Lenient, Mishear, OptionEffect, Period, TimerEffect
from harness.sim.faults.fault import Fault

__all__ = ["INSIDE_FAULTS"]

_KNOWN_VERSION = b"\x01\x01\x00"


def _of_right_priority(frame: Frame) -> Frame:
    return replace(frame, can_id=0x1801F456) if frame.can_id == 0x1C01F456 else frame


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

INSIDE_FAULTS = (*_HANDSHAKE,)
"""Proven by tests/suites/test_gbt27930_inside.py not to turn a case to FAIL."""
