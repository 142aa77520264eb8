"""Reading of recorded sessions: what was agreed on, phases, the values of the charge loop, who ended it and why."""

from __future__ import annotations

from collections.abc import Sequence

from harness.core.message import Message
from harness.core.standard import Session
from harness.core.trace import Record
from harness.protocols.iso15118.sessions.ending import ending_of
from harness.protocols.iso15118.sessions.facts import facts_of
from harness.protocols.iso15118.sessions.phases import phases_of
from harness.protocols.iso15118.sessions.recognition import recognise
from harness.protocols.iso15118.sessions.story import story_of
from harness.protocols.iso15118.sessions.talk import Exchange, Talk, talks_of

__all__ = ["Exchange", "Talk", "read_sessions", "recognise", "talks_of"]


def read_sessions(messages: Sequence[Message], records: Sequence[Record]) -> list[Session]:
    """The sessions on one link, one for each TCP connection that carried any; *messages* are those of the decoder for *records*."""
    sessions = []
    for talk in talks_of(messages, records):
        ending, phases = ending_of(talk), phases_of(talk)
        session = Session(
            link=talk.messages[0].link,
            start_ns=talk.start_ns,
            end_ns=talk.end_ns,
            phases=phases,
            ended_by=ending.by,
            end_reason=ending.text("en"),
            facts=facts_of(talk),
            complete=ending.complete,
            story=story_of(talk, phases, ending),
        )
        sessions.append(session)
    return sessions
