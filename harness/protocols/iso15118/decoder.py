"""From datagrams and pieces of TCP streams to messages: discovery, V2GTP frames, and EXI by what the connection agreed on.

The schema of a payload follows from the protocol agreed on in SupportedAppProtocol, not from its bytes; every connection keeps that
state. Where a recording begins in mid-session the messages themselves must tell, and that is noted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from harness.core.errors import RemoteProtocolError
from harness.core.message import Message, Value
from harness.core.pdu import Chunk, Datagram, Handshake
from harness.core.trace import Record
from harness.protocols.iso15118 import discovery, sap
from harness.protocols.iso15118.editions import DIN, ISO_2, ISO_20, Edition, edition_of, schemas_for
from harness.protocols.iso15118.exi import Decoded, ExiDecodeError, codec
from harness.protocols.iso15118.message import (
    CHARGER,
    DISCOVERY_REQUEST,
    DISCOVERY_RESPONSE,
    HANDSHAKE,
    HELLO,
    SEALED,
    UNREADABLE,
    VEHICLE,
    V2gMessage,
    content_of,
    flat,
)
from harness.protocols.iso15118.slac.messages import SlacReader
from harness.protocols.iso15118.transport.hello import is_hello, read_hello
from harness.protocols.iso15118.v2gtp import BadHeader, Frame, PayloadType, StreamDecoder, decode_datagram

__all__ = ["IsoDecoder"]

_MARK = b"\x01\xfe"
_GUESSED = {"din": DIN, "iso2": ISO_2, "iso20_common": ISO_20, "iso20_dc": ISO_20, "iso20_ac": ISO_20}


@dataclass(slots=True)
class _Direction:
    """What one side sends on a connection."""

    stream: StreamDecoder = field(default_factory=StreamDecoder)
    frames: list[int] = field(default_factory=list)
    """Numbers of the records that the next frame begins in."""
    start_ns: int = 0
    in_step: bool = False
    """The beginning of the next frame is known."""
    ended: bool = False


@dataclass(slots=True)
class _Connection:
    number: int
    edition: Edition | None = None
    offers: list[sap.Offer] = field(default_factory=list)
    sides: dict[str, _Direction] = field(default_factory=dict)
    records: list[int] = field(default_factory=list)
    is_ours: bool = False
    sealed_told: bool = False
    hello_told: bool = False
    parties: dict[str, str] = field(default_factory=dict)
    """Which side sends from which address, by its messages."""


class IsoDecoder:
    """Implements ``harness.core.Decoder`` for one link, which may carry any number of connections and other traffic."""

    def __init__(self) -> None:
        self._connections: dict[frozenset[str], _Connection] = {}
        self._every: list[_Connection] = []
        self._announced: set[str] = set()
        self._datagrams = 0
        self._slac = SlacReader()

    @property
    def matched(self) -> int:
        """Records that belong to the standard."""
        return self._datagrams + self._slac.frames + sum(len(one.records) for one in self._every if one.is_ours)

    def feed(self, record: Record) -> Sequence[Message]:
        """Messages that this record completes; those of matching are no ``V2gMessage``."""
        pdu = record.pdu
        if isinstance(pdu, Datagram):
            return self._slac.feed(record) if self._slac.concerns(pdu) else self._datagram(record, pdu)
        if isinstance(pdu, Handshake):
            return self._handshake(record, pdu)
        return self._chunk(record, pdu) if isinstance(pdu, Chunk) else ()

    def _datagram(self, record: Record, pdu: Datagram) -> Sequence[V2gMessage]:
        if not pdu.data.startswith(_MARK) and not pdu.destination.endswith(f":{discovery.PORT}"):
            return ()
        frame = decode_datagram(pdu.data)
        note, name, sender, values = "", UNREADABLE, _asker(pdu), dict[str, Value]()
        try:
            if isinstance(frame, BadHeader):
                note = f"datagram: {frame.text}"
            elif frame.payload_type == PayloadType.SDP_REQUEST:
                asked = discovery.read_request(frame.payload)
                name, sender = DISCOVERY_REQUEST, VEHICLE
                values = {"Security": asked.security, "TransportProtocol": asked.transport}
            elif frame.payload_type == PayloadType.SDP_RESPONSE:
                told = discovery.read_response(frame.payload)
                name, sender = DISCOVERY_RESPONSE, CHARGER
                values = {
                    "SECCAddress": told.address,
                    "SECCPort": told.port,
                    "Security": told.security,
                    "TransportProtocol": told.transport,
                }
                self._announced.add(f"[{told.address}]:{told.port}")
            else:
                note = f"datagram of payload type 0x{frame.payload_type:04X}, which is none of the discovery"
        except RemoteProtocolError as error:
            note = str(error)
        self._datagrams += 1
        found = V2gMessage(name, record.t_ns, values, data=pdu.data, frames=(record.number,), link=record.link, sender=sender, note=note)
        return (found,)

    def _chunk(self, record: Record, chunk: Chunk) -> Sequence[V2gMessage]:
        connection = self._connection(chunk)
        connection.records.append(record.number)
        side = connection.sides.setdefault(chunk.source, _Direction(in_step=chunk.begin))
        side.ended = side.ended or chunk.end or chunk.reset
        if chunk.destination in self._announced or chunk.source in self._announced:
            connection.is_ours = True
        if chunk.sealed:
            return self._sealed(record, chunk, connection)
        if not chunk.data:
            return ()
        found: list[V2gMessage] = []
        if chunk.lost:
            text = f"{chunk.lost} bytes of the TCP stream are missing in the recording"
            found.append(self._unreadable(record, chunk, connection, text))
            side.stream, side.frames, side.in_step = StreamDecoder(), [], False
        if not side.in_step:
            if not chunk.data.startswith(_MARK):
                return found if connection.is_ours else ()
            side.in_step = True
        if not connection.is_ours:
            connection.is_ours = chunk.data.startswith(_MARK)
        return [*found, *self._frames(record, chunk, connection, side)] if connection.is_ours else ()

    def _handshake(self, record: Record, outcome: Handshake) -> Sequence[V2gMessage]:
        """What a handshake came to for the side that tells it."""
        chunk = Chunk(b"", source=outcome.source, destination=outcome.destination, security=outcome.version)
        connection = self._connection(chunk)
        connection.records.append(record.number)
        connection.is_ours = True
        values: dict[str, Value] = {
            "Version": outcome.version,
            "Cipher": outcome.cipher,
            "Alert": outcome.alert,
            "Subject": outcome.subject,
        }
        return (self._message(HANDSHAKE, record, chunk, connection, values, b""),)

    def _connection(self, chunk: Chunk) -> _Connection:
        way = frozenset((chunk.source, chunk.destination))
        connection = self._connections.get(way)
        # The same two ports may be used again after both sides closed.
        if connection is None or (chunk.begin and any(side.ended for side in connection.sides.values())):
            connection = self._connections[way] = _Connection(len(self._every) + 1)
            if chunk.begin:
                # Who opens the connection is the vehicle, whatever it carries.
                connection.parties = {chunk.source: VEHICLE, chunk.destination: CHARGER}
            self._every.append(connection)
        return connection

    def _sealed(self, record: Record, chunk: Chunk, connection: _Connection) -> Sequence[V2gMessage]:
        if not connection.is_ours:
            return ()
        if is_hello(chunk.data) and not connection.hello_told:
            connection.hello_told = True
            return (self._hello(record, chunk, connection),)
        if connection.sealed_told:
            return ()
        connection.sealed_told = True
        return (self._message(SEALED, record, chunk, connection, {}, b"", note=f"encrypted with {chunk.security}, no usable keys"),)

    def _hello(self, record: Record, chunk: Chunk, connection: _Connection) -> V2gMessage:
        try:
            hello = read_hello(chunk.data)
        except RemoteProtocolError as error:
            return self._message(HELLO, record, chunk, connection, {}, chunk.data, note=str(error))
        values: dict[str, Value] = {
            "Versions": ", ".join(hello.versions),
            "CipherSuites": ", ".join(hello.ciphers),
            "Groups": ", ".join(hello.groups),
            "Extensions": ", ".join(hello.extensions),
            "Authorities": len(hello.authorities),
        }
        return self._message(HELLO, record, chunk, connection, values, chunk.data)

    def _frames(self, record: Record, chunk: Chunk, connection: _Connection, side: _Direction) -> list[V2gMessage]:
        found: list[V2gMessage] = []
        if not side.frames:
            side.start_ns = record.t_ns
        numbers, start_ns = [*side.frames, record.number], side.start_ns
        for item in side.stream.receive(chunk.data):
            if isinstance(item, BadHeader):
                found.append(self._unreadable(record, chunk, connection, item.text))
            else:
                message = self._decoded(record, chunk, connection, item, numbers, start_ns)
                found.append(message)
            numbers, start_ns = [record.number], record.t_ns
        side.frames, side.start_ns = (numbers, start_ns) if side.stream.pending else ([], record.t_ns)
        return found

    def _decoded(
        self, record: Record, chunk: Chunk, connection: _Connection, frame: Frame, numbers: Sequence[int], start_ns: int
    ) -> V2gMessage:
        read = _read(frame, connection.edition)
        if isinstance(read, str):
            return self._unreadable(record, chunk, connection, read, frame.payload, numbers)
        schema, decoded = read
        notes = [str(finding) for finding in decoded.findings]
        if decoded.trailing:
            notes.append(f"{len(decoded.trailing)} bytes behind the message: {decoded.trailing.hex().upper()}")
        if schema == "sap":
            notes += self._agree(connection, decoded)
        elif connection.edition is None:
            connection.edition = _GUESSED[schema]
            notes.append(f"no agreement in the recording, taken for {connection.edition.title} by its content")
        name, content, session_id = content_of(decoded.document)
        return self._message(
            name, record, chunk, connection, flat(content), frame.payload,
            numbers=numbers, start_ns=start_ns, note="; ".join(notes), session_id=session_id,
        )  # fmt: skip

    def _agree(self, connection: _Connection, decoded: Decoded) -> list[str]:
        """Take note of an offer or of the answer to it."""
        try:
            if decoded.name.endswith("Req"):
                connection.offers = sap.read_request(decoded.document)
                return []
            answer = sap.read_response(decoded.document)
        except RemoteProtocolError as error:
            return [str(error)]
        if answer.code is sap.ResponseCode.FAILED:
            return []
        chosen = next((offer for offer in connection.offers if offer.schema_id == answer.schema_id), None)
        if chosen is None:
            return [f"schema id {answer.schema_id} was not offered"] if connection.offers else []
        connection.edition = edition_of(chosen.namespace, chosen.major)
        return [] if connection.edition else [f"'{chosen.namespace}' version {chosen.major} is not read by this version"]

    def _unreadable(
        self, record: Record, chunk: Chunk, connection: _Connection, text: str, data: bytes = b"", numbers: Sequence[int] = ()
    ) -> V2gMessage:
        return self._message(UNREADABLE, record, chunk, connection, {}, data, numbers=numbers, note=text)

    def _message(
        self,
        name: str,
        record: Record,
        chunk: Chunk,
        connection: _Connection,
        values: dict[str, Value],
        data: bytes,
        *,
        numbers: Sequence[int] = (),
        start_ns: int | None = None,
        note: str = "",
        session_id: bytes | None = None,
    ) -> V2gMessage:
        party = VEHICLE if name.endswith("Req") else CHARGER if name.endswith("Res") else ""
        if party:
            connection.parties[chunk.source] = party
        return V2gMessage(
            name, record.t_ns, values, data=data, start_ns=start_ns, frames=tuple(numbers) or (record.number,), link=record.link,
            sender=party or connection.parties.get(chunk.source, ""),
            note=note, connection=connection.number, edition=connection.edition, security=chunk.security, session_id=session_id,
        )  # fmt: skip


def _asker(pdu: Datagram) -> str:
    """Which side sends a datagram of the discovery, by its ports; empty if they do not tell."""
    port = f":{discovery.PORT}"
    ways = pdu.source.endswith(port), pdu.destination.endswith(port)
    return {(True, False): CHARGER, (False, True): VEHICLE}.get(ways, "")


def _read(frame: Frame, edition: Edition | None) -> tuple[str, Decoded] | str:
    """Schema set and message of a frame, or why there is none."""
    schemas = schemas_for(frame.payload_type, edition)
    if not schemas:
        return f"payload type 0x{frame.payload_type:04X} is not read by this version"
    troubles: list[ExiDecodeError] = []
    for schema in schemas:
        try:
            decoded = codec(schema).decode(frame.payload)
        except ExiDecodeError as error:
            troubles.append(error)
            continue
        if schema != "sap" or edition is not None or not decoded.findings:
            return schema, decoded
    told = max(troubles, key=lambda error: error.bit, default=None)
    return f"no readable message: {told}" if told else "no readable message"
