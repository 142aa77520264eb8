"""Where the signals of a message lie and what their numbers mean, read from a DBC file through cantools.

Besides the usual parts of a DBC the reader knows four attributes of signals: ``Presence`` (mandatory, optional, reserved),
``Content`` (number, bytes), ``SPN`` and ``Protection`` (a word for a counter or a checksum). Scales are exact fractions, so
that 0.1 is a tenth.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from harness.core.errors import ConfigError
from harness.core.message import Value
from harness.core.problems import Problem

if TYPE_CHECKING:
    from cantools.database import Database
    from cantools.database.can import Message as DbcMessage
    from cantools.database.can import Signal as DbcSignal

__all__ = ["Content", "MessageLayout", "Presence", "SignalLayout", "read_layouts"]


class Content(enum.StrEnum):
    """What a signal decodes to."""

    NUMBER = "number"
    BYTES = "bytes"
    """Text or opaque octets, in the order of the wire."""


class Presence(enum.StrEnum):
    """Whether a sender must supply a value; bits without a value are sent as 1."""

    MANDATORY = "mandatory"
    OPTIONAL = "optional"
    RESERVED = "reserved"


@dataclass(frozen=True, slots=True)
class SignalLayout:
    """One little-endian signal: physical = raw x scale + offset."""

    name: str
    start: int
    """Lowest bit, counted from bit 0 of byte 0."""
    size: int
    """Bits."""
    signed: bool = False
    scale: Fraction = Fraction(1)
    offset: Fraction = Fraction(0)
    minimum: Fraction = Fraction(0)
    """Smallest physical value that a sender may encode."""
    maximum: Fraction = Fraction(0)
    unit: str = ""
    content: Content = Content.NUMBER
    presence: Presence = Presence.MANDATORY
    choices: Mapping[int, str] = field(default_factory=dict)
    """Words for raw values."""
    spn: int | None = None
    protection: str = ""
    """Which counter or checksum it is; empty: none."""
    comment: str = ""

    @property
    def needs(self) -> int:
        """Payload bytes that must be there for the signal to be complete."""
        return (self.start + self.size + 7) // 8

    @property
    def mask(self) -> int:
        """As many ones as the signal has bits."""
        return (1 << self.size) - 1

    @property
    def raw_range(self) -> tuple[int, int]:
        """Smallest and largest raw value that the bits hold."""
        return (-(1 << self.size - 1), (1 << self.size - 1) - 1) if self.signed else (0, self.mask)

    def text(self, value: Value) -> str:
        """*value* for a reader, with its unit or its word."""
        if value is None:
            return "not supplied"
        if isinstance(value, bytes):
            return value.decode("ascii") if value.isascii() and value.decode("ascii").isprintable() else value.hex(" ").upper()
        if isinstance(value, int) and (word := self.choices.get(value)):
            return f"{word} ({value})"
        return f"{value} {self.unit}".rstrip()


@dataclass(frozen=True, slots=True)
class MessageLayout:
    """One message of a database."""

    name: str
    can_id: int
    length: int
    """Payload bytes, the largest number if the message may be shorter."""
    signals: tuple[SignalLayout, ...]
    """In the order of their first bit."""
    sender: str = ""
    cycle_ms: int | None = None
    comment: str = ""
    unsupported: str = ""
    """Why the codec cannot handle it; empty if it can."""

    def signal(self, name: str) -> SignalLayout:
        """The signal *name*.

        Raises:
            KeyError: the message has no such signal.
        """
        for signal in self.signals:
            if signal.name == name:
                return signal
        raise KeyError(f"{self.name} has no signal '{name}'")


def read_layouts(dbc: Path) -> dict[str, MessageLayout]:
    """Every message of the file by its name.

    Raises:
        ConfigError: the file cannot be read, is no DBC, or describes signals that overlap or leave their message.
    """
    database = _load(dbc)
    layouts = {message.name: _message(message) for message in database.messages}
    problems = [Problem(text, dbc) for layout in layouts.values() for text in _faults(layout)]
    if problems:
        raise ConfigError(problems)
    return layouts


def _load(dbc: Path) -> Database:
    # Imported here because it takes longer than everything else a command needs to start.
    from cantools.database import load_string
    from cantools.database.can import Database
    from cantools.database.errors import Error

    try:
        # cantools' own search for overlaps takes seconds for a message of 512 bytes; _faults needs no time for it.
        database = load_string(dbc.read_text("utf-8"), "dbc", strict=False)
    except OSError as error:
        raise ConfigError(Problem(f"cannot be read: {error.strerror}", dbc)) from error
    except (Error, UnicodeDecodeError) as error:
        raise ConfigError(Problem(f"cannot be read as a DBC file: {error}", dbc)) from error
    assert isinstance(database, Database)
    return database


def _message(message: DbcMessage) -> MessageLayout:
    return MessageLayout(
        name=message.name,
        can_id=message.frame_id,
        length=message.length,
        signals=tuple(_signal(signal) for signal in sorted(message.signals, key=lambda signal: signal.start)),
        sender=message.senders[0] if message.senders else "",
        cycle_ms=message.cycle_time,
        comment=message.comment or "",
        unsupported=_unsupported(message),
    )


def _unsupported(message: DbcMessage) -> str:
    if message.is_multiplexed():
        return "it is multiplexed"
    for signal in message.signals:
        if signal.byte_order != "little_endian":
            return f"signal '{signal.name}' is big-endian"
        if signal.conversion.is_float:
            return f"signal '{signal.name}' is a floating-point number"
    return ""


def _signal(signal: DbcSignal) -> SignalLayout:
    scale, offset = (Fraction(str(number)) for number in (signal.conversion.scale, signal.conversion.offset))
    bare = SignalLayout(signal.name, signal.start, signal.length, signal.is_signed)
    ends = sorted(raw * scale + offset for raw in bare.raw_range)
    return SignalLayout(
        name=signal.name,
        start=signal.start,
        size=signal.length,
        signed=signal.is_signed,
        scale=scale,
        offset=offset,
        minimum=ends[0] if signal.minimum is None else max(ends[0], Fraction(str(signal.minimum))),
        maximum=ends[1] if signal.maximum is None else min(ends[1], Fraction(str(signal.maximum))),
        unit=signal.unit or "",
        content=tuple(Content)[_attribute(signal, "Content")],
        presence=tuple(Presence)[_attribute(signal, "Presence")],
        choices={int(raw): str(word) for raw, word in (signal.conversion.choices or {}).items()},
        spn=signal.spn or None,
        protection=_text(signal, "Protection"),
        comment=signal.comment or "",
    )


def _attribute(signal: DbcSignal, name: str) -> int:
    """Index of an enumerated attribute, 0 (its first word) if the signal does not have it."""
    attributes = signal.dbc.attributes if signal.dbc else {}
    return int(attributes[name].value) if name in attributes else 0


def _text(signal: DbcSignal, name: str) -> str:
    """A text attribute, empty if the signal does not have it."""
    attributes = signal.dbc.attributes if signal.dbc else {}
    return str(attributes[name].value) if name in attributes else ""


def _faults(layout: MessageLayout) -> Iterable[str]:
    if layout.unsupported:
        return
    taken = 0
    for signal in layout.signals:
        bits = signal.mask << signal.start
        if signal.needs > layout.length:
            yield f"{layout.name}.{signal.name} ends in byte {signal.needs} of a message of {layout.length} bytes"
        if taken & bits:
            yield f"{layout.name}.{signal.name} overlaps another signal of the message"
        if signal.content is Content.BYTES and (signal.start % 8 or signal.size % 8):
            yield f"{layout.name}.{signal.name} has the content 'bytes' but does not fill whole bytes"
        taken |= bits
