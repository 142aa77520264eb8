"""N2: what is announced as a long message comes whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness.core.check import Check, Finding, Severity, judge_quality
from harness.core.message import Message
from harness.core.standard import JudgeContext

__all__ = ["judge_transport"]

_NAME = "N2 transfers"


_ANNOUNCEMENTS = ("TP.BAM", "TP.RTS", "TP.FF")
_OWN_WORDS = ("TP.ERROR", "TP.ABORT")
"""Their notes say what ended a transfer."""
_UNDER_WAY = "recording.under_way"
"""Packets so soon after the start of a recording may belong to a transfer that began before it."""


def judge_transport(messages: Sequence[Message], context: JudgeContext) -> Iterator[Check]:
    """One check over every transfer; what stays unfinished because its receiver fell silent is the matter of a case.

    Of a recording it remarks what was odd about messages that came whole all the same; on a bench the cases judge that.
    """
    is_recording = not context.parties
    under_way = context.limits.get(_UNDER_WAY)
    broken = list(_broken(messages, under_way.nominal_ns if is_recording and under_way else 0))
    announced = sum(message.name in _ANNOUNCEMENTS for message in messages)
    if not announced and not broken:
        return
    told = [Finding(error.note, error.t_ns, error.frames[0] if error.frames else None, Severity.FAILURE, _NAME) for error in broken]
    first = told[0] if told else None
    odd = [_remark(message) for message in messages if is_recording and message.note and message.name not in _OWN_WORDS]
    yield judge_quality(
        _NAME,
        first is None,
        observed=first.text if first else f"{announced} announced",
        expected="every frame fits its transfer",
        frames=(first.frame,) if first and first.frame else (),
        t_ns=first.at_ns if first else None,
        findings=(*told, *odd),
        occurrences=len(told),
    )


def _remark(message: Message) -> Finding:
    return Finding(f"{message.name}: {message.note}", message.t_ns, message.frames[0] if message.frames else None, Severity.WARNING, _NAME)


def _broken(messages: Sequence[Message], under_way_ns: int) -> Iterator[Message]:
    """Whatever went wrong, without what a recording shows the end of only: no beginning within *under_way_ns* of its start."""
    begun: set[tuple[object, object]] = set()
    for message in messages:
        way = message.values.get("source"), message.values.get("destination", message.values.get("target"))
        if message.name in _ANNOUNCEMENTS:
            begun.add(way)
        elif message.name == "TP.ERROR" and not message.values.get("abandoned"):
            is_rest = way not in begun and message.t_ns - messages[0].t_ns < under_way_ns
            if not is_rest:
                yield message
