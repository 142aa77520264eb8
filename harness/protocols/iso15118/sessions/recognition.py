"""Recognises the family, and which of its protocols is spoken, from the packets of a link."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from harness.core.message import Message
from harness.core.pdu import Chunk, Datagram
from harness.core.standard import Recognition
from harness.core.trace import Record
from harness.protocols.iso15118.decoder import IsoDecoder
from harness.protocols.iso15118.editions import EDITIONS
from harness.protocols.iso15118.message import DISCOVERY_REQUEST, DISCOVERY_RESPONSE, HANDSHAKE, HELLO, SEALED, UNREADABLE, V2gMessage
from harness.protocols.iso15118.slac.messages import UNREADABLE as UNREADABLE_FRAME

__all__ = ["recognise"]


def recognise(records: Sequence[Record], name: str) -> Recognition | None:
    """Whether the records of one link show discovery or V2GTP messages; ``None`` without any that could be read."""
    if not any(isinstance(record.pdu, Datagram | Chunk) for record in records):
        return None
    decoder = IsoDecoder()
    messages = [message for record in records for message in decoder.feed(record)]
    names = [message.name for message in messages]
    # A connection that was protected and then carried something else is of another protocol.
    if all(name in (UNREADABLE, UNREADABLE_FRAME) for name in [each for each in names if each not in (HELLO, HANDSHAKE)] or names):
        return None
    spoken = Counter(message.edition.name for message in _v2g(messages) if message.edition is not None)
    dialect = spoken.most_common(1)[0][0] if spoken else ""
    agreed = [message for message in _v2g(messages) if message.name == "supportedAppProtocolRes" and message.edition is not None]
    signs = []
    matching = len(messages) - len(_v2g(messages))
    if matching:
        signs.append(f"{matching} messages of matching over power line")
    discovered = sum(message.name in (DISCOVERY_REQUEST, DISCOVERY_RESPONSE) for message in messages)
    if discovered:
        signs.append(f"{discovered} messages of SECC discovery")
    if agreed:
        titles = dict.fromkeys(message.edition.title for message in agreed if message.edition)
        signs.append(f"SupportedAppProtocol agrees on {' and '.join(titles)}")
    elif dialect:
        signs.append(f"messages that decode as {EDITIONS[dialect].title}, no agreement in the recording")
    if any(message.name == SEALED for message in messages):
        signs.append("a connection encrypted with TLS, for which there are no usable keys")
    if len(spoken) > 1:
        others = ", ".join(EDITIONS[other].title for other in spoken if other != dialect)
        signs.append(f"also {others} in other sessions")
    evidence = ", ".join(signs) or "V2GTP messages without an agreement"
    return Recognition(name, dialect, decoder.matched, len(records) - decoder.matched, evidence, messages)


def _v2g(messages: Sequence[Message]) -> list[V2gMessage]:
    return [message for message in messages if isinstance(message, V2gMessage)]
