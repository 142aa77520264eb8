"""Reading of recorded swaps: phases, who ended them and why, which packs, what the truck refused."""

from __future__ import annotations

from collections.abc import Sequence

from harness.core.message import Message
from harness.core.standard import Session
from harness.core.trace import Record
from harness.protocols.swap.messages import SwapProfile
from harness.protocols.swap.orders import orders_of
from harness.protocols.swap.sessions.course import courses_of
from harness.protocols.swap.sessions.ending import ending_of
from harness.protocols.swap.sessions.facts import facts_of
from harness.protocols.swap.sessions.findings import findings_of
from harness.protocols.swap.sessions.phases import phases_of
from harness.protocols.swap.sessions.recognition import recognise
from harness.protocols.swap.sessions.story import story_of
from harness.protocols.swap.sessions.view import view_of

__all__ = ["read_sessions", "recognise"]


def read_sessions(messages: Sequence[Message], records: Sequence[Record], profile: SwapProfile) -> list[Session]:
    """The swaps on one link; *messages* are those of the decoder for *records*."""
    end_ns = max((record.t_ns for record in records), default=0)
    view, sessions = view_of(messages), []
    for course in courses_of(messages, orders_of(messages)):
        phases, ending = phases_of(course), ending_of(course, profile, end_ns)
        session = Session(
            link=course.messages[0].link,
            start_ns=course.start_ns,
            end_ns=course.end_ns,
            phases=phases,
            ended_by=ending.by,
            end_reason=ending.text("en"),
            facts=facts_of(course, view, profile),
            findings=findings_of(course, view, profile),
            complete=ending.complete,
            story=story_of(course, phases, ending, view, profile),
        )
        sessions.append(session)
    return sessions
