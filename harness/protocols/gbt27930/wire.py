"""Frames of one party: what it sends as single frames, and which frames of the other party it understands."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from harness.core import Frame, Pdu
from harness.protocols.gbt27930.messages import MESSAGES, MessageType, Party, address_of
from harness.protocols.j1939 import TP_CM, TP_DT, build_id

__all__ = ["SESSION_ORDER", "Wire", "single_frame"]

SESSION_ORDER = tuple(MESSAGES)
"""Message names in the order of a session; ties between cycles are settled in this order."""


def single_frame(name: str, data: bytes) -> Frame:
    """The frame that carries *data* as message *name*."""
    return Frame(MESSAGES[name].can_id, data)


class Wire:
    """Recognises what the peer of *party* sends; everything else on the bus is foreign and ignored."""

    def __init__(self, party: Party, *, any_length: bool = False, lenient: Collection[str] = ()) -> None:
        """With *any_length* frames of wrong length are understood too, of the messages *lenient* always."""
        self._any_length = any_length
        self._lenient = frozenset(lenient)
        self.own_address = address_of(party)
        self.peer_address = address_of("charger" if party == "vehicle" else "vehicle")
        self._single: Mapping[int, MessageType] = {}
        self.understand(MESSAGES)
        self._transport = frozenset(build_id(pgn, self.peer_address, self.own_address, 7) for pgn in (TP_CM, TP_DT))

    def understand(self, messages: Mapping[str, MessageType]) -> None:
        """Take *messages* for the table by which frames of the peer are known, instead of that of 2015."""
        self._single = {row.can_id: row for row in messages.values() if row.source == self.peer_address and not row.multi_packet}

    def is_transport(self, pdu: Pdu) -> bool:
        """Whether *pdu* is a transport frame of the peer to us."""
        return isinstance(pdu, Frame) and pdu.can_id in self._transport and pdu.extended

    def identify(self, pdu: Pdu) -> MessageType | None:
        """The single-frame message of the peer that *pdu* is, ``None`` if it is none of the right identifier, kind and length."""
        if not isinstance(pdu, Frame) or not pdu.extended or pdu.fd or pdu.remote:
            return None
        row = self._single.get(pdu.can_id)
        if row is None or self._any_length or row.name in self._lenient or row.min_length <= len(pdu.data) <= row.length:
            return row
        return None
