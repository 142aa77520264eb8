"""F6 for BEM and CEM: a reported timeout must be one that its sender can have had (sections 3.4 and 4.3 of the reference).

Each timeout has its own bit, and the first one ends the attempt: the first BEM or CEM of an attempt names one. One
without any bit reports nothing, so nothing calls for it. CCS is not awaited any more once BST and CST were
exchanged. Whether the bit is the right one for what was missing is left to the cases and to the timeout rule.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.core.check import Check, Severity, judge_quality
from harness.protocols.gbt27930.judges.view import MAX_FINDINGS, View, finding
from harness.protocols.gbt27930.messages import MESSAGES
from harness.protocols.gbt27930.sessions.split import Attempt, Talk
from harness.protocols.gbt27930.sessions.tokens import ERRORS, Event, base_name, set_bits
from harness.protocols.gbt27930.sessions.words import ERROR_BITS

__all__ = ["judge_error_messages"]

_PARTIES = (("vehicle", "BEM"), ("charger", "CEM"))
_UNTRUSTED, _UNDEFINED = 2, 3
_UNUSED = (0, 0x3F, None)
"""Values of the optional rest of byte 4 that report nothing."""
_FIRST_CCS = {"timeout_ccs", "timeout_cro"}
"""While the first CCS is awaited, either bit is right (TB6a: the start rule is unclear)."""


def judge_error_messages(view: View) -> Iterator[Check]:
    """One check for each party that sent its error message."""
    for party, name in _PARTIES:
        if view.judges(party):
            yield from _judge(view, name)


def _judge(view: View, name: str) -> Iterator[Check]:
    rule, sent = f"F6 {name} reason", 0
    remarks: list[tuple[Event, str, Severity]] = []
    for talk in view.talks:
        sent += sum(_is(name, event) for event in talk.events)
        remarks += _remarks(view, talk, name)
    if not sent:
        return
    failed = [remark for remark in remarks if remark[2] is Severity.FAILURE]
    shown = failed or remarks
    first = shown[0][0].message if shown else None
    yield judge_quality(
        rule,
        not failed,
        observed=f"{len(shown)} of {sent} odd, first {shown[0][1]}" if shown else f"{sent} messages, each with a timeout",
        expected="one timeout that can have run out",
        frames=first.frames[:1] if first else (),
        t_ns=first.t_ns if first else None,
        findings=tuple(finding(rule, text, event.message, severity) for event, text, severity in shown[:MAX_FINDINGS]),
        occurrences=len(shown),
    )


def _is(name: str, event: Event) -> bool:
    return base_name(event.word) == name and event.message.sender == MESSAGES[name].sender


def _remarks(view: View, talk: Talk, name: str) -> Iterator[tuple[Event, str, Severity]]:
    # In a recording, errors before its begin may have left their bits; a case is recorded from its first frame on.
    partial = not view.context.parties and (talk.begins_midway or _is(name, talk.events[0]))
    known: set[str] = set()
    failed = False
    for attempt in talk.attempts:
        is_first = True
        for event in attempt.events:
            failed = failed or event.word in ERRORS
            if not _is(name, event):
                continue
            bits = set(set_bits(event.message))
            doubtful = _doubtful(event)
            if doubtful:
                yield event, f"{name} with {_listed(doubtful)} neither normal nor timed out", Severity.WARNING
            if partial and not known:
                known |= bits
            text = _problem(attempt, event, name, bits - known, is_first and not partial, failed or partial or bool(doubtful))
            if text:
                yield event, text, Severity.FAILURE
            known |= bits
            is_first = False


def _problem(attempt: Attempt, event: Event, name: str, fresh: set[str], is_first: bool, may_be_idle: bool) -> str:
    """What is wrong with a BEM or CEM whose bits *fresh* were not set before; empty if nothing is."""
    if is_first and len(fresh) > 1 and not (fresh == _FIRST_CCS and "CCS" not in attempt.seen):
        return f"{name} reports {len(fresh)} timeouts at once: {_listed(fresh)}"
    if "timeout_ccs" in fresh and all(attempt.seen.get(word, event.t_ns) < event.t_ns for word in ("BST", "CST")):
        return "BEM reports a timeout of CCS after BST and CST were exchanged"
    if event.word == name and not may_be_idle and event.message.values.get("other") in _UNUSED:
        return f"{name} without a timeout although no error was reported"
    return ""


def _doubtful(event: Event) -> set[str]:
    return {signal for signal, value in event.message.values.items() if signal in ERROR_BITS and value in (_UNTRUSTED, _UNDEFINED)}


def _listed(bits: set[str]) -> str:
    return " and ".join(f"{ERROR_BITS[bit][0]} (SPN {ERROR_BITS[bit][1]})" for bit in sorted(bits, key=lambda bit: ERROR_BITS[bit][1]))
