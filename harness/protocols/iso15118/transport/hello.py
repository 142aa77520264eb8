"""The first message of a TLS handshake: what a client offers, read from its bytes, and such a message built of what it is to say.

Names are those of the registries (RFC 8446, RFC 6066); a number that is not listed here stands as hexadecimal.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from harness.core.errors import RemoteProtocolError

__all__ = ["CIPHERS", "EXTENSIONS", "GROUPS", "ClientHello", "build_hello", "is_hello", "read_hello"]

_HANDSHAKE, _CLIENT_HELLO = 22, 1
_RECORD_BYTES, _MESSAGE_BYTES = 5, 4
_LEGACY = 0x0303
_VERSIONS = {0x0301: "TLS 1.0", 0x0302: "TLS 1.1", 0x0303: "TLS 1.2", 0x0304: "TLS 1.3"}
CIPHERS = {
    0x1301: "TLS_AES_128_GCM_SHA256",
    0x1302: "TLS_AES_256_GCM_SHA384",
    0x1303: "TLS_CHACHA20_POLY1305_SHA256",
    0xC023: "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256",
    0xC025: "TLS_ECDH_ECDSA_WITH_AES_128_CBC_SHA256",
    0xC02B: "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    0xC02C: "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    0x00FF: "TLS_EMPTY_RENEGOTIATION_INFO_SCSV",
}
GROUPS = {23: "secp256r1", 24: "secp384r1", 25: "secp521r1", 29: "x25519", 30: "x448"}
EXTENSIONS = {
    0: "server_name",
    3: "trusted_ca_keys",
    5: "status_request",
    10: "supported_groups",
    11: "ec_point_formats",
    13: "signature_algorithms",
    17: "status_request_v2",
    22: "encrypt_then_mac",
    23: "extended_master_secret",
    35: "session_ticket",
    43: "supported_versions",
    45: "psk_key_exchange_modes",
    47: "certificate_authorities",
    51: "key_share",
    0xFF01: "renegotiation_info",
}
_SIGNATURES = {23: 0x0403, 24: 0x0503, 25: 0x0603}
_SIGNATURE_ED448 = 0x0808
_TRUSTED_BY_NAME = 2
_TRUSTED_HASHES = (1, 3)
_HASH_BYTES = 20
_SHARE_BYTES = {23: 65, 24: 97, 25: 133, 29: 32, 30: 56}
_POINT = b"\x04"
"""An uncompressed point of a curve begins with it; the others are bare numbers."""
_CURVES = (23, 24, 25)


@dataclass(frozen=True, slots=True)
class ClientHello:
    """What a client offers, each list in its order."""

    versions: tuple[str, ...]
    ciphers: tuple[str, ...]
    groups: tuple[str, ...] = ()
    extensions: tuple[str, ...] = ()
    authorities: tuple[bytes, ...] = ()
    """Roots of the client: distinguished names (DER) or hashes, of ``trusted_ca_keys`` and ``certificate_authorities``."""


def is_hello(data: bytes) -> bool:
    """Whether *data* begins like one."""
    return len(data) > _RECORD_BYTES and data[0] == _HANDSHAKE and data[1] == 3 and data[_RECORD_BYTES] == _CLIENT_HELLO


def read_hello(data: bytes) -> ClientHello:
    """What stands in a ClientHello, in one record.

    Raises:
        RemoteProtocolError: it is none, or it is cut off.
    """
    if not is_hello(data):
        raise RemoteProtocolError("no ClientHello of TLS", data)
    reader = _Reader(data[_RECORD_BYTES + _MESSAGE_BYTES :])
    legacy = reader.number(2)
    reader.take(32)
    reader.list(1)
    ciphers = reader.list(2)
    reader.list(1)
    rest = _Reader(reader.list(2)) if reader.left else _Reader(b"")
    extensions: dict[int, bytes] = {}
    while rest.left:
        kind = rest.number(2)
        extensions[kind] = rest.list(2)
    return ClientHello(
        _read_versions(extensions, legacy),
        _names(ciphers, CIPHERS),
        _names(_Reader(extensions[10]).list(2), GROUPS) if 10 in extensions else (),
        tuple(EXTENSIONS.get(kind, f"0x{kind:04X}") for kind in extensions),
        tuple(_read_authorities(extensions)),
    )


class _Reader:
    """Fields one after the other."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def left(self) -> int:
        return len(self._data) - self._at

    def take(self, size: int) -> bytes:
        if size > self.left:
            raise RemoteProtocolError(f"the ClientHello is cut off: {size} bytes wanted, {self.left} left", self._data)
        self._at += size
        return self._data[self._at - size : self._at]

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size), "big")

    def list(self, size: int) -> bytes:
        """A field behind its length of *size* bytes."""
        return self.take(self.number(size))


