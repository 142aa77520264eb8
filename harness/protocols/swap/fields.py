"""Signals of a profile as words and physical numbers: what stands between the names of the suite and the bits of a frame."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from harness.core.errors import LocalProtocolError
from harness.core.message import Value
from harness.core.problems import did_you_mean
from harness.protocols.dbc import MessageLayout, SignalLayout
from harness.protocols.swap.checksums import CHECKSUMS, Checksum
from harness.protocols.swap.words import Kind

__all__ = ["CHECK", "COUNTER", "Field", "Form"]

COUNTER, CHECK = "Counter", "Check"
_GUARD = (COUNTER, CHECK)
_MOST_KNOWN = 64
_ERROR = "error"
_SMALLEST_WITH_ERROR = 8
"""Bits from which a quantity has an error indicator."""


@dataclass(frozen=True, eq=False)
class Field:
    """One signal under the name of its role."""

    role: str
    signal: SignalLayout
    kind: str
    """A ``Kind``, or the name of a word set."""
    words: Mapping[str, int]
    """Raw number of every word; empty for a signal that is no enumeration."""

    @cached_property
    def _by_raw(self) -> Mapping[int, str]:
        return {raw: word for word, raw in self.words.items()}

    @cached_property
    def _scale(self) -> tuple[float, float]:
        return float(self.signal.scale), float(self.signal.offset)

    def value(self, raw: int) -> Value:
        """What *raw* says; a number of an enumeration that has no word is ``undefined_<number>``."""
        if self.words:
            return self._by_raw.get(raw) or f"undefined_{raw}"
        ones = self.signal.mask
        match self.kind:
            case Kind.CODE:
                return raw
            case Kind.TEXT:
                text = raw.to_bytes(self.signal.size // 8, "little").rstrip(b"\xff")
                return "".join(chr(byte) if 32 <= byte < 127 else "?" for byte in text)
            case Kind.LETTER:
                return None if raw == ones else chr(raw) if 32 <= raw < 127 else "?"
        if raw == ones:
            return None
        if raw == ones - 1 and self.signal.size >= _SMALLEST_WITH_ERROR:
            return _ERROR
        scale = self.signal.scale
        return raw * scale.numerator / scale.denominator + self._scale[1]

    def raw(self, value: object) -> int:
        """The number that says *value*; ``None`` is all ones.

        Raises:
            LocalProtocolError: there is none.
        """
        if value is None:
            return self.signal.mask
        if self.words:
            try:
                return self.words[value]  # type: ignore[index]
            except (KeyError, TypeError):
                raise LocalProtocolError(f"{self.role} has no word {value!r}{did_you_mean(str(value), self.words)}") from None
        if isinstance(value, str):
            return self._raw_of_text(value)
        if not isinstance(value, int | float):
            raise LocalProtocolError(f"{self.role}: {value!r} is no number")
        scale, offset = self._scale
        raw = value if self.kind == Kind.CODE and isinstance(value, int) else round((value - offset) / scale)
        if not 0 <= raw <= self.signal.mask:
            raise LocalProtocolError(f"{self.role}: {value!r} does not fit {self.signal.size} bits")
        return raw

    def _raw_of_text(self, value: str) -> int:
        size = self.signal.size // 8
        if self.kind == Kind.QUANTITY and value == _ERROR and self.signal.size >= _SMALLEST_WITH_ERROR:
            return self.signal.mask - 1
        if self.kind not in (Kind.TEXT, Kind.LETTER) or len(value) > size or not value.isascii():
            raise LocalProtocolError(f"{self.role}: {value!r} does not fit a {self.kind} of {self.signal.size} bits")
        return int.from_bytes(value.encode("ascii").ljust(size, b"\xff"), "little")


@dataclass(frozen=True, eq=False)
class Form:
    """One message: which bits carry which role, and how it is guarded."""

    role: str
    layout: MessageLayout
    fields: Mapping[str, Field]
    checksum: str = ""
    """Name of the algorithm, empty for none."""

    @property
    def is_long(self) -> bool:
        """Whether it needs the transport protocol."""
        return self.layout.length > 8

    @cached_property
    def _function(self) -> Checksum | None:
        return CHECKSUMS[self.checksum][0] if self.checksum and CHECK in self.fields else None

    @cached_property
    def modulus(self) -> int:
        """Values of its counter, 0 if it has none."""
        return self.fields[COUNTER].signal.mask + 1 if COUNTER in self.fields else 0

    def pack(self, can_id: int, values: Mapping[str, object], counter: int) -> bytes:
        """Payload with counter and checksum; bits without a value are 1. A value for either of these two goes before what is computed.

        Raises:
            LocalProtocolError: the message has no such signal, or a signal no such value.
        """
        length = self.layout.length
        if self.modulus and COUNTER not in values:
            values = {**values, COUNTER: counter % self.modulus}
        total = self._raw(values, (1 << 8 * length) - 1)
        if self._function is not None and CHECK not in values:
            sent = counter if (own := values.get(COUNTER)) is None else int(own)  # type: ignore[call-overload]
            total = self._raw({CHECK: self._function(can_id, total.to_bytes(length, "little"), sent)}, total)
        return total.to_bytes(length, "little")

    @cached_property
    def _places(self) -> Mapping[str, tuple[Field, int, int]]:
        """Every field with its first bit and its mask."""
        return {role: (field, field.signal.start, field.signal.mask) for role, field in self.fields.items()}

    def _raw(self, values: Mapping[str, object], total: int) -> int:
        """*total* with the bits of *values* in their places."""
        places = self._places
        for role, value in values.items():
            if role not in places:
                raise LocalProtocolError(f"{self.role} of this profile has no signal '{role}'{did_you_mean(role, self.fields)}")
            field, start, mask = places[role]
            total = total & ~(mask << start) | field.raw(value) << start
        return total

    def unpack(self, data: bytes) -> dict[str, Value]:
        """Values of a payload of the right length."""
        total = int.from_bytes(data, "little")
        content = total | self._guard
        known = self._known.get(content)
        if known is None:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            known = self._known[content] = {
                role: field.value(content >> start & mask) for role, (field, start, mask) in self._places.items()
            }
        fresh = {role: total >> start & mask for role, (_, start, mask) in self._places.items() if role in _GUARD}
        return {**known, **fresh}

    @cached_property
    def _guard(self) -> int:
        """The bits of counter and checksum."""
        return sum(mask << start for role, (_, start, mask) in self._places.items() if role in _GUARD)

    @cached_property
    def _known(self) -> dict[int, dict[str, Value]]:
        """What the last payloads said, their guard left out: a status says the same many times in a row."""
        return {}

    @cached_property
    def _reserved(self) -> int:
        """Bits that carry no signal."""
        used = sum(signal.mask << signal.start for signal in self.layout.signals)
        return ((1 << 8 * self.layout.length) - 1) & ~used

    def reserved(self, data: bytes) -> str:
        """``ones`` if every bit of *data* without a signal is 1, else those bits in hex digits."""
        left = int.from_bytes(data, "little") & self._reserved
        return "ones" if left == self._reserved else left.to_bytes(len(data), "little").hex(" ").upper()

    def is_intact(self, can_id: int, data: bytes) -> bool:
        """Whether the checksum of *data* is right; true for a message without one."""
        if self._function is None:
            return True
        total = int.from_bytes(data, "little")
        check, counter = self.fields[CHECK].signal, self.fields[COUNTER].signal
        bare = total | check.mask << check.start
        wanted = self._function(can_id, bare.to_bytes(len(data), "little"), total >> counter.start & counter.mask)
        return total >> check.start & check.mask == wanted
