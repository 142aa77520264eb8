"""Checksums that control messages carry, by the names that a description of a bus gives them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce
from operator import xor

from harness.protocols.j1939.integrity import tsc1_checksum, xbr_checksum

__all__ = ["RULES", "Rule", "crc8"]

Rule = Callable[[int, bytes, int], int]
"""From identifier, the bytes that the checksum covers (without its own) and the counter to the checksum."""


def crc8(data: bytes, polynomial: int) -> int:
    """CRC of 8 bits, begun with FF and turned over at the end, as SAE J1850 and AUTOSAR have it."""
    crc = 0xFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc << 1 ^ (polynomial if crc & 0x80 else 0)) & 0xFF
    return crc ^ 0xFF


RULES: Mapping[str, Rule] = {
    "xor": lambda can_id, data, counter: reduce(xor, data, 0),
    "sum": lambda can_id, data, counter: sum(data) & 0xFF,
    "crc8-1d": lambda can_id, data, counter: crc8(data, 0x1D),
    "crc8-2f": lambda can_id, data, counter: crc8(data, 0x2F),
    "tsc1": tsc1_checksum,
    "xbr": xbr_checksum,
}
"""``tsc1`` and ``xbr``: over the first seven bytes, the identifier and the counter, folded; others: over the bytes beside the checksum."""