def _names(data: bytes, known: Mapping[int, str]) -> tuple[str, ...]:
    numbers = [int.from_bytes(data[at : at + 2], "big") for at in range(0, len(data) - 1, 2)]
    return tuple(known.get(number, f"0x{number:04X}") for number in numbers)


def _read_versions(extensions: Mapping[int, bytes], legacy: int) -> tuple[str, ...]:
    if 43 in extensions:
        return _names(_Reader(extensions[43]).list(1), _VERSIONS)
    # Without the extension the client can do everything up to the version that it names.
    return tuple(name for number, name in sorted(_VERSIONS.items(), reverse=True) if number <= legacy)


def _read_authorities(extensions: Mapping[int, bytes]) -> Iterable[bytes]:
    if 47 in extensions:
        names = _Reader(_Reader(extensions[47]).list(2))
        while names.left:
            yield names.list(2)
    if 3 in extensions:
        trusted = _Reader(_Reader(extensions[3]).list(2))
        while trusted.left:
            kind = trusted.number(1)
            if kind == _TRUSTED_BY_NAME:
                yield trusted.list(2)
            elif kind in _TRUSTED_HASHES:
                yield trusted.take(_HASH_BYTES)


def build_hello(hello: ClientHello, seed: str = "") -> bytes:
    """The message, in one record; what has to be random follows from *seed*, so that the same wish gives the same bytes.

    Raises:
        ValueError: a name in it is unknown here.
    """
    versions = [_number(name, _VERSIONS) for name in hello.versions]
    groups = [_number(name, GROUPS) for name in hello.groups]
    ciphers = b"".join(_number(name, CIPHERS).to_bytes(2, "big") for name in hello.ciphers)
    contents = {
        "supported_versions": _list(b"".join(version.to_bytes(2, "big") for version in versions), 1),
        "supported_groups": _list(b"".join(group.to_bytes(2, "big") for group in groups), 2),
        "ec_point_formats": b"\x01\x00",
        "signature_algorithms": _list(b"".join(_signature(group).to_bytes(2, "big") for group in groups), 2),
        "key_share": _list(b"".join(_share(group, seed) for group in groups[:1]), 2),
        "psk_key_exchange_modes": b"\x01\x01",
        "status_request": b"\x01\x00\x00\x00\x00",
        "certificate_authorities": _list(b"".join(_list(name, 2) for name in hello.authorities), 2),
        "trusted_ca_keys": _list(b"".join(bytes((_TRUSTED_BY_NAME,)) + _list(name, 2) for name in hello.authorities), 2),
        "renegotiation_info": b"\x00",
    }
    extensions = b"".join(_number(name, EXTENSIONS).to_bytes(2, "big") + _list(contents.get(name, b""), 2) for name in hello.extensions)
    legacy = min(max(versions), _LEGACY)
    body = legacy.to_bytes(2, "big") + _random("random", seed, 32) + _list(_random("session", seed, 32), 1)
    body += _list(ciphers, 2) + b"\x01\x00" + (_list(extensions, 2) if extensions else b"")
    message = bytes((_CLIENT_HELLO,)) + _list(body, 3)
    return bytes((_HANDSHAKE, 3, 1)) + _list(message, 2)


def _number(name: str, known: Mapping[int, str]) -> int:
    for number, each in known.items():
        if each == name:
            return number
    raise ValueError(f"'{name}' is not known in a ClientHello (have: {', '.join(known.values())})")


def _list(data: bytes, size: int) -> bytes:
    return len(data).to_bytes(size, "big") + data


def _signature(group: int) -> int:
    return _SIGNATURES.get(group, _SIGNATURE_ED448)


def _share(group: int, seed: str) -> bytes:
    key = _random(f"share {group}", seed, _SHARE_BYTES[group])
    return group.to_bytes(2, "big") + _list(_POINT + key[1:] if group in _CURVES else key, 2)


def _random(what: str, seed: str, size: int) -> bytes:
    return hashlib.shake_128(f"{what} of {seed}".encode()).digest(size)
