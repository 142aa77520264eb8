"""Faults in what the truck sends, and in which frames it takes."""

from __future__ import annotations

from collections.abc import Mapping

from harness.core import Value, ms
from harness.protocols.swap.vehicle.behaviour import Bits, Cycle, Derive, Misread, Moment, Refrain, Suppress, Twice
from harness.sim.faults.swap.effects import overlooks, says
from harness.sim.faults.swap.fault import Fault

__all__ = ["MESSAGE_FAULTS"]

_STATUS = ("VEH_STS", "LOCK_STS")
_NO_WORD = 9
"""Number of no mode and of no lock state."""


def _jitter(cycle_ns: int, moment: Moment) -> int:
    return cycle_ns + (ms(25) if moment.sent.get("LOCK_STS", 0) % 2 else -ms(25))


def _no_reserved_ones(data: bytes, moment: Moment) -> bytes:
    """Reserved bits of an ACK: 12 to 15 and 48 to 55."""
    return data[:1] + bytes((data[1] & 0x0F,)) + data[2:6] + b"\0" + data[7:]


def _first_nibble(data: bytes, moment: Moment) -> bytes:
    return bytes((data[0] & 0xF0 | _NO_WORD,)) + data[1:]


def _wrong_check(data: bytes, moment: Moment) -> bytes:
    return data[:-1] + bytes((data[-1] ^ 0x10,))


def _as_lock_fault(message: str, signal: str) -> Derive:
    return Derive(message, lambda values, moment: values if values.get(signal) == "none" else {**values, signal: "lock_fault"})


def _is_over(moment: Moment) -> bool:
    return moment.phase in ("idle", "restored", "disabled")


def _noted(values: Mapping[str, Value], moment: Moment) -> Mapping[str, Value]:
    """Note that a command came again after a pause."""
    marks, number = moment.marks, values.get("CmdSeq")
    if values.get("SwapCmd") == "none":
        marks["paused"] = marks.get("number")
    elif marks.get("paused") == number:
        marks["repeated"] = number
    else:
        marks["number"] = number
    return values


def _once(values: Mapping[str, Value], moment: Moment) -> Mapping[str, Value]:
    return {**_noted(values, moment), **({"SwapCmd": "none"} if "repeated" in moment.marks else {})}


def _refused(values: Mapping[str, Value], moment: Moment) -> Mapping[str, Value]:
    if values.get("AckResult") not in ("done", "in_progress"):
        moment.marks["refused"] = True
    return values


def _nothing_once_refused(values: Mapping[str, Value], moment: Moment) -> Mapping[str, Value]:
    return {**values, "SwapCmd": "none"} if "refused" in moment.marks else values


MESSAGE_FAULTS = (
    Fault("status_every_130ms", "VEH_STS comes every 130 ms", (Cycle("VEH_STS", lambda cycle_ns, moment: ms(130)),)),
    Fault("jittery_lock_status", "LOCK_STS comes after 25 ms and after 75 ms in turn", (Cycle("LOCK_STS", _jitter),)),
    Fault(
        "frozen_counter",
        "the counter of the status messages stands still",
        tuple(says(message, Counter=3) for message in _STATUS),
    ),
    Fault(
        "wrong_checksum", "the checksum of the status messages is wrong", tuple(Bits(one, _wrong_check, sealed=False) for one in _STATUS)
    ),
    Fault("reserved_bits_zero", "reserved bits of the acknowledgement are 0", (Bits("ACK", _no_reserved_ones),)),
    Fault("lock_state_outside_table", "LockState has a number without a meaning", (Bits("LOCK_STS", _first_nibble),)),
    Fault(
        "lock_status_stops",
        "LOCK_STS comes once and no more",
        (Suppress("LOCK_STS", lambda moment: moment.sent.get("LOCK_STS", 0) >= 1),),
    ),
    Fault("acknowledges_nothing", "no command is acknowledged", (Suppress("ACK"),)),
    Fault("last_ack_missing", "the command that ends a swap or session is not acknowledged", (Suppress("ACK", _is_over),)),
    Fault("second_sender_of_lock_status", "two controllers send LOCK_STS under one identifier", (Twice("LOCK_STS"),)),
    Fault(
        "lock_runs_on_without_station",
        "the lock goes on although the station is not heard any more",
        (Refrain("hold"),),
    ),
    Fault("hides_lost_station", "the truck does not tell that it has lost the station", (Refrain("tell_lost_station"),)),
    Fault("accepts_wrong_checksum", "a command with a wrong checksum is obeyed", overlooks("checksum")),
    Fault("accepts_frozen_counter", "commands whose counter stands still are taken for fresh", overlooks("counter")),
    Fault("accepts_short_frame", "a command in a frame of six bytes is obeyed", overlooks("length")),
    Fault("executes_repeated_command", "a repeated command is carried out again", overlooks("repetition")),
    Fault("repeated_command_unanswered", "a command that comes again after a pause is not heard", (Misread("STA_CMD", _once),)),
    Fault(
        "moves_on_repeated_command",
        "the lock tells that it moves when a command comes again after a pause",
        (Misread("STA_CMD", _noted), says("LOCK_STS", lambda moment: "repeated" in moment.marks, LockState="unlocking")),
    ),
    Fault(
        "deaf_after_a_refusal",
        "no command is heard any more once one was refused or not carried out",
        (Derive("ACK", _refused), Misread("STA_CMD", _nothing_once_refused)),
    ),
    Fault(
        "wrong_deny_reason",
        "every refusal is told as one for a lock fault",
        tuple(_as_lock_fault(message, signal) for message, signal in (("VEH_STS", "DenyReason"), ("ACK", "AckReason"))),
    ),
)
