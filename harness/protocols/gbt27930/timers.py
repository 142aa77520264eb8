"""Timeouts of GB/T 27930-2015 by which our own machines run (clause 8 of the standard).

What a judge accepts comes from a profile, never from here. Rows that the reference cannot settle carry the
choice made in ``note``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from harness.core.durations import s

__all__ = ["CHARGER_TIMERS", "CHARGER_TIMERS_2023A", "TIMERS", "VEHICLE_TIMERS", "TimerRow"]


@dataclass(frozen=True, slots=True)
class TimerRow:
    """One timeout of one side."""

    name: str
    """``TB..`` of the vehicle, ``TC..`` of the charger."""
    value_ns: int
    armed_by: str
    """What starts it, and starts it again."""
    waits_for: str
    """What stops it."""
    error: str | None
    """Signal of BEM or CEM that reports it, ``None`` if it ends without an error message."""
    error_spn: int | None
    reconnect: bool
    """Whether recognition may be repeated afterwards."""
    source: str
    confidence: str
    clause: str = "8"
    note: str = ""


def _table(*rows: TimerRow) -> Mapping[str, TimerRow]:
    return MappingProxyType({row.name: row for row in rows})


VEHICLE_TIMERS: Mapping[str, TimerRow] = _table(
    TimerRow("TB1", s(30), "first CHM received", "CRM(00)", "timeout_crm00", 3901, True, "S1 S19", "high"),
    TimerRow("TB1b", s(60), "wake-up, no CHM seen", "CHM or CRM(00)", "timeout_crm00", 3901, True, "S1 S13 S19", "high"),
    TimerRow("TB2", s(5), "first BRM sent", "CRM(AA)", "timeout_crmaa", 3902, True, "S1 S16 S19", "high"),
    TimerRow("TB3", s(5), "first BCP sent", "CML", "timeout_cml", 3903, True, "S1 S16 S19", "high"),
    TimerRow("TB4", s(5), "first BRO(AA) sent, then each CRO received", "any CRO", "timeout_cro", 3904, True, "S1 S19", "high"),
    TimerRow("TB5", s(60), "first BRO(AA) sent", "CRO(AA)", "timeout_cro", 3904, True, "S1 S19", "high"),
    TimerRow("TB6", s(1), "each CCS received while charging", "CCS", "timeout_ccs", 3905, True, "S1 S16 S19", "high"),
    TimerRow(
        "TB6a", s(5), "CRO(AA) received, then each CRO received", "first CCS", "timeout_cro", 3904, True, "S1 S19", "low",
        note="no start value is public; the CRO watch goes on until the first CCS, as in S19",
    ),
    TimerRow("TB7", s(5), "first BST sent", "CST", "timeout_cst", 3906, False, "S1 S5 S19", "high"),
    TimerRow("TB8", s(10), "first BST sent", "CSD", "timeout_csd", 3907, False, "S1 S19", "high"),
    TimerRow(
        "TB9", s(30), "first BEM sent, or CEM received", "CRM(00) of a reconnect", None, None, False, "S1 S19", "high",
        note="S19 reports it with SPN 3901; here the session ends silently",
    ),
)  # fmt: skip
"""Timeouts that the vehicle keeps, by name."""

CHARGER_TIMERS: Mapping[str, TimerRow] = _table(
    TimerRow("TC1", s(5), "first CRM(00) sent", "complete BRM", "timeout_brm", 3921, True, "S1 S4", "high"),
    TimerRow("TC2", s(5), "first CRM(AA) sent", "complete BCP", "timeout_bcp", 3922, True, "S1 S4", "high"),
    TimerRow("TC3", s(5), "first CML sent", "any BRO", "timeout_bro", 3923, True, "S1 S4", "high"),
    TimerRow("TC4", s(60), "first CML sent", "BRO(AA)", "timeout_bro", 3923, True, "S1 S4", "high"),
    TimerRow("TC5", s(5), "CRO(00) phase, each BRO(AA)", "next BRO(AA)", "timeout_bro", 3923, True, "S4 S8", "high"),
    TimerRow("TC6", s(1), "first CRO(AA) sent", "BCL", "timeout_bcl", 3925, True, "S4", "high"),
    TimerRow("TC7", s(5), "first CRO(AA) sent", "complete BCS", "timeout_bcs", 3924, True, "S4", "high"),
    TimerRow("TC8", s(1), "charging, each BCL", "BCL", "timeout_bcl", 3925, True, "S1 S4 S5", "high"),
    TimerRow("TC9", s(5), "charging, each BCS", "complete BCS", "timeout_bcs", 3924, True, "S1 S4 S5", "high"),
    TimerRow("TC11", s(5), "first CST sent", "BST", "timeout_bst", 3926, False, "S1 S4", "high"),
    TimerRow("TC12", s(10), "first CST sent", "BSD", "timeout_bsd", 3927, False, "S1 S4", "high"),
    TimerRow("TC13", s(600), "pause by BSM or by the charger", "resume", None, None, False, "S1 S4", "high"),
)
"""Timeouts that the charger keeps, by name."""

CHARGER_TIMERS_2023A: Mapping[str, TimerRow] = _table(
    TimerRow(
        "TC10", s(5), "charging, each BSM", "BSM", None, None, False, "S9", "medium",
        note="the bit of CEM that reports it is not public: CEM is sent without one",
    ),
)  # fmt: skip
"""Timeouts that the charger keeps from GB/T 27930-2023 class A on, besides those above."""

TIMERS: Mapping[str, TimerRow] = MappingProxyType({**VEHICLE_TIMERS, **CHARGER_TIMERS})
