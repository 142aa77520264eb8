"""Deliberate faults of a transport: hooks on every frame in and out, and bad habits of an originator.

A fault never changes what the state machine believes: it changes what leaves, or what is heard.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from harness.core import Frame
from harness.protocols.j1939.frames import PACKET_BYTES, Control

__all__ = [
    "IncomingHook",
    "OutgoingHook",
    "OutgoingTp",
    "TransportFaults",
    "drop_control",
    "only",
    "shift_sequence",
    "skip_packet",
    "wrong_packet_count",
    "wrong_padding",
    "wrong_pgn",
    "wrong_sequence",
    "wrong_total_length",
]


@dataclass(frozen=True, slots=True)
class OutgoingTp:
    """An outgoing TP frame with what its session knows of it."""

    frame: Frame
    pgn: int
    """Parameter group of the session."""
    length: int
    """True length of the message in bytes."""
    packet: int | None = None
    """True packet number of a TP.DT, ``None`` for TP.CM."""
    first: int = 1
    """First packet of the present grant."""
    granted: int = 0
    """Packets of the present grant, 0 before the first one."""
    holds: int = 0
    """CTS(0) that the session has seen."""
    repeats: int = 0
    """How often packets were asked for that had been sent."""
    others: int = 0
    """Other sessions of the same node that are open to the same peer."""

    @property
    def control(self) -> int | None:
        """Control byte of a TP.CM, ``None`` for TP.DT."""
        return self.frame.data[0] if self.packet is None else None

    def patched(self, position: int, *values: int) -> Frame:
        """The frame with *values* from byte *position* (from 0) on."""
        data = self.frame.data
        return replace(self.frame, data=data[:position] + bytes(values) + data[position + len(values) :])


OutgoingHook = Callable[[OutgoingTp], Frame | None]
"""Gives the frame to send instead, or ``None`` to send nothing."""
IncomingHook = Callable[[Frame], Frame | None]
"""Gives the frame to hear instead, or ``None`` to be deaf to it."""


@dataclass(slots=True)
class TransportFaults:
    """The faults of one transport; changeable while it runs."""

    outgoing: list[OutgoingHook] = field(default_factory=list)
    incoming: list[IncomingHook] = field(default_factory=list)
    unasked_data: bool = False
    """Originator sends its packets right after the RTS, without a CTS."""
    ignore_hold: bool = False
    """Originator takes CTS(0) for a grant of everything."""
    ignore_grant: bool = False
    """Originator sends everything from the requested packet on, whatever number the CTS grants."""
    ignore_limit: bool = False
    """Originator follows a CTS beyond the limit that its own RTS named."""
    ignore_cts_pgn: bool = False
    """Originator follows a CTS for any PGN."""
    ignore_cts_page: bool = False
    """Originator does not look at the highest byte of the PGN in a CTS."""
    abort_on_hold: bool = False
    """Originator takes CTS(0) for a refusal and aborts."""
    one_too_many: bool = False
    """Originator sends a packet more than each CTS grants."""
    ignore_total: bool = False
    """Originator follows a CTS beyond the end of its message, with packets of filler."""
    stalls_ns: dict[tuple[int, int], int] = field(default_factory=dict)
    """Additional wait before a packet, by PGN and packet number."""

    def send(self, tp: OutgoingTp) -> list[Frame]:
        """What really leaves for *tp*."""
        for hook in self.outgoing:
            frame = hook(tp)
            if frame is None:
                return []
            tp = replace(tp, frame=frame)
        return [tp.frame]

    def hear(self, frame: Frame) -> Frame | None:
        """What the transport hears of *frame*."""
        for hook in self.incoming:
            heard = hook(frame)
            if heard is None:
                return None
            frame = heard
        return frame


def only(pgn: int, hook: OutgoingHook) -> OutgoingHook:
    """*hook* for the sessions of *pgn* alone."""
    return lambda tp: hook(tp) if tp.pgn == pgn else tp.frame


def wrong_packet_count(offset: int = 1) -> OutgoingHook:
    """RTS and BAM announce *offset* packets too many."""
    return lambda tp: tp.patched(3, (tp.frame.data[3] + offset) & 0xFF) if _announces(tp) else tp.frame


def wrong_total_length(offset: int = 1) -> OutgoingHook:
    """RTS and BAM announce *offset* bytes too many."""

    def hook(tp: OutgoingTp) -> Frame:
        if not _announces(tp):
            return tp.frame
        return tp.patched(1, *((tp.length + offset) & 0xFFFF).to_bytes(2, "little"))

    return hook


def skip_packet(number: int) -> OutgoingHook:
    """Packet *number* never leaves."""
    return lambda tp: None if tp.packet == number else tp.frame


def wrong_sequence(number: int, sequence: int) -> OutgoingHook:
    """Packet *number* carries *sequence*."""
    return lambda tp: tp.patched(0, sequence) if tp.packet == number else tp.frame


def shift_sequence(offset: int) -> OutgoingHook:
    """Every packet carries its number plus *offset* (-1: the sequence starts at 0)."""
    return lambda tp: tp.frame if tp.packet is None else tp.patched(0, (tp.packet + offset) & 0xFF)


def wrong_padding(value: int = 0x00) -> OutgoingHook:
    """The last packet is filled up with *value* instead of 0xFF."""

    def hook(tp: OutgoingTp) -> Frame:
        used = tp.length - (tp.packet - 1) * PACKET_BYTES if tp.packet is not None else PACKET_BYTES
        return tp.patched(1 + used, *[value] * (PACKET_BYTES - used)) if used < PACKET_BYTES else tp.frame

    return hook


def wrong_pgn(pgn: int, control: Control | None = None) -> OutgoingHook:
    """TP.CM frames (only those with *control*, if given) name *pgn*."""

    def hook(tp: OutgoingTp) -> Frame:
        hit = tp.control is not None and control in (None, tp.control)
        return tp.patched(5, *pgn.to_bytes(3, "little")) if hit else tp.frame

    return hook


def drop_control(control: Control) -> OutgoingHook:
    """TP.CM frames with *control* never leave (``Control.ABORT``: the transport never aborts)."""
    return lambda tp: None if tp.control == control else tp.frame


def _announces(tp: OutgoingTp) -> bool:
    return tp.control in (Control.RTS, Control.BAM)
