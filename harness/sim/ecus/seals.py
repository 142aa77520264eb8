"""Checksums as the control units of the truck reckon them: written for the simulator alone, so that the tester has its own opinion."""

from __future__ import annotations

__all__ = ["brake_seal", "crc8_seal", "torque_seal"]

_PROTECTED = 7
"""Bytes before the one with counter and checksum."""


def torque_seal(can_id: int, data: bytes, counter: int) -> int:
    """Checksum of TSC1: the three lowest octal digits of the sum, of the third one two bits, added up in one digit."""
    rest, ones = divmod(_total(can_id, data, counter), 8)
    rest, eights = divmod(rest, 8)
    return (ones + eights + rest % 4) % 8


def brake_seal(can_id: int, data: bytes, counter: int) -> int:
    """Checksum of XBR: the two lowest hexadecimal digits of the sum, added up in one digit."""
    sixteens, ones = divmod(_total(can_id, data, counter) % 256, 16)
    return (sixteens + ones) % 16


def _total(can_id: int, data: bytes, counter: int) -> int:
    total = counter
    for byte in data[:_PROTECTED]:
        total += byte
    while can_id:
        can_id, byte = divmod(can_id, 256)
        total += byte
    return total


def crc8_seal(data: bytes, polynomial: int) -> int:
    """CRC of 8 bits by long division; its first byte and the remainder are turned over."""
    word = int.from_bytes((data[0] ^ 0xFF, *data[1:], 0))
    while word > 0xFF:
        word ^= (0x100 | polynomial) << word.bit_length() - 9
    return word ^ 0xFF
