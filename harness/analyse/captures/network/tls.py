"""TLS 1.3 of a recording made readable by the secrets that go with it; whatever cannot be opened stays sealed, and it is told why."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256, SHA384
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from harness.core import Chunk

__all__ = ["Secrets", "key_log", "open_streams"]

Secrets = Mapping[tuple[str, bytes], bytes]
"""By label and client random."""

_LINE = re.compile(rb"([A-Z_]{4,40}_SECRET(?:_0)?) ([0-9a-fA-F]{64}) ((?:[0-9a-fA-F]{2}){32,48})(?![0-9a-fA-F])")
_HANDSHAKE, _DATA = 22, 23
_RECORD_HEAD = 5
_CLIENT_HELLO, _SERVER_HELLO, _KEY_UPDATE = 1, 2, 24
_VERSIONS = {0x0302: "TLS 1.1", 0x0303: "TLS 1.2", 0x0304: "TLS 1.3"}
_EXTENSION_VERSIONS = 43
_CIPHERS: Mapping[int, tuple[type[AESGCM | ChaCha20Poly1305], type[SHA256 | SHA384], int]] = {
    0x1301: (AESGCM, SHA256, 16),
    0x1302: (AESGCM, SHA384, 32),
    0x1303: (ChaCha20Poly1305, SHA256, 32),
}
_EPOCHS = ("{}_HANDSHAKE_TRAFFIC_SECRET", "{}_TRAFFIC_SECRET_0")
_SIDES = ("CLIENT", "SERVER")


def key_log(contents: Iterable[bytes]) -> dict[tuple[str, bytes], bytes]:
    """The secrets in the lines of a key log (NSS format) that stand in *contents*."""
    found = {}
    for content in contents:
        for label, random, secret in _LINE.findall(content):
            found[label.decode(), bytes.fromhex(random.decode())] = bytes.fromhex(secret.decode())
    return found


def open_streams(chunks: Mapping[int, Chunk], secrets: Secrets) -> tuple[dict[int, Chunk], list[str]]:
    """The chunks with TLS opened where *secrets* allow it, and remarks in words on connections that stay sealed."""
    opened: dict[int, Chunk] = {}
    current: dict[frozenset[str], _Connection] = {}
    every: list[_Connection] = []
    for place, chunk in sorted(chunks.items(), key=lambda item: item[0]):
        way = frozenset((chunk.source, chunk.destination))
        connection = current.get(way)
        if connection is None or (chunk.begin and connection.used):
            connection = current[way] = _Connection(secrets)
            every.append(connection)
        # What is named already stands in the file as its two ends saw it.
        opened[place] = chunk if chunk.security else connection.receive(chunk)
    told = [f"{connection.version or 'TLS'} stays sealed: {connection.trouble}" for connection in every if connection.trouble]
    return opened, list(dict.fromkeys(told))


@dataclass(slots=True)
class _Keys:
    """What opens the records of one direction in one epoch."""

    cipher: AESGCM | ChaCha20Poly1305
    start: int
    count: int = 0

    def open(self, header: bytes, sealed: bytes) -> bytes | None:
        """The content of a record with its kind behind it; ``None`` if the keys do not fit."""
        try:
            plain = self.cipher.decrypt((self.start ^ self.count).to_bytes(12, "big"), sealed, header)
        except InvalidTag:
            return None
        self.count += 1
        return plain.rstrip(b"\0")


@dataclass(slots=True)
class _Side:
    waiting: bytes = b""
    epoch: int = 0
    keys: _Keys | None = None


@dataclass(slots=True)
class _Connection:
    """Both directions of a connection, which may turn out to carry TLS or not."""

    secrets: Secrets
    is_tls: bool | None = None
    client: str = ""
    random: bytes = b""
    cipher: int = 0
    version: str = ""
    trouble: str = ""
    """Why it stays sealed from here on."""
    used: bool = False
    sides: dict[str, _Side] = field(default_factory=lambda: {side: _Side() for side in _SIDES})

    def receive(self, chunk: Chunk) -> Chunk:
        """*chunk* with what can be read of it."""
        self.used = self.used or bool(chunk.data)
        if self.is_tls is None and chunk.data:
            self.is_tls = chunk.data[0] == _HANDSHAKE and chunk.data[1:2] == b"\x03"
            self.client = chunk.source
        if not self.is_tls:
            return chunk
        readable = b""
        if chunk.lost and not self.trouble:
            self.trouble = "bytes of it are missing in the recording"
        if not self.trouble:
            readable = self._records("CLIENT" if chunk.source == self.client else "SERVER", chunk.data)
        security = self.version or "TLS"
        if self.trouble:
            return replace(chunk, security=security, sealed=bool(chunk.data))
        return replace(chunk, data=readable, security=security)

    def _records(self, name: str, data: bytes) -> bytes:
        side = self.sides[name]
        side.waiting += data
        readable = b""
        while len(side.waiting) >= _RECORD_HEAD and not self.trouble:
            end = _RECORD_HEAD + int.from_bytes(side.waiting[3:5], "big")
            if len(side.waiting) < end:
                break
            record, side.waiting = side.waiting[:end], side.waiting[end:]
            if record[0] == _HANDSHAKE:
                self._hello(record[_RECORD_HEAD:])
            elif record[0] == _DATA:
                readable += self._open(name, side, record)
        return readable

    def _hello(self, message: bytes) -> None:
        if message[:1] == bytes((_CLIENT_HELLO,)) and not self.random:
            self.random = message[6:38]
        elif message[:1] == bytes((_SERVER_HELLO,)) and len(message) > 40:
            place = 39 + message[38]
            self.cipher = int.from_bytes(message[place : place + 2], "big")
            number = _extension(message[place + 3 :]) or int.from_bytes(message[4:6], "big")
            self.version = _VERSIONS.get(number, f"TLS 0x{number:04X}")
            if number != 0x0304:
                self.trouble = "only TLS 1.3 is opened"

    def _open(self, name: str, side: _Side, record: bytes) -> bytes:
        header, sealed = record[:_RECORD_HEAD], record[_RECORD_HEAD:]
        # When the secret of the handshake does not fit any more, that of the application data does.
        while not self.trouble:
            if side.keys is None:
                side.keys = self._keys(name, side.epoch)
            plain = side.keys.open(header, sealed) if side.keys is not None else None
            if plain is not None:
                if plain[-1:] == bytes((_HANDSHAKE,)) and side.epoch and plain[:1] == bytes((_KEY_UPDATE,)):
                    self.trouble = "its keys are renewed within the session"
                return plain[:-1] if plain[-1:] == bytes((_DATA,)) else b""
            side.epoch += 1
            side.keys = None
            if side.epoch >= len(_EPOCHS) and not self.trouble:
                self.trouble = "the secrets that go with the recording do not fit"
        return b""

    def _keys(self, name: str, epoch: int) -> _Keys | None:
        if self.cipher not in _CIPHERS:
            self.trouble = f"cipher 0x{self.cipher:04X} is not known" if self.cipher else "its handshake is not in the recording"
            return None
        cipher, algorithm, size = _CIPHERS[self.cipher]
        secret = self.secrets.get((_EPOCHS[epoch].format(name), self.random))
        if secret is None:
            self.trouble = "the recording carries no secrets for it"
            return None
        key, start = (_expanded(secret, label, length, algorithm()) for label, length in ((b"key", size), (b"iv", 12)))
        return _Keys(cipher(key), int.from_bytes(start, "big"))


def _extension(rest: bytes) -> int:
    """The version that the extensions of a ServerHello select, 0 without one."""
    place = 2
    while place + 4 <= len(rest):
        kind, length = int.from_bytes(rest[place : place + 2], "big"), int.from_bytes(rest[place + 2 : place + 4], "big")
        if kind == _EXTENSION_VERSIONS:
            return int.from_bytes(rest[place + 4 : place + 6], "big")
        place += 4 + length
    return 0


def _expanded(secret: bytes, label: bytes, length: int, algorithm: SHA256 | SHA384) -> bytes:
    name = b"tls13 " + label
    info = length.to_bytes(2, "big") + bytes((len(name),)) + name + b"\0"
    return HKDFExpand(algorithm, length, info).derive(secret)
