"""Faults of the lock and of its acknowledgements."""

from __future__ import annotations

from collections.abc import Mapping

from harness.core import Value, s
from harness.protocols.swap.vehicle.behaviour import Delay, Derive, Moment, OptionEffect, Refrain, Sense, TimerEffect
from harness.sim.faults.swap.effects import after_a_swap, overlooks, says, while_doing
from harness.sim.faults.swap.fault import Fault

__all__ = ["LOCK_FAULTS"]


def _remembered(readings: Mapping[str, object], moment: Moment) -> Mapping[str, object]:
    """After a loss of power the lock is taken to stand where it stood last at an end, until it is moved."""
    points = readings["points"]
    assert isinstance(points, tuple)
    if moment.starts <= 1:
        if points and set(points) == {"locked"}:
            moment.marks["points"] = points
        return readings
    return {**readings, "points": moment.marks.get("points", points)}


def _without_last_point(values: Mapping[str, Value], moment: Moment) -> Mapping[str, Value]:
    fitted = [name for name in values if name.startswith("LockPoint") and values[name] != "not_fitted"]
    return {**values, fitted[-1]: "not_fitted"} if fitted else values


def _moving_if_points_differ(values: Mapping[str, Value], moment: Moment) -> Mapping[str, Value]:
    points = {values[name] for name in values if name.startswith("LockPoint")} - {"not_fitted"}
    return {**values, "LockState": "unlocking"} if len(points) > 1 and values["LockState"] != "error" else values


LOCK_FAULTS = (
    Fault(
        "slow_lock",
        "the lock takes 12 s",
        (OptionEffect("point_travel_s", 10.2), TimerEffect("T_UNLOCK", s(20)), TimerEffect("T_LOCK", s(20))),
    ),
    Fault("slow_to_lock", "locking takes 11 s", (OptionEffect("lock_delay_s", 8.0), TimerEffect("T_LOCK", s(20)))),
    Fault("lock_point_3_stuck", "lock point 3 does not move", (OptionEffect("stuck_point", 3),)),
    Fault("acks_before_feedback", "commands are acknowledged as done before they are", overlooks("feedback")),
    Fault("three_points_are_enough", "the state of the lock is that of most of its points", overlooks("points")),
    Fault(
        "waits_for_lock_for_ever",
        "a movement of the lock that does not end is not given up",
        (Refrain("time_out", "unlock"), Refrain("time_out", "lock")),
    ),
    Fault("jam_told_late", "a movement of the lock is given up after 15 s", (TimerEffect("T_UNLOCK", s(15)), TimerEffect("T_LOCK", s(15)))),
    Fault("removal_with_jammed_lock", "the pack may be taken off a jammed lock", overlooks("order")),
    Fault("believes_contradictory_point", "a lock point that contradicts itself is believed", overlooks("steady")),
    Fault("unlocks_without_permit", "the lock opens without a permit", overlooks("order", "permit", "link", "session", "authentication")),
    Fault("ignores_station_ready", "the lock opens although the station is not ready", overlooks("station_ready")),
    Fault("locks_with_connector_open", "the lock closes on a pack that is not mated", overlooks("connector")),
    Fault("lock_failure_not_recorded", "a lock that does not close leaves no fault", (while_doing("record", "lock_not_locked"),)),
    Fault("lock_failure_hidden", "the truck is not in mode error after a lock that does not close", (Refrain("error"),)),
    Fault("drives_after_lock_failure", "the truck drives although its lock did not close", (Refrain("inhibit"), *overlooks("lock"))),
    Fault("lock_open_not_told", "a lock that opens at speed is not told", (while_doing("record", "lock_open"),)),
    Fault("lock_open_told_late", "a lock that opens at speed is told after 2 s", (Delay("lock_open", s(2)),)),
    Fault("cuts_power_at_speed", "the power is cut at speed when the lock opens", (Refrain("keep_power"),)),
    Fault("state_from_memory", "after a loss of power the lock stands where it is remembered", (Sense(_remembered),)),
    Fault("lock_always_locked", "LockState tells locked whatever the points say", (says("LOCK_STS", LockState="locked"),)),
    Fault(
        "new_pack_never_told_locked",
        "LockState tells no locked any more once a new pack is fitted",
        (says("LOCK_STS", after_a_swap, LockState="locking"),),
    ),
    Fault("last_point_untold", "the last lock point is told as not fitted", (Derive("LOCK_STS", _without_last_point),)),
    Fault(
        "tells_resting_lock_as_moving",
        "a lock whose points differ is told as one that moves",
        (Derive("LOCK_STS", _moving_if_points_differ),),
    ),
    Fault(
        "lock_stays_held",
        "a lock that was held for the want of commands does not go on with them",
        (Refrain("go_on"), Refrain("time_out", "unlock")),
    ),
    Fault(
        "couplers_told_closed",
        "the open couplers of a pack and an open interlock loop are told as closed",
        (says("LOCK_STS", CoolConn="mated", HvilLoop="closed"),),
    ),
    Fault(
        "couplers_told_open",
        "the coolant coupler of a new pack is told as open",
        (says("LOCK_STS", after_a_swap, CoolConn="open"),),
    ),
    Fault("pack_told_present_for_ever", "the truck tells a pack where there is none", (says("LOCK_STS", PackPresent="yes"),)),
    Fault(
        "open_lock_told_locked_at_speed",
        "LockState tells locked at speed whatever the points say",
        (says("LOCK_STS", lambda moment: moment.speed_kmh > 0, LockState="locked"),),
    ),
    Fault("waits_for_mate_for_ever", "a pack that does not mate is waited for without limit", (while_doing("time_out", "pack_placed"),)),
    Fault("takes_unmated_pack", "a pack that sits but is not mated is taken for placed", overlooks("connector", "interlock", "coolant")),
)
