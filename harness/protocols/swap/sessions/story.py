"""A swap told line by line, in Chinese and English."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from harness.core.durations import format_s
from harness.core.standard import Phase
from harness.core.words import Words
from harness.protocols.swap.messages import SwapProfile
from harness.protocols.swap.orders import REFUSALS, Order
from harness.protocols.swap.sessions.course import UNDER_WAY, Course
from harness.protocols.swap.sessions.ending import Ending
from harness.protocols.swap.sessions.facts import codes_of, lock_cycles
from harness.protocols.swap.sessions.view import View
from harness.protocols.swap.sessions.words import TEXTS

__all__ = ["story_of"]

_JUDGED_BY = {
    "VEH_STS": "INV-1, INV-3, INV-4",
    "LOCK_STS": "INV-1, INV-2, INV-3, INV-4, INV-6",
    "ACK": "INV-7",
    "PACK_STS2": "INV-2, INV-6",
}
"""What needs which message."""
_SHOWN = 5


def story_of(course: Course, phases: Sequence[Phase], ending: Ending, view: View, profile: SwapProfile) -> Mapping[str, Sequence[str]]:
    """The lines by language."""
    return TEXTS.story(_lines(course, phases, ending, view, profile))


def _lines(course: Course, phases: Sequence[Phase], ending: Ending, view: View, profile: SwapProfile) -> Iterator[Words]:
    yield "profile", {"name": f"{profile.name} {profile.version}", "status": profile.status}
    if course.begins_midway:
        yield _unopened(course)
    yield from _authentication(course)
    for phase in phases:
        span = format_s(phase.end_ns - phase.start_ns)
        name: Words = (f"phase.{phase.name}", {})
        yield "phase", {"start": format_s(phase.start_ns), "span": span, "name": name, "frame": phase.first_frame}
    for order in course.orders:
        if order.result in REFUSALS:
            yield _refusal(order)
    yield from _packs(course, view)
    yield from _lock(course)
    yield from _dropped(course)
    yield "ended", {"reason": ending.words}
    yield from (("unseen", {"message": name, "rules": rules}) for name, rules in _JUDGED_BY.items() if name not in view.heard)
    yield "lines", {}


def _unopened(course: Course) -> Words:
    if not course.orders or course.mode_at_start in UNDER_WAY:
        return "midway", {}
    return "unopened", {"command": course.orders[0].command, "frame": course.orders[0].frame}


def _authentication(course: Course) -> Iterator[Words]:
    challenges = [message for message in course.told if message.name == "AUTH_CHAL"]
    answers = [message for message in course.told if message.name == "AUTH_RSP"]
    if challenges or answers:
        first = (challenges or answers)[0]
        yield "authenticated", {"asked": len(challenges), "answered": len(answers), "frame": first.frames[0]}


def _refusal(order: Order) -> Words:
    answer = order.last
    assert answer is not None
    reason: Words = ("because", {"reason": order.reason}) if order.reason else ("none", {})
    place = {"at": format_s(answer.t_ns), "frame": answer.frames[0]}
    return "refused", {"command": order.command, "ordered": order.frame, "result": order.result, "reason": reason, **place}


def _packs(course: Course, view: View) -> Iterator[Words]:
    old, new = codes_of(course, view)
    if old and new:
        yield "packs", {"old": old, "new": new}
    elif old or new:
        yield "pack", {"code": old or new}


def _lock(course: Course) -> Iterator[Words]:
    states = [str(state) for _, _, state in course.changes("LOCK_STS", "LockState")]
    if len(states) > 1:
        yield "lock", {"states": ", ".join(states)}
    if (cycles := lock_cycles(course)) is not None:
        yield "cycles", {"before": cycles[0], "after": cycles[1]}


def _dropped(course: Course) -> Iterator[Words]:
    bad = [message for message in course.messages if message.name == "SWAP.ERROR"]
    if bad:
        counts = Counter(f"{(message.values.get('about') or '-')!s} {message.values.get('reason')!s}" for message in bad)
        told = ", ".join(f"{name} ({count})" for name, count in counts.most_common(_SHOWN))
        yield "dropped", {"count": len(bad), "frame": bad[0].frames[0] if bad[0].frames else 0, "told": told}
