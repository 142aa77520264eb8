"""Faults of the high voltage: discharge, precharge, contactors, drive, thermal management."""

from __future__ import annotations

from collections.abc import Mapping

from harness.core import Value, s
from harness.protocols.swap.vehicle.behaviour import Delay, Derive, Misread, Moment, OptionEffect, Overlook, Refrain, TimerEffect
from harness.sim.faults.swap.effects import after_a_swap, hears, hears_late, overlooks, while_doing
from harness.sim.faults.swap.fault import Fault

__all__ = ["POWER_FAULTS"]

_OPENING: Mapping[str, Value] = {"LockState": "unlocking", "LockCmdEcho": "unlock", "LockPoint1": "intermediate"}


def _noted(values: Mapping[str, Value], moment: Moment) -> Mapping[str, Value]:
    moment.marks["runaway"] = values.get("ThermalRunaway")
    return values


def _is_hot(moment: Moment) -> bool:
    return moment.marks.get("runaway") == "yes"


def _noted_drive(values: Mapping[str, Value], moment: Moment) -> Mapping[str, Value]:
    if moment.speed_kmh > 0:
        moment.marks["drove"] = moment.now_ns
    return values


def _has_just_driven(moment: Moment) -> bool:
    """Until 7 s after the truck stopped."""
    drove_ns = moment.marks.get("drove")
    return isinstance(drove_ns, int) and moment.now_ns - drove_ns < s(7)


POWER_FAULTS = (
    Fault("slow_discharge", "the link takes 8 s to be below the limit", (OptionEffect("discharge_tau_s", 3.4),)),
    Fault("no_discharge", "the link is not discharged", (Refrain("discharge"),)),
    Fault("discharges_before_opening", "the link is discharged while the contactors are still closed", (Refrain("open_first"),)),
    Fault("unlocks_at_80v", "the link counts as dead below 80 V", (OptionEffect("hv_limit_v", 80.0),)),
    Fault("permits_with_voltage", "the permit is given whatever the voltage of the link", overlooks("link")),
    Fault("ignores_weld", "a welded contactor is not heeded", overlooks("weld")),
    Fault("weld_not_recorded", "a welded contactor leaves no fault", (while_doing("record", "contactor_welded"),)),
    Fault("hv_stays_without_pack", "the power stays on although the pack is not heard any more", overlooks("pack")),
    Fault("no_fault_without_pack", "the loss of the pack leaves no fault", (while_doing("record", "pack_lost"),)),
    Fault("ignores_hvil", "the power is switched on with the interlock loop open", overlooks("interlock")),
    Fault("hvil_not_recorded", "an open interlock loop leaves no fault", (while_doing("record", "interlock_open"),)),
    Fault("ignores_coolant_coupler", "an open coolant coupler is not heeded", overlooks("coolant")),
    Fault("coolant_coupler_not_recorded", "an open coolant coupler leaves no fault", (while_doing("record", "coolant_open"),)),
    Fault(
        "torque_goes_on_without_pack",
        "power and torque stay although the pack is not heard any more",
        (*overlooks("pack"), Refrain("inhibit")),
    ),
    Fault(
        "pack_missed_late",
        "that the pack is not heard any more is noticed after 1.5 s",
        (TimerEffect("PACK_STS1", s(1.5)), TimerEffect("PACK_STS2", s(1.5))),
    ),
    Fault("no_torque", "the drive gives no torque", (OptionEffect("torque_per_a", 0.0),)),
    Fault(
        "drives_without_pack",
        "power and torque are there without a pack",
        (*overlooks("lock", "interlock", "connector", "coolant", "pack", "pack_fault"), Refrain("inhibit"), Refrain("precharge")),
    ),
    Fault(
        "never_closes_main_on_a_new_pack",
        "the main contactors of a new pack are not asked for after the precharge",
        (Delay("precharge", s(3600), after_a_swap),),
    ),
    Fault("closes_main_early", "the main contactors close without waiting for the precharge", (Refrain("precharge"),)),
    Fault("slow_precharge", "the precharge takes 7 s", (OptionEffect("precharge_tau_s", 2.4), TimerEffect("T_PRECHARGE", s(20)))),
    Fault(
        "main_late",
        "the main contactors close 6 s after the precharge began",
        (Delay("precharge", s(6)), TimerEffect("T_PRECHARGE", s(20))),
    ),
    Fault("precharges_for_ever", "a precharge that does not succeed goes on", (Refrain("give_up_precharge"),)),
    Fault(
        "closes_on_stuck_precharge",
        "the main contactors close although the link stays low",
        (OptionEffect("precharged_share", 0.3),),
    ),
    Fault("failed_precharge_not_recorded", "a failed precharge leaves no fault", (while_doing("record", "precharge_failed"),)),
    Fault("two_imds", "the truck's insulation monitor stays on beside that of the pack", (Refrain("own_monitor_off"),)),
    Fault(
        "own_monitor_off_late",
        "the truck's insulation monitor goes off 1.5 s after that of the pack is on",
        (hears_late("PACK_STS2", "ImdActive", "on", s(1.5)),),
    ),
    Fault("pump_after_7s", "the pump runs 7 s after the pack asked for cooling", (hears_late("PACK_THM", "ThermalRequest", "cool", s(7)),)),
    Fault(
        "leak_power_off_late",
        "the power goes off 7 s after the truck stopped with a leak",
        (Misread("PACK_THM", _noted_drive), Overlook("runaway", _has_just_driven)),
    ),
    Fault("pump_stays_off", "the pump does not run when the pack asks for cooling", (Refrain("pump"),)),
    Fault("ignores_leak", "a coolant leak is not heeded", (hears("PACK_THM", Leak="no"),)),
    Fault("leak_keeps_power", "the power stays on with a coolant leak", overlooks("runaway")),
    Fault("ignores_runaway", "a thermal runaway is not heeded", (hears("PACK_THM", ThermalRunaway="no"),)),
    Fault("runaway_alarm_late", "a thermal runaway is told after 3 s", (Delay("thermal_runaway", s(3)),)),
    Fault(
        "moves_on_runaway",
        "the lock opens in a thermal runaway",
        (Misread("PACK_THM", _noted), Derive("LOCK_STS", lambda values, moment: {**values, **_OPENING} if _is_hot(moment) else values)),
    ),
    Fault("drives_with_lock_intermediate", "the truck drives with its lock in between", (*overlooks("lock"), Refrain("inhibit"))),
)
