"""F5: the period of every cyclic message, strict and statistical side by side.

The strict verdict looks at each single interval, the statistical one at the median and the 95th percentile.
The choice ``period_verdict`` of the profile says which of the two decides; the other one informs.

An interval is judged if both its messages belong to one uninterrupted run: the same attempt, the same value
(CRM(00) and CRM(AA) are two runs), before the event that ends the message, before any BEM or CEM, before the
sender's next phase. The interval to the first message of a run is a reaction, not a period.

A multi-packet message is measured from RTS to RTS. Its interval is judged only if the peer granted and
acknowledged the first of the two in time and no other transport session was open when the second was due:
otherwise the peer, not the sender, sets the pace. Time that the sender itself takes for granted packets is no
excuse: a transfer is late by the peer only if it had been in time without the peer's grants and acknowledgement.

A message that stops although its run goes on and the peer is still talking counts as an interval up to the
end of the run, or to the peer's last message. A sender that ends the run itself (BST, BEM) may take as long
for it as ``tail.<message>`` of the profile: falling silent and saying so need not happen in one instant.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import pairwise
from typing import NamedTuple

from harness.core.check import Check, Finding, Severity, Statistics, judge_number
from harness.core.durations import ns_in
from harness.core.jitter import unless_jitter
from harness.core.limit import Limit
from harness.protocols.gbt27930.judges.course.cells import group_of
from harness.protocols.gbt27930.judges.course.lives import begin_of_life, end_of_run
from harness.protocols.gbt27930.judges.course.transfers import Transfers
from harness.protocols.gbt27930.judges.view import MAX_FINDINGS, View, severity_of
from harness.protocols.gbt27930.messages import MESSAGES
from harness.protocols.gbt27930.sessions.split import Attempt
from harness.protocols.gbt27930.sessions.tokens import Event, base_name

__all__ = ["judge_periods"]

_BURST = ("BEM", "CEM")
"""Sent in bursts: a gap of more than ``judge.burst_gap`` periods of the profile begins a new one."""
_DECIDES = "period_verdict"
"""Choice of the profile: ``strict`` or ``statistical``."""
_MAY_STOP = (*_BURST, "BST", "CST", "BSD", "CSD", "CTS", "BMV", "BMT", "BSP")
"""Messages whose end is not missed: optional, or ended by a decision of the sender."""


class _Interval(NamedTuple):
    after: Event
    """The message before."""
    before: Event | None
    """The message after; ``None`` if it never came."""
    length_ns: int


@dataclass(slots=True)
class _Sample:
    limit: Limit
    lower_ns: int
    upper_ns: int
    slack_ns: int
    """How long the sender may take to end the run itself."""
    burst_gap: Decimal | None
    """Periods after which a burst is over; ``None``: never."""
    judged: list[_Interval] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)


def judge_periods(view: View) -> Iterator[Check]:
    """One check per message that came at least twice, or that stopped too early."""
    longest = view.limit("judge.longest_transfer")
    transfers = Transfers(view.messages, view.records, None if longest is None else longest.upper_ns)
    samples = {name: sample for name, row in MESSAGES.items() if view.judges(row.sender) and (sample := _sample(view, name))}
    for attempt in view.attempts():
        for events in _series(attempt).values():
            sample = samples.get(base_name(events[0].word))
            if sample is not None:
                _collect(view, sample, attempt, events, transfers)
    for name, sample in samples.items():
        if sample.judged:
            yield _strict(view, name, sample)
        if any(interval.before for interval in sample.judged):
            yield _statistical(view, name, sample)


def _sample(view: View, name: str) -> _Sample | None:
    limit, tail, gap = view.limit(f"period.{name}"), view.limit(f"tail.{name}"), view.limit("judge.burst_gap")
    if limit is None:
        return None
    burst_gap = gap.value if gap is not None and name in _BURST else None
    return _Sample(limit, limit.lower_ns, limit.upper_ns, 0 if tail is None else tail.upper_ns, burst_gap)


def _series(attempt: Attempt) -> dict[str, list[Event]]:
    """The events of each run, by word; of a multi-packet message only its announcements, of BMV by group of cells."""
    series: dict[str, list[Event]] = {}
    groups = _cell_groups(attempt)
    for event in attempt.events:
        row = MESSAGES[base_name(event.word)]
        if event.message.sender != row.sender or (row.multi_packet and not event.word.endswith(".RTS")):
            continue
        word = f"{event.word}{event.message.data.hex()}" if row.name in _BURST else event.word
        if row.name == "BMV":
            word += f" {groups.get(event.t_ns, '')}"
        series.setdefault(word, []).append(event)
    return series


def _cell_groups(attempt: Attempt) -> dict[int, int]:
    """Group of cells of each BMV by the instant of its announcement; empty for a pack of one group.

    Every group has the period for itself. A BMV that was not completed is taken for the group that was due.
    """
    numbers = sorted({group_of(event.message) for event in attempt.events if event.word == "BMV"})
    groups: dict[int, int] = {}
    announced_ns, due = 0, 0
    for event in attempt.events if len(numbers) > 1 else ():
        if event.word == "BMV.RTS":
            announced_ns = event.t_ns
            groups[announced_ns] = numbers[due % len(numbers)]
            due += 1
        elif event.word == "BMV":
            groups[announced_ns] = group_of(event.message)
            due = numbers.index(groups[announced_ns]) + 1
    return groups


def _collect(view: View, sample: _Sample, attempt: Attempt, events: list[Event], transfers: Transfers) -> None:
    name = base_name(events[0].word)
    begin_ns, end_ns = begin_of_life(attempt, events[0].word), end_of_run(attempt, events[0].word)
    inside = [event for event in events if begin_ns <= event.t_ns <= end_ns]
    for before, after in pairwise(inside):
        length_ns = after.t_ns - before.t_ns
        if sample.burst_gap is not None and length_ns > sample.burst_gap * sample.upper_ns:
            continue
        reason = "the bus was shorted" if view.is_disturbed(before.t_ns, after.t_ns) else ""
        reason = reason or _excuse(before, sample.lower_ns, transfers, after.t_ns)
        if reason:
            sample.left_out[reason] += 1
        else:
            sample.judged.append(_Interval(before, after, length_ns))
    if inside and name not in _MAY_STOP and not _excuse(inside[-1], sample.lower_ns, transfers, end_ns):
        peer_ns = max((t_ns for sender, t_ns in attempt.latest.items() if sender != MESSAGES[name].sender), default=0)
        silence_ns = min(end_ns, peer_ns) - inside[-1].t_ns
        disturbed = view.is_disturbed(inside[-1].t_ns, end_ns)
        if silence_ns > sample.upper_ns + sample.slack_ns and not disturbed and not _goes_on(attempt, inside[-1]):
            sample.judged.append(_Interval(inside[-1], None, silence_ns))


def _goes_on(attempt: Attempt, last: Event) -> bool:
    """Whether the same message follows with another value: that run has its own intervals."""
    if last.word.endswith(".RTS"):
        return False
    name = base_name(last.word)
    others = {word for word in attempt.last if base_name(word) == name and word != last.word}
    return bool(others) and any(event.word in others for event in attempt.events if event.t_ns > last.t_ns)


def _excuse(before: Event, lower_ns: int, transfers: Transfers, due_ns: int) -> str:
    """Why the interval after *before* is not the sender's alone; empty if it is."""
    name = base_name(before.word)
    if not before.word.endswith(".RTS"):
        return ""
    finished_ns = transfers.finished_ns(name, before.t_ns)
    if finished_ns is None:
        return "not granted and acknowledged by the peer"
    late = finished_ns > before.t_ns + lower_ns
    if late and transfers.taken_ns(name, before.t_ns) <= lower_ns:
        return "granted late by the peer"
    if transfers.others(name, before.t_ns + lower_ns, due_ns):
        return "another transport session was open"
    return ""


