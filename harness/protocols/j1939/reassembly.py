"""Multi-packet messages put together by a listener that takes no part in the transport.

Theory of operation. A transfer opens with RTS (or BAM) and is identified by its two addresses and the PGN; several may be
open between the same addresses although their packets carry no PGN. CTS moves the window of a transfer: the packets it
permits and the one expected next. A packet goes to the transfer that expects it, or else to one that lacks it inside its window,
or else to one that lacks it at all; among equals the transfer that was granted last wins. With its last missing packet a transfer
is complete and stays open, so that repetitions on request have a place, until EndOfMsgAck, Conn_Abort or a new announcement
removes it. Everything that a disturbed bus can do ends in a ``Broken`` and never in an exception; memory is bounded by the
number of open transfers.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass, field

from harness.core.durations import s
from harness.protocols.j1939.frames import MAX_LENGTH, PACKET_BYTES, Abort, Bam, Cts, EndOfMsgAck, Rts, packets_for
from harness.protocols.j1939.ids import GLOBAL

__all__ = ["Assembled", "Breakage", "Broken", "Reassembly"]

_MAX_NOTES = 6
_MAX_STRAYS = 1024
"""Pairs of addresses of which it is remembered that their packets had no announcement."""


class Breakage(enum.StrEnum):
    """How a transfer went wrong."""

    RESTARTED = "restarted"
    """Announced again before it was complete."""
    NOT_GRANTED = "not_granted"
    """Announced again although the first announcement saw neither CTS nor packet."""
    ANNOUNCEMENT = "announcement"
    """Length and number of packets of the announcement contradict each other."""
    ACKNOWLEDGED = "acknowledged_incomplete"
    """EndOfMsgAck although packets are missing in what was seen."""
    NO_ANNOUNCEMENT = "no_announcement"
    """Packets of a transfer whose announcement was not seen; reported once until the next announcement."""
    SEQUENCE = "sequence"
    """A packet number that no open transfer has."""
    SHORT_PACKET = "short_packet"
    """TP.DT with too few bytes."""
    IDLE = "idle"
    """Nothing came for longer than the listener waits."""
    CROWDED_OUT = "crowded_out"
    """More open transfers than the listener keeps."""
    OPEN_AT_END = "open_at_end"
    """The trace ends before the transfer does."""


@dataclass(frozen=True, slots=True)
class Assembled:
    """A complete message."""

    pgn: int
    source: int
    destination: int
    data: bytes
    start_ns: int
    t_ns: int
    frames: tuple[int, ...]
    """Announcement and packets."""
    note: str


@dataclass(frozen=True, slots=True)
class Broken:
    """Something that did not become a message."""

    cause: Breakage
    text: str
    pgn: int | None
    """``None`` if no transfer is known."""
    source: int
    destination: int
    t_ns: int
    frames: tuple[int, ...]
    received: int = 0
    packets: int = 0
    missing: tuple[int, ...] = ()


@dataclass(slots=True)
class _Transfer:
    pgn: int
    source: int
    destination: int
    length: int
    packets: int
    start_ns: int
    last_ns: int
    announcement: int
    """Frame number."""
    broadcast: bool
    usable: bool = True
    """The announcement makes sense; otherwise the transfer only swallows its packets."""
    expected: int = 1
    window: tuple[int, int] | None = None
    """First and last packet granted; ``None`` before the first CTS and while held."""
    granted: bool = False
    parts: dict[int, tuple[bytes, int]] = field(default_factory=dict)
    """Payload and frame number by packet number."""
    notes: list[str] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        return self.usable and len(self.parts) == self.packets

    def missing(self) -> tuple[int, ...]:
        return tuple(number for number in range(1, self.packets + 1) if number not in self.parts)

    def frames(self) -> tuple[int, ...]:
        return (self.announcement, *sorted(frame for _, frame in self.parts.values()))

    def note(self, text: str) -> None:
        if text not in self.notes and len(self.notes) < _MAX_NOTES:
            self.notes.append(text)

    def rank(self, number: int) -> int:
        """How well packet *number* fits, 0 best; 9 if not at all."""
        if not self.usable:
            return 5
        allowed = self.broadcast or (self.window is not None and self.window[0] <= number <= self.window[1])
        if number == self.expected and allowed:
            return 0
        if not 1 <= number <= self.packets:
            return 9
        if number in self.parts:
            return 4
        if allowed:
            return 1
        return 2 if number == self.expected else 3

    def broken(self, cause: Breakage, text: str, t_ns: int) -> Broken:
        state = f"{text} ({len(self.parts)} of {self.packets} packets seen)"
        missing = self.missing() if self.usable else ()
        return Broken(cause, state, self.pgn, self.source, self.destination, t_ns, self.frames(), len(self.parts), self.packets, missing)


class Reassembly:
    """The open transfers of one link."""

    def __init__(self, *, idle_ns: int = s(5), max_open: int = 16) -> None:
        self._open: dict[tuple[int, int, int], _Transfer] = {}
        """By source, destination and PGN; the one announced or granted last stands at the end."""
        self._strays: set[tuple[int, int]] = set()
        self._idle_ns = idle_ns
        self._max_open = max_open

    def announce(self, message: Rts | Bam, source: int, destination: int, t_ns: int, frame: int) -> Iterator[Broken]:
        """RTS or BAM was seen."""
        yield from self._expire(t_ns)
        self._strays.discard((source, destination))
        key = (source, destination, message.pgn)
        if (old := self._open.pop(key, None)) and old.usable and not old.complete:
            if old.granted or old.parts or old.broadcast:
                yield old.broken(Breakage.RESTARTED, "announced again before it was complete", t_ns)
            else:
                yield old.broken(Breakage.NOT_GRANTED, "announced again, the earlier announcement got no CTS", t_ns)
        if len(self._open) >= self._max_open:
            oldest = self._open.pop(next(iter(self._open)))
            if oldest.usable and not oldest.complete:
                yield oldest.broken(Breakage.CROWDED_OUT, f"given up, more than {self._max_open} transfers are open", t_ns)
        broadcast = isinstance(message, Bam)
        new = _Transfer(message.pgn, source, destination, message.length, message.packets, t_ns, t_ns, frame, broadcast)
        self._open[key] = new
        if not broadcast and destination == GLOBAL:
            new.note("announced to everybody by RTS")
        if message.packets != packets_for(message.length) or not 0 < message.length <= MAX_LENGTH:
            new.usable = False
            needed = f"{packets_for(message.length)} needed" if 0 < message.length <= MAX_LENGTH else f"1..{MAX_LENGTH} bytes possible"
            text = f"announces {message.length} bytes in {message.packets} packets, {needed}"
            yield Broken(Breakage.ANNOUNCEMENT, text, message.pgn, source, destination, t_ns, (frame,), 0, message.packets)

    def grant(self, message: Cts, source: int, destination: int, t_ns: int) -> None:
        """CTS was seen; *source* is the originator of the transfer, not of the CTS."""
        key = (source, destination, message.pgn)
        transfer = self._open.pop(key, None)
        if transfer is None:
            return
        self._open[key] = transfer
        transfer.last_ns = t_ns
        transfer.granted = True
        if message.packets == 0:
            transfer.window = None
            return
        transfer.expected = message.next_packet
        transfer.window = (message.next_packet, min(message.next_packet + message.packets - 1, transfer.packets))

    def acknowledge(self, message: EndOfMsgAck, source: int, destination: int, t_ns: int) -> Iterator[Broken]:
        """EndOfMsgAck was seen; *source* is the originator of the transfer."""
        transfer = self._open.pop((source, destination, message.pgn), None)
        if transfer is not None and transfer.usable and not transfer.complete:
            yield transfer.broken(Breakage.ACKNOWLEDGED, "acknowledged although packets are missing", t_ns)

    def abort(self, message: Abort, source: int, destination: int) -> str:
        """Conn_Abort was seen, sent by either side; says how far the transfer was, ``""`` if none was open."""
        for key in ((source, destination, message.pgn), (destination, source, message.pgn)):
            if transfer := self._open.pop(key, None):
                return f"after {len(transfer.parts)} of {transfer.packets} packets"
        return ""

    def packet(self, data: bytes, source: int, destination: int, t_ns: int, frame: int) -> Iterator[Assembled | Broken]:
        """TP.DT was seen."""
        yield from self._expire(t_ns)
        if len(data) < 2:
            text = f"TP.DT with {len(data)} data bytes"
            yield Broken(Breakage.SHORT_PACKET, text, None, source, destination, t_ns, (frame,))
            return
        number = data[0]
        mine = [transfer for transfer in self._open.values() if (transfer.source, transfer.destination) == (source, destination)]
        if not mine:
            yield from self._stray(number, source, destination, t_ns, frame)
            return
        # min() keeps the first of equals, so the list is turned to begin with the transfer granted last.
        best = min(reversed(mine), key=lambda transfer: transfer.rank(number))
        if best.rank(number) > 5:
            text = f"packet {number} belongs to no open transfer"
            latest = mine[-1]
            yield Broken(
                Breakage.SEQUENCE,
                text,
                latest.pgn,
                source,
                destination,
                t_ns,
                (frame,),
                len(latest.parts),
                latest.packets,
                latest.missing(),
            )
            return
        best.last_ns = t_ns
        if best.usable:
            yield from _take(best, number, data[1:], t_ns, frame)

    def finish(self, t_ns: int) -> Iterator[Broken]:
        """The trace ends here."""
        for transfer in self._open.values():
            if transfer.usable and not transfer.complete:
                yield transfer.broken(Breakage.OPEN_AT_END, "the trace ends before it is complete", t_ns)
        self._open.clear()

    def _stray(self, number: int, source: int, destination: int, t_ns: int, frame: int) -> Iterator[Broken]:
        if (source, destination) in self._strays:
            return
        if len(self._strays) >= _MAX_STRAYS:
            self._strays.clear()
        self._strays.add((source, destination))
        text = f"packet {number} and what follows it: their announcement was not seen"
        yield Broken(Breakage.NO_ANNOUNCEMENT, text, None, source, destination, t_ns, (frame,))

    def _expire(self, t_ns: int) -> Iterator[Broken]:
        for key, transfer in list(self._open.items()):
            if t_ns - transfer.last_ns > self._idle_ns:
                del self._open[key]
                if transfer.usable and not transfer.complete:
                    yield transfer.broken(Breakage.IDLE, f"nothing came for {(t_ns - transfer.last_ns) / 1e9:.3f} s", t_ns)


def _take(transfer: _Transfer, number: int, payload: bytes, t_ns: int, frame: int) -> Iterator[Assembled | Broken]:
    """Put a packet in its place; gives the message with the last missing one."""
    needed = min(PACKET_BYTES, transfer.length - PACKET_BYTES * (number - 1))
    if len(payload) < needed:
        yield transfer.broken(Breakage.SHORT_PACKET, f"packet {number} has {len(payload)} of {needed} data bytes", t_ns)
        return
    _remark(transfer, number, payload, needed)
    was_complete = transfer.complete
    transfer.parts[number] = (payload[:needed], frame)
    transfer.expected = number + 1
    if transfer.complete and not was_complete:
        data = b"".join(transfer.parts[index][0] for index in range(1, transfer.packets + 1))
        yield Assembled(
            transfer.pgn,
            transfer.source,
            transfer.destination,
            data,
            transfer.start_ns,
            t_ns,
            transfer.frames(),
            "; ".join(transfer.notes),
        )


def _remark(transfer: _Transfer, number: int, payload: bytes, needed: int) -> None:
    """Note what is odd about a packet that can be used all the same."""
    if number in transfer.parts:
        changed = " with other data" if transfer.parts[number][0] != payload[:needed] else ""
        transfer.note(f"packet {number} repeated{changed}")
    elif number != transfer.expected:
        transfer.note(f"packet {number} came when {transfer.expected} was due")
    if not transfer.broadcast:
        if not transfer.granted:
            transfer.note(f"packet {number} sent before any CTS")
        elif transfer.window is None or not transfer.window[0] <= number <= transfer.window[1]:
            transfer.note(f"packet {number} sent without a grant")
    if len(payload) < PACKET_BYTES:
        transfer.note(f"packet {number} not filled to eight bytes")
    elif any(byte != 0xFF for byte in payload[needed:]):
        transfer.note("last packet filled with other bytes than 0xFF")
