"""Recognises the standard and its edition from the frames of a link."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from harness.core.message import Message
from harness.core.pdu import Frame
from harness.core.standard import Recognition
from harness.core.trace import Record
from harness.protocols.gbt27930.class_c.frames import BY_ID as CLASS_C_FRAMES
from harness.protocols.gbt27930.class_c.frames import LENGTH as CLASS_C_LENGTH
from harness.protocols.gbt27930.class_c.reading import DIALECT as CLASS_C
from harness.protocols.gbt27930.class_c.reading import NOT_JUDGED, TITLE, negotiation_of, speaks_class_c
from harness.protocols.gbt27930.decoder import GbtDecoder, name_of
from harness.protocols.gbt27930.editions import EDITIONS, USUAL, VERSION_1_0, VERSION_1_1
from harness.protocols.gbt27930.messages import BY_ID, MESSAGES, MessageType
from harness.protocols.gbt27930.sessions.words import version_text

__all__ = ["dialect_of", "recognise"]

_SHOWN_FOREIGN = 6


def _lengths(row: MessageType) -> range:
    return range(row.min_length, row.length + 1)


_BY_LENGTH = {
    name: {length: edition.name for edition in (EDITIONS["2011"], USUAL) for length in _lengths(edition.messages[name])}
    for name in ("BRM", "CML", "CCS", "CSD")
}
"""Edition that a length speaks for."""


def recognise(records: Sequence[Record], name: str) -> Recognition | None:
    """Whether the records of one link are GB/T 27930: at least one data frame with an identifier and a length of the table."""
    if not _has_typical(records):
        return None
    decoder = GbtDecoder()
    messages = [message for record in records for message in decoder.feed(record)]
    foreign = sum(decoder.foreign.values())
    dialect, evidence = dialect_of(messages)
    if decoder.foreign:
        shown = ", ".join(f"0x{ident} ({count})" for ident, count in _most(decoder.foreign))
        evidence = f"{evidence}; foreign identifiers: {shown}"
    # The decoder of another edition reads some messages in another way.
    read = messages if dialect not in EDITIONS or dialect == USUAL.name else None
    strange = frozenset(decoder.foreign)
    return Recognition(name, dialect, len(records) - foreign, foreign, evidence, read, is_own=lambda record: name_of(record) not in strange)


def dialect_of(messages: Sequence[Message]) -> tuple[str, str]:
    """Edition (``2015``, ``2011``, ``2024C``, empty if nothing tells) and what speaks for it."""
    negotiation = negotiation_of(messages)
    if speaks_class_c(messages):
        seen = f"messages of {TITLE}"
        return CLASS_C, f"{seen}, version negotiation {negotiation}; {NOT_JUDGED}" if negotiation else f"{seen}; {NOT_JUDGED}"
    votes: Counter[str] = Counter()
    reasons: list[str] = []
    for edition, reason in _signs(messages):
        if reason not in reasons:
            reasons.append(reason)
            votes[edition] += 1
    not_2023 = any(message.name == "CCS" and len(message.data) == MESSAGES["CCS"].length for message in messages)
    if not reasons:
        names = Counter(message.name for message in messages if message.name in MESSAGES)
        return "", f"messages of the table ({', '.join(sorted(names))}), none that tells the edition"
    if len(votes) > 1:
        reasons.append("the signs contradict each other, the more frequent edition is taken")
    edition = max(votes, key=lambda edition: (votes[edition], edition))
    if edition == USUAL.name and not not_2023:
        reasons.append(f"{EDITIONS['2023A'].title} sends the same messages and is judged as 2015")
    if negotiation:
        reasons.append(f"version negotiation of class C ({negotiation}) before it")
    return edition, ", ".join(reasons)


def _signs(messages: Sequence[Message]) -> Iterator[tuple[str, str]]:
    lengths: set[tuple[str, int]] = set()
    for message in messages:
        length = len(message.data)
        if message.name in ("CHM", "BHM"):
            yield "2015", "handshake with CHM and BHM"
        elif message.name == "BRM.RTS" and (edition := _BY_LENGTH["BRM"].get(_int(message, "length"))):
            yield edition, f"BRM of {_int(message, 'length')} bytes"
        elif message.name == "BRM" and length >= 3:
            version = message.data[:3]
            if edition := {VERSION_1_0: "2011", VERSION_1_1: "2015"}.get(version):
                yield edition, f"BRM says {version_text(version)}"
        elif (message.name, length) not in lengths and (edition := _BY_LENGTH.get(message.name, {}).get(length)):
            lengths.add((message.name, length))
            yield edition, f"{message.name} of {length} bytes"


def _int(message: Message, signal: str) -> int:
    value = message.values.get(signal)
    return value if isinstance(value, int) else -1


def _has_typical(records: Sequence[Record]) -> bool:
    """Whether one of *records* has an identifier and a length of the table; each pair is looked up once."""
    forms = {
        (frame.can_id, len(frame.data))
        for record in records
        if isinstance(frame := record.pdu, Frame) and frame.extended and not frame.remote and not frame.fd
    }
    return any(_is_typical(can_id, length) for can_id, length in forms)


def _is_typical(can_id: int, length: int) -> bool:
    if can_id in CLASS_C_FRAMES:
        return length == CLASS_C_LENGTH
    row = BY_ID.get(can_id)
    if row is None or row.multi_packet:
        return False
    return row.min_length <= length <= row.length or length in _BY_LENGTH.get(row.name, ())


def _most(counter: Counter[str]) -> list[tuple[str, int]]:
    ordered = sorted(counter.items(), key=lambda item: (-item[1], item[0]))
    more = len(ordered) - _SHOWN_FOREIGN
    return ordered[:_SHOWN_FOREIGN] + ([(f"and {more} more", sum(count for _, count in ordered[_SHOWN_FOREIGN:]))] if more > 0 else [])
