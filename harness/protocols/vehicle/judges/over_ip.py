"""N4: what an entity sends on its ports is DoIP: right header, known payload type, a length that fits, no code that nothing has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import IntEnum

from harness.core.check import Check, Finding, Severity, judge_quality
from harness.core.message import Message
from harness.protocols.doip.tables import Activation, DiagnosticNack, HeaderNack

__all__ = ["judge_over_ip"]

_NAME = "N4 DoIP messages"
_CODES: dict[str, type[IntEnum]] = {
    "DoIP.HeaderNack": HeaderNack,
    "DoIP.DiagnosticNack": DiagnosticNack,
    "DoIP.RoutingActivationRes": Activation,
}
_OWN_CODES = range(0xE0, 0xFF)
"""Codes of routing activation that a maker may define."""


def judge_over_ip(messages: Sequence[Message]) -> Iterator[Check]:
    """One check over everything on the ports of DoIP."""
    own = [message for message in messages if message.name.startswith("DoIP.")]
    if not own:
        return
    told = [
        Finding(text, message.t_ns, message.frames[0] if message.frames else None, Severity.FAILURE, _NAME)
        for message in own
        if (text := _objection(message))
    ]
    first = told[0] if told else None
    yield judge_quality(
        _NAME,
        first is None,
        observed=first.text if first else f"{len(own)} messages",
        expected="header, length and code of every message as ISO 13400 knows them",
        frames=(first.frame,) if first and first.frame else (),
        t_ns=first.at_ns if first else None,
        findings=tuple(told),
        occurrences=len(told),
    )


def _objection(message: Message) -> str:
    if message.name == "DoIP.ERROR":
        return message.note
    codes, code = _CODES.get(message.name), message.values.get("code")
    if codes is None or code in tuple(codes) or (codes is Activation and code in _OWN_CODES):
        return ""
    return f"{message.name} with code {code:02X}" if isinstance(code, int) else f"{message.name} without code"
