"""INV-5: counters, checksums and cycles of what the vehicle sends."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import pairwise

from harness.core.check import Check, Finding, Severity, judge_number
from harness.core.limit import Limit
from harness.core.message import Message
from harness.core.standard import JudgeContext
from harness.core.verdict import Reason
from harness.protocols.swap.fields import CHECK, COUNTER
from harness.protocols.swap.judges.finding import found, verdict
from harness.protocols.swap.messages import SwapProfile

__all__ = ["judge_cyclic"]

_RULE = "INV-5 counters and checksums"
_MEAN, _SINGLE, _COUNT = "cycle.mean", "cycle.single", "rule.cycle_count"
_AT_ONCE = "STA_CMD"
"""Sent at once when it says something new, and from then on in its cycle."""
_FOR_A_WHILE = "PACK_VER"
"""Sent in its cycle for a while only, and then on request."""
_GUARDS = frozenset((COUNTER, CHECK))


def judge_cyclic(messages: Sequence[Message], context: JudgeContext, profile: SwapProfile) -> Iterator[Check]:
    """One check over counters and checksums of all, and for each message two over its cycle."""
    own = [message for message in messages if message.sender in context.parties]
    absent = _absences(own, profile)
    yield from _guards(own, profile, absent)
    for name in profile.forms:
        cycle_ns = profile.cycle_ns(name)
        if cycle_ns is not None and name != _FOR_A_WHILE:
            yield from _cycles([message for message in own if _about(message) == name], name, cycle_ns, absent, context, profile)


def _absences(own: Sequence[Message], profile: SwapProfile) -> Mapping[str, Sequence[tuple[int, int]]]:
    """When each sender said nothing at all for longer than the shortest time-out of its messages.

    It was without power then, or another one has come in its place, as a pack does: whatever it sends begins anew.
    """
    found: dict[str, list[tuple[int, int]]] = {}
    said: dict[str, int] = {}
    shortest: dict[str, int] = {}
    for message in own:
        timeout_ns = profile.timeout_ns(_about(message)) if profile.has(_about(message)) else None
        if timeout_ns is not None:
            shortest[message.sender] = min(timeout_ns, shortest.get(message.sender, timeout_ns))
    for message in own:
        before = said.get(message.sender)
        longest = shortest.get(message.sender)
        if before is not None and longest is not None and message.t_ns - before > longest:
            found.setdefault(message.sender, []).append((before, message.t_ns))
        said[message.sender] = message.t_ns
    return found


def _was_absent(absent: Mapping[str, Sequence[tuple[int, int]]], later: Message, gap_ns: int) -> bool:
    """Whether the sender of *later* was away in the gap before it."""
    times = absent.get(later.sender, ())
    place = bisect_right(times, later.t_ns - gap_ns, key=_end_of)
    return place < len(times) and times[place][0] < later.t_ns


def _end_of(absence: tuple[int, int]) -> int:
    return absence[1]


def _about(message: Message) -> str:
    """The message of the profile that *message* is, damaged or not."""
    return str(message.values.get("about", "")) if message.name == "SWAP.ERROR" else message.name


def _guards(own: Sequence[Message], profile: SwapProfile, absent: Mapping[str, Sequence[tuple[int, int]]]) -> Iterator[Check]:
    last: dict[tuple[str, str], tuple[int, int]] = {}
    findings: list[Finding] = []
    judged = 0
    for message in own:
        about = _about(message)
        if not profile.guarded(about):
            continue
        judged += 1
        key = about, message.sender
        if message.name == "SWAP.ERROR":
            findings.append(found(_RULE, message.note, message))
            last.pop(key, None)
            continue
        counter = int(message.number("Counter"))
        before = last.get(key)
        wanted = None if before is None else (before[0] + 1) % profile.counters(about)
        # After a longer pause the controller may have been without power.
        gap_ns = 0 if before is None else message.t_ns - before[1]
        broken = before is not None and counter != wanted
        if broken and not _is_pause(gap_ns, about, profile) and not _was_absent(absent, message, gap_ns):
            findings.append(found(_RULE, f"counter {counter} of {about} after {last[key][0]}", message))
        last[key] = counter, message.t_ns
    yield from verdict(_RULE, findings, judged, "messages", "each counter one more than before, each checksum right")


def _is_pause(gap_ns: int, name: str, profile: SwapProfile) -> bool:
    timeout_ns = profile.timeout_ns(name)
    return timeout_ns is not None and gap_ns > timeout_ns


def _cycles(
    own: Sequence[Message],
    name: str,
    cycle_ns: int,
    absent: Mapping[str, Sequence[tuple[int, int]]],
    context: JudgeContext,
    profile: SwapProfile,
) -> Iterator[Check]:
    mean, single, count = (context.limits.get(key) for key in (_MEAN, _SINGLE, _COUNT))
    if mean is None or single is None or count is None or count.value is None:
        return
    gaps = [(later.t_ns - first.t_ns, later) for first, later in pairwise(own) if name != _AT_ONCE or _content(first) == _content(later)]
    gaps = [(gap_ns, later) for gap_ns, later in gaps if not _is_pause(gap_ns, name, profile) and not _is_out(later, gap_ns, context)]
    gaps = [(gap_ns, later) for gap_ns, later in gaps if not _was_absent(absent, later, gap_ns)]
    if len(gaps) < count.value:
        return
    average = Decimal(sum(gap_ns for gap_ns, _ in gaps)) / len(gaps)
    worst = max(gaps, key=lambda gap: abs(gap[0] - cycle_ns))
    for limit, gap_ns, what, later in ((mean, average, "mean cycle", gaps[-1][1]), (single, Decimal(worst[0]), "single cycle", worst[1])):
        yield _deviation(f"INV-5 {what} of {name}", gap_ns, cycle_ns, limit, later, context)


def _content(message: Message) -> Mapping[str, object]:
    """What it says, its guard left out."""
    return {signal: value for signal, value in message.values.items() if signal not in _GUARDS}


def _is_out(later: Message, gap_ns: int, context: JudgeContext) -> bool:
    """Whether the tester kept the link from carrying anything in the gap before *later*."""
    return any(begin_ns <= later.t_ns and end_ns >= later.t_ns - gap_ns for begin_ns, end_ns in context.outages)


def _deviation(rule: str, gap_ns: Decimal, cycle_ns: int, limit: Limit, later: Message, context: JudgeContext) -> Check:
    percent = abs(gap_ns - cycle_ns) * 100 / cycle_ns
    severity = Severity.WARNING if limit.confidence == "low" else Severity.FAILURE
    note = f"{gap_ns / 1_000_000:.3f} ms, nominal {cycle_ns / 1e6:g} ms"
    frames = later.frames[:1]
    check = judge_number(
        rule, percent.quantize(Decimal("0.01")), limit.criterion(), severity=severity, note=note, frames=frames, t_ns=later.t_ns
    )
    return check if context.time_base is not None else check.inconclusive(Reason.NO_TIMEBASE, "the time stamps are unusable")
