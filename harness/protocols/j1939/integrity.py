"""Counters and checksums of J1939-71 control messages (section 2.7 of the reference): four bits each, in the last byte."""

from __future__ import annotations

__all__ = ["tsc1_checksum", "xbr_checksum"]


def _sum(can_id: int, data: bytes, counter: int) -> int:
    """Sum over the first seven bytes, the counter and the identifier; folded by each kind of message in its own way."""
    return sum(data[:7]) + counter + sum(can_id.to_bytes(4, "big"))


def tsc1_checksum(can_id: int, data: bytes, counter: int) -> int:
    """Checksum (3 bits) of a message of the kind of TSC1; *data* begins with its seven bytes."""
    total = _sum(can_id, data, counter)
    return ((total >> 6 & 3) + (total >> 3) + total) & 7


def xbr_checksum(can_id: int, data: bytes, counter: int) -> int:
    """Checksum (4 bits) of a message of the kind of XBR; *data* begins with its seven bytes."""
    total = _sum(can_id, data, counter)
    return ((total >> 4) + total) & 15
