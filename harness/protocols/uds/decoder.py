"""What a listener understands of diagnostics on a CAN bus.

Names of the messages it gives:

* ``ReadDataByIdentifier.Req`` and ``.Res`` (any service of the table): ``sid``, ``data``, ``source``, ``target``, ``functional``, and where
  the service has them ``sub_function``, ``suppress`` and ``did`` (the first one). Services that the table does not know are
  ``Service_BA.Req`` and ``Service_BA.Res``.
* ``NegativeResponse``: ``sid`` of the service that is refused, ``nrc``, ``source``, ``target``.
* ``TP.FF`` (``length``), ``TP.CF`` (``sequence``), ``TP.FC`` (``status``, ``block_size``, ``st_min``): frames of a longer message, each
  with ``source`` and ``target``.
* ``TP.ERROR``: a frame or message that does not fit; the note says it in words, ``abandoned`` whether a new message
  began instead.

Addresses are those of ``harness.protocols.uds.addressing``.
"""

from __future__ import annotations

from collections.abc import Sequence

from harness.core.message import Message, Value
from harness.core.pdu import Frame
from harness.core.trace import Record
from harness.protocols.isotp.frames import Consecutive, First, FlowControl
from harness.protocols.isotp.passive import Assembled, Broken, Listener, Seen
from harness.protocols.uds.addressing import ECU, TESTER, Way, way_of
from harness.protocols.uds.services import NEGATIVE, POSITIVE_OFFSET, SUPPRESS, Sid, service_of

__all__ = ["ECU", "TESTER", "UdsDecoder", "Way", "content_of", "way_of"]


class UdsDecoder:
    """Decoder of one link; implements ``harness.core.Decoder``. Never raises for what is on the wire."""

    def __init__(self) -> None:
        self._listener = Listener()

    def feed(self, record: Record) -> Sequence[Message]:
        """Messages that this record completes or announces; empty for a frame that is no diagnostics."""
        frame = record.pdu
        if not isinstance(frame, Frame) or (way := way_of(frame)) is None:
            return ()
        return [_message(record, way, seen) for seen in self._listener.feed(record.t_ns, record.number, frame)]


def _message(record: Record, way: Way, seen: Seen | Assembled | Broken) -> Message:
    values: dict[str, Value] = {"source": way.source, "target": way.target}
    match seen:
        case Assembled(t_ns, start_ns, data, frames):
            name, content = content_of(data)
            values |= {"functional": int(way.functional), **content}
            return Message(name, t_ns, values, data=data, start_ns=start_ns, frames=frames, link=record.link, sender=way.sender)
        case Broken(t_ns, frames, text, abandoned):
            values["abandoned"] = int(abandoned)
            return Message("TP.ERROR", t_ns, values, frames=frames, link=record.link, sender=way.sender, note=text)
        case Seen(t_ns, number, First(length)):
            name, values = "TP.FF", {**values, "length": length}
        case Seen(t_ns, number, Consecutive(sequence)):
            name, values = "TP.CF", {**values, "sequence": sequence}
        case Seen(t_ns, number, FlowControl(status, block_size, st_min)):
            name, values = "TP.FC", {**values, "status": status, "block_size": block_size, "st_min": st_min}
    return Message(name, t_ns, values, frames=(number,), link=record.link, sender=way.sender)


def content_of(data: bytes) -> tuple[str, dict[str, Value]]:
    """Name and values of a whole message."""
    if data[0] == NEGATIVE:
        sid, nrc = (data[1], data[2]) if len(data) >= 3 else (data[1] if len(data) > 1 else None, None)
        return "NegativeResponse", {"sid": sid, "nrc": nrc}
    service, is_response = service_of(data)
    if service is None:
        # Requests and responses of unknown services are told apart by the bit that responses have.
        is_response = (bool(data[0] & POSITIVE_OFFSET) and data[0] < SUPPRESS) or data[0] >= 0xC0
        sid = data[0] - POSITIVE_OFFSET if is_response else data[0]
        return f"Service_{sid:02X}.{'Res' if is_response else 'Req'}", {"sid": sid, "data": data[1:]}
    values: dict[str, Value] = {"sid": int(service.sid), "data": data[1:]}
    if service.has_sub_function and len(data) > 1:
        values |= {"sub_function": data[1] & ~SUPPRESS, "suppress": int(bool(data[1] & SUPPRESS))}
    if service.sid in (Sid.READ_DID, Sid.WRITE_DID) and len(data) >= 3:
        values["did"] = int.from_bytes(data[1:3], "big")
    return f"{service.name}.{'Res' if is_response else 'Req'}", values
