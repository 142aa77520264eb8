"""Payloads of TP.CM and TP.DT: built from and taken apart into small values."""

from __future__ import annotations

import enum
from dataclasses import dataclass

__all__ = [
    "MAX_LENGTH",
    "MIN_LENGTH",
    "NO_LIMIT",
    "PACKET_BYTES",
    "TP_CM",
    "TP_DT",
    "Abort",
    "AbortReason",
    "Bam",
    "Control",
    "ControlMessage",
    "Cts",
    "EndOfMsgAck",
    "Rts",
    "build_packet",
    "packets_for",
    "parse_control",
]

TP_CM = 0xEC00
"""PGN of connection management."""
TP_DT = 0xEB00
"""PGN of data transfer."""
MIN_LENGTH = 9
MAX_LENGTH = 1785
PACKET_BYTES = 7
NO_LIMIT = 0xFF
"""Packets per CTS in an RTS whose sender sets no limit."""


class Control(enum.IntEnum):
    """First byte of TP.CM."""

    RTS = 16
    CTS = 17
    END_OF_MSG_ACK = 19
    BAM = 32
    ABORT = 255


class AbortReason(enum.IntEnum):
    """Second byte of Conn_Abort. 1..3 are in public sources, the others are common knowledge; any byte may come."""

    BUSY = 1
    RESOURCES = 2
    TIMEOUT = 3
    CTS_WHILE_SENDING = 4
    RETRANSMIT_LIMIT = 5
    UNEXPECTED_PACKET = 6
    BAD_SEQUENCE = 7
    DUPLICATE_SEQUENCE = 8
    SIZE_OVER_LIMIT = 9


@dataclass(frozen=True, slots=True)
class Rts:
    """Request to send."""

    length: int
    packets: int
    max_per_cts: int
    pgn: int

    def encode(self) -> bytes:
        """The eight bytes."""
        return bytes((Control.RTS, *_le(self.length, 2), self.packets, self.max_per_cts, *_le(self.pgn, 3)))


@dataclass(frozen=True, slots=True)
class Cts:
    """Clear to send; 0 packets hold the connection."""

    packets: int
    next_packet: int
    pgn: int

    def encode(self) -> bytes:
        """The eight bytes."""
        return bytes((Control.CTS, self.packets, self.next_packet, 0xFF, 0xFF, *_le(self.pgn, 3)))


@dataclass(frozen=True, slots=True)
class EndOfMsgAck:
    """The receiver has the whole message."""

    length: int
    packets: int
    pgn: int

    def encode(self) -> bytes:
        """The eight bytes."""
        return bytes((Control.END_OF_MSG_ACK, *_le(self.length, 2), self.packets, 0xFF, *_le(self.pgn, 3)))


@dataclass(frozen=True, slots=True)
class Bam:
    """Announcement of a broadcast."""

    length: int
    packets: int
    pgn: int

    def encode(self) -> bytes:
        """The eight bytes."""
        return bytes((Control.BAM, *_le(self.length, 2), self.packets, 0xFF, *_le(self.pgn, 3)))


@dataclass(frozen=True, slots=True)
class Abort:
    """Either side gives the connection up; ``reason`` is a byte, see ``AbortReason``."""

    reason: int
    pgn: int

    def encode(self) -> bytes:
        """The eight bytes."""
        return bytes((Control.ABORT, self.reason, 0xFF, 0xFF, 0xFF, *_le(self.pgn, 3)))


ControlMessage = Rts | Cts | EndOfMsgAck | Bam | Abort


def parse_control(data: bytes) -> ControlMessage | None:
    """The TP.CM message in *data*; ``None`` if it has not eight bytes or an unknown control byte."""
    if len(data) != 8:
        return None
    pgn = int.from_bytes(data[5:8], "little")
    length = data[1] | data[2] << 8
    match data[0]:
        case Control.RTS:
            return Rts(length, data[3], data[4], pgn)
        case Control.CTS:
            return Cts(data[1], data[2], pgn)
        case Control.END_OF_MSG_ACK:
            return EndOfMsgAck(length, data[3], pgn)
        case Control.BAM:
            return Bam(length, data[3], pgn)
        case Control.ABORT:
            return Abort(data[1], pgn)
    return None


def packets_for(length: int) -> int:
    """Number of TP.DT packets that *length* bytes take."""
    return -(-length // PACKET_BYTES)


def build_packet(message: bytes, number: int) -> bytes:
    """The TP.DT payload of packet *number* (from 1) of *message*, padded with 0xFF."""
    start = (number - 1) * PACKET_BYTES
    return bytes((number,)) + message[start : start + PACKET_BYTES].ljust(PACKET_BYTES, b"\xff")


def _le(value: int, size: int) -> bytes:
    return value.to_bytes(size, "little")
