"""What a listener understands of a GB/T 27930 charging bus, one record after another.

Names of the messages it gives:

* ``CHM`` .. ``CEM``: complete messages of the table; values are decoded on first use.
* ``BRM.RTS`` (any multi-packet name): announcement, with ``length``, ``packets``, ``max_per_cts``, ``pgn``, ``message``.
* ``TP.CTS`` (``packets``, ``next_packet``), ``TP.EOMA`` (``length``, ``packets``), ``TP.ABORT`` (``reason``), ``TP.BAM`` (``length``,
  ``packets``): each with ``pgn`` and ``message``, the name of the message it is about (``""`` for a PGN that the table does not have).
* ``TP.RTS``, ``TP.DATA``: announcement and content of a multi-packet message whose PGN the table does not have.
* ``TP.ERROR``: broken or incomplete transport, with ``cause`` (a word of ``Breakage`` or one of those below), ``message``, ``pgn``,
  ``received``, ``packets``, ``missing``; the note says it in words.

The messages of 2011 have another form. They are read so from a BRM of its length and version on, if no BHM came before,
until CHM or BHM. Frames of class C give the messages of ``class_c.decoder``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from harness.core.durations import s
from harness.core.message import Message, Value
from harness.core.pdu import Frame
from harness.core.trace import Record
from harness.protocols.dbc.codec import Codec
from harness.protocols.gbt27930.class_c.decoder import ClassCDecoder
from harness.protocols.gbt27930.editions import USUAL, Edition, Spoken
from harness.protocols.gbt27930.messages import BY_ID, BY_PGN, CHARGER, ODD_PRIORITY, VEHICLE, MessageType, party_of
from harness.protocols.j1939.frames import TP_CM, TP_DT, Abort, Bam, Cts, EndOfMsgAck, Rts, parse_control
from harness.protocols.j1939.ids import GLOBAL, J1939Id, split_id
from harness.protocols.j1939.reassembly import Assembled, Broken, Reassembly

__all__ = ["MALFORMED", "SINGLE_FRAME", "GbtDecoder", "name_of"]

SINGLE_FRAME = "single_frame"
"""Cause of a ``TP.ERROR``: a message that needs several packets came in a frame of its own identifier."""
MALFORMED = "malformed_control"
"""Cause of a ``TP.ERROR``: TP.CM that has not eight bytes or an unknown control byte."""

_PAIRS = frozenset(((CHARGER, VEHICLE), (VEHICLE, CHARGER)))
_MAX_FOREIGN = 4096
_NOTHING: tuple[Message, ...] = ()


class GbtDecoder:
    """Decoder of one link; implements ``harness.core.Decoder``. Never raises for what is on the wire."""

    def __init__(self, codec: Codec | None = None, *, idle_ns: int = s(5), edition: str = "") -> None:
        """*codec* is that of the *edition* if not given, loaded when a value is first asked for.

        Raises:
            LocalProtocolError: there is no such edition.
        """
        self._codec = codec
        self._spoken = Spoken(edition)
        self._class_c = ClassCDecoder()
        self._reassembly = Reassembly(idle_ns=idle_ns)
        self._last: Record | None = None
        self.foreign: Counter[str] = Counter()
        """Frames that are not of the standard, by identifier as text; what exceeds 4096 identifiers is under ``other``."""

    def feed(self, record: Record) -> Sequence[Message]:
        """Messages that this record completes or announces, in order."""
        frame = record.pdu
        if not isinstance(frame, Frame):
            return _NOTHING
        self._last = record
        if not frame.extended or frame.remote or frame.fd:
            return self._count_foreign(frame)
        row = BY_ID.get(frame.can_id)
        if row is not None:
            self._spoken.follow(row.name)
            return (self._single(record, frame, row, ""),)
        ident = split_id(frame.can_id)
        if (messages := self._transport(record, frame, ident)) is not None:
            return messages
        if (messages := self._class_c.feed(record)) is not None:
            return messages
        row = BY_PGN.get(ident.pgn)
        if row is None or (ident.source, ident.destination) != (row.source, row.destination):
            return self._count_foreign(frame)
        return (self._single(record, frame, row, f"{ODD_PRIORITY}{ident.priority}, the table says {row.priority}"),)

    def finish(self) -> Sequence[Message]:
        """The trace is over: one ``TP.ERROR`` for each transfer that is still open, one ``LM.ERROR`` for each long message."""
        if self._last is None:
            return _NOTHING
        broken = [self._error(item, self._last.link) for item in self._reassembly.finish(self._last.t_ns)]
        return [*broken, *self._class_c.finish()]

    @property
    def edition(self) -> str:
        """Edition in which the last message was read."""
        return self._spoken.edition.name

    def _count_foreign(self, frame: Frame) -> Sequence[Message]:
        name = _identifier(frame)
        if name not in self.foreign and len(self.foreign) >= _MAX_FOREIGN:
            name = "other"
        self.foreign[name] += 1
        return _NOTHING

    def _single(self, record: Record, frame: Frame, row: MessageType, note: str) -> Message:
        if row.min_length > 8:
            values: Mapping[str, Value] = _error_values(SINGLE_FRAME, row.pgn)
            note = f"{row.name} came as a single frame of {len(frame.data)} bytes, it needs the transport protocol"
            return _message("TP.ERROR", record, row.source, values, note)
        return Message(
            row.name,
            record.t_ns,
            self._values(row.name, frame.data),
            data=frame.data,
            frames=(record.number,),
            link=record.link,
            sender=row.sender,
            note=_join(note, _length_note(self._spoken.edition.messages.get(row.name, row), frame.data)),
        )

    def _values(self, name: str, data: bytes) -> partial[Mapping[str, Value]]:
        edition = self._spoken.edition if name in self._spoken.edition.messages else USUAL
        return partial(_decode, self._codec, edition, name, data)

    def _transport(self, record: Record, frame: Frame, ident: J1939Id) -> Sequence[Message] | None:
        """Messages of a TP frame between the parties; ``None`` if it is none."""
        if ident.pgn not in (TP_CM, TP_DT):
            return None
        broadcast = ident.destination == GLOBAL and party_of(ident.source) is not None
        if not broadcast and (ident.source, ident.destination) not in _PAIRS:
            return None
        if ident.pgn == TP_DT:
            outcome = self._reassembly.packet(frame.data, ident.source, ident.destination, record.t_ns, record.number)
            return [self._outcome(item, record.link) for item in outcome]
        return list(self._control(record, frame, ident))

    def _control(self, record: Record, frame: Frame, ident: J1939Id) -> Iterator[Message]:
        source, destination, open_ = ident.source, ident.destination, self._reassembly
        control = parse_control(frame.data)
        note = ""
        broken: Iterator[Broken] = iter(())
        match control:
            case None:
                text = f"TP.CM with {len(frame.data)} bytes" if len(frame.data) != 8 else f"TP.CM with control byte 0x{frame.data[0]:02X}"
                yield _message("TP.ERROR", record, source, _error_values(MALFORMED, None), text)
                return
            case Rts() | Bam():
                broken = open_.announce(control, source, destination, record.t_ns, record.number)
            case Cts():
                open_.grant(control, destination, source, record.t_ns)
            case EndOfMsgAck():
                broken = open_.acknowledge(control, destination, source, record.t_ns)
            case Abort():
                note = open_.abort(control, source, destination)
        # What ends an older transfer comes before the announcement that ended it.
        yield from (self._error(item, record.link) for item in broken)
        yield _message(_control_name(control), record, source, _control_values(control), note)

    def _outcome(self, item: Assembled | Broken, link: str) -> Message:
        if isinstance(item, Broken):
            return self._error(item, link)
        row = BY_PGN.get(item.pgn)
        name = row.name if row else "TP.DATA"
        self._spoken.follow(name, item.data)
        row = self._spoken.edition.messages.get(name, row)
        note = _join(item.note, _length_note(row, item.data) if row else "", "sent as a broadcast" if item.destination == GLOBAL else "")
        values = self._values(name, item.data) if row else {"pgn": item.pgn}
        sender = party_of(item.source) or ""
        if row and sender != row.sender:
            note = _join(note, f"{name} is a message of the {row.sender}")
        return Message(
            name, item.t_ns, values, data=item.data, start_ns=item.start_ns, frames=item.frames, link=link, sender=sender, note=note
        )

    def _error(self, broken: Broken, link: str) -> Message:
        values = _error_values(broken.cause, broken.pgn, broken.received, broken.packets, broken.missing)
        name = _name_of(broken.pgn)
        note = f"{name}: {broken.text}" if name else broken.text
        return Message("TP.ERROR", broken.t_ns, values, frames=broken.frames, link=link, sender=party_of(broken.source) or "", note=note)


def name_of(record: Record) -> str:
    """Under which name ``GbtDecoder.foreign`` counts the frame of *record*; empty for what is no frame."""
    return _identifier(record.pdu) if isinstance(record.pdu, Frame) else ""


def _identifier(frame: Frame) -> str:
    return str(frame).partition("#")[0] + (" remote" if frame.remote else " fd" if frame.fd else "")


def _decode(codec: Codec | None, edition: Edition, name: str, data: bytes) -> Mapping[str, Value]:
    return (codec or edition.codec()).decode(name, data)


def _message(name: str, record: Record, source: int, values: Mapping[str, Value], note: str) -> Message:
    data = record.pdu.data if isinstance(record.pdu, Frame) else b""
    sender = party_of(source) or ""
    return Message(name, record.t_ns, values, data=data, frames=(record.number,), link=record.link, sender=sender, note=note)


def _name_of(pgn: int | None) -> str:
    row = BY_PGN.get(pgn) if pgn is not None else None
    return row.name if row else ""


def _control_name(control: Rts | Cts | EndOfMsgAck | Bam | Abort) -> str:
    match control:
        case Rts():
            row = BY_PGN.get(control.pgn)
            return f"{row.name}.RTS" if row else "TP.RTS"
        case Cts():
            return "TP.CTS"
        case EndOfMsgAck():
            return "TP.EOMA"
        case Bam():
            return "TP.BAM"
        case Abort():
            return "TP.ABORT"


def _control_values(control: Rts | Cts | EndOfMsgAck | Bam | Abort) -> Mapping[str, Value]:
    common: dict[str, Value] = {"message": _name_of(control.pgn), "pgn": control.pgn}
    match control:
        case Rts():
            return common | {"length": control.length, "packets": control.packets, "max_per_cts": control.max_per_cts}
        case Cts():
            return common | {"packets": control.packets, "next_packet": control.next_packet}
        case EndOfMsgAck() | Bam():
            return common | {"length": control.length, "packets": control.packets}
        case Abort():
            return common | {"reason": control.reason}


def _error_values(cause: str, pgn: int | None, received: int = 0, packets: int = 0, missing: Sequence[int] = ()) -> dict[str, Value]:
    return {
        "cause": str(cause),
        "message": _name_of(pgn),
        "pgn": pgn,
        "received": received,
        "packets": packets,
        "missing": ", ".join(map(str, missing)),
    }


def _length_note(row: MessageType, data: bytes) -> str:
    if row.min_length <= len(data) <= row.length and (row.name != "BMV" or len(data) % 2 == 0):
        return ""
    table = f"{row.length}" if row.min_length == row.length else f"{row.min_length}..{row.length}"
    return f"{len(data)} bytes, the table says {table}"


def _join(*notes: str) -> str:
    return "; ".join(filter(None, notes))
