"""What a listener understands of a J1939 bus, one record after another.

Names of the messages it gives:

* every parameter group by its name in the table of groups (``DM1``, ``VehicleId``), others by their number (``PG_0F090``);
  long ones with their last packet. Values of all of them: ``pgn``, ``source``, ``destination``, ``priority``; and by kind:
  ``Request``: ``requested``; ``Acknowledgment``: ``control``, ``address``, ``about``; ``AddressClaimed``: ``name`` and its fields;
  ``DM1`` and its kin: ``dtcs``, ``count``, the lamps; identifications: ``text``.
* ``TP.RTS``, ``TP.CTS``, ``TP.EOMA``, ``TP.BAM``, ``TP.ABORT``, ``TP.DT`` with their fields, ``about`` the parameter group.
* ``TP.ERROR``: broken or incomplete transport; the note says it in words.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from harness.core import Frame, Message, Record, Value, s
from harness.protocols.j1939.frames import TP_CM, TP_DT, Abort, Bam, Cts, EndOfMsgAck, Rts, parse_control
from harness.protocols.j1939.groups import BY_PGN
from harness.protocols.j1939.ids import J1939Id, split_id
from harness.protocols.j1939.name import FIELDS, NAME_BYTES, Name
from harness.protocols.j1939.reassembly import Assembled, Broken, Reassembly
from harness.protocols.j1939.trouble import read_troubles

__all__ = ["J1939Listener", "group_name"]

_TROUBLES = frozenset(("DM1", "DM2", "DM12"))
_TEXTS = frozenset(("VehicleId", "ComponentId", "SoftwareId", "EcuId"))
_IDLE = s(5)


def group_name(pgn: int) -> str:
    """What messages of *pgn* are called."""
    group = BY_PGN.get(pgn)
    return group.name if group else f"PG_{pgn:05X}"


class J1939Listener:
    """Decodes one bus. Never raises for what is on the wire."""

    def __init__(self, *, max_open: int = 64) -> None:
        self._reassembly = Reassembly(idle_ns=_IDLE, max_open=max_open)

    def feed(self, record: Record) -> Sequence[Message]:
        """Messages that this record completes or announces; empty for a frame that is none of J1939."""
        frame = record.pdu
        if not isinstance(frame, Frame) or not frame.extended or frame.remote or frame.fd:
            return ()
        ident = split_id(frame.can_id)
        if ident.pgn == TP_CM:
            return list(self._control(record, frame, ident))
        if ident.pgn == TP_DT:
            return list(self._packet(record, frame, ident))
        return (_group(record, ident, frame.data, record.t_ns, (record.number,)),)

    def _packet(self, record: Record, frame: Frame, ident: J1939Id) -> Iterator[Message]:
        number = frame.data[0] if frame.data else None
        yield _message("TP.DT", record, ident, {"packet": number})
        for item in self._reassembly.packet(frame.data, ident.source, ident.destination, record.t_ns, record.number):
            if isinstance(item, Broken):
                yield _error(record, ident, item)
            else:
                yield _long(record, ident, item)

    def _control(self, record: Record, frame: Frame, ident: J1939Id) -> Iterator[Message]:
        control, open_ = parse_control(frame.data), self._reassembly
        broken: Iterator[Broken] = iter(())
        note = ""
        match control:
            case None:
                yield _message("TP.ERROR", record, ident, {}, note=f"no TP.CM: {frame.data.hex(' ').upper() or 'no data'}")
                return
            case Rts() | Bam():
                broken = open_.announce(control, ident.source, ident.destination, record.t_ns, record.number)
            case Cts():
                open_.grant(control, ident.destination, ident.source, record.t_ns)
            case EndOfMsgAck():
                broken = open_.acknowledge(control, ident.destination, ident.source, record.t_ns)
            case Abort():
                note = open_.abort(control, ident.source, ident.destination)
        yield from (_error(record, ident, item) for item in broken)
        name, values = _control_values(control)
        yield _message(name, record, ident, values, note=note)


def _group(record: Record, ident: J1939Id, data: bytes, start_ns: int, frames: Sequence[int], note: str = "") -> Message:
    name = group_name(ident.pgn)
    values = partial(_values, name, ident, data)
    sender = f"{ident.source:02X}"
    return Message(name, record.t_ns, values, data=data, start_ns=start_ns, frames=frames, link=record.link, sender=sender, note=note)


def _long(record: Record, ident: J1939Id, item: Assembled) -> Message:
    whole = J1939Id(ident.priority, item.pgn, item.source, item.destination)
    return _group(record, whole, item.data, item.start_ns, item.frames, item.note)


def _error(record: Record, ident: J1939Id, broken: Broken) -> Message:
    values: dict[str, Value] = {"about": broken.pgn, "cause": str(broken.cause), "received": broken.received, "packets": broken.packets}
    about = f"{group_name(broken.pgn)}: " if broken.pgn is not None else ""
    return _message("TP.ERROR", record, ident, values, note=about + broken.text, frames=broken.frames)


def _message(
    name: str, record: Record, ident: J1939Id, values: Mapping[str, Value], *, note: str = "", frames: Sequence[int] = ()
) -> Message:
    data = record.pdu.data if isinstance(record.pdu, Frame) else b""
    own = {**_common(ident), **values}
    numbers = frames or (record.number,)
    return Message(name, record.t_ns, own, data=data, frames=numbers, link=record.link, sender=f"{ident.source:02X}", note=note)


def _common(ident: J1939Id) -> dict[str, Value]:
    return {"pgn": ident.pgn, "source": ident.source, "destination": ident.destination, "priority": ident.priority}


def _values(name: str, ident: J1939Id, data: bytes) -> Mapping[str, Value]:
    common = _common(ident)
    if name == "Request" and len(data) == 3:
        return common | {"requested": int.from_bytes(data, "little")}
    if name == "Acknowledgment" and len(data) == 8:
        return common | {"control": data[0], "address": data[4], "about": int.from_bytes(data[5:8], "little")}
    if name == "AddressClaimed" and len(data) == NAME_BYTES:
        claimed = Name.of(data)
        return common | {"name": int(claimed)} | {field: int(getattr(claimed, field)) for field in FIELDS}
    if name in _TROUBLES:
        told = read_troubles(data)
        lamps = {lamp: getattr(told.lamps, lamp) for lamp in ("malfunction", "red_stop", "amber_warning", "protect")}
        return common | lamps | {"dtcs": ", ".join(map(str, told.dtcs)), "count": len(told.dtcs), "remarks": "; ".join(told.remarks)}
    if name in _TEXTS:
        return common | {"text": "".join(chr(byte) if 32 <= byte < 127 else "?" for byte in data)}
    return common


def _control_values(control: Rts | Cts | EndOfMsgAck | Bam | Abort) -> tuple[str, dict[str, Value]]:
    about: dict[str, Value] = {"about": control.pgn}
    match control:
        case Rts():
            return "TP.RTS", about | {"length": control.length, "packets": control.packets, "max_per_cts": control.max_per_cts}
        case Cts():
            return "TP.CTS", about | {"packets": control.packets, "next_packet": control.next_packet}
        case EndOfMsgAck():
            return "TP.EOMA", about | {"length": control.length, "packets": control.packets}
        case Bam():
            return "TP.BAM", about | {"length": control.length, "packets": control.packets}
        case Abort():
            return "TP.ABORT", about | {"reason": control.reason}
