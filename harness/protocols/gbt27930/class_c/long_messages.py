"""Long messages of class C put together by a listener.

Part 0 announces how many parts and bytes follow, parts 1 to n carry seven bytes each. Parts may be repeated. A new
announcement of the same sender, or the end of the trace, ends one that is not complete.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from harness.protocols.gbt27930.messages import Party

__all__ = ["PART_BYTES", "LongMessage", "LongMessages", "Outcome", "parts_of"]

PART_BYTES = 7
MAX_LENGTH = 255 * PART_BYTES


@dataclass(slots=True)
class LongMessage:
    """One that is announced."""

    sender: Party
    parts: int
    length: int
    start_ns: int
    frames: list[int]
    received: dict[int, bytes] = field(default_factory=dict)

    @property
    def data(self) -> bytes:
        """Its content as far as it is there."""
        return b"".join(self.received[number] for number in sorted(self.received))[: self.length]

    @property
    def missing(self) -> tuple[int, ...]:
        """Numbers of the parts that did not come."""
        return tuple(number for number in range(1, self.parts + 1) if number not in self.received)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a part led to."""

    message: LongMessage | None
    """``None`` for a part whose announcement was not seen."""
    problem: str = ""
    """Empty: the message is complete."""


class LongMessages:
    """The open long messages of one link, at most one per sender."""

    def __init__(self) -> None:
        self._open: dict[Party, LongMessage] = {}

    def announce(self, sender: Party, data: bytes, t_ns: int, frame: int) -> list[Outcome]:
        """Part 0 was seen."""
        out = self._give_up(sender, "announced again before it was complete")
        message = LongMessage(sender, data[1], int.from_bytes(data[2:4], "little"), t_ns, [frame])
        needed = -(-message.length // PART_BYTES)
        if not 0 < message.length <= MAX_LENGTH or message.parts != needed:
            text = f"announces {message.length} bytes in {message.parts} parts"
            return [*out, Outcome(message, text + (f", {needed} needed" if 0 < message.length <= MAX_LENGTH else ""))]
        self._open[sender] = message
        return out

    def part(self, sender: Party, data: bytes, frame: int) -> list[Outcome]:
        """A part with content was seen."""
        message = self._open.get(sender)
        if message is None:
            return [Outcome(None, f"part {data[0]}: its announcement was not seen")]
        if data[0] > message.parts:
            return [Outcome(message, f"part {data[0]} of {message.parts}")]
        message.received[data[0]] = data[1:]
        message.frames.append(frame)
        if message.missing:
            return []
        del self._open[sender]
        return [Outcome(message)]

    def finish(self) -> list[Outcome]:
        """The trace ends here."""
        return [outcome for sender in tuple(self._open) for outcome in self._give_up(sender, "the trace ends before it is complete")]

    def _give_up(self, sender: Party, text: str) -> list[Outcome]:
        message = self._open.pop(sender, None)
        return [] if message is None else [Outcome(message, f"{text} ({len(message.received)} of {message.parts} parts seen)")]


def parts_of(content: bytes) -> list[bytes]:
    """The frames that carry *content*, the announcement first."""
    parts = [content[at : at + PART_BYTES] for at in range(0, len(content), PART_BYTES)]
    announcement = bytes((0, len(parts))) + len(content).to_bytes(2, "little")
    return [announcement.ljust(8, b"\xff"), *(bytes((number,)) + part.ljust(PART_BYTES, b"\xff") for number, part in enumerate(parts, 1))]
