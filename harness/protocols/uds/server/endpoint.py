"""A server on its way over CAN: ISO-TP below, the server above."""

from __future__ import annotations

from dataclasses import replace

from harness.core import Frame
from harness.protocols.isotp import ISO_15765_2, IsoTpFaults, IsoTpTiming, Received, Started, Transport
from harness.protocols.uds.addressing import from_unit, is_eleven_bit, to_all
from harness.protocols.uds.server.server import Server

__all__ = ["Endpoint"]

_MOST_WAITING = 8
"""Answers that wait for the one on its way; further ones are dropped."""


class Endpoint:
    """Frames in, frames out, under the identifiers of an address (``harness.protocols.uds.addressing``)."""

    def __init__(
        self,
        server: Server,
        address: int,
        *,
        tester: int = 0xF1,
        faults: IsoTpFaults | None = None,
        timing: IsoTpTiming = ISO_15765_2,
        padding: int | None = 0xCC,
        longest: int = 4095,
        takes_short_frames: bool = True,
        also_at: frozenset[int] = frozenset(),
    ) -> None:
        """*also_at* are further target addresses that it takes for its own."""
        self.server = server
        self._takes_short_frames, self._also_at = takes_short_frames, also_at
        self._address, self._tester = address, tester
        self._transport = Transport(
            from_unit(address, tester),
            from_all=to_all(address, tester),
            faults=faults or IsoTpFaults(),
            timing=timing,
            padding=padding,
            longest=longest,
        )
        self._waiting: list[bytes] = []
        self._is_on = False

    def start(self, now_ns: int) -> None:
        """Power comes, or the unit starts anew."""
        self.stop()
        self._is_on = True
        self.server.start(now_ns)

    def stop(self) -> None:
        """Power goes."""
        self._is_on = False
        self._transport.abort()
        self._transport.events()
        self._waiting.clear()

    def receive(self, now_ns: int, frame: Frame) -> list[Frame]:
        """A frame of the bus."""
        if not self._is_on or (not self._takes_short_frames and len(frame.data) < 8):
            return []
        return self._moved(now_ns, self._transport.receive(now_ns, self._own(frame)))

    def next_deadline_ns(self) -> int | None:
        """When ``handle_timers`` wants to be called."""
        if not self._is_on:
            return None
        server = None if self._transport.is_sending and not self.server.is_working else self.server.next_deadline_ns()
        return min((each for each in (self._transport.next_deadline_ns(), server) if each is not None), default=None)

    def handle_timers(self, now_ns: int) -> list[Frame]:
        """Do what is due."""
        if not self._is_on:
            return []
        frames = self._moved(now_ns, self._transport.handle_timers(now_ns))
        if self._transport.is_sending and not self.server.is_working:
            return frames
        frames += self._say(now_ns, self.server.handle_timers(now_ns)) if self._is_on else []
        return frames

    def _own(self, frame: Frame) -> Frame:
        """*frame*, under the own address if it stands under one that is taken for it."""
        if not self._also_at:
            return frame
        if is_eleven_bit(self._address):
            return replace(frame, can_id=self._address) if not frame.extended and frame.can_id in self._also_at else frame
        if frame.can_id >> 16 == 0x18DA and frame.can_id >> 8 & 0xFF in self._also_at:
            return Frame(frame.can_id & ~0xFF00 | self._address << 8, frame.data, extended=frame.extended)
        return frame

    def _moved(self, now_ns: int, frames: list[Frame]) -> list[Frame]:
        out = list(frames)
        is_sending = self._transport.is_sending
        for event in self._transport.events():
            if isinstance(event, Started):
                self.server.heard(now_ns)
            elif isinstance(event, Received):
                out += self._say(now_ns, self.server.receive(now_ns, event.data, functional=event.functional))
            elif not is_sending:
                self.server.heard(now_ns)
        if self._waiting and not self._transport.is_sending:
            out += self._say(now_ns, [])
        return out

    def _say(self, now_ns: int, answers: list[bytes]) -> list[Frame]:
        self._waiting = [*self._waiting, *answers][:_MOST_WAITING]
        out: list[Frame] = []
        while self._waiting and not self._transport.is_sending:
            out += self._transport.send(now_ns, self._waiting.pop(0))
        return out
