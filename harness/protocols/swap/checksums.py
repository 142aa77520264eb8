"""Ways to protect a frame, by the names that a profile may use."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from harness.protocols.j1939.integrity import tsc1_checksum, xbr_checksum

__all__ = ["CHECKSUMS", "Checksum"]

Checksum = Callable[[int, bytes, int], int]
"""Checksum of identifier, payload (its guard bits as ones) and counter."""


def _sum8(can_id: int, data: bytes, counter: int) -> int:
    """Low byte of the sum over the first seven bytes, the counter and the identifier."""
    return (sum(data[:7]) + counter + sum(can_id.to_bytes(4, "big"))) & 0xFF


CHECKSUMS: Mapping[str, tuple[Checksum, int]] = {"xbr": (xbr_checksum, 4), "tsc1": (tsc1_checksum, 3), "sum8": (_sum8, 8)}
"""Function and number of bits of each."""
