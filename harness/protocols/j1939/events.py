"""What a transport reports: complete messages and the fate of its sessions."""

from __future__ import annotations

import enum
from dataclasses import dataclass

__all__ = ["EventKind", "Role", "TransportEvent", "TransportMessage"]


class Role(enum.Enum):
    """Our part in a session."""

    ORIGINATOR = "originator"
    RECEIVER = "receiver"


class EventKind(enum.Enum):
    """What happened to a session."""

    OPENED = "opened"
    """RTS or BAM sent, or received."""
    COMPLETED = "completed"
    """Originator: acknowledged, or the last broadcast packet is out. Receiver: the message is there."""
    ABORTED = "aborted"
    """Conn_Abort; ``local`` tells whose."""
    TIMED_OUT = "timed out"
    """``timer`` expired; addressed sessions send Conn_Abort with reason 3."""
    REPLACED = "replaced"
    """A new RTS or BAM of the peer took the place of the unfinished session."""
    IGNORED = "ignored"
    """An RTS that the grant policy leaves unanswered."""
    BROKEN = "broken"
    """A broadcast with a lost packet, or an EndOfMsgAck before the last packet was sent: the session ends."""
    UNEXPECTED = "unexpected"
    """A frame that fits no session or breaks the format; dropped, ``text`` says why. Ends nothing."""


@dataclass(frozen=True, slots=True)
class TransportMessage:
    """A message that arrived completely."""

    pgn: int
    source: int
    destination: int
    """Our address, or ``GLOBAL`` for a broadcast."""
    data: bytes
    start_ns: int
    """Arrival of RTS or BAM."""
    t_ns: int
    """Arrival of the last packet."""


@dataclass(frozen=True, slots=True)
class TransportEvent:
    """One entry of the session log."""

    kind: EventKind
    role: Role
    pgn: int
    peer: int
    t_ns: int
    local: bool = True
    """We caused it, not the peer."""
    reason: int | None = None
    """Byte of the Conn_Abort that was sent or received."""
    timer: str = ""
    """``T1`` .. ``T4``."""
    text: str = ""
