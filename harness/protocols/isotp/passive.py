"""ISO-TP as a listener sees it: whole messages, and every frame that carries one, on any number of ways at once.

A listener does not know who waits for what. A message is complete when its bytes are there, and broken when a frame does not fit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from harness.core import Frame
from harness.protocols.isotp.frames import CLASSIC, Consecutive, First, FlowControl, Malformed, Single, parse, single_capacity

__all__ = ["Assembled", "Broken", "Listener", "Seen"]


@dataclass(frozen=True, slots=True)
class Seen:
    """One frame that carries a part of a message, or leave to send one."""

    t_ns: int
    frame: int
    """Number of the record."""
    pdu: First | Consecutive | FlowControl


@dataclass(frozen=True, slots=True)
class Assembled:
    """A whole message."""

    t_ns: int
    start_ns: int
    """End of its first frame."""
    data: bytes
    frames: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Broken:
    """A message that will not be complete, or a frame that is none."""

    t_ns: int
    frames: tuple[int, ...]
    text: str
    abandoned: bool = False
    """A new message began. Whether its sender had leave to go on a listener does not know."""


@dataclass(slots=True)
class _Reception:
    start_ns: int
    length: int
    data: bytearray
    frames: list[int] = field(default_factory=list)
    sequence: int = 0


class Listener:
    """Puts together the messages of every identifier that it is given frames of.

    Memory is bounded: of *max_open* messages under way at most, each of *longest* bytes at most, whatever a first frame announces.
    """

    def __init__(self, *, max_open: int = 256, longest: int = 1 << 16) -> None:
        self._receptions: dict[tuple[int, bool], _Reception] = {}
        """The one begun last stands at the end."""
        self._max_open, self._longest = max_open, longest

    def feed(self, t_ns: int, number: int, frame: Frame) -> Sequence[Seen | Assembled | Broken]:
        """What the frame with the record number *number* means."""
        key = (frame.can_id, frame.extended)
        match parse(frame.data):
            case Malformed(text):
                return (Broken(t_ns, (number,), text),)
            case Single(data):
                return (*self._dropped(key, t_ns), Assembled(t_ns, t_ns, data, (number,)))
            case FlowControl() as flow:
                return (Seen(t_ns, number, flow),)
            case First(length, data) as first:
                if length <= single_capacity(CLASSIC):
                    return (Broken(t_ns, (number,), f"first frame for {length} bytes, which fit a single one"),)
                if length > self._longest:
                    text = f"first frame for {length} bytes; no more than {self._longest} are put together"
                    return (*self._dropped(key, t_ns), Broken(t_ns, (number,), text))
                dropped = (*self._dropped(key, t_ns), *self._crowded_out(t_ns))
                self._receptions[key] = _Reception(t_ns, length, bytearray(data[:length]), [number])
                return (*dropped, Seen(t_ns, number, first))
            case Consecutive() as consecutive:
                return (Seen(t_ns, number, consecutive), *self._continued(key, t_ns, number, consecutive))

    def _continued(self, key: tuple[int, bool], t_ns: int, number: int, frame: Consecutive) -> Sequence[Assembled | Broken]:
        reception = self._receptions.get(key)
        if reception is None:
            return (Broken(t_ns, (number,), "consecutive frame without a first one"),)
        reception.frames.append(number)
        reception.sequence = (reception.sequence + 1) & 0x0F
        if frame.sequence != reception.sequence:
            del self._receptions[key]
            text = f"sequence number {frame.sequence} where {reception.sequence} belongs"
            return (Broken(t_ns, tuple(reception.frames), text),)
        reception.data += frame.data[: reception.length - len(reception.data)]
        if len(reception.data) < reception.length:
            return ()
        del self._receptions[key]
        return (Assembled(t_ns, reception.start_ns, bytes(reception.data), tuple(reception.frames)),)

    def _crowded_out(self, t_ns: int) -> Sequence[Broken]:
        if len(self._receptions) < self._max_open:
            return ()
        oldest = self._receptions.pop(next(iter(self._receptions)))
        text = f"{len(oldest.data)} of {oldest.length} bytes, given up: more than {self._max_open} messages are under way"
        return (Broken(t_ns, tuple(oldest.frames), text),)

    def _dropped(self, key: tuple[int, bool], t_ns: int) -> Sequence[Broken]:
        reception = self._receptions.pop(key, None)
        if reception is None:
            return ()
        text = f"{len(reception.data)} of {reception.length} bytes, then a new message began"
        return (Broken(t_ns, tuple(reception.frames), text, abandoned=True),)
