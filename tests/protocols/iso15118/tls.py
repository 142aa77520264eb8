"""TLS 1.3 of a recording made readable by the secrets that the recording carries (for tests of recordings only)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256, SHA384
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

_KEY_LOG = re.compile(rb"([A-Z_]+_SECRET(?:_0)?) ([0-9a-f]{64}) ([0-9a-f]{64,96})")
_HANDSHAKE, _ENCRYPTED = 22, 23
_CLIENT_HELLO, _SERVER_HELLO = 1, 2
_CIPHERS = {0x1301: (AESGCM, SHA256, 16), 0x1302: (AESGCM, SHA384, 32), 0x1303: (ChaCha20Poly1305, SHA256, 32)}
_EPOCHS = ("{}_HANDSHAKE_TRAFFIC_SECRET", "{}_TRAFFIC_SECRET_0")


def secrets(packets: Iterable[bytes]) -> dict[tuple[str, bytes], bytes]:
    """The lines of a key log among the packets, where the emulator broadcasts them by UDP: secrets by label and client random."""
    found = {}
    for packet in packets:
        for label, random, secret in _KEY_LOG.findall(packet):
            found[label.decode(), bytes.fromhex(random.decode())] = bytes.fromhex(secret.decode())
    return found


class Connection:
    """Both directions of a TLS connection."""

    def __init__(self, known: dict[tuple[str, bytes], bytes]) -> None:
        self._known = known
        self._random = b""
        self._cipher = 0
        self._waiting = {"CLIENT": b"", "SERVER": b""}
        self._epoch = {"CLIENT": 0, "SERVER": 0}
        self._count = {"CLIENT": 0, "SERVER": 0}

    def receive(self, side: str, data: bytes) -> Iterator[bytes]:
        """Application data that *data* completes, sent by *side* (``CLIENT`` or ``SERVER``)."""
        self._waiting[side] += data
        while len(waiting := self._waiting[side]) >= 5:
            end = 5 + int.from_bytes(waiting[3:5], "big")
            if len(waiting) < end:
                return
            self._waiting[side] = waiting[end:]
            if waiting[0] == _HANDSHAKE:
                self._hello(waiting[5:end])
            elif waiting[0] == _ENCRYPTED:
                inner = self._open(side, waiting[:5], waiting[5:end]).rstrip(b"\0")
                if inner[-1] == _ENCRYPTED:
                    yield inner[:-1]

    def _hello(self, message: bytes) -> None:
        if message[0] == _CLIENT_HELLO:
            self._random = message[6:38]
        elif message[0] == _SERVER_HELLO:
            place = 39 + message[38]
            self._cipher = int.from_bytes(message[place : place + 2], "big")

    def _open(self, side: str, header: bytes, sealed: bytes) -> bytes:
        """One record; when the secret of the handshake does not fit any more, that of the application data does."""
        try:
            return self._decrypt(side, header, sealed)
        except InvalidTag:
            self._epoch[side] += 1
            self._count[side] = 0
            return self._decrypt(side, header, sealed)

    def _decrypt(self, side: str, header: bytes, sealed: bytes) -> bytes:
        cipher, algorithm, size = _CIPHERS[self._cipher]
        secret = self._known[_EPOCHS[self._epoch[side]].format(side), self._random]
        key, start = (_expanded(secret, label, length, algorithm()) for label, length in ((b"key", size), (b"iv", 12)))
        nonce = int.from_bytes(start, "big") ^ self._count[side]
        plain = cipher(key).decrypt(nonce.to_bytes(12, "big"), sealed, header)
        self._count[side] += 1
        return plain


def _expanded(secret: bytes, label: bytes, length: int, algorithm: SHA256 | SHA384) -> bytes:
    name = b"tls13 " + label
    info = length.to_bytes(2, "big") + bytes((len(name),)) + name + b"\0"
    return HKDFExpand(algorithm, length, info).derive(secret)
