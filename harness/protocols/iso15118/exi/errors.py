"""What can go wrong with an EXI stream: where (bit and element), and why."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from harness.core.errors import LocalProtocolError, RemoteProtocolError

__all__ = ["ExiDecodeError", "ExiEncodeError", "Finding", "Reason"]


class Reason(Enum):
    """Why a stream cannot be read, or what is remarkable about one that can."""

    HEADER = "header"
    """The first byte is not that of a stream without options."""
    ROOT = "root"
    """The first event code names no message."""
    DEVIATION = "deviation"
    """An event of the second level: content that the schema does not have at this place."""
    WILDCARD = "wildcard"
    """An element at a place where the schema allows any."""
    ABSTRACT = "abstract"
    """An element for which only one of its substitutes may stand."""
    SHORT = "short"
    """The stream ends within the message."""
    RANGE = "range"
    """A value outside the bounds of its type."""
    CODE = "code"
    """The code of an enumeration names no word."""
    LENGTH = "length"
    """A text or binary value of a length that its type does not have."""
    TEXT = "text"
    """A character that does not exist, or a reference to a text that was not sent before."""
    FORM = "form"
    """A value that is written longer than needed."""
    REPEATED_TEXT = "repeated text"
    """A text sent as a reference to an earlier one; allowed, but unusual."""
    PADDING = "padding"
    """The last byte is filled up with something else than zeros."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something remarkable in a stream that could be read."""

    reason: Reason
    bit: int
    """Offset from the beginning of the stream, header included."""
    path: str
    text: str

    def __str__(self) -> str:
        return f"EXI bit {self.bit}, {self.path}: {self.text}"


class ExiDecodeError(RemoteProtocolError):
    """A payload is no message of the schema; ``pdu`` is the payload."""

    def __init__(self, reason: Reason, bit: int, path: str, text: str, payload: bytes = b"") -> None:
        self.reason = reason
        self.bit = bit
        self.path = path
        self.text = text
        super().__init__(f"EXI bit {bit}, {path or 'start of the stream'}: {text}", payload)


class ExiEncodeError(LocalProtocolError):
    """A document does not fit the schema; ``path`` names the element."""

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.text = text
        super().__init__(f"{path or 'document'}: {text}")
