"""Reading of recorded sessions: phases, who ended them and why, what was told, which edition was spoken."""

from __future__ import annotations

from collections.abc import Sequence

from harness.core.message import Message
from harness.core.standard import Session
from harness.core.trace import Record
from harness.protocols.gbt27930.class_c.reading import negotiation_of, read_class_c
from harness.protocols.gbt27930.sessions.dialect import dialect_of, recognise
from harness.protocols.gbt27930.sessions.ending import ending_of
from harness.protocols.gbt27930.sessions.facts import facts_of, vin_findings
from harness.protocols.gbt27930.sessions.phases import phases_of
from harness.protocols.gbt27930.sessions.split import Attempt, Talk, split
from harness.protocols.gbt27930.sessions.tokens import Event

__all__ = ["Attempt", "Event", "Talk", "dialect_of", "read_sessions", "recognise", "split"]


_BEFORE_NS = 10_000_000_000
"""A version negotiation that long before a session belongs to it."""


def read_sessions(messages: Sequence[Message], records: Sequence[Record]) -> list[Session]:
    """The sessions on one link; *messages* are those of the decoder for *records*."""
    end_ns = max((record.t_ns for record in records), default=0)
    sessions = []
    for talk in split(messages, end_ns):
        ending = ending_of(talk, talk.attempts[-1].end_ns)
        last = talk.events[-1]
        session = Session(
            link=last.message.link,
            start_ns=talk.start_ns,
            end_ns=last.t_ns,
            phases=phases_of(talk),
            ended_by=ending.by,
            end_reason=ending.reason,
            facts=_negotiated(messages, talk) | facts_of(talk),
            findings=vin_findings(talk),
            complete=ending.complete,
        )
        sessions.append(session)
    return sorted([*sessions, *read_class_c(messages)], key=lambda session: session.start_ns)


def _negotiated(messages: Sequence[Message], talk: Talk) -> dict[str, str]:
    """The version negotiation of class C just before *talk*."""
    told = [message for message in messages if message.name == "VC" and -_BEFORE_NS < message.t_ns - talk.start_ns < 0]
    return {"version negotiation": f"{negotiation_of(told)}, goes on as of 2015"} if told else {}