def _strict(view: View, name: str, sample: _Sample) -> Check:
    limit, severity = sample.limit, _severity(view, sample.limit, "strict")
    worst = max(sample.judged, key=lambda interval: _excess(interval, sample))
    outside = [interval for interval in sample.judged if _excess(interval, sample) > 0]
    rule = f"F5 {name} period"
    frames = worst.after.message.frames[:1] + (worst.before.message.frames[:1] if worst.before else ())
    check = judge_number(
        rule,
        ns_in(worst.length_ns, limit.unit),
        limit.criterion(),
        uncertainty=view.uncertainty(worst.length_ns, limit.unit),
        rule=view.context.rule,
        severity=severity,
        note=_note(sample, outside, limit),
        frames=frames,
        t_ns=(worst.before or worst.after).t_ns,
        statistics=_statistics(sample.judged, limit.unit),
        findings=tuple(_finding(rule, name, interval, limit, severity) for interval in outside[:MAX_FINDINGS]),
        occurrences=len(outside),
    )
    return _timed(view, sample, check)


def _statistical(view: View, name: str, sample: _Sample) -> Check:
    """The median or the 95th percentile, whichever lies worse."""
    limit = sample.limit
    ordered = sorted(interval.length_ns for interval in sample.judged if interval.before)
    median_ns, high_ns = _median(ordered), _percentile(ordered, 95)
    judged_ns = max(median_ns, high_ns, key=lambda length_ns: max(sample.lower_ns - length_ns, length_ns - sample.upper_ns))
    which = "median" if judged_ns == median_ns else "95th percentile"
    check = judge_number(
        f"F5 {name} period, statistical",
        ns_in(judged_ns, limit.unit),
        limit.criterion(),
        uncertainty=view.uncertainty(judged_ns, limit.unit),
        rule=view.context.rule,
        severity=_severity(view, limit, "statistical"),
        note=f"{which} of {len(ordered)} intervals; median {_shown(median_ns, limit)}, 95th percentile {_shown(high_ns, limit)}",
        t_ns=sample.judged[0].after.t_ns,
    )
    return _timed(view, sample, check)


