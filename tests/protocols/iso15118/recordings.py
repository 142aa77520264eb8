"""The recorded sessions beside the checkout: TCP streams, also under TLS 1.3, out of pcap and pcapng, in as little code as possible."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from pathlib import Path

from harness.protocols.iso15118.v2gtp import BadHeader, Frame, StreamDecoder
from tests.protocols.iso15118.tls import Connection, secrets

FOLDER = Path(__file__).resolve().parents[4] / "shared" / "captures" / "iso15118"
MESSAGES = {
    "DIN_DC_DS5366_Josev.pcapng": 200,
    "ISO-2_DC_DS5366.pcapng": 974,
    "ISO-2_DC_Renegotiation_DS5366_RiseV2G.pcapng": 316,
    "audi-dc-iso2.pcap": 1492,
    "ISO-20_TLS13_DC_DS5366_Josev.pcapng": 112,
}
"""The files, and the number of V2G messages in each."""

_PCAPNG = b"\x0a\x0d\x0d\x0a"
_IPV6, _TCP, _SYN = 0x86DD, 6, 2


def packets(data: bytes) -> Iterator[bytes]:
    """The Ethernet frames of a capture file in little-endian byte order."""
    if data[:4] != _PCAPNG:
        place = 24
        while place + 16 <= len(data):
            (length,) = struct.unpack_from("<I", data, place + 8)
            yield data[place + 16 : place + 16 + length]
            place += 16 + length
        return
    place = 0
    while place + 12 <= len(data):
        kind, length = struct.unpack_from("<II", data, place)
        if kind == 6:
            (captured,) = struct.unpack_from("<I", data, place + 20)
            yield data[place + 28 : place + 28 + captured]
        place += length


class _Segments:
    """One direction of a TCP connection: its bytes in order."""

    def __init__(self, first: int) -> None:
        self._next = first
        self._later: dict[int, bytes] = {}

    def receive(self, sequence: int, data: bytes) -> bytes:
        self._later[sequence] = data
        found = b""
        while self._next in self._later:
            piece = self._later.pop(self._next)
            self._next = (self._next + len(piece)) & 0xFFFFFFFF
            found += piece
        return found


def _pieces(data: bytes) -> Iterator[tuple[str, int, int, bytes]]:
    """Connection, source and destination port, and the next bytes of a direction, in the order of the recording."""
    streams: dict[bytes, _Segments] = {}
    for packet in packets(data):
        place = 18 if packet[12:14] == b"\x81\x00" else 14
        (kind,) = struct.unpack_from(">H", packet, place - 2)
        if kind != _IPV6 or packet[place + 6] != _TCP:
            continue
        (length,) = struct.unpack_from(">H", packet, place + 4)
        segment = packet[place + 40 : place + 40 + length]
        source, destination, sequence = struct.unpack_from(">HHI", segment)
        key = packet[place + 8 : place + 40] + segment[:4]
        if segment[13] & _SYN:
            streams[key] = _Segments((sequence + 1) & 0xFFFFFFFF)
        elif content := segment[(segment[12] >> 4) * 4 :]:
            stream = streams.setdefault(key, _Segments(sequence))
            yield f"{sorted((source, destination))}", source, destination, stream.receive(sequence, content)


def frames(path: Path) -> Iterator[tuple[str, Frame | BadHeader]]:
    """All V2GTP frames with the connection they belong to, in the order of the recording; TLS is opened with the secrets in it."""
    data = path.read_bytes()
    known = secrets(packets(data))
    encrypted: dict[str, Connection] = {}
    decoders: dict[tuple[str, int], StreamDecoder] = {}
    server: dict[str, int] = {}
    for connection, source, destination, piece in _pieces(data):
        server.setdefault(connection, destination)
        readable: Iterable[bytes] = (piece,)
        if known:
            tls = encrypted.setdefault(connection, Connection(known))
            readable = tls.receive("SERVER" if source == server[connection] else "CLIENT", piece)
        for part in readable:
            for frame in decoders.setdefault((connection, source), StreamDecoder()).receive(part):
                yield connection, frame
