"""The identifier of a network from its membership key, as every modem derives it."""

from __future__ import annotations

import hashlib

__all__ = ["network_id"]

_ROUNDS = 5
_ID_BYTES = 7


def network_id(membership_key: bytes) -> bytes:
    """54 bits of the key hashed five times, with the security level 0 in front of the last four."""
    digest = membership_key
    for _ in range(_ROUNDS):
        digest = hashlib.sha256(digest).digest()
    return digest[: _ID_BYTES - 1] + bytes((digest[_ID_BYTES - 1] >> 4,))
