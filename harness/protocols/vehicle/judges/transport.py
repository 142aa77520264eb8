"""N2: what is announced as a long message comes whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness.core.check import Check, Finding, Severity, judge_quality
from harness.core.message import Message

__all__ = ["judge_transport"]

_NAME = "N2 transfers"


def judge_transport(messages: Sequence[Message]) -> Iterator[Check]:
    """One check over every transfer; what stays unfinished because its receiver fell silent is the matter of a case."""
    broken = [message for message in messages if message.name == "TP.ERROR" and not message.values.get("abandoned")]
    announced = sum(message.name in ("TP.BAM", "TP.RTS", "TP.FF") for message in messages)
    if not announced and not broken:
        return
    told = [Finding(error.note, error.t_ns, error.frames[0] if error.frames else None, Severity.FAILURE, _NAME) for error in broken]
    first = told[0] if told else None
    yield judge_quality(
        _NAME,
        first is None,
        observed=first.text if first else f"{announced} announced",
        expected="every frame fits its transfer",
        frames=(first.frame,) if first and first.frame else (),
        t_ns=first.at_ns if first else None,
        findings=tuple(told),
        occurrences=len(told),
    )
