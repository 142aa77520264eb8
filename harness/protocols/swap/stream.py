"""Frames of the station link on a stream: the eight bytes of a CAN frame behind a header with the VIN, and a check byte."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from operator import xor

from harness.core.errors import LocalProtocolError
from harness.core.pdu import Frame
from harness.protocols.j1939.ids import split_id
from harness.protocols.swap.messages import StreamRule, SwapProfile
from harness.protocols.swap.words import STREAMED

__all__ = ["Dropped", "StreamReader", "Taken", "encode"]

_HEADER = 7
"""Bytes besides start mark, VIN, data and check: message, answer flag, encryption, length (2), and the two of the start mark."""


@dataclass(frozen=True, slots=True)
class Taken:
    """One frame of the stream, as it would stand on CAN."""

    frame: Frame
    vin: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class Dropped:
    """Bytes that are no frame."""

    raw: bytes
    reason: str
    """``start``, ``length``, ``check`` or ``message``."""


def encode(profile: SwapProfile, frame: Frame, vin: str) -> bytes:
    """*frame* as it goes over the stream of the vehicle with *vin*.

    Raises:
        LocalProtocolError: its message does not cross the station link, or the VIN has another length.
    """
    rule = profile.stream
    pgn = split_id(frame.can_id).pgn
    if profile.message_of(pgn) not in STREAMED:
        raise LocalProtocolError(f"PGN {pgn:05X} does not cross the station link")
    text = vin.encode("ascii", "replace")
    if len(text) != rule.vin_length:
        raise LocalProtocolError(f"'{vin}' is no VIN of {rule.vin_length} characters")
    head = bytes((pgn & 0xFF, rule.answer_flag)) + text + bytes((rule.encryption,)) + len(frame.data).to_bytes(2, "big")
    body = head + frame.data
    return rule.start + body + bytes((reduce(xor, body),))


class StreamReader:
    """Finds the frames in the bytes of one direction, however they are cut; never keeps more than one frame."""

    def __init__(self, profile: SwapProfile) -> None:
        self._profile = profile
        self._rule: StreamRule = profile.stream
        self._bytes = b""
        self._groups = {profile.pgn(role) & 0xFF: role for role in STREAMED if profile.has(role)}
        self.dropped = 0
        """Frames and pieces that were thrown away so far."""

    def frames(self, data: bytes) -> list[Frame]:
        """The frames that *data* completes; what is none is dropped and counted."""
        return [item.frame for item in self.feed(data) if isinstance(item, Taken)]

    def feed(self, data: bytes) -> Iterator[Taken | Dropped]:
        """What *data* completes."""
        self._bytes += data
        while self._bytes:
            start = self._bytes.find(self._rule.start)
            if start < 0:
                # The first half of a start mark may stand at the end.
                keep = 1 if self._bytes.endswith(self._rule.start[:1]) else 0
                junk, self._bytes = self._bytes[: len(self._bytes) - keep], self._bytes[len(self._bytes) - keep :]
                if junk:
                    yield self._drop(junk, "start")
                return
            if start:
                junk, self._bytes = self._bytes[:start], self._bytes[start:]
                yield self._drop(junk, "start")
            item = self._next()
            if item is None:
                return
            yield item

    def _next(self) -> Taken | Dropped | None:
        """The frame at the start mark; ``None`` while it is not complete."""
        head = _HEADER + self._rule.vin_length
        if len(self._bytes) < head:
            return None
        length = int.from_bytes(self._bytes[head - 2 : head], "big")
        if length != 8:
            return self._skip("length", head)
        if len(self._bytes) < head + length + 1:
            return None
        raw = self._bytes[: head + length + 1]
        if reduce(xor, raw[2:-1]) != raw[-1]:
            return self._skip("check", len(raw))
        role = self._groups.get(raw[2])
        self._bytes = self._bytes[len(raw) :]
        if role is None:
            return self._drop(raw, "message")
        vin = raw[4 : 4 + self._rule.vin_length].decode("ascii", "replace")
        return Taken(Frame(self._can_id(role, raw[head:-1]), raw[head:-1]), vin, raw)

    def _can_id(self, role: str, data: bytes) -> int:
        """The identifier that the data was guarded with: of the sender for which the checksum is right."""
        form = self._profile.form(role)
        own = [self._profile.can_id(role, self._profile.address(sender)) for sender in self._profile.specs[role].senders]
        return next((can_id for can_id in own if form.is_intact(can_id, data)), own[0])

    def _skip(self, reason: str, seen: int) -> Dropped:
        """Give up the frame at the start mark, and look for the next mark right behind it."""
        junk = self._bytes[:seen]
        self._bytes = self._bytes[len(self._rule.start) :]
        return self._drop(junk, reason)

    def _drop(self, raw: bytes, reason: str) -> Dropped:
        self.dropped += 1
        return Dropped(raw, reason)
