"""What travels on a link: CAN frames, datagrams, pieces of a stream, levels of a discrete line."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["Chunk", "Datagram", "Frame", "Handshake", "Level", "Listen", "Pdu"]

_FD_LENGTHS = frozenset((0, 1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 20, 24, 32, 48, 64))


@dataclass(frozen=True, slots=True)
class Frame:
    """One CAN frame as it stands on the wire.

    Raises:
        ValueError: identifier or data length cannot exist on a CAN bus.
    """

    can_id: int
    """Identifier, 11 or 29 bits."""
    data: bytes = b""
    """Payload, 0..8 bytes, with *fd* one of the CAN FD lengths up to 64."""
    extended: bool = True
    """29-bit identifier."""
    fd: bool = False
    """CAN FD frame with bit-rate switching."""
    remote: bool = False
    """Remote frame (classic CAN only); carries no data."""

    def __post_init__(self) -> None:
        if not 0 <= self.can_id < (1 << 29 if self.extended else 1 << 11):
            raise ValueError(f"identifier 0x{self.can_id:X} does not fit {29 if self.extended else 11} bits")
        if self.fd:
            if len(self.data) not in _FD_LENGTHS or self.remote:
                raise ValueError(f"no CAN FD frame has {len(self.data)} data bytes" if not self.remote else "CAN FD has no remote frames")
        elif len(self.data) > 8 or (self.remote and self.data):
            raise ValueError(f"a classic CAN {'remote ' if self.remote else ''}frame cannot carry {len(self.data)} data bytes")

    def __str__(self) -> str:
        ident = f"{self.can_id:08X}" if self.extended else f"{self.can_id:03X}"
        if self.remote:
            return f"{ident}#R"
        return f"{ident}{'##1' if self.fd else '#'}{self.data.hex().upper()}"


@dataclass(frozen=True, slots=True)
class Datagram:
    """One datagram; addresses are opaque names (``""`` as destination reaches every node of the link)."""

    data: bytes
    source: str = ""
    destination: str = ""

    def __str__(self) -> str:
        return f"{self.source or '*'}>{self.destination or '*'}:{self.data.hex().upper()}"


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a byte stream; ``end`` closes the sender's direction after these bytes.

    A link that carries one stream needs no more. Where a recording shows many, addresses tell them apart, and it is told what became
    of a stream on its way: bytes that were not recorded, encryption.
    """

    data: bytes
    end: bool = False
    source: str = ""
    destination: str = ""
    begin: bool = False
    """Opens the sender's direction before these bytes."""
    lost: int = 0
    """Bytes of the stream before these that the recording does not hold."""
    security: str = ""
    """What protects the stream (``TLS 1.3``); empty for none."""
    sealed: bool = False
    """The bytes are as encrypted on the wire; otherwise they are readable."""
    reset: bool = False
    """Tears the connection down, or refuses it; nothing follows in either direction."""

    def __str__(self) -> str:
        way = f"{self.source or '*'}>{self.destination or '*'}:" if self.source or self.destination else ""
        return f"{way}{self.data.hex().upper()}{' end' if self.end else ''}{' reset' if self.reset else ''}"


@dataclass(frozen=True, slots=True)
class Handshake:
    """One side of a connection asks for its protection by TLS, or has come to an end with it.

    With *settings* it is a wish: the link does what an operating system would, and puts no wish on the trace. Without, it is the
    outcome for its source: what was agreed on, or the alert with which it left.
    """

    source: str
    destination: str
    settings: object = field(default=None, compare=False, repr=False)
    version: str = ""
    """``TLS 1.3``; empty if there was no agreement."""
    cipher: str = ""
    alert: str = ""
    """Name of the alert that the source sent; empty for none."""
    subject: str = ""
    """Common name in the certificate that the source has shown; empty if it showed none."""

    def __str__(self) -> str:
        outcome = f"{self.version} {self.cipher}" if self.version else f"alert {self.alert}" if self.alert else "asked for"
        return f"{self.source}>{self.destination}:TLS {outcome}{f' as {self.subject}' if self.subject else ''}"


@dataclass(frozen=True, slots=True)
class Level:
    """The new level of a discrete or analogue line, in the unit that the line's name carries."""

    line: str
    value: float

    def __str__(self) -> str:
        return f"{self.line}={self.value:g}"


@dataclass(frozen=True, slots=True)
class Listen:
    """A node takes what comes to *address* from now on, or no longer: said to the link, never on the trace.

    In memory everything reaches every node anyway; behind a port this opens and closes a socket.
    """

    address: str
    """Address and port, ``[fe80::b]:15118``."""
    datagrams: bool = False
    """Datagrams, those to all nodes of the link included; otherwise connections."""
    active: bool = True

    def __str__(self) -> str:
        return f"{self.address} {'takes' if self.active else 'refuses'} {'datagrams' if self.datagrams else 'connections'}"


Pdu = Frame | Datagram | Chunk | Handshake | Level | Listen
