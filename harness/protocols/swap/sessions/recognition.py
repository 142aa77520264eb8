"""Whether a link carries the messages of a profile, by more than their identifiers.

The identifiers of a profile lie in a range that every maker uses as he likes. A message counts as that of the profile if most of its
frames have its length and checksum and its counter moves; where the profile has no checksum, a sender of the profile and words that the
profile knows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial

from harness.core.message import Message
from harness.core.pdu import Chunk, Frame
from harness.core.standard import Recognition
from harness.core.trace import Record
from harness.protocols.j1939.ids import split_id
from harness.protocols.swap.decoder import SwapDecoder
from harness.protocols.swap.fields import COUNTER
from harness.protocols.swap.messages import SwapProfile

__all__ = ["recognise"]

_NEEDED = 2
"""So many messages of the profile make a link that of a swap: one identifier with the right sum may be chance."""
_FEW = 2
"""Frames of one message in which its counter may stand still."""
_ERROR = "SWAP.ERROR"


def recognise(records: Sequence[Record], profile: SwapProfile, name: str) -> Recognition | None:
    """Whether the records of one link are of the swap as *profile* has it."""
    if not _may_be(records, profile):
        return None
    decoder = SwapDecoder(profile)
    messages = [message for record in records for message in decoder.feed(record)]
    known = _known(messages, profile)
    if len(known) < _NEEDED:
        return None
    own = {number for message in messages if _is_of(message, known, profile) for number in message.frames}
    senders = Counter(message.sender for message in messages if message.name in known)
    told = ", ".join(f"{sender} ({count})" for sender, count in senders.most_common())
    claim = f"{profile.status}: no conformity to a named standard is claimed"
    evidence = f"messages of the profile {profile.name} {profile.version} ({claim}) from {told}"
    return Recognition(
        name,
        "",
        len(own),
        len(records) - len(own),
        evidence,
        messages,
        is_own=_in(own),
        name_of=partial(_name, profile),
    )


def _may_be(records: Sequence[Record], profile: SwapProfile) -> bool:
    """Whether it is worth to decode them: identifiers of the profile, or a start mark of the station link in a stream."""
    groups = {record.pdu.can_id for record in records if isinstance(record.pdu, Frame) and record.pdu.extended}
    if len({message for can_id in groups if (message := profile.message_of(split_id(can_id).pgn))}) >= _NEEDED:
        return True
    return any(isinstance(record.pdu, Chunk) and profile.stream.start in record.pdu.data for record in records)


def _known(messages: Sequence[Message], profile: SwapProfile) -> set[str]:
    """The messages of which most frames are as the profile has them."""
    good: Counter[str] = Counter()
    bad: Counter[str] = Counter()
    counters: dict[str, set[object]] = {}
    for message in messages:
        if message.name == _ERROR:
            bad[str(message.values.get("about", ""))] += 1
        elif profile.has(message.name):
            (good if _fits(message, profile) else bad)[message.name] += 1
            counters.setdefault(message.name, set()).add(message.values.get(COUNTER))
    moves = {name for name, seen in counters.items() if len(seen) > 1 or good[name] <= _FEW or not profile.has(name, COUNTER)}
    return {name for name, count in good.items() if count > bad[name] and name in moves}


def _fits(message: Message, profile: SwapProfile) -> bool:
    """Whether the content speaks for the profile; a checksum that was right has spoken already."""
    if profile.guarded(message.name) and profile.form(message.name).checksum:
        return True
    senders = profile.specs[message.name].senders
    return message.sender in senders and not any(str(value).startswith("undefined_") for value in message.values.values())


def _is_of(message: Message, known: set[str], profile: SwapProfile) -> bool:
    """Whether *message* belongs to the swap; pieces of a long one belong to it once it is complete."""
    if message.name == "Request":
        return profile.has(str(message.values.get("about", "")))
    return message.name == _ERROR or message.name in known or (profile.has(message.name) and _fits(message, profile))


def _in(own: set[int]) -> Callable[[Record], bool]:
    return lambda record: record.number in own


def _name(profile: SwapProfile, can_id: int, extended: bool) -> str:
    """The message of an identifier and its sender (``LOCK_STS from bsc``)."""
    if not extended:
        return ""
    ident = split_id(can_id)
    message = profile.message_of(ident.pgn)
    return f"{message} from {profile.role_of(ident.source)}" if message else ""
