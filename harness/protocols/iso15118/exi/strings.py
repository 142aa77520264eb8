"""Texts of a stream: literals, and references to texts that were sent before in the same stream."""

from __future__ import annotations

from harness.protocols.iso15118.exi.bits import BitReader
from harness.protocols.iso15118.exi.errors import Reason
from harness.protocols.iso15118.exi.schema import QName, SimpleType, width_of
from harness.protocols.iso15118.exi.values import Remark, Unreadable, ensure_left, read_character, remark_on_length

__all__ = ["StringTable"]

_LOCAL, _GLOBAL, _LITERAL = 0, 1, 2
"""What the first number of a text means: a reference to the same element, one to any element, the length plus two."""


class StringTable:
    """The texts that a stream has carried so far, of every element and of each."""

    def __init__(self) -> None:
        self._global: list[str] = []
        self._local: dict[QName, list[str]] = {}

    def read(self, kind: SimpleType, name: QName, bits: BitReader) -> tuple[str, list[Remark]]:
        """The next text, the value of the element or attribute *name*.

        Raises:
            EndOfBits: the stream ends within it.
            Unreadable: a reference to nothing, or a character that does not exist.
        """
        first, _ = bits.unsigned()
        if first < _LITERAL:
            return self._refer(kind, name, bits, first)
        text, remarks = _literal(first - _LITERAL, bits)
        remarks += remark_on_length(kind, len(text), "characters")
        if text:
            self._global.append(text)
            self._local.setdefault(name, []).append(text)
        return text, remarks

    def _refer(self, kind: SimpleType, name: QName, bits: BitReader, first: int) -> tuple[str, list[Remark]]:
        known = self._local.get(name, []) if first == _LOCAL else self._global
        where = "of the same element" if first == _LOCAL else "of the stream"
        number = bits.bits(width_of(len(known))) if known else 0
        if number >= len(known):
            raise Unreadable(Reason.TEXT, f"refers to text {number} {where}, which has sent {len(known)}")
        remarks = [(Reason.REPEATED_TEXT, f"sent as a reference to text {number} {where}")]
        return known[number], remarks + remark_on_length(kind, len(known[number]), "characters")


def _literal(length: int, bits: BitReader) -> tuple[str, list[Remark]]:
    ensure_left(bits, length)
    start = bits.position
    data = bits.octets(length)
    if data.isascii():
        return data.decode("ascii"), []
    bits.position = start
    characters: list[str] = []
    remarks: list[Remark] = []
    for _ in range(length):
        character, remark = read_character(bits)
        characters.append(character)
        remarks += remark
    return "".join(characters), remarks
