"""Faults of session, authentication, permit and the order of commands."""

from __future__ import annotations

from collections.abc import Mapping

from harness.core import Value, ms, s
from harness.protocols.swap.vehicle.behaviour import Delay, Derive, Misread, Moment, OptionEffect, Overlook, Refrain, Suppress, TimerEffect
from harness.sim.faults.swap.effects import overlooks, says, while_doing
from harness.sim.faults.swap.fault import Fault

__all__ = ["SESSION_FAULTS"]


def _of_another_session(values: Mapping[str, Value], moment: Moment) -> Mapping[str, Value]:
    session = values.get("SessionId")
    is_new = values.get("SwapCmd") in ("none", "session_open")
    return values if is_new or not isinstance(session, int) else {**values, "SessionId": session ^ 1}


def _ready_for_ever(values: Mapping[str, Value], moment: Moment) -> Mapping[str, Value]:
    if moment.phase == "prepared":
        moment.marks["ready"] = True
    return {**values, "VehSwapMode": "swap_ready"} if "ready" in moment.marks else values


SESSION_FAULTS = (
    Fault("acks_session_late", "the session is acknowledged after 600 ms", (Delay("session_open", ms(600)),)),
    Fault("takes_second_session", "a second session takes the place of the open one", overlooks("other_session")),
    Fault(
        "accepts_command_without_session",
        "commands are obeyed without a session",
        (*overlooks("session", "order", "authentication", "permit", "link"),),
    ),
    Fault(
        "unlocks_unauthenticated",
        "the lock opens for a station that has not authenticated",
        overlooks("authentication", "order", "permit", "link"),
    ),
    Fault("wrong_auth_response", "the response to a challenge is wrong", (OptionEffect("auth_mask", 0x5AA55AA4),)),
    Fault(
        "same_auth_response",
        "every challenge gets the same response",
        (Derive("AUTH_RSP", lambda values, moment: {**values, "Response": moment.marks.setdefault("response", values["Response"])}),),  # type: ignore[dict-item]
    ),
    Fault("challenge_unanswered", "a challenge is not answered", (Suppress("AUTH_RSP"),)),
    Fault("tells_another_algorithm", "the answer to a challenge names another algorithm", (says("AUTH_RSP", AlgorithmId=2),)),
    Fault("obeys_another_session", "the session that counts is not the one that was opened", (Misread("STA_CMD", _of_another_session),)),
    Fault("accepts_old_challenge", "a challenge of an old session authenticates the station", overlooks("fresh_challenge")),
    Fault(
        "permit_told_from_the_start",
        "a permit is told before it was asked for",
        (says("VEH_STS", lambda moment: moment.phase in ("idle", "session", "authenticated"), SwapPermit="permitted"),),
    ),
    Fault(
        "tells_a_reason_with_the_permit",
        "a reason against the swap is told with the permit",
        (says("VEH_STS", lambda moment: moment.phase in ("preparing", "prepared"), DenyReason="key"),),
    ),
    Fault("mode_stays_at_ready", "VehSwapMode stays swap_ready from the permit on", (Derive("VEH_STS", _ready_for_ever),)),
    Fault("permits_after_15s", "the permit comes after 15 s", (Delay("permit", s(15)), TimerEffect("T_PREP", s(20)))),
    Fault("skips_brake_check", "the permit is given with the parking brake released", overlooks("brake")),
    Fault("skips_speed_check", "the permit is given at speed", overlooks("speed")),
    Fault("skips_key_check", "the permit is given with the key at ready", overlooks("key")),
    Fault("skips_coupler_check", "the permit is given with a charging cable plugged", overlooks("coupler")),
    Fault("keeps_permit_without_brake", "the permit stays when the parking brake is released", (Refrain("withdraw_permit"),)),
    Fault("stays_in_post_check", "the swap never comes to its end", (Refrain("restore"),)),
    Fault("accepts_out_of_order", "commands are taken in any order", overlooks("order")),
    Fault("ignores_abort", "an abort is acknowledged but not obeyed", (Refrain("abort"),)),
    Fault("abort_leaves_unlocked", "after an abort the old pack stays unlocked", (Refrain("relock"),)),
    Fault(
        "abort_without_pack_hides",
        "a swap given up without a pack leaves no fault and no reason",
        (
            while_doing("record", "swap_unfinished"),
            Derive("VEH_STS", lambda values, moment: {**values, "DenyReason": "none"} if moment.phase == "disabled" else values),
        ),
    ),
    Fault(
        "abort_without_pack_restores",
        "a swap given up without a pack counts as restored",
        (Derive("VEH_STS", lambda values, moment: {**values, "VehSwapMode": "restored"} if moment.phase == "disabled" else values),),
    ),
    Fault(
        "ignores_emergency_stop",
        "an emergency stop is not heeded",
        (Overlook("emergency"), Misread("STA_CMD", lambda values, moment: {**values, "EmergencyStop": "no"})),
    ),
    Fault(
        "tells_movement_after_the_end",
        "the lock tells that it moves when the session is over",
        (says("LOCK_STS", lambda moment: moment.phase == "idle" and moment.sent.get("ACK", 0) > 0, LockState="locking"),),
    ),
    Fault("never_abandons", "a swap whose station stays away is not ended", (Refrain("abandon"),)),
    Fault("dead_after_lost_link", "after a swap that was given up no new session is taken", (Refrain("recover"),)),
    Fault(
        "ready_without_pack",
        "the truck tells that it is ready to drive without a pack",
        (
            *overlooks("lock"),
            Derive("VEH_STS", lambda values, moment: {**values, "VehSwapMode": "normal"} if moment.phase == "disabled" else values),
        ),
    ),
)
