"""Faults of the vehicle while charging and at its end."""

from __future__ import annotations

from harness.core import Value, ms, s
from harness.protocols.gbt27930.behaviour import (
    Change,
    Deaf,
    Delay,
    Derive,
    Moment,
    Payload,
    Period,
    Refrain,
    Suppress,
    TimerEffect,
    Values,
    WrongError,
)
from harness.sim.faults.effects import linger, longer, scaled, shorter, swapped
from harness.sim.faults.fault import Fault

__all__ = ["CHARGING_FAULTS"]


def _other_reason(values: Values, moment: Moment) -> dict[str, Value]:
    if not values["soc_reached"]:
        return dict(values)
    return {**values, "soc_reached": 0, "cell_voltage_reached": 1}


def _stopped_by_charger(moment: Moment) -> bool:
    return "CST" in moment.heard


CHARGING_FAULTS = (
    Fault("bcl_period_80ms", "BCL comes every 80 ms", (Period("BCL", ms(80)),)),
    Fault(
        "bcl_byte_order_swapped",
        "voltage and current of BCL have the high byte first",
        (Payload("BCL", lambda data: bytes((data[1], data[0], data[3], data[2], data[4]))),),
    ),
    Fault(
        "bcl_demand_above_bcp",
        "BCL demands 20 % more voltage and current than BCP permits",
        (scaled("BCL", "voltage_v", 1.2), scaled("BCL", "current_a", 1.2)),
    ),
    Fault("bcl_length_6", "BCL has 6 bytes", (longer("BCL", 6),)),
    Fault("bcs_period_400ms", "BCS comes every 400 ms", (Period("BCS", ms(400)),)),
    Fault("bcs_current_sign_flipped", "BCS tells a discharge current", (scaled("BCS", "current_a", -1),)),
    Fault(
        "bcs_stale_values",
        "BCS repeats its first measurement",
        (Derive("BCS", lambda values, moment: moment.first.get("BCS", values)),),
    ),
    Fault("bcs_voltage_5_percent_high", "BCS tells 5 % too much voltage", (scaled("BCS", "voltage_v", 1.05),)),
    Fault("bsm_period_400ms", "BSM comes every 400 ms", (Period("BSM", ms(400)),)),
    Fault("bsm_permitted_zero", "BSM forbids charging all the time", (Change("BSM", {"permitted": 0}),)),
    Fault("bsm_length_8", "BSM has 8 bytes", (longer("BSM", 8),)),
    Fault("never_stops_by_itself", "charging goes on at the target state of charge", (Refrain("stop_charging"),)),
    Fault("bst_wrong_reason", "BST names another reason than the target state of charge", (Derive("BST", _other_reason),)),
    Fault("bst_tells_a_fault", "BST of an ordinary stop tells an insulation fault too", (Change("BST", {"insulation_fault": 1}),)),
    Fault(
        "bst_reason_lost",
        "BST tells its reason once, then none",
        (Change("BST", {"soc_reached": 0, "charger_stopped": 0}, lambda moment: moment.sent.get("BST", 0) > 1),),
    ),
    Fault("bst_period_50ms", "BST comes every 50 ms", (Period("BST", ms(50)),)),
    Fault("bst_300ms_late", "BST begins 300 ms after its reason", (Delay("BST", ms(300)),)),
    Fault("bst_without_cst_bit", "BST does not tell that CST was received", (Change("BST", {"charger_stopped": 0}),)),
    Fault(
        "bcl_continues_after_bst",
        "BCL goes on when the vehicle ended charging",
        (linger("BCL", "STOPPING", "STATISTICS", when=lambda moment: not _stopped_by_charger(moment) or moment.phase == "STOPPING"),),
    ),
    Fault("bcl_continues_after_cst", "BCL goes on after CST", (linger("BCL", "STOPPING", "STATISTICS", when=_stopped_by_charger),)),
    Fault("ignores_cst", "CST is ignored", (Deaf("CST"),)),
    Fault("ccs_timeout_ignored", "charging goes on without CCS", (TimerEffect("TB6", None),)),
    Fault("ccs_timeout_3s", "missing CCS is noticed after 3 s", (TimerEffect("TB6", s(3)),)),
    Fault("bem_wrong_bit_ccs", "missing CCS is reported as missing CST", (WrongError("timeout_ccs", "timeout_cst"),)),
    Fault(
        "contactors_stay_closed_after_ccs_timeout",
        "the contactors do not open after BEM",
        (Refrain("open_contactors", lambda moment: moment.phase == "ERROR"),),
    ),
    Fault("bcl_continues_after_ccs_timeout", "BCL goes on after BEM", (linger("BCL", "ERROR"),)),
    Fault("no_bsd", "BSD is never sent", (Suppress("BSD"),)),
    Fault("bsd_late_12s", "BSD begins 12 s after the stop", (Delay("BSD", s(12)), TimerEffect("TB8", None))),
    Fault("bsd_length_6", "BSD has 6 bytes", (shorter("BSD", 6),)),
    Fault(
        "bsd_lowest_above_highest",
        "lowest and highest values of BSD are exchanged",
        (swapped("BSD", ("min_cell_voltage_v", "max_cell_voltage_v"), ("min_temp_degc", "max_temp_degc")),),
    ),
)
"""Faults of phases 8.3 and 8.4 of the catalogue."""
