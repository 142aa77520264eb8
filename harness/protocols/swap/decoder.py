"""What a listener understands of a swap: the messages of a profile, on CAN or on the stream of the station link.

Names of the messages it gives:

* every message of the profile by its role (``LOCK_STS``, ``PACK_ID``): the values of its signals by their roles, ``source``, and of
  those in one frame ``Reserved``: ``ones``, or the bits without a signal in hex digits if one of them is 0.
* ``SWAP.ERROR``: a frame of the profile that a receiver must drop; ``reason`` (``length``, ``checksum``, ``start``, ``check``, ``message``)
  and ``about``, the role of its message.
* ``Request`` for a message of the profile: ``about``, its role.
* everything else on the bus by the names of ``harness.protocols.j1939.listener``, the VIN as ``VI``, and of
  ``harness.protocols.uds.decoder``.

The sender is the role of the source address: ``vcu``, ``bsc``, ``bms``, ``sta``, ``tester``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness.core.message import Message, Value
from harness.core.pdu import Chunk, Frame
from harness.core.trace import Record
from harness.protocols.j1939.listener import J1939Listener
from harness.protocols.swap.messages import Decoded, SwapProfile
from harness.protocols.swap.stream import StreamReader, Taken
from harness.protocols.uds.decoder import UdsDecoder, way_of

__all__ = ["SwapDecoder"]

_RENAMED = {"VehicleId": "VI"}


class SwapDecoder:
    """Decoder of one link; implements ``harness.core.Decoder``. Never raises for what is on the wire."""

    def __init__(self, profile: SwapProfile) -> None:
        self._profile = profile
        self._groups = J1939Listener()
        self._diagnostics = UdsDecoder()
        self._streams: dict[tuple[str, str], StreamReader] = {}

    def feed(self, record: Record) -> Sequence[Message]:
        """Messages that this record completes or announces, in order."""
        pdu = record.pdu
        if isinstance(pdu, Chunk):
            return list(self._stream(record, pdu))
        if not isinstance(pdu, Frame):
            return ()
        if (decoded := self._profile.read(pdu)) is not None:
            return (self._message(record, decoded, pdu.data),)
        return self._diagnostics.feed(record) if way_of(pdu) is not None else [self._named(item) for item in self._groups.feed(record)]

    def _stream(self, record: Record, chunk: Chunk) -> Iterator[Message]:
        way = chunk.source, chunk.destination
        if chunk.begin or way not in self._streams:
            self._streams[way] = StreamReader(self._profile)
        for item in self._streams[way].feed(chunk.data):
            if isinstance(item, Taken):
                decoded = self._profile.read(item.frame)
                assert decoded is not None
                yield self._message(record, decoded, item.frame.data, vin=item.vin)
            else:
                values: dict[str, Value] = {"reason": item.reason, "about": "", "source": None}
                note = f"{len(item.raw)} bytes of the stream are no frame ({item.reason})"
                yield Message("SWAP.ERROR", record.t_ns, values, data=item.raw, frames=(record.number,), link=record.link, note=note)

    def _message(self, record: Record, decoded: Decoded, data: bytes, *, vin: str = "") -> Message:
        source: dict[str, Value] = {"source": decoded.source}
        if vin:
            source["vin"] = vin
        sender = self._profile.role_of(decoded.source)
        where = {"data": data, "frames": (record.number,), "link": record.link, "sender": sender}
        if decoded.fault:
            note = f"{decoded.message} with a wrong {decoded.fault}: {data.hex(' ').upper()}"
            values: dict[str, Value] = {"reason": decoded.fault, "about": decoded.message, **source}
            return Message("SWAP.ERROR", record.t_ns, values, note=note, **where)  # type: ignore[arg-type]
        source["Reserved"] = self._profile.form(decoded.message).reserved(data)
        return Message(decoded.message, record.t_ns, {**decoded.values, **source}, **where)  # type: ignore[arg-type]

    def _named(self, item: Message) -> Message:
        """What the listener of J1939 gives, under the names of the profile."""
        source, pgn = item.values.get("source"), item.values.get("pgn")
        sender = self._profile.role_of(source) if isinstance(source, int) else item.sender
        name = _RENAMED.get(item.name, item.name)
        values = item.values
        if isinstance(pgn, int) and "about" not in values and (role := self._profile.message_of(pgn)):
            decoded = self._profile.content(role, item.data, source if isinstance(source, int) else 0xFF)
            name = "SWAP.ERROR" if decoded.fault else role
            values = {"reason": decoded.fault, "about": role} if decoded.fault else dict(decoded.values)
            values = {**values, "source": source}
        elif name == "Request" and isinstance(wanted := values.get("requested"), int) and (role := self._profile.message_of(wanted)):
            values = {**values, "about": role}
        return Message(
            name,
            item.t_ns,
            values,
            data=item.data,
            start_ns=item.start_ns,
            frames=item.frames,
            link=item.link,
            sender=sender,
            note=item.note,
        )
