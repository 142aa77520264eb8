"""The simulated CAN bus: arbitration by identifier, exact frame times, one frame at a time."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence

from harness.bench.kernel import Attachment, Event, Kernel
from harness.bench.links.can_errors import Controller, ErrorModel
from harness.bench.links.can_failures import BusError, Cause, Failure, Listening, collision_loser
from harness.core import Direction, Frame, LocalProtocolError, Pdu
from harness.protocols.canbus.bits import INTERFRAME_BITS, FrameBits, arbitration_key, count_bits
from harness.protocols.canbus.confinement import BusState, Confinement

__all__ = ["CanLink"]

_NS = 1_000_000_000
_KNOWN_FRAMES = 8192


class CanLink:
    """A bus on which every frame takes its bit time.

    Requests of one instant are settled by arbitration, equal identifiers by the order of the requests. A
    frame is delivered at the end of its last bit; the next one may start three bit times later. Every
    frame is acknowledged, unless the bus is shorted: then nothing gets through, and what the nodes ask for
    is lost, as their controllers are bus-off. What else can go wrong is in ``can_errors``.
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
        self._known: dict[tuple[int, bytes, bool, bool, bool], tuple[int, int]] = {}
        """Arbitration key and length of the frames that were sent last."""
        self._durations_ns: dict[FrameBits, int] = {}
        self._intermission_ns = self._duration_ns(INTERFRAME_BITS, 0)
        self._pending: list[tuple[int, int, Attachment, Frame, int]] = []
        """Arbitration key, number of the request, who asks for what, and how long it takes."""
        self._sequence = 0
        self._idle_from_ns = 0
        self._busy = False
        # Looked up once: binding a method costs as much as calling it.
        self._arbitrating, self._completing = self._arbitrate, self._complete
        self._in_flight: tuple[Attachment, Frame] | None = None
        self._destroyed = False
        """The frame in flight met a short."""
        self._model = ErrorModel(name, bitrate_bps)
        self._retry: Event | None = None
        """Whoever waits is suspended, until then."""
        self._outages: list[tuple[int, int]] = []
        self.busy_ns = 0
        """Bus time taken so far, intermission included."""

    def bind(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._model.bind(kernel)

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

    @property
    def errors(self) -> Sequence[BusError]:
        """Every error frame so far."""
        return self._model.errors

    def destroy(self, where: Callable[[Frame], bool], for_ns: int) -> None:
        """Let the frames for which *where* holds run into six dominant bits, for so long from now on."""
        self._model.destroy(where, self._kernel.now_ns + for_ns)

    def unplug(self, for_ns: int) -> None:
        """Take the tester off the bus for so long from now on; whoever records the bus stays on it."""
        testers = [each for each in self._kernel.on_link(self.name) if each.direction is Direction.TX]
        self._model.unplug(testers)
        self._drop_lost()
        self._kernel.call_at(self._kernel.now_ns + for_ns, lambda: self._model.plug(testers), self.name)

    def listen(self, bitrate_bps: int, sample_point_pct: float) -> Listening:
        """Put a controller on the bus that only listens, until ``stop_listening``."""
        return self._model.listen(Listening(bitrate_bps, sample_point_pct))

    def stop_listening(self, listener: Listening) -> None:
        """Take it off again."""
        self._model.listeners.remove(listener)

    def counters_of(self, role: str) -> Confinement:
        """Error counters of the controller of *role*; see ``ErrorModel.counters_of``."""
        return self._model.counters_of(role)

    def _is_shorted(self, now_ns: int) -> bool:
        return bool(self._outages) and now_ns < self._outages[-1][1]

    def submit(self, sender: Attachment, pdu: Pdu) -> None:
        if not isinstance(pdu, Frame):
            raise LocalProtocolError(f"'{sender.role}' sent a {type(pdu).__name__} to the CAN link '{self.name}'")
        if self._outages and self._is_shorted(self._kernel.now_ns):
            return
        model = self._model
        if sender not in model.met:
            model.meet(sender)
        if model.is_needed and not model.may_send(sender, pdu):
            return
        # Cyclic frames come back: their identity as a bare tuple is found twice as fast as the frame.
        identity = (pdu.can_id, pdu.data, pdu.extended, pdu.fd, pdu.remote)
        known = self._known.get(identity)
        if known is None:
            if len(self._known) >= _KNOWN_FRAMES:
                self._known.clear()
            known = self._known[identity] = arbitration_key(pdu), self.frame_ns(pdu)
        self._sequence = sequence = self._sequence + 1
        heapq.heappush(self._pending, (known[0], sequence, sender, pdu, known[1]))
        if not self._busy:
            self._busy = True
            self._schedule_arbitration()
        elif self._retry is not None:
            self._retry.cancel()
            self._retry = None
            self._schedule_arbitration()

    def frame_ns(self, frame: Frame) -> int:
        """Time from the start of *frame* to its end, without intermission."""
        bits = count_bits(frame)
        duration_ns = self._durations_ns.get(bits)
        if duration_ns is None:
            duration_ns = self._durations_ns[bits] = self._duration_ns(*bits)
        return duration_ns

    def _duration_ns(self, nominal: int, data: int) -> int:
        # Rounded once per frame, half up, so that odd rates do not drift by a nanosecond per bit.
        scaled = _NS * (nominal * self.data_bitrate_bps + data * self.bitrate_bps)
        both = self.bitrate_bps * self.data_bitrate_bps
        return (2 * scaled + both) // (2 * both)

    def _schedule_arbitration(self) -> None:
        # Rank 1: whatever else happens at this instant may still ask for the bus.
        now_ns, idle_from_ns = self._kernel.now_ns, self._idle_from_ns
        self._kernel.push(now_ns if now_ns > idle_from_ns else idle_from_ns, self._arbitrating, self.name, 1)

    def _arbitrate(self) -> None:
        if not self._pending:  # A short took them.
            self._busy = False
            return
        self._retry = None
        due_ns, idle_from_ns = self._kernel.due_ns, self._idle_from_ns
        start_ns = due_ns if due_ns > idle_from_ns else idle_from_ns
        pending = self._pending
        key, _, sender, frame, duration_ns = pending[0]
        many = len(pending)
        # The second smallest key of a heap stands in one of the next two places.
        is_tied = many > 1 and (pending[1][0] == key or (many > 2 and pending[2][0] == key))
        if frame.fd or self._model.is_needed or (is_tied and self._may_collide(sender, frame)):
            self._arbitrate_with_errors(start_ns)
            return
        heapq.heappop(pending)
        self._begin(sender, frame, start_ns, duration_ns)

    def _may_collide(self, sender: Attachment, frame: Frame) -> bool:
        """Whether the frame that is next after the first one, and ties with it, can be on the wire at the same time."""
        _, _, other_sender, other_frame, _ = min(self._pending[1:3])
        if other_sender is sender and self._model.special(sender) is None:
            return False
        return other_frame != frame

    def _begin(self, sender: Attachment, frame: Frame, start_ns: int, duration_ns: int) -> None:
        self._in_flight = sender, frame
        end_ns = start_ns + duration_ns
        taken_ns = duration_ns + self._intermission_ns
        self._idle_from_ns = start_ns + taken_ns
        self.busy_ns += taken_ns
        self._kernel.push(end_ns, self._completing, self.name)

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
        model = self._model
        if model.is_needed:
            model.succeeded(model.sender_of(sender, frame), self._idle_from_ns)
            model.idle(self._idle_from_ns)
            model.hear(frame, model.sender_of(sender, frame))
        self._kernel.deliver(self.name, sender, frame, t_ns=self._kernel.due_ns)

    def _go_on(self) -> None:
        if self._pending:
            self._schedule_arbitration()
        else:
            self._busy = False

    def _arbitrate_with_errors(self, start_ns: int) -> None:
        """The same, where a controller may be suspended, two may collide, and the frame may fail."""
        model = self._model
        waiting = sorted(self._pending, key=lambda row: row[:2])
        senders = {row[1]: model.sender_of(row[2], row[3]) for row in waiting}
        ready = [row for row in waiting if senders[row[1]].not_before_ns <= start_ns]
        if not ready:
            due_ns = min(sender.not_before_ns for sender in senders.values())
            self._retry = self._kernel.call_at(due_ns, self._arbitrate, self.name, rank=1)
            return
        model.taken(start_ns)
        rows = [row for row in ready[:2] if row[0] == ready[0][0]]
        if len(rows) == 2 and (rows[0][3] == rows[1][3] or senders[rows[0][1]] is senders[rows[1][1]]):
            rows.pop()
        if len(rows) == 2 and collision_loser(rows[0][3], rows[1][3]):
            rows.reverse()
        frame, sender = rows[0][3], senders[rows[0][1]]
        if len(rows) == 2 and senders[rows[1][1]].counters.state is not BusState.ACTIVE:
            # Nobody hears what an error-passive controller has against the frame.
            failure = Failure(Cause.COLLISION, 0)
            model.failed(senders[rows[1][1]], rows[1][3], failure, start_ns, self._idle_from_ns, heard=False)
            self._drop_lost()
            rows.pop()
        rival = rows[1][3] if len(rows) == 2 else None
        found = model.failure(sender, frame, rival)
        if found is None:
            self._pending.remove(rows[0])
            heapq.heapify(self._pending)
            self._begin(sender.attachment, frame, start_ns, rows[0][4])
            return
        end_ns = start_ns + self._duration_ns(found.bits, 0)
        self._idle_from_ns = end_ns + self._intermission_ns
        self.busy_ns += self._idle_from_ns - start_ns
        losers = [(senders[row[1]], row[3]) for row in rows]
        self._kernel.call_at(end_ns, lambda: self._fail(losers, found), self.name)

    def _fail(self, losers: Sequence[tuple[Controller, Frame]], failure: Failure) -> None:
        """An error frame has ended; the frames stay where they are, to be sent again."""
        for sender, frame in losers:
            self._model.failed(sender, frame, failure, self._kernel.due_ns, self._idle_from_ns)
        self._model.idle(self._idle_from_ns)
        for listener in self._model.listeners:
            listener.errors += 1
        self._drop_lost()
        self._go_on()

    def _drop_lost(self) -> None:
        """Forget what controllers asked for that are not on the bus any more."""
        self._pending = [row for row in self._pending if self._model.may_send(row[2], row[3])]
        heapq.heapify(self._pending)
