"""What a listener understands of DoIP on a network.

Names of the messages it gives:

* ``DoIP.Announcement``, ``DoIP.RoutingActivationReq``, ... (the names of ``tables.LAYOUTS``): the fields of the payload, ``version``, and
  ``origin`` and ``towards``, the addresses with ports.
* The content of a diagnostic message as a message of its own behind it, with the names of ``harness.protocols.uds.decoder``.
* ``DoIP.ERROR``: bytes on a port of DoIP that are no message; ``code`` is that with which an entity refuses them, the note says it in
  words. ``open`` tells whether it was a message that its stream ended in the middle of.
* ``TCP.Opened``, ``TCP.Closed`` (``how``: ``end`` or ``reset``): by the side that did it. ``TLS.Agreed`` (``tls``), ``TLS.Failed``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness.core.message import Message, Value
from harness.core.pdu import Chunk, Datagram, Handshake
from harness.core.trace import Record
from harness.protocols.doip.codec import DoipError, DoipMessage, Splitter, decode
from harness.protocols.doip.tables import PORT, TLS_PORT, HeaderNack, PayloadType
from harness.protocols.ip.host import split_endpoint
from harness.protocols.uds.decoder import ECU, content_of
from harness.protocols.uds.decoder import TESTER as UDS_TESTER

__all__ = ["ENTITY", "TESTER", "DoipDecoder"]

ENTITY, TESTER = "entity", "tester"
_PORTS = (PORT, TLS_PORT)
_LONGEST = 1 << 20


class DoipDecoder:
    """Decoder of one link; implements ``harness.core.Decoder``. Never raises for what is on the wire.

    Memory is bounded: of *max_streams* directions at most, each with *longest* bytes of an unfinished message at most.
    """

    def __init__(self, *, max_streams: int = 256, longest: int = _LONGEST) -> None:
        self._max_streams, self._longest = max_streams, longest
        self._streams: dict[tuple[str, str], Splitter] = {}
        """The one opened last stands at the end."""
        self._begun: dict[tuple[str, str], tuple[int, list[int]]] = {}
        """When the unfinished message of a direction began, and the records it is made of so far."""

    def feed(self, record: Record) -> Sequence[Message]:
        """Messages that this record completes."""
        pdu = record.pdu
        if not isinstance(pdu, Datagram | Chunk | Handshake):
            return ()
        ports = _port(pdu.source), _port(pdu.destination)
        if not any(port in _PORTS for port in ports):
            return ()
        around = _Around(record, pdu.source, pdu.destination, ENTITY if ports[0] in _PORTS else TESTER)
        match pdu:
            case Datagram(data):
                return list(around.messages(data))
            case Handshake():
                return [around.handshake(pdu)] if pdu.version or pdu.alert else ()
        return list(self._chunk(around, pdu))

    def _chunk(self, around: _Around, chunk: Chunk) -> Iterator[Message]:
        way = (chunk.source, chunk.destination)
        if chunk.begin:
            self._forget(way)
            yield around.tcp("TCP.Opened")
        stream = self._stream(way)
        if chunk.data and not chunk.sealed:
            began_ns, frames = self._begun.pop(way, (around.record.t_ns, []))
            frames = [*frames, around.record.number]
            for piece in stream.feed(chunk.data):
                yield from around.messages(piece, began_ns, frames)
                began_ns, frames = around.record.t_ns, [around.record.number]
            if stream.waits:
                self._begun[way] = began_ns, frames
        if chunk.end or chunk.reset:
            if stream.waits and not chunk.reset:
                yield around.error(DoipError(HeaderNack.INVALID_LENGTH, "the stream ends within a message"), is_open=True)
            for each in (way, way[::-1]) if chunk.reset else (way,):
                self._forget(each)
            yield around.tcp("TCP.Closed", how="reset" if chunk.reset else "end")

    def _stream(self, way: tuple[str, str]) -> Splitter:
        """The stream of one direction; a new one takes the place of the oldest when there are too many."""
        if way not in self._streams:
            if len(self._streams) >= self._max_streams:
                self._forget(next(iter(self._streams)))
            self._streams[way] = Splitter(longest=self._longest)
        return self._streams[way]

    def _forget(self, way: tuple[str, str]) -> None:
        self._streams.pop(way, None)
        self._begun.pop(way, None)


class _Around:
    """Makes messages of one record."""

    def __init__(self, record: Record, origin: str, towards: str, sender: str) -> None:
        self.record, self._sender = record, sender
        self._way: dict[str, Value] = {"origin": origin, "towards": towards}

    def messages(self, piece: bytes | DoipError, start_ns: int | None = None, frames: Sequence[int] = ()) -> Iterator[Message]:
        """The message that *piece* is, and what it carries."""
        try:
            if isinstance(piece, DoipError):
                raise piece
            message = decode(piece, longest=_LONGEST)
        except DoipError as error:
            yield self.error(error, frames=frames)
            return
        values: dict[str, Value] = {**message.values, **self._way, "version": message.version}
        yield self._make(f"DoIP.{message.name}", values, bytes(piece), start_ns, frames)
        if message.kind is PayloadType.DIAGNOSTIC:
            yield self._carried(message, start_ns, frames)

    def error(self, error: DoipError, *, is_open: bool = False, frames: Sequence[int] = ()) -> Message:
        """Bytes that are no message."""
        return self._make("DoIP.ERROR", {**self._way, "code": int(error.nack), "open": int(is_open)}, b"", None, frames, str(error))

    def tcp(self, name: str, **values: Value) -> Message:
        """Something became of a connection."""
        return self._make(name, {**self._way, **values})

    def handshake(self, outcome: Handshake) -> Message:
        """A connection was protected, or was not."""
        if outcome.version:
            return self._make("TLS.Agreed", {**self._way, "tls": outcome.version})
        return self._make("TLS.Failed", {**self._way, "alert": outcome.alert})

    def _carried(self, message: DoipMessage, start_ns: int | None, frames: Sequence[int]) -> Message:
        data = message.raw("data")
        name, content = content_of(data)
        values: dict[str, Value] = {"source": message.number("source"), "target": message.number("target"), "functional": 0, **content}
        made = self._make(name, {**values, **self._way}, data, start_ns, frames)
        made.sender = ECU if self._sender == ENTITY else UDS_TESTER
        return made

    def _make(
        self,
        name: str,
        values: dict[str, Value],
        data: bytes = b"",
        start_ns: int | None = None,
        frames: Sequence[int] = (),
        note: str = "",
    ) -> Message:
        record = self.record
        return Message(
            name,
            record.t_ns,
            values,
            data=data,
            start_ns=start_ns,
            frames=frames or (record.number,),
            link=record.link,
            sender=self._sender,
            note=note,
        )


def _port(address: str) -> int | None:
    try:
        return split_endpoint(address)[1]
    except ValueError:
        return None
