"""F6: messages only in the phases in which they are allowed, with the tails of the profile."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness.core.check import Check, Severity, judge_quality
from harness.core.durations import ns_in
from harness.protocols.gbt27930.judges.course.lives import LIVES, end_of_life, first_error, survives_errors
from harness.protocols.gbt27930.judges.view import MAX_FINDINGS, View, finding, severity_of
from harness.protocols.gbt27930.messages import MESSAGES
from harness.protocols.gbt27930.sessions.split import Attempt
from harness.protocols.gbt27930.sessions.tokens import Event, base_name

__all__ = ["judge_phases"]


_Span = tuple[int, int]
_NEVER = 1 << 63
"""Later than every time stamp."""


def judge_phases(view: View) -> Iterator[Check]:
    """One check per message that was sent and has conditions."""
    sent: dict[str, int] = {}
    wrong: dict[str, list[tuple[Event, str, Severity]]] = {}
    for attempt in view.attempts():
        spans: dict[str, _Span] = {}
        for event in attempt.events:
            name = base_name(event.word)
            if event.word not in LIVES or event.message.sender != MESSAGES[name].sender or not view.judges(event.message.sender):
                continue
            sent[name] = sent.get(name, 0) + 1
            begin_ns, end_ns = spans.get(event.word) or spans.setdefault(event.word, _sound_span(attempt, event.word))
            if not begin_ns <= event.t_ns <= end_ns and (problem := _problem(view, attempt, event)) is not None:
                wrong.setdefault(name, []).append((event, *problem))
    for name in MESSAGES:
        if name in sent:
            yield _check(name, sent[name], wrong.get(name, []))


def _check(name: str, sent: int, wrong: Sequence[tuple[Event, str, Severity]]) -> Check:
    rule = f"F6 {name} phase"
    failed = [item for item in wrong if item[2] is Severity.FAILURE]
    shown = failed or list(wrong)
    first = shown[0][0].message if shown else None
    return judge_quality(
        rule,
        not failed,
        observed=f"{len(shown)} of {sent} out of phase, first {shown[0][1]}" if shown else f"{sent} messages, all in phase",
        expected=_expected(name),
        frames=first.frames[:1] if first else (),
        t_ns=first.t_ns if first else None,
        findings=tuple(finding(rule, text, event.message, severity) for event, text, severity in shown[:MAX_FINDINGS]),
        occurrences=len(shown),
    )


def _sound_span(attempt: Attempt, word: str) -> _Span:
    """From when on and until when *word* can have no problem at all; beyond it, tails decide."""
    begins = [attempt.seen.get(after, _NEVER) for after in LIVES[word].after]
    end, error_ns = end_of_life(attempt, word), first_error(attempt)
    return max(begins, default=-_NEVER), min(_NEVER if end is None else end[0], _NEVER if error_ns is None else error_ns)


def _problem(view: View, attempt: Attempt, event: Event) -> tuple[str, Severity] | None:
    """What is wrong with the instant of *event*, ``None`` if nothing is."""
    shown = event.word.removesuffix(".RTS")
    missing = [word for word in LIVES[event.word].after if attempt.seen.get(word, event.t_ns + 1) > event.t_ns]
    if missing:
        return f"{shown} before {' and '.join(missing)}", Severity.FAILURE
    error_ns = first_error(attempt)
    if error_ns is not None and error_ns < event.t_ns:
        limit = view.limit("tail.error")
        if survives_errors(event.word) or limit is None or event.t_ns - error_ns <= limit.upper_ns:
            return None
        return f"{shown} {_ms(event.t_ns - error_ns)} ms after an error message, without a reconnect", severity_of(limit)
    end, limit = end_of_life(attempt, event.word), view.limit(f"tail.{base_name(event.word)}")
    if end is None or limit is None or event.t_ns <= end[0] or event.t_ns - end[0] <= limit.upper_ns:
        return None
    return f"{shown} {_ms(event.t_ns - end[0])} ms after {end[1]}, tail {limit.upper} {limit.unit}", severity_of(limit)


def _expected(name: str) -> str:
    life = next(life for word, life in LIVES.items() if base_name(word) == name)
    after = f"after {' and '.join(life.after)}" if life.after else "from the start"
    return f"{after}{', until ' + ' or '.join(life.until) if life.until else ''}"


def _ms(length_ns: int) -> str:
    return f"{ns_in(length_ns, 'ms'):.1f}"
