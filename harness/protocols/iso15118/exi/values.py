"""Values of simple types: how each is read and written, and what is remarkable about it.

A value outside its type is reported, not hidden: the reader gives it together with a finding, and the writer produces it on request
as far as the width of its code allows. :class:`Code` stands for a code of an enumeration that names no word.
"""

from __future__ import annotations

from dataclasses import dataclass

from harness.protocols.iso15118.exi.bits import BitReader, BitWriter, EndOfBits, group_count
from harness.protocols.iso15118.exi.errors import Reason
from harness.protocols.iso15118.exi.schema import SimpleType

__all__ = [
    "Code",
    "Remark",
    "Unreadable",
    "Unwritable",
    "Value",
    "ensure_left",
    "read_character",
    "read_value",
    "remark_on_length",
    "write_value",
]


@dataclass(frozen=True, slots=True)
class Code:
    """A raw code where an enumeration or a bounded integer stands."""

    number: int


Value = bool | int | str | bytes | Code

Remark = tuple[Reason, str]


class Unreadable(Exception):
    """The bits are no value of the type."""

    def __init__(self, reason: Reason, text: str) -> None:
        self.reason = reason
        self.text = text
        super().__init__(text)


class Unwritable(Exception):
    """The value has no bits in the type."""


def read_value(kind: SimpleType, bits: BitReader) -> tuple[Value, list[Remark]]:
    """The next value of a type other than string, and what is remarkable about it.

    Raises:
        EndOfBits: the stream ends within it.
    """
    width = kind.bits
    if kind.kind == "bool":
        return bits.bits(1) == 1, []
    if kind.kind == "enum":
        code = bits.bits(width or 0)
        if code >= len(kind.words):
            return Code(code), [(Reason.CODE, f"code {code} names no word of '{kind.name}' (it has {len(kind.words)})")]
        return kind.words[code], []
    if kind.kind == "int":
        return _read_integer(kind, bits)
    length, groups = bits.unsigned()
    data = bits.octets(length)
    return data, _remark_on_form(length, groups) + remark_on_length(kind, length, "bytes")


def _read_integer(kind: SimpleType, bits: BitReader) -> tuple[int, list[Remark]]:
    width = kind.bits
    if width is not None:
        value, remarks = (kind.low or 0) + bits.bits(width), []
    else:
        negative = not kind.unsigned and bits.bits(1) == 1
        magnitude, groups = bits.unsigned()
        value, remarks = -1 - magnitude if negative else magnitude, _remark_on_form(magnitude, groups)
    if not _in_range(kind, value):
        remarks.append((Reason.RANGE, f"{value} is outside {_bounds(kind)} of '{kind.name}'"))
    return value, remarks


def _remark_on_form(value: int, groups: int) -> list[Remark]:
    if groups == group_count(value):
        return []
    return [(Reason.FORM, f"{value} is written in {groups} groups, {group_count(value)} would do")]


def remark_on_length(kind: SimpleType, length: int, unit: str) -> list[Remark]:
    """What is remarkable about a text or binary value of *length*."""
    if (kind.low or 0) <= length and (kind.high is None or length <= kind.high):
        return []
    return [(Reason.LENGTH, f"{length} {unit}, '{kind.name}' has {_bounds(kind)}")]


def _in_range(kind: SimpleType, value: int) -> bool:
    return (kind.low is None or kind.low <= value) and (kind.high is None or value <= kind.high)


def _bounds(kind: SimpleType) -> str:
    low, high = ("" if bound is None else str(bound) for bound in (kind.low, kind.high))
    return low if low == high else f"{low}..{high}"


def write_value(kind: SimpleType, value: object, bits: BitWriter, *, allow_invalid: bool) -> None:
    """Write *value*; with *allow_invalid* also one outside the bounds, as far as there are bits for it.

    Raises:
        Unwritable: it is of the wrong type, outside the bounds, or there are no bits for it.
    """
    if isinstance(value, Code):
        _write_code(kind, value, bits, allow_invalid)
    elif kind.kind == "bool":
        if not isinstance(value, bool):
            raise Unwritable(f"{value!r} is no truth value")
        bits.bits(int(value), 1)
    elif kind.kind == "enum":
        if not isinstance(value, str) or value not in kind.words:
            raise Unwritable(f"{value!r} is no word of '{kind.name}' (have: {', '.join(kind.words)})")
        bits.bits(kind.words.index(value), kind.bits or 0)
    elif kind.kind == "int":
        _write_integer(kind, value, bits, allow_invalid)
    elif kind.kind == "string":
        _write_text(kind, value, bits, allow_invalid)
    else:
        _write_bytes(kind, value, bits, allow_invalid)


def _write_code(kind: SimpleType, value: Code, bits: BitWriter, allow_invalid: bool) -> None:
    width = kind.bits
    if not allow_invalid:
        raise Unwritable(f"{value} is only written where invalid values are allowed")
    if width is None or not 0 <= value.number < 1 << width:
        raise Unwritable(f"{value} does not fit '{kind.name}' ({'no fixed width' if width is None else f'{width} bits'})")
    bits.bits(value.number, width)


def _write_integer(kind: SimpleType, value: object, bits: BitWriter, allow_invalid: bool) -> None:
    if not isinstance(value, int) or isinstance(value, bool):
        raise Unwritable(f"{value!r} is no whole number")
    if not allow_invalid and not _in_range(kind, value):
        raise Unwritable(f"{value} is outside {_bounds(kind)} of '{kind.name}'")
    width = kind.bits
    if width is not None:
        offset = value - (kind.low or 0)
        if not 0 <= offset < 1 << width:
            raise Unwritable(f"{value} does not fit the {width} bits of '{kind.name}'")
        bits.bits(offset, width)
    elif kind.unsigned:
        if value < 0:
            raise Unwritable(f"{value} cannot be written: '{kind.name}' has no sign")
        bits.unsigned(value)
    else:
        bits.bits(int(value < 0), 1)
        bits.unsigned(-1 - value if value < 0 else value)


def _write_text(kind: SimpleType, value: object, bits: BitWriter, allow_invalid: bool) -> None:
    if not isinstance(value, str):
        raise Unwritable(f"{value!r} is no text")
    _refuse(remark_on_length(kind, len(value), "characters"), allow_invalid)
    bits.unsigned(len(value) + 2)
    for character in value:
        bits.unsigned(ord(character))


def _write_bytes(kind: SimpleType, value: object, bits: BitWriter, allow_invalid: bool) -> None:
    if not isinstance(value, bytes):
        raise Unwritable(f"{value!r} is no bytes value")
    _refuse(remark_on_length(kind, len(value), "bytes"), allow_invalid)
    bits.unsigned(len(value))
    bits.octets(value)


def _refuse(remarks: list[Remark], allow_invalid: bool) -> None:
    if remarks and not allow_invalid:
        raise Unwritable(remarks[0][1])


def read_character(bits: BitReader) -> tuple[str, list[Remark]]:
    """One character of a text.

    Raises:
        EndOfBits: the stream ends within it.
        Unreadable: there is no such character.
    """
    number, groups = bits.unsigned()
    if number > 0x10FFFF or 0xD800 <= number <= 0xDFFF:
        raise Unreadable(Reason.TEXT, f"character number {number} does not exist")
    return chr(number), _remark_on_form(number, groups)


def ensure_left(bits: BitReader, count: int) -> None:
    """Refuse a length that the rest of the stream cannot hold, before anything of that length is made.

    Raises:
        EndOfBits: fewer than *count* bytes are left.
    """
    if 8 * count > bits.left:
        raise EndOfBits(f"{count} characters wanted, {bits.left // 8} bytes left")
