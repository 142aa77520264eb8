"""Bit-packed reading and writing, most significant bit first."""

from __future__ import annotations

__all__ = ["BitReader", "BitWriter", "EndOfBits", "group_count", "groups_of"]

_LONGEST_INTEGER = 100
"""Groups of seven bits: far more than any integer of a message needs (a certificate's serial number has 23)."""
_FLUSH = 2048


class EndOfBits(Exception):
    """More bits are wanted than there are, or an integer never ends."""


class BitReader:
    """Reads a byte string; ``position`` is the offset of the next bit."""

    def __init__(self, data: bytes, position: int = 0) -> None:
        self.data = data
        self.position = position
        self.end = 8 * len(data)

    @property
    def left(self) -> int:
        """Bits that were not read yet."""
        return self.end - self.position

    def bits(self, width: int) -> int:
        """The next *width* bits as a number.

        Raises:
            EndOfBits: there are fewer.
        """
        start, stop = self.position, self.position + width
        if stop > self.end:
            raise EndOfBits(f"{width} bits wanted, {self.left} left")
        self.position = stop
        last = (stop + 7) >> 3
        return int.from_bytes(self.data[start >> 3 : last], "big") >> (8 * last - stop) & ((1 << width) - 1)

    def octets(self, count: int) -> bytes:
        """The next *count* bytes, wherever in a byte they begin.

        Raises:
            EndOfBits: there are fewer.
        """
        if 8 * count > self.left:
            raise EndOfBits(f"{count} bytes wanted, {self.left // 8} left")
        return self.bits(8 * count).to_bytes(count, "big")

    def unsigned(self) -> tuple[int, int]:
        """An integer of variable length and the number of groups it was written in.

        Raises:
            EndOfBits: the stream ends within it, or it has more groups than any value of a message.
        """
        value = shift = 0
        for count in range(1, _LONGEST_INTEGER + 1):
            group = self.bits(8)
            value |= (group & 127) << shift
            if group < 128:
                return value, count
            shift += 7
        raise EndOfBits(f"integer of more than {_LONGEST_INTEGER} groups")


class BitWriter:
    """Collects bits; ``position`` is how many there are."""

    def __init__(self) -> None:
        self._done = bytearray()
        self._bits = 0
        self._count = 0

    @property
    def position(self) -> int:
        """Number of bits written."""
        return 8 * len(self._done) + self._count

    def bits(self, value: int, width: int) -> None:
        """Write *value* in *width* bits; it must fit."""
        self._bits = self._bits << width | value
        self._count += width
        if self._count >= _FLUSH:
            rest = self._count % 8
            self._done += (self._bits >> rest).to_bytes(self._count // 8, "big")
            self._bits &= (1 << rest) - 1
            self._count = rest

    def octets(self, data: bytes) -> None:
        """Write whole bytes."""
        self.bits(int.from_bytes(data, "big"), 8 * len(data))

    def unsigned(self, value: int) -> None:
        """Write a non-negative integer in groups of seven bits, least significant group first."""
        self.octets(groups_of(value))

    def finish(self) -> bytes:
        """Everything that was written, filled up with zeros to a whole byte."""
        padding = -self._count % 8
        return bytes(self._done) + (self._bits << padding).to_bytes((self._count + padding) // 8, "big")


def group_count(value: int) -> int:
    """Groups that the shortest form of *value* needs."""
    return max(1, (value.bit_length() + 6) // 7)


def groups_of(value: int) -> bytes:
    """*value* in groups of seven bits, least significant first, the high bit set in all but the last."""
    groups = bytearray()
    while value > 127:
        groups.append(value & 127 | 128)
        value >>= 7
    groups.append(value)
    return bytes(groups)
