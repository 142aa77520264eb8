"""The transport sessions of a link: broadcasts and connections, what they carried and what became of them."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass, field

from harness.core.message import Message
from harness.protocols.j1939.listener import group_name

__all__ = ["Fate", "Transfer", "transfers_of"]

_PATIENCE_NS = 1_250_000_000
"""After so long without a frame the sender has given up (T3), although nobody said so."""


class Fate(enum.StrEnum):
    """What became of a transfer."""

    COMPLETE = "complete"
    BROKEN = "broken"
    ABORTED = "aborted"
    REFUSED = "refused"
    """Nobody gave leave to send."""
    CUT_OFF = "cut off"
    """The recording ends in it."""


@dataclass(slots=True)
class Transfer:
    """One transport session."""

    kind: str
    """``BAM`` or ``RTS``."""
    pgn: int
    source: int
    destination: int
    length: int
    packets: int
    start_ns: int
    frame: int
    """Number of the announcement."""
    end_ns: int
    seen: int = 0
    """Packets that came, repetitions included."""
    grants: int = 0
    fate: Fate = Fate.CUT_OFF
    note: str = ""
    data: bytes = b""
    steps: list[tuple[int, int]] = field(default_factory=list)
    """Frame number and instant of the announcement and of each packet."""

    @property
    def name(self) -> str:
        """What it carries."""
        return group_name(self.pgn)

    def spacing(self) -> list[tuple[int, int]]:
        """Distance from one packet to the next, each with the frame that ends it; from the announcement to the first one too."""
        return [(later - earlier, frame) for (_, earlier), (frame, later) in zip(self.steps, self.steps[1:], strict=False)]


def transfers_of(messages: Sequence[Message], end_ns: int) -> list[Transfer]:
    """All transport sessions of a link whose trace ends at *end_ns*, by their announcement."""
    follower = _Follower()
    for message in messages:
        follower.see(message)
    return follower.finish(end_ns)


class _Follower:
    def __init__(self) -> None:
        self._all: dict[int, Transfer] = {}
        """By the frame of the announcement."""
        self._open: dict[tuple[object, object], list[Transfer]] = {}
        """By sender and receiver, the latest last."""

    def see(self, message: Message) -> None:
        values = message.values
        way = values.get("source"), values.get("destination")
        back = way[::-1]
        match message.name:
            case "TP.BAM" | "TP.RTS":
                self._announced(message)
            case "TP.DT":
                self._packet(message, way)
            case "TP.CTS" if (found := self._find(back, values["about"])) and values["packets"]:
                found.grants += 1
                found.end_ns = message.t_ns
            case "TP.ABORT" if "about" in values:
                found = self._find(way, values["about"]) or self._find(back, values["about"])
                if found is not None:
                    self._close(found, Fate.ABORTED, message.t_ns, f"by {_hex(values['source'])}, reason {_number(message, 'reason')}")
            case "TP.ERROR" if "about" in values and message.frames:
                self._broken(message)
            case _ if len(message.frames) > 1 and (found := self._all.get(message.frames[0])) is not None:
                found.data = message.data
                self._close(found, Fate.COMPLETE, message.t_ns, message.note)

    def finish(self, end_ns: int) -> list[Transfer]:
        for group in self._open.values():
            for transfer in group:
                if end_ns - transfer.end_ns > _PATIENCE_NS:
                    transfer.fate = Fate.REFUSED if transfer.kind == "RTS" and not transfer.grants and not transfer.seen else Fate.BROKEN
                    transfer.note = transfer.note or "nothing followed"
        return list(self._all.values())

    def _announced(self, message: Message) -> None:
        values, frame = message.values, message.frames[0]
        kind = message.name.removeprefix("TP.")
        pgn, source, destination = _number(message, "about"), _number(message, "source"), _number(message, "destination")
        length, packets = _number(message, "length"), _number(message, "packets")
        transfer = Transfer(kind, pgn, source, destination, length, packets, message.t_ns, frame, message.t_ns)
        transfer.steps.append((frame, message.t_ns))
        self._all[frame] = transfer
        self._open.setdefault((values["source"], values["destination"]), []).append(transfer)

    def _packet(self, message: Message, way: tuple[object, object]) -> None:
        group = self._open.get(way)
        if group:
            group[-1].seen += 1
            group[-1].end_ns = message.t_ns
            group[-1].steps.append((message.frames[0], message.t_ns))

    def _broken(self, message: Message) -> None:
        found = self._all.get(message.frames[0])
        if found is None or found.fate is Fate.COMPLETE:
            return
        refused = message.values.get("cause") == "not_granted"
        self._close(found, Fate.REFUSED if refused else Fate.BROKEN, found.end_ns, message.note.partition(": ")[2] or message.note)

    def _find(self, way: tuple[object, object], pgn: object) -> Transfer | None:
        return next((transfer for transfer in reversed(self._open.get(way, [])) if transfer.pgn == pgn), None)

    def _close(self, transfer: Transfer, fate: Fate, t_ns: int, note: str) -> None:
        transfer.fate, transfer.note, transfer.end_ns = fate, note, t_ns
        group = self._open.get((transfer.source, transfer.destination), [])
        if transfer in group:
            group.remove(transfer)


def _number(message: Message, name: str) -> int:
    value = message.values.get(name)
    return value if isinstance(value, int) else 0


def _hex(value: object) -> str:
    return f"{value:02X}" if isinstance(value, int) else "?"
