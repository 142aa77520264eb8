"""INV-1: the lock leaves its locked place only with permit, without voltage and at a standstill.

Judged is what the vehicle does: a feedback that leaves its place while no movement is ordered is a lock or a sensor that failed. No permit
could have prevented it; that the vehicle tells it is for the cases (a lock that opens at speed, a point that contradicts itself).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from harness.core.check import Check, Finding
from harness.core.message import Message, Value
from harness.core.standard import JudgeContext
from harness.protocols.swap.judges.finding import found, verdict

__all__ = ["judge_lock"]

_RULE = "INV-1 lock leaves its place"
_LIMIT = "voltage.touchable"


def judge_lock(messages: Sequence[Message], context: JudgeContext) -> Iterator[Check]:
    """One check over every unlocking that was ordered."""
    limit = context.limits.get(_LIMIT)
    if limit is None or limit.value is None:
        return
    highest = float(limit.value)
    vehicle: Mapping[str, Value] | None = None
    was_locked = False
    judged = 0
    findings: list[Finding] = []
    for message in messages:
        if message.sender not in context.parties:
            continue
        if message.name == "VEH_STS":
            vehicle = message.values
        if message.name != "LOCK_STS":
            continue
        judged += 1
        state = message.values.get("LockState")
        if was_locked and state != "locked" and _is_ordered(message):
            findings += [found(_RULE, f"lock {state!s} with {fault}", message) for fault in _faults(vehicle, highest)]
            was_locked = False
        # A movement may be ordered after the feedback has left its place, so only the lock itself ends the question.
        was_locked = state == "locked" or (was_locked and state != "unlocked")
    expected = f"SwapPermit permitted, LinkVoltage below {highest:g} V and no speed when the lock leaves its place by an order"
    yield from verdict(_RULE, findings, judged, "states of the lock", expected)


def _is_ordered(message: Message) -> bool:
    values = message.values
    return values.get("LockState") in ("unlocking", "unlocked") or values.get("LockCmdEcho") == "unlock"


def _faults(vehicle: Mapping[str, Value] | None, highest: float) -> Iterator[str]:
    if vehicle is None:
        yield "no VEH_STS before"
        return
    if vehicle.get("SwapPermit", "permitted") != "permitted":
        yield f"SwapPermit {vehicle['SwapPermit']!s}"
    voltage, speed = vehicle.get("LinkVoltage", 0), vehicle.get("VehSpeed", 0)
    if not isinstance(voltage, int | float) or voltage >= highest:
        yield f"LinkVoltage {voltage!s} V"
    if speed != 0:
        yield f"VehSpeed {speed!s} km/h"