def _severity(view: View, limit: Limit, kind: str) -> Severity:
    """A miss of the verdict that does not decide is information."""
    return severity_of(limit) if view.context.choices.get(_DECIDES, "strict") == kind else Severity.INFO


def _timed(view: View, sample: _Sample, check: Check) -> Check:
    """*check*, unless clock or tester cannot carry it."""
    if view.context.time_base is None:
        return view.timed(replace(check, findings=(), occurrences=0))
    return unless_jitter(check, view.context.tester_jitter_ns, (sample.lower_ns, sample.upper_ns), view.context.limits)


def _excess(interval: _Interval, sample: _Sample) -> int:
    """By how much an interval leaves the limits, negative inside of them."""
    return max(sample.lower_ns - interval.length_ns, interval.length_ns - sample.upper_ns)


def _finding(rule: str, name: str, interval: _Interval, limit: Limit, severity: Severity) -> Finding:
    length = f"{ns_in(interval.length_ns, limit.unit).normalize():f} {limit.unit}"
    text = f"{name} after {length}" if interval.before else f"{name} not sent again for {length} although its phase went on"
    shown = (interval.before or interval.after).message
    return Finding(f"{text}, expected {limit.criterion()}", shown.t_ns, shown.frames[0] if shown.frames else None, severity, rule)


def _note(sample: _Sample, outside: Sequence[_Interval], limit: Limit) -> str:
    ordered = sorted(interval.length_ns for interval in sample.judged)
    parts = [
        f"sent by the {MESSAGES[base_name(sample.judged[0].after.word)].sender}",
        f"strict: {len(outside)} of {len(ordered)} outside",
        f"median {_shown(_median(ordered), limit)}, 95th percentile {_shown(_percentile(ordered, 95), limit)}",
        *(f"{count} not judged ({reason})" for reason, count in sorted(sample.left_out.items())),
    ]
    return "; ".join(parts)


def _shown(length_ns: int, limit: Limit) -> str:
    return f"{ns_in(length_ns, limit.unit).quantize(Decimal('0.001')).normalize():f} {limit.unit}"


def _median(ordered: Sequence[int]) -> int:
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) // 2


def _percentile(ordered: Sequence[int], percent: int) -> int:
    """Nearest rank: the smallest value that at least *percent* of the sample do not exceed."""
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]


def _statistics(intervals: Sequence[_Interval], unit: str) -> Statistics:
    lengths = [interval.length_ns for interval in intervals]
    return Statistics(
        len(lengths), ns_in(min(lengths), unit), ns_in(round(Decimal(sum(lengths)) / len(lengths)), unit), ns_in(max(lengths), unit)
    )
