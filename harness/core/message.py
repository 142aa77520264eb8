"""Decoded messages: what a standard's decoder makes of the PDUs of a link."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from harness.core.trace import Record

__all__ = ["Decoder", "Message", "Value"]

Value = int | float | str | bytes | None


class Message:
    """One decoded message. ``message["signal"]`` gives a physical value; values are decoded on first use."""

    __slots__ = ("_values", "data", "frames", "link", "name", "note", "sender", "start_ns", "t_ns")

    def __init__(
        self,
        name: str,
        t_ns: int,
        values: Mapping[str, Value] | Callable[[], Mapping[str, Value]],
        *,
        data: bytes = b"",
        start_ns: int | None = None,
        frames: Sequence[int] = (),
        link: str = "",
        sender: str = "",
        note: str = "",
    ) -> None:
        self.name = name
        """Name in the spelling of the standard (``BHM``); ``BRM.RTS`` announces a multi-packet ``BRM``."""
        self.t_ns = t_ns
        """Completion: end of its last frame."""
        self.start_ns = t_ns if start_ns is None else start_ns
        """End of its first frame; equal to ``t_ns`` for a single frame."""
        self.data = data
        """Payload as sent."""
        self.frames = tuple(frames)
        """Frame numbers (``Record.number``) it is made of."""
        self.link = link
        self.sender = sender
        """Party of the standard that sent it, by its address (``charger``, ``vehicle``)."""
        self.note = note
        """What the decoder has to remark, for example a length that the edition does not know."""
        self._values = values

    @property
    def values(self) -> Mapping[str, Value]:
        """Signals by name, physical values in the unit of the database."""
        if callable(self._values):
            self._values = self._values()
        return self._values

    def __getitem__(self, signal: str) -> Value:
        try:
            return self.values[signal]
        except KeyError:
            raise KeyError(f"{self.name} has no signal '{signal}' (have: {', '.join(self.values)})") from None

    def number(self, signal: str) -> float:
        """A signal that must be a number.

        Raises:
            TypeError: the signal is text, bytes or not supplied.
        """
        value = self[signal]
        if not isinstance(value, int | float):
            raise TypeError(f"{self.name}.{signal} is {value!r}, not a number")
        return value

    def __repr__(self) -> str:
        return f"Message({self.name} t={self.t_ns / 1e9:.6f} s, frames {self.frames[:1]}..{self.frames[-1:]})"


class Decoder(Protocol):
    """Turns the records of a link into messages, one record at a time, keeping transport state."""

    def feed(self, record: Record) -> Sequence[Message]:
        """Messages that this record completes or announces, in order; empty if none."""
        ...
