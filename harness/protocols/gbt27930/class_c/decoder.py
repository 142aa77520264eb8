"""What a listener understands of class C frames.

Names of the messages it gives: ``VC`` (``version``, ``result``, ``can_type``, ``pilot_version``, ``transport_version``);
``PGI73`` for a parameter group, short or long, with its fields; ``PGI.UNKNOWN`` (``pgi``) for one that the public table
does not have; ``CONTROL.RECEIPT`` (``pgi``), ``CONTROL.GRANT`` (``start``, ``count``), ``CONTROL.REPEAT``, ``CONTROL.END``
(``frames``, ``length``); ``LM.START`` (``frames``, ``length``) for the announcement of a long message and ``LM.ERROR``
(``received``, ``frames``, ``missing``) for one that came to nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from harness.core.message import Message, Value
from harness.core.pdu import Frame
from harness.core.trace import Record
from harness.protocols.gbt27930.class_c.control import Control, LongEnd, LongGrant, LongRepeat, Receipt, parse_control
from harness.protocols.gbt27930.class_c.frames import BY_ID, LENGTH, FrameType, Service
from harness.protocols.gbt27930.class_c.groups import GROUPS
from harness.protocols.gbt27930.class_c.long_messages import LongMessages, Outcome
from harness.protocols.gbt27930.class_c.version import VersionFrame

__all__ = ["ClassCDecoder"]


class ClassCDecoder:
    """Decoder of the class C frames of one link. Never raises for what is on the wire."""

    def __init__(self) -> None:
        self._long = LongMessages()
        self._last: Record | None = None

    def feed(self, record: Record) -> Sequence[Message] | None:
        """Messages that this record completes or announces, ``None`` if it is no frame of class C."""
        frame = record.pdu
        if not isinstance(frame, Frame) or not frame.extended or frame.remote or frame.fd:
            return None
        row = BY_ID.get(frame.can_id)
        if row is None:
            return None
        self._last = record
        data, note = frame.data.ljust(LENGTH, b"\xff"), ""
        if len(frame.data) != LENGTH:
            note = f"{len(frame.data)} bytes, a frame of class C has {LENGTH}"
        match row.service:
            case Service.VC:
                return [_message("VC", record, row, _version_values(data), note=note)]
            case Service.CONTROL:
                return [_control(record, row, parse_control(data), note)]
            case Service.LM:
                return self._part(record, row, data)
        return [_group(record, row, data, note)]

    def finish(self) -> Sequence[Message]:
        """The trace is over: one ``LM.ERROR`` for each long message that is still open."""
        last = self._last
        return [] if last is None else [_outcome(last, outcome) for outcome in self._long.finish()]

    def _part(self, record: Record, row: FrameType, data: bytes) -> list[Message]:
        if data[0]:
            return [_outcome(record, outcome) for outcome in self._long.part(row.sender, data, record.number)]
        outcomes = self._long.announce(row.sender, data, record.t_ns, record.number)
        told: Mapping[str, Value] = {"frames": data[1], "length": int.from_bytes(data[2:4], "little")}
        return [*(_outcome(record, outcome) for outcome in outcomes), _message("LM.START", record, row, told)]


def _version_values(data: bytes) -> Mapping[str, Value]:
    told = VersionFrame.parse(data)
    assert told is not None
    return {
        "version": str(told.version),
        "result": int(told.result),
        "can_type": told.can_type,
        "pilot_version": told.pilot_version,
        "transport_version": told.transport_version,
    }


def _group(record: Record, row: FrameType, data: bytes, note: str) -> Message:
    group = GROUPS.get(data[0])
    if group is None:
        return _message("PGI.UNKNOWN", record, row, {"pgi": data[0]}, note=_join(note, f"group 0x{data[0]:02X} is not public"))
    if (group.sender, group.service) != (row.sender, row.service):
        note = _join(note, f"{group.name} is a message of the {group.sender} by {group.service}")
    return _message(group.name, record, row, group.decode(data), note=_join(note, *group.words(data)))


def _control(record: Record, row: FrameType, control: Control | None, note: str) -> Message:
    match control:
        case Receipt(pgi):
            return _message("CONTROL.RECEIPT", record, row, {"pgi": pgi}, note=note)
        case LongGrant(start, count):
            return _message("CONTROL.GRANT", record, row, {"start": start, "count": count}, note=note)
        case LongRepeat():
            return _message("CONTROL.REPEAT", record, row, {}, note=note)
        case LongEnd(frames, length):
            return _message("CONTROL.END", record, row, {"frames": frames, "length": length}, note=note)
    return _message("CONTROL.UNKNOWN", record, row, {}, note=_join(note, "unknown kind"))


def _outcome(record: Record, outcome: Outcome) -> Message:
    message = outcome.message
    if message is None:
        return Message("LM.ERROR", record.t_ns, {}, frames=(record.number,), link=record.link, note=outcome.problem)
    frames, link = tuple(message.frames), record.link
    if outcome.problem:
        told: Mapping[str, Value] = {
            "received": len(message.received),
            "frames": message.parts,
            "missing": ", ".join(map(str, message.missing)),
        }
        return Message("LM.ERROR", record.t_ns, told, frames=frames, link=link, sender=message.sender, note=outcome.problem)
    data = message.data
    group = GROUPS.get(data[0])
    name, values = ("PGI.UNKNOWN", {"pgi": data[0]}) if group is None else (group.name, group.decode(data))
    words = [f"group 0x{data[0]:02X} is not public"] if group is None else [*group.words(data)]
    note = _join(f"long message of {message.length} bytes", *words)
    return Message(
        name, record.t_ns, values, data=data, start_ns=message.start_ns, frames=frames, link=link, sender=message.sender, note=note
    )


def _message(name: str, record: Record, row: FrameType, values: Mapping[str, Value], note: str = "") -> Message:
    data = record.pdu.data if isinstance(record.pdu, Frame) else b""
    return Message(name, record.t_ns, values, data=data, frames=(record.number,), link=record.link, sender=row.sender, note=note)


def _join(*notes: str) -> str:
    return "; ".join(note for note in notes if note)
