"""Reading of recorded sessions: phases, who ended them and why, what was told, which edition was spoken."""

from __future__ import annotations

from collections.abc import Sequence

from harness.core.message import Message
from harness.core.standard import Session
from harness.core.trace import Record
from harness.protocols.gbt27930.sessions.dialect import dialect_of, recognise
from harness.protocols.gbt27930.sessions.ending import ending_of
from harness.protocols.gbt27930.sessions.facts import facts_of, vin_findings
from harness.protocols.gbt27930.sessions.phases import phases_of
from harness.protocols.gbt27930.sessions.split import Attempt, Talk, split
from harness.protocols.gbt27930.sessions.tokens import Event

__all__ = ["Attempt", "Event", "Talk", "dialect_of", "read_sessions", "recognise", "split"]


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
            facts=facts_of(talk),
            findings=vin_findings(talk),
            complete=ending.complete,
        )
        sessions.append(session)
    return sessions
