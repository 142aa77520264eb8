"""How a swap ended: by whom, and what had been told before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from harness.core.durations import format_s
from harness.core.message import Message
from harness.core.words import Words
from harness.protocols.swap.messages import SwapProfile
from harness.protocols.swap.orders import REFUSALS, Order
from harness.protocols.swap.sessions.course import Course
from harness.protocols.swap.sessions.words import TEXTS

__all__ = ["STATION", "VEHICLE", "Ending", "ending_of"]

STATION, VEHICLE = "station", "vehicle"
_NOT_TOLD = ("none", "sna", "None")


@dataclass(frozen=True, slots=True)
class Ending:
    """How a swap ended."""

    by: str
    words: Words
    complete: bool = False

    def text(self, language: str) -> str:
        """The reason in words."""
        return TEXTS.say(self.words, language)


def ending_of(course: Course, profile: SwapProfile, recording_end_ns: int) -> Ending:
    """The end of *course*."""
    last = Ending("", ("end_cut", _place(course.messages[-1])))
    ways: tuple[Callable[[], Ending | None], ...] = (
        lambda: _given_up(course),
        lambda: _succeeded(course),
        lambda: _stopped(course),
        lambda: _turned_down(course),
        lambda: _silent(course, profile, recording_end_ns),
        lambda: _in_error(course),
        lambda: _settled(course),
    )
    return next((found for way in ways if (found := way()) is not None), last)


def _place(message: Message) -> dict[str, object]:
    return {"at": format_s(message.t_ns), "frame": message.frames[0] if message.frames else 0}


def _told(order: Order) -> dict[str, object]:
    return {"command": order.command, "at": format_s(order.t_ns), "frame": order.frame}


def _given_up(course: Course) -> Ending | None:
    order = course.order("abort", "failed")
    if order is None or order is not course.orders[-1]:
        return None
    cause = _refusal(course, before=order)
    reason = str(order.message.values.get("StaFailReason"))
    why: Words = ("none", {}) if reason in _NOT_TOLD else ("because", {"reason": reason})
    answer: Words = ("answer", {"result": order.result}) if order.result else ("no_answer", {})
    gave_up: Words = ("end_given_up", {**_told(order), "why": why, "answer": answer, "mode": _mode(course)})
    if cause is None:
        return Ending(STATION, gave_up)
    return Ending(VEHICLE, ("end_refused_and_given_up", {"refusal": _refused(cause), "end": gave_up}))


def _succeeded(course: Course) -> Ending | None:
    order = course.order("success")
    if order is None or order is not course.orders[-1] or order.result in REFUSALS:
        return None
    restored = course.first("VEH_STS", order.t_ns, VehSwapMode="restored")
    if restored is None and order.result != "done":
        return None
    last = restored or order.last or order.message
    answer: Words = ("answer", {"result": order.result}) if order.result else ("no_answer", {})
    words: Words = ("end_success", {**_told(order), "answer": answer, "mode": _mode(course), "after": format_s(last.t_ns - order.t_ns)})
    return Ending(STATION, words, complete=not course.begins_midway and restored is not None and order.result == "done")


def _stopped(course: Course) -> Ending | None:
    pressed = [message for message, _, state in course.changes("STA_CMD", "EmergencyStop") if state == "yes"]
    return Ending(STATION, ("end_stop", _place(pressed[-1]))) if pressed and course.over_ns is None else None


def _turned_down(course: Course) -> Ending | None:
    cause = _refusal(course)
    if cause is None or cause is not course.orders[-1]:
        return None
    return Ending(VEHICLE, ("end_refused", {"refusal": _refused(cause), "mode": _mode(course)}))


def _refusal(course: Course, before: Order | None = None) -> Order | None:
    """The last order before *before*, if the truck had let it come to nothing by then."""
    earlier = [order for order in course.orders if order is not before]
    if not earlier or earlier[-1].result not in REFUSALS or (answer := earlier[-1].last) is None:
        return None
    return earlier[-1] if before is None or answer.t_ns < before.t_ns else None


def _refused(order: Order) -> Words:
    answer = order.last
    assert answer is not None
    reason: Words = ("because", {"reason": order.reason}) if order.reason else ("none", {})
    return "refusal", {"command": order.command, "result": order.result, "reason": reason, **_place(answer)}


def _silent(course: Course, profile: SwapProfile, recording_end_ns: int) -> Ending | None:
    if course.over_ns is not None and course.orders and course.orders[-1].command in ("success", "abort", "failed"):
        return None
    for names, by in ((("STA_CMD",), STATION), (("VEH_STS", "LOCK_STS"), VEHICLE)):
        patience = [profile.timeout_ns(name) for name in names if profile.has(name)]
        heard = [message for message in course.messages if message.name in names]
        longest = max((each for each in patience if each is not None), default=None)
        until_ns = min(recording_end_ns, course.messages[-1].t_ns)
        if heard and longest is not None and until_ns - heard[-1].t_ns > longest:
            end: Words = ("end_mode", {"mode": _mode(course)})
            return Ending(by, ("end_silent", {"by": (by, {}), **_place(heard[-1]), "end": end}))
    return None


def _in_error(course: Course) -> Ending | None:
    told = [message for message in course.messages if message.name == "VEH_STS"]
    if not told or told[-1].values.get("VehSwapMode") != "error":
        return None
    first = next((message for message, _, mode in reversed(list(course.changes("VEH_STS", "VehSwapMode"))) if mode == "error"), told[-1])
    reason = str(told[-1].values.get("DenyReason"))
    why: Words = ("none", {}) if reason in _NOT_TOLD else ("because", {"reason": reason})
    return Ending(VEHICLE, ("end_error", {**_place(first), "why": why}))


def _settled(course: Course) -> Ending | None:
    if course.over_ns is None:
        return None
    return Ending(VEHICLE, ("end_settled", {"at": format_s(course.over_ns), "mode": _mode(course)}))


def _mode(course: Course) -> str:
    """The mode that the truck told last."""
    return next((str(message.values["VehSwapMode"]) for message in reversed(course.messages) if "VehSwapMode" in message.values), "-")
