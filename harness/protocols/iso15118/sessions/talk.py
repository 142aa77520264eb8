"""The messages of a recording parted into sessions: one TCP connection each, with the discovery that led to it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from harness.core.message import Message
from harness.core.pdu import Chunk
from harness.core.trace import Record
from harness.protocols.iso15118.editions import Edition
from harness.protocols.iso15118.message import CHARGER, HANDSHAKE, HELLO, SEALED, UNREADABLE, VEHICLE, V2gMessage
from harness.protocols.iso15118.sequence import AGREEMENT

__all__ = ["Closing", "Exchange", "Talk", "talks_of"]


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and its response; one of them may be missing."""

    request: V2gMessage | None
    response: V2gMessage | None

    @property
    def first(self) -> V2gMessage:
        """The request, or the response where it is alone."""
        one = self.request or self.response
        assert one is not None
        return one

    @property
    def name(self) -> str:
        """Of the messages, without ``Req`` and ``Res``."""
        return self.first.base


@dataclass(frozen=True, slots=True)
class Closing:
    """A side ends its direction of the TCP connection."""

    t_ns: int
    frame: int
    by: str
    """Party, empty if no message tells which side it is."""


@dataclass(frozen=True)
class Talk:
    """One session."""

    discovery: tuple[V2gMessage, ...]
    messages: tuple[V2gMessage, ...]
    """Of the connection, at least one."""
    closings: tuple[Closing, ...]
    recording_end_ns: int

    @property
    def start_ns(self) -> int:
        """The first message of the discovery, or of the connection."""
        return (self.discovery or self.messages)[0].t_ns

    @property
    def end_ns(self) -> int:
        """The last message, or the end of the connection."""
        return max(self.messages[-1].t_ns, *(closing.t_ns for closing in self.closings), self.messages[-1].t_ns)

    @cached_property
    def edition(self) -> Edition | None:
        """What was spoken, ``None`` if the recording does not tell."""
        return next((message.edition for message in reversed(self.messages) if message.edition is not None), None)

    @cached_property
    def known(self) -> tuple[V2gMessage, ...]:
        """The messages that could be read."""
        return tuple(message for message in self.messages if message.name not in (UNREADABLE, SEALED, HELLO, HANDSHAKE))

    @property
    def unreadable(self) -> tuple[V2gMessage, ...]:
        """What is no message, and places where bytes are missing."""
        return tuple(message for message in self.messages if message.name == UNREADABLE)

    @property
    def is_sealed(self) -> bool:
        """Whether a part of it is encrypted and nobody can read it."""
        return any(message.name == SEALED for message in self.messages)

    @property
    def begins_midway(self) -> bool:
        """Whether the recording misses its beginning."""
        if self.messages and not self.known and all(message.name in (HELLO, HANDSHAKE) for message in self.messages):
            return False
        return not self.is_sealed and not (self.known and self.known[0].base == AGREEMENT and self.known[0].is_request)

    @cached_property
    def exchanges(self) -> tuple[Exchange, ...]:
        """Requests with their responses; a message whose counterpart is not next to it stays alone."""
        return tuple(_exchanges(self.known))

    def all(self, name: str) -> list[V2gMessage]:
        """The messages of that name."""
        return [message for message in self.known if message.name == name]

    def first(self, name: str) -> V2gMessage | None:
        """The first message of that name."""
        return next((message for message in self.known if message.name == name), None)


def _exchanges(messages: Sequence[V2gMessage]) -> Iterator[Exchange]:
    waiting: V2gMessage | None = None
    for message in messages:
        if message.is_response:
            yield Exchange(waiting, message)
            waiting = None
            continue
        if waiting is not None:
            yield Exchange(waiting, None)
        waiting = message
    if waiting is not None:
        yield Exchange(waiting, None)


def talks_of(messages: Sequence[Message], records: Sequence[Record]) -> list[Talk]:
    """The sessions among *messages*, by their beginning."""
    ours = [message for message in messages if isinstance(message, V2gMessage)]
    by_connection: dict[int, list[V2gMessage]] = {}
    for message in ours:
        if message.connection:
            by_connection.setdefault(message.connection, []).append(message)
    by_number = {record.number: record for record in records}
    end_ns = max((record.t_ns for record in records), default=0)
    closings = _closings(records)
    free = [message for message in ours if not message.connection]
    talks = []
    order = sorted(by_connection.values(), key=lambda group: group[0].t_ns)
    for index, group in enumerate(order):
        own = [message for message in free if message.t_ns <= group[0].t_ns]
        free = free[len(own) :]
        until = next((later[0].t_ns for later in order[index + 1 :] if _way(later[0], by_number) == _way(group[0], by_number)), end_ns + 1)
        talks.append(Talk(tuple(own), tuple(group), tuple(_own_closings(group, closings, by_number, until)), end_ns))
    return talks


def _way(message: V2gMessage, records: dict[int, Record]) -> frozenset[str]:
    record = records.get(message.frames[-1]) if message.frames else None
    pdu = record.pdu if record is not None else None
    return frozenset((pdu.source, pdu.destination)) if isinstance(pdu, Chunk) else frozenset()


def _closings(records: Sequence[Record]) -> list[tuple[Record, Chunk]]:
    return [(record, record.pdu) for record in records if isinstance(record.pdu, Chunk) and (record.pdu.end or record.pdu.reset)]


def _own_closings(
    group: Sequence[V2gMessage], closings: Sequence[tuple[Record, Chunk]], records: dict[int, Record], until_ns: int
) -> Iterator[Closing]:
    way = _way(group[0], records)
    told: set[str] = set()
    parties = _parties(group, records)
    for record, chunk in closings:
        ours = frozenset((chunk.source, chunk.destination)) == way and group[0].t_ns <= record.t_ns < until_ns
        if ours and chunk.source not in told:
            told.add(chunk.source)
            yield Closing(record.t_ns, record.number, parties.get(chunk.source, ""))


def _parties(group: Sequence[V2gMessage], records: dict[int, Record]) -> dict[str, str]:
    """Which address is which party, by the messages that they sent."""
    votes: dict[str, Counter[str]] = {}
    for message in group:
        pdu = records[message.frames[-1]].pdu if message.frames and message.frames[-1] in records else None
        if message.sender and isinstance(pdu, Chunk):
            votes.setdefault(pdu.source, Counter())[message.sender] += 1
    found = {address: counter.most_common(1)[0][0] for address, counter in votes.items()}
    return {address: party for address, party in found.items() if party in (VEHICLE, CHARGER)}
