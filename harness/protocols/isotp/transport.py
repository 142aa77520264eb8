"""ISO-TP of one node towards one peer: routes frames to the message that is sent and the one that is received, and keeps their times.

Frames in, frames out; time is an argument. Sending and receiving are independent of each other.
"""

from __future__ import annotations

from collections import deque

from harness.core import Frame, LocalProtocolError
from harness.protocols.isotp.addressing import Address
from harness.protocols.isotp.events import Error, Event, Failed, Received, Sent, Started
from harness.protocols.isotp.faults import IsoTpFaults, Outgoing
from harness.protocols.isotp.frames import (
    CLASSIC,
    FD_LENGTHS,
    LONGEST,
    Consecutive,
    First,
    FlowControl,
    FlowStatus,
    Malformed,
    NPdu,
    Single,
    build,
    pad,
    parse,
    single_capacity,
)
from harness.protocols.isotp.receiver import FlowPolicy, Receiver
from harness.protocols.isotp.sender import Sender
from harness.protocols.isotp.timing import ISO_15765_2, IsoTpTiming

__all__ = ["FlowPolicy", "Transport"]

_PADDING = 0xCC
_PLAIN = FlowPolicy()
_NO_FAULTS = IsoTpFaults()


class Transport:
    """Sends and receives whole messages over CAN frames. ``policy`` and ``faults`` may be changed at any time.

    Every call gives the frames to send; ``events()`` gives what happened since it was last asked.
    """

    def __init__(
        self,
        address: Address,
        *,
        to_all: int | None = None,
        from_all: int | None = None,
        timing: IsoTpTiming = ISO_15765_2,
        policy: FlowPolicy = _PLAIN,
        faults: IsoTpFaults = _NO_FAULTS,
        padding: int | None = _PADDING,
        frame_bytes: int = CLASSIC,
        longest: int = 4095,
        confirms: bool = False,
    ) -> None:
        """*to_all* is the identifier of own messages to everybody, *from_all* that of such messages of others.

        *frame_bytes*: 8, or with CAN FD up to 64. *longest*: longer messages are refused with an overflow.
        *confirms*: the owner tells by ``confirmed`` when a frame was on the bus, so that N_As and N_Ar are kept.

        Raises:
            LocalProtocolError: no CAN frame has *frame_bytes* bytes.
        """
        if frame_bytes not in FD_LENGTHS:
            raise LocalProtocolError(f"no full CAN frame has {frame_bytes} bytes")
        self.address, self.to_all, self.from_all = address, to_all, from_all
        self.timing, self.policy, self.faults = timing, policy, faults
        self.padding, self.frame_bytes, self.longest = padding, frame_bytes, longest
        self._confirms = confirms
        self._now_ns = 0
        self._sender: Sender | None = None
        self._receiver: Receiver | None = None
        self._waiting: deque[tuple[int, bool]] = deque()
        """Until when each frame handed over must be confirmed, and whether it belongs to an own message."""
        self._out: list[Frame] = []
        self._events: list[Event] = []

    @property
    def is_sending(self) -> bool:
        """An own message is under way."""
        return self._sender is not None

    @property
    def is_receiving(self) -> bool:
        """A message of the peer is under way."""
        return self._receiver is not None

    def send(self, now_ns: int, data: bytes, *, functional: bool = False) -> list[Frame]:
        """Begin to send *data*.

        Raises:
            LocalProtocolError: another message is under way, *data* is empty or too long, or a message to everybody
                does not fit one frame.
        """
        if self.is_sending:
            raise LocalProtocolError("a message is under way; one way carries one at a time")
        if not data or len(data) > LONGEST:
            raise LocalProtocolError(f"a message of {len(data)} bytes cannot be sent")
        if functional and (self.to_all is None or len(data) > single_capacity(self.frame_bytes)):
            raise LocalProtocolError("a message to everybody needs the identifier 'to_all' and must fit one frame")
        return self._begin(now_ns, data, functional)

    def send_anyway(self, now_ns: int, data: bytes) -> list[Frame]:
        """Begin to send *data* to everybody, however long it is, which the standard forbids.

        Raises:
            LocalProtocolError: another message is under way, or there is no identifier for it.
        """
        if self.is_sending or self.to_all is None:
            raise LocalProtocolError("a message is under way, or the identifier 'to_all' is missing")
        return self._begin(now_ns, data, True)

    def receive(self, now_ns: int, frame: Frame) -> list[Frame]:
        """A frame of the bus; others than those of this way are passed over."""
        address, can_id = self.address, frame.can_id
        functional = can_id == self.from_all
        if not (functional or can_id == address.receive_id) or frame.remote or frame.extended != address.extended:
            return []
        self._now_ns = now_ns
        pdu = parse(frame.data)
        match pdu:
            case Consecutive():
                if self._receiver is not None and self._receiver.functional == functional:
                    self._receiver.on_consecutive(now_ns, pdu)
                    self._after_receiver(now_ns)
            case Malformed():
                pass
            case FlowControl() if not functional and self._sender is not None:
                self._sender.on_flow_control(now_ns, pdu)
                self._after_sender(now_ns)
            case Single() | First() if self.faults.ignores_interruption and self._receiver is not None:
                pass
            case Single(data):
                self._interrupted(now_ns, functional)
                self._events.append(Received(now_ns, data, now_ns, functional))
            case First():
                self._first(now_ns, pdu, functional)
        return self._take()

    def confirmed(self, now_ns: int) -> None:
        """The oldest frame handed over was on the bus."""
        if self._waiting:
            self._waiting.popleft()

    def next_deadline_ns(self) -> int | None:
        """When ``handle_timers`` wants to be called."""
        if not self._waiting:
            if self._sender is None:
                return None if self._receiver is None else self._receiver.deadline_ns
            if self._receiver is None:
                return self._sender.deadline_ns
        sides = (self._sender, self._receiver)
        deadlines = [side.deadline_ns for side in sides if side is not None and side.deadline_ns is not None]
        if self._waiting:
            deadlines.append(self._waiting[0][0])
        return min(deadlines, default=None)

    def handle_timers(self, now_ns: int) -> list[Frame]:
        """Do what is due."""
        self._now_ns = now_ns
        if self._waiting and self._waiting[0][0] <= now_ns:
            self._unconfirmed(now_ns)
        while (sender := self._sender) is not None and sender.deadline_ns is not None and sender.deadline_ns <= now_ns:
            sender.handle_timer(now_ns)
            self._after_sender(now_ns)
        while (receiver := self._receiver) is not None and receiver.deadline_ns is not None and receiver.deadline_ns <= now_ns:
            receiver.handle_timer(now_ns)
            self._after_receiver(now_ns)
        return self._take()

    def events(self) -> list[Event]:
        """What happened since this was last asked, in order."""
        events, self._events = self._events, []
        return events

    def abort(self) -> None:
        """Forget everything that is under way."""
        self._sender = self._receiver = None
        self._waiting.clear()

    def _begin(self, now_ns: int, data: bytes, functional: bool) -> list[Frame]:
        can_id = self.to_all if functional and self.to_all is not None else self.address.send_id
        self._now_ns = now_ns

        def emit(pdu: NPdu, index: int) -> None:
            self._emit(can_id, pdu, index, own=True)

        self._sender = Sender(data, self.frame_bytes, self.timing, self.faults, emit)
        self._sender.start(now_ns)
        self._after_sender(now_ns)
        return self._take()

    def _first(self, now_ns: int, first: First, functional: bool) -> None:
        if functional and not self.faults.takes_functional_first:
            return
        if first.length <= single_capacity(CLASSIC) and not self.faults.takes_short_first:
            return
        self._interrupted(now_ns, functional)

        def emit(pdu: NPdu, index: int) -> None:
            self._emit(self.address.send_id, pdu, index, own=False)

        if first.length > self.longest:
            emit(FlowControl(FlowStatus.OVERFLOW), 0)
            return
        self._events.append(Started(now_ns, first.length, functional))
        self._receiver = Receiver(now_ns, first, self.policy, self.timing, self.faults, emit, functional=functional)
        self._answer_at_once(now_ns)

    def _answer_at_once(self, now_ns: int) -> None:
        """A flow control that is due at once goes out with the call that made it due."""
        receiver = self._receiver
        if receiver is not None and receiver.deadline_ns is not None and receiver.deadline_ns <= now_ns:
            receiver.handle_timer(now_ns)

    def _interrupted(self, now_ns: int, functional: bool) -> None:
        """A new message comes while another one is under way."""
        receiver = self._receiver
        if receiver is None or receiver.functional != functional:
            return
        self._receiver = None
        text = f"a new message began after {len(receiver.data)} of {receiver.length} bytes"
        self._events.append(Failed(now_ns, Error.UNEXPECTED_PDU, False, text))

    def _after_sender(self, now_ns: int) -> None:
        sender = self._sender
        if sender is None or not sender.is_ended:
            return
        self._sender = None
        if sender.error is None:
            self._events.append(Sent(now_ns, sender.length))
        else:
            self._events.append(Failed(now_ns, sender.error, True, sender.text))

    def _after_receiver(self, now_ns: int) -> None:
        receiver = self._receiver
        if receiver is None:
            return
        if not receiver.is_ended:
            self._answer_at_once(now_ns)
            return
        self._receiver = None
        if receiver.error is None:
            self._events.append(Received(now_ns, receiver.data, receiver.first_ns, receiver.functional))
        else:
            self._events.append(Failed(now_ns, receiver.error, False, receiver.text))

    def _unconfirmed(self, now_ns: int) -> None:
        _, own = self._waiting[0]
        self._waiting.clear()
        self._sender, self._receiver = (None, self._receiver) if own else (self._sender, None)
        self._events.append(Failed(now_ns, Error.TIMEOUT_A, own, "a frame did not get on the bus"))

    def _emit(self, can_id: int, pdu: NPdu, index: int, *, own: bool) -> None:
        data = pad(build(pdu), self.padding)
        edit = self.faults.edit
        for piece in (data,) if edit is None else edit(Outgoing(pdu, data, index)):
            self._out.append(Frame(can_id, piece, extended=self.address.extended, fd=self.frame_bytes > CLASSIC))
            if self._confirms:
                limit_ns = self.timing.n_as_ns if own else self.timing.n_ar_ns
                self._waiting.append((self._now_ns + limit_ns, own))

    def _take(self) -> list[Frame]:
        out, self._out = self._out, []
        return out
