"""The simulated CAN bus: arbitration by identifier, exact frame times, one frame at a time."""

from __future__ import annotations

import heapq

from harness.bench.kernel import Attachment, Kernel
from harness.core import Frame, LocalProtocolError, Pdu
from harness.protocols.canbus.bits import INTERFRAME_BITS, arbitration_key, count_bits

__all__ = ["CanLink"]

_NS = 1_000_000_000
_KNOWN_FRAMES = 8192


class CanLink:
    """A bus on which every frame takes its bit time.

    Requests of one instant are settled by arbitration, equal identifiers by the order of the requests. A
    frame is delivered at the end of its last bit; the next one may start three bit times later. Every
    frame is acknowledged, unless the bus is shorted: then nothing gets through, and what the nodes ask for
    is lost, as their controllers are bus-off.
    """

    def __init__(self, name: str, bitrate_bps: int = 250_000, data_bitrate_bps: int | None = None) -> None:
        """*data_bitrate_bps* is the data-phase rate of CAN FD frames, the nominal rate if not given.

        Raises:
            ValueError: a rate is not positive.
        """
        if bitrate_bps <= 0 or (data_bitrate_bps is not None and data_bitrate_bps <= 0):
            raise ValueError(f"link '{name}': a bit rate must be positive")
        self.name = name
        self.bitrate_bps = bitrate_bps
        self.data_bitrate_bps = data_bitrate_bps or bitrate_bps
        self._known_ns: dict[tuple[int, bytes, bool, bool, bool], int] = {}
        self._intermission_ns = self._duration_ns(INTERFRAME_BITS, 0)
        self._pending: list[tuple[int, int, Attachment, Frame]] = []
        self._sequence = 0
        self._idle_from_ns = 0
        self._busy = False
        self._in_flight: tuple[Attachment, Frame] | None = None
        self._destroyed = False
        """The frame in flight met a short."""
        self._outages: list[tuple[int, int]] = []
        self.busy_ns = 0
        """Bus time taken so far, intermission included."""

    def bind(self, kernel: Kernel) -> None:
        self._kernel = kernel

    @property
    def outages(self) -> tuple[tuple[int, int], ...]:
        """Begin and end of every short so far."""
        return tuple(self._outages)

    def short(self, for_ns: int) -> tuple[int, int]:
        """Connect CAN_H and CAN_L for so long from now on; begin and end.

        Raises:
            ValueError: the length is not positive, or the bus is shorted already.
        """
        now_ns = self._kernel.now_ns
        if for_ns <= 0 or self._is_shorted(now_ns):
            raise ValueError(f"link '{self.name}': a short takes some time, and one follows the other")
        self._outages.append((now_ns, now_ns + for_ns))
        self._pending.clear()
        self._destroyed = self._in_flight is not None
        return self._outages[-1]

    def _is_shorted(self, now_ns: int) -> bool:
        return bool(self._outages) and now_ns < self._outages[-1][1]

    def submit(self, sender: Attachment, pdu: Pdu) -> None:
        if not isinstance(pdu, Frame):
            raise LocalProtocolError(f"'{sender.role}' sent a {type(pdu).__name__} to the CAN link '{self.name}'")
        if self._outages and self._is_shorted(self._kernel.now_ns):
            return
        self._sequence += 1
        heapq.heappush(self._pending, (arbitration_key(pdu), self._sequence, sender, pdu))
        if not self._busy:
            self._busy = True
            self._schedule_arbitration()

    def frame_ns(self, frame: Frame) -> int:
        """Time from the start of *frame* to its end, without intermission."""
        return self._duration_ns(*count_bits(frame))

    def _duration_ns(self, nominal: int, data: int) -> int:
        # Rounded once per frame, half up, so that odd rates do not drift by a nanosecond per bit.
        scaled = _NS * (nominal * self.data_bitrate_bps + data * self.bitrate_bps)
        both = self.bitrate_bps * self.data_bitrate_bps
        return (2 * scaled + both) // (2 * both)

    def _schedule_arbitration(self) -> None:
        # Rank 1: whatever else happens at this instant may still ask for the bus.
        self._kernel.call_at(max(self._kernel.now_ns, self._idle_from_ns), self._arbitrate, self.name, rank=1)

    def _arbitrate(self) -> None:
        if not self._pending:  # A short took them.
            self._busy = False
            return
        _, _, sender, frame = heapq.heappop(self._pending)
        self._in_flight = sender, frame
        start_ns = max(self._kernel.due_ns, self._idle_from_ns)
        # Cyclic frames come back: their identity as a bare tuple is found twice as fast as the frame.
        key = (frame.can_id, frame.data, frame.extended, frame.fd, frame.remote)
        duration_ns = self._known_ns.get(key)
        if duration_ns is None:
            if len(self._known_ns) >= _KNOWN_FRAMES:
                self._known_ns.clear()
            duration_ns = self._known_ns[key] = self.frame_ns(frame)
        end_ns = start_ns + duration_ns
        self._idle_from_ns = end_ns + self._intermission_ns
        self.busy_ns += self._idle_from_ns - start_ns
        self._kernel.call_at(end_ns, self._complete, self.name)

    def _complete(self) -> None:
        assert self._in_flight is not None
        sender, frame = self._in_flight
        self._in_flight = None
        if self._pending:
            self._schedule_arbitration()
        else:
            self._busy = False
        if self._destroyed:
            self._destroyed = False
            return
        self._kernel.deliver(self.name, sender, frame, t_ns=self._kernel.due_ns)
