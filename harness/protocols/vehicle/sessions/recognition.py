"""Whether a link is the network of a truck, and which of its frames tell what happened on it.

Nearly all frames of a truck are cyclic groups. They count in statistics, but tell nothing by themselves: messages are made of claims,
requests, transfers, troubles, identifications and diagnostics only, and of what an address says first and soon after its claim.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

from harness.core.durations import s
from harness.core.message import Message
from harness.core.pdu import Frame
from harness.core.standard import Recognition
from harness.core.trace import Record
from harness.protocols.doip.decoder import DoipDecoder
from harness.protocols.j1939.frames import TP_CM, TP_DT
from harness.protocols.j1939.groups import BY_PGN
from harness.protocols.j1939.ids import split_id
from harness.protocols.j1939.listener import group_name
from harness.protocols.uds.decoder import UdsDecoder, way_of
from harness.protocols.uds.services import SERVICES
from harness.protocols.vehicle.decoder import VehicleDecoder

__all__ = ["name_of", "recognise", "word_of"]

_CYCLIC = frozenset((0xF004, 0xFEF1, 0xFEC1, 0xFEF7, 0xFEF5, 0xF090, 0xF091, 0xF092, 0x0000, 0x0400))
"""Known groups that are sent all the time and tell nothing about the course."""
_TOLD_OF_TRANSFERS = frozenset(("TP.RTS", "TP.BAM", "TP.ABORT", "TP.ERROR"))
_AFTER_CLAIM_NS = s(2)
_KNOWN_SHARE = 100
"""One frame in so many must be of a group that everybody knows, and have its form."""
_FORMS = 4096


def recognise(records: Sequence[Record], name: str) -> Recognition | None:
    """Whether the records of one link are SAE J1939, diagnostics on CAN or diagnostics over IP."""
    forms = Counter(
        (frame.can_id, frame.extended, frame.remote or frame.fd, len(frame.data))
        for record in records
        if isinstance(frame := record.pdu, Frame)
    )
    groups = {form: count for form, count in forms.items() if form[1] and not form[2]}
    many = sum(groups.values())
    known = sum(count for (can_id, _, _, length), count in groups.items() if _has_form(can_id, length))
    short = sum(count for (can_id, extended, special, _), count in forms.items() if not extended and not special and _is_way(can_id, False))
    asked = _diagnostics(records) if short or any(_is_way(form[0], True) for form in groups) else 0
    if not forms:
        return _over_ip(records, name)
    if known * _KNOWN_SHARE < many:
        known = 0
    if not known and not asked:
        return None
    own = many + short
    decoder = VehicleDecoder()
    messages = [message for record in _telling(records) for message in decoder.feed(record)]
    parts = [f"{known} frames of {many} with 29 bits are of common parameter groups"] if known else []
    parts += [f"{asked} requests of diagnostics"] if asked else []
    return Recognition(name, "", own, len(records) - own, ", ".join(parts), messages, name_of=name_of)


def _over_ip(records: Sequence[Record], name: str) -> Recognition | None:
    """Whether a network carries diagnostics over IP: at least one message of DoIP as ISO 13400 knows them."""
    decoder = DoipDecoder()
    messages = [message for record in records for message in decoder.feed(record)]
    told = sum(message.name.startswith("DoIP.") and message.name != "DoIP.ERROR" for message in messages)
    if not told:
        return None
    own = len({frame for message in messages for frame in message.frames})
    return Recognition(name, "", own, len(records) - own, f"{told} DoIP messages", messages)


def name_of(can_id: int, extended: bool) -> str:
    """The parameter group of an identifier and its sender (``EEC1 from 00``), or its part in diagnostics."""
    way = way_of(Frame(can_id, b"", extended))
    if way is not None:
        to = "all" if way.functional else f"{way.target:02X}"
        return f"diagnostics {way.source:02X} to {to}"
    if not extended:
        return ""
    ident = split_id(can_id)
    name = {TP_CM: "TP.CM", TP_DT: "TP.DT"}.get(ident.pgn) or group_name(ident.pgn)
    to = "" if ident.destination == 0xFF else f" to {ident.destination:02X}"
    return f"{name} from {ident.source:02X}{to}"


def word_of(message: Message) -> str:
    """What a message of interest is called in the course of a recording; empty for pieces of others and for cyclic groups."""
    values = message.values
    if "functional" in values or message.name.startswith(("DoIP.", "TCP.", "TLS.")):
        return message.name
    source, pgn = values.get("source"), values.get("pgn")
    if not isinstance(source, int):
        return ""
    if message.name.startswith("TP."):
        return f"{message.name}({source:02X})" if message.name in _TOLD_OF_TRANSFERS and "about" in values else ""
    told = len(message.frames) > 1 or (pgn in BY_PGN and pgn not in _CYCLIC)
    return f"{message.name}({source:02X})" if told else ""


@lru_cache(maxsize=_FORMS)
def _is_way(can_id: int, extended: bool) -> bool:
    return way_of(Frame(can_id, b"", extended)) is not None


@lru_cache(maxsize=_FORMS)
def _has_form(can_id: int, length: int) -> bool:
    """Whether a frame is of a group of the table and as long as that says, or carries a part of a longer one."""
    pgn = split_id(can_id).pgn
    if pgn in (TP_CM, TP_DT):
        return length == 8
    group = BY_PGN.get(pgn)
    # Priority 0 and number 0 are also what a bus of another kind would give.
    return group is not None and pgn != 0 and (group.length is None or group.length == length)


def _diagnostics(records: Sequence[Record]) -> int:
    """Requests of services that everybody knows."""
    decoder, asked = UdsDecoder(), 0
    for record in records:
        if isinstance(record.pdu, Frame) and _is_way(record.pdu.can_id, record.pdu.extended):
            asked += sum(message.name.endswith(".Req") and message.values.get("sid") in SERVICES for message in decoder.feed(record))
    return asked


def _telling(records: Sequence[Record]) -> list[Record]:
    """The records that messages are made of."""
    told: list[Record] = []
    always: dict[int, bool] = {}
    until: dict[int, int] = {}
    """By address, the instant up to which everything that it says is looked at."""
    for record in records:
        frame = record.pdu
        if not isinstance(frame, Frame) or not frame.extended:
            told.append(record)
            continue
        source = frame.can_id & 0xFF
        telling = always.get(frame.can_id)
        if telling is None:
            telling = always[frame.can_id] = _is_telling(frame)
        if source not in until:
            until[source] = record.t_ns
            told.append(record)
        elif telling or record.t_ns < until[source]:
            told.append(record)
        if telling and frame.can_id >> 16 & 0x3FF == 0xEE:
            until[source] = record.t_ns + _AFTER_CLAIM_NS
    return told


def _is_telling(frame: Frame) -> bool:
    pgn = split_id(frame.can_id).pgn
    return way_of(frame) is not None or pgn in (TP_CM, TP_DT) or (pgn in BY_PGN and pgn not in _CYCLIC)
