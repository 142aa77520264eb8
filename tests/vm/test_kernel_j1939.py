"""Our J1939 transport against the Linux kernel's own: every transfer crosses vcan0 between the two stacks."""

from __future__ import annotations

import errno
import select
import socket
import struct
import time
from collections.abc import Callable, Iterator

import pytest

from harness.core import Frame, ms
from harness.protocols.j1939 import (
    GLOBAL,
    NO_LIMIT,
    EventKind,
    GrantPolicy,
    Transport,
    TransportEvent,
    TransportFaults,
    TransportMessage,
)
from harness.protocols.j1939.faults import skip_packet, wrong_sequence

INTERFACE = "vcan0"
US, KERNEL, NOBODY = 0xF4, 0x56, 0x80
PGN = 0x0200
ANY_LENGTH = [9, 49, 100, 1785]
GIVE_UP_S = 60.0
FRAME = struct.Struct("=IB3x8s")
SOL_CAN_J1939, SO_J1939_SEND_PRIO = 107, 3


def has_interface() -> bool:
    return hasattr(socket, "CAN_J1939") and INTERFACE in {name for _, name in socket.if_nameindex()}


pytestmark = [
    pytest.mark.socketcan,
    pytest.mark.skipif(not has_interface(), reason=f"no {INTERFACE} here; needs a kernel with SocketCAN and can-j1939"),
]


def payload(length: int) -> bytes:
    return bytes((7 * n + length) & 0xFF for n in range(length))


class Wire:
    """Our transport on a raw CAN socket, driven by the monotonic clock."""

    def __init__(self, transport: Transport) -> None:
        self.transport = transport
        self.heard: list[Frame] = []
        self.events: list[TransportEvent] = []
        self.received: list[TransportMessage] = []
        self.raw = socket.socket(socket.AF_CAN, socket.SOCK_RAW, socket.CAN_RAW)
        self.raw.bind((INTERFACE,))
        self.raw.setblocking(False)

    def send(self, pgn: int, destination: int, data: bytes, max_per_cts: int = NO_LIMIT) -> None:
        self._out(self.transport.send(time.monotonic_ns(), pgn, destination, data, max_per_cts=max_per_cts))

    def run_until(self, done: Callable[[], bool]) -> None:
        """Drive the transport until *done*; a hang is a failure."""
        give_up = time.monotonic() + GIVE_UP_S
        while not done():
            assert time.monotonic() < give_up, f"still not done; heard {[str(f) for f in self.heard[-5:]]}, events {self.events[-5:]}"
            deadline_ns = self.transport.next_deadline_ns()
            wait_s = 0.05 if deadline_ns is None else min(0.05, max(0.0, (deadline_ns - time.monotonic_ns()) / 1e9))
            if select.select([self.raw], [], [], wait_s)[0]:
                frame = self._in()
                self.heard.append(frame)
                self._out(self.transport.receive(time.monotonic_ns(), frame))
            now_ns = time.monotonic_ns()
            deadline_ns = self.transport.next_deadline_ns()
            if deadline_ns is not None and deadline_ns <= now_ns:
                self._out(self.transport.handle_timers(now_ns))
            self.events += self.transport.take_events()
            self.received += self.transport.take_received()

    def fate(self, kind: EventKind) -> TransportEvent | None:
        return next((event for event in self.events if event.kind is kind), None)

    def run_until_event(self, kind: EventKind) -> TransportEvent:
        self.run_until(lambda: self.fate(kind) is not None)
        event = self.fate(kind)
        assert event is not None
        return event

    def _in(self) -> Frame:
        can_id, length, data = FRAME.unpack(self.raw.recv(16))
        return Frame(can_id & socket.CAN_EFF_MASK, data[:length], bool(can_id & socket.CAN_EFF_FLAG))

    def _out(self, frames: list[Frame]) -> None:
        for frame in frames:
            self.raw.send(FRAME.pack(frame.can_id | socket.CAN_EFF_FLAG, len(frame.data), frame.data.ljust(8, b"\0")))


class KernelNode:
    """A J1939 socket of the kernel with an address of its own."""

    def __init__(self, address: int = KERNEL) -> None:
        self.socket = socket.socket(socket.AF_CAN, socket.SOCK_DGRAM, socket.CAN_J1939)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        self.socket.setsockopt(SOL_CAN_J1939, SO_J1939_SEND_PRIO, 7)
        self.socket.bind((INTERFACE, socket.J1939_NO_NAME, socket.J1939_NO_PGN, address))
        self.socket.setblocking(False)

    def send(self, pgn: int, destination: int, data: bytes) -> None:
        self.socket.sendto(data, (INTERFACE, socket.J1939_NO_NAME, pgn, destination))

    def messages(self) -> list[tuple[bytes, int]]:
        """Payload and PGN of whatever arrived."""
        found: list[tuple[bytes, int]] = []
        while True:
            try:
                data, address = self.socket.recvfrom(2048)
            except BlockingIOError:
                return found
            found.append((data, address[2]))

    def error(self) -> int:
        """The pending error of the socket, 0 if none; reading clears it."""
        return self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)


def is_ready(sock: socket.socket) -> bool:
    """Whether the socket has something to say, an error included."""
    poll = select.poll()
    poll.register(sock, select.POLLERR)
    return bool(poll.poll(0))


@pytest.fixture
def kernel() -> Iterator[KernelNode]:
    node = KernelNode()
    yield node
    node.socket.close()


@pytest.fixture
def wire() -> Iterator[Callable[[Transport], Wire]]:
    wires: list[Wire] = []

    def connect(transport: Transport) -> Wire:
        wires.append(Wire(transport))
        return wires[-1]

    yield connect
    for one in wires:
        one.raw.close()


@pytest.mark.parametrize("length", ANY_LENGTH)
def test_kernel_receives_what_we_originate(kernel, wire, length):
    us = wire(Transport(US))
    us.send(PGN, KERNEL, payload(length))
    us.run_until_event(EventKind.COMPLETED)
    assert kernel.messages() == [(payload(length), PGN)]


@pytest.mark.parametrize("limit", [1, 3, 16])
def test_kernel_keeps_to_the_limit_of_our_rts_and_receives_the_message(kernel, wire, limit):
    us = wire(Transport(US))
    us.send(PGN, KERNEL, payload(200), max_per_cts=limit)
    us.run_until_event(EventKind.COMPLETED)
    granted = [frame.data[1] for frame in us.heard if frame.data[0] == 17]
    assert granted
    assert max(granted) <= limit
    assert kernel.messages() == [(payload(200), PGN)]


def test_kernel_receives_packets_spaced_by_a_gap(kernel, wire):
    us = wire(Transport(US, dt_gap_ns=ms(10)))
    us.send(PGN, KERNEL, payload(49))
    us.run_until_event(EventKind.COMPLETED)
    assert kernel.messages() == [(payload(49), PGN)]


@pytest.mark.parametrize("length", ANY_LENGTH)
def test_we_receive_what_the_kernel_originates(kernel, wire, length):
    us = wire(Transport(US))
    kernel.send(PGN, US, payload(length))
    us.run_until_event(EventKind.COMPLETED)
    us.run_until(lambda: True)
    assert [(m.data, m.pgn, m.source, m.destination) for m in us.received] == [(payload(length), PGN, KERNEL, US)]
    assert kernel.error() == 0


@pytest.mark.parametrize(
    "policy",
    [GrantPolicy.chunks(1), GrantPolicy.chunks(4), GrantPolicy.delayed(ms(100))],
    ids=["one at a time", "four at a time", "delayed"],
)
def test_kernel_follows_our_grants(kernel, wire, policy):
    us = wire(Transport(US, grants=policy))
    kernel.send(PGN, US, payload(100))
    us.run_until_event(EventKind.COMPLETED)
    assert [m.data for m in us.received] == [payload(100)]
    assert [e for e in us.events if e.kind is EventKind.UNEXPECTED] == []


def test_kernel_repeats_packets_on_request(kernel, wire):
    us = wire(Transport(US, grants=GrantPolicy.repeat(3)))
    kernel.send(PGN, US, payload(49))
    us.run_until_event(EventKind.COMPLETED)
    packets = [frame.data[0] for frame in us.heard if frame.can_id >> 16 & 0xFF == 0xEB]
    assert packets == [1, 2, 3, 4, 5, 6, 7, 3, 4, 5, 6, 7]
    assert [m.data for m in us.received] == [payload(49)]


@pytest.mark.parametrize("length", [9, 100])
def test_kernel_receives_our_broadcast(kernel, wire, length):
    us = wire(Transport(US))
    us.send(0xFECA, GLOBAL, payload(length))
    us.run_until_event(EventKind.COMPLETED)
    assert kernel.messages() == [(payload(length), 0xFECA)]


@pytest.mark.parametrize("length", [9, 100])
def test_we_receive_a_broadcast_of_the_kernel(kernel, wire, length):
    us = wire(Transport(US))
    kernel.send(0xFECA, GLOBAL, payload(length))
    us.run_until_event(EventKind.COMPLETED)
    assert [(m.data, m.pgn, m.destination) for m in us.received] == [(payload(length), 0xFECA, GLOBAL)]


def test_two_kernel_nodes_are_served_at_once(kernel, wire):
    other = KernelNode(NOBODY + 1)
    us = wire(Transport(US, dt_gap_ns=ms(2)))
    us.send(PGN, KERNEL, payload(300))
    us.send(PGN, NOBODY + 1, payload(301))
    kernel.send(0x0600, US, payload(302))
    other.send(0x0600, US, payload(303))
    us.run_until(lambda: sum(e.kind is EventKind.COMPLETED for e in us.events) == 4)
    assert kernel.messages() == [(payload(300), PGN)]
    assert other.messages() == [(payload(301), PGN)]
    assert {m.source: m.data for m in us.received} == {KERNEL: payload(302), NOBODY + 1: payload(303)}
    other.socket.close()


def test_transfer_to_an_address_nobody_has_times_out_and_aborts(wire):
    us, listener = wire(Transport(US)), wire(Transport(NOBODY))
    us.send(PGN, NOBODY, payload(49))
    event = us.run_until_event(EventKind.TIMED_OUT)
    assert (event.timer, event.reason) == ("T3", 3)
    assert [e.kind for e in us.events] == [EventKind.OPENED, EventKind.TIMED_OUT]
    heard = [listener._in() for _ in range(2)]
    assert heard[-1] == Frame(0x1CEC80F4, bytes.fromhex("FF03FFFFFF000200"))


def test_kernel_aborts_with_a_timeout_when_we_never_grant(kernel, wire):
    us = wire(Transport(US, grants=GrantPolicy.never()))
    kernel.send(PGN, US, payload(49))
    us.run_until(lambda: any(frame.data[0] == 255 for frame in us.heard))
    assert us.heard[-1] == Frame(0x1CECF456, bytes.fromhex("FF03FFFFFF000200"))
    assert kernel.error() == errno.EHOSTUNREACH


# A kernel may take an abort for its receiving sessions only; its sending session then ends by its own timeout.
ERRORS_AFTER_ABORT = {1: errno.EALREADY, 2: errno.EMSGSIZE, 3: errno.EHOSTUNREACH}


@pytest.mark.parametrize("reason", ERRORS_AFTER_ABORT)
def test_our_abort_becomes_an_error_of_the_kernel_socket(kernel, wire, reason):
    us = wire(Transport(US, grants=GrantPolicy.refuse(reason)))
    kernel.send(PGN, US, payload(49))
    us.run_until_event(EventKind.ABORTED)
    us.run_until(lambda: is_ready(kernel.socket))
    assert kernel.error() in (ERRORS_AFTER_ABORT[reason], errno.EHOSTUNREACH)


def test_our_abort_in_mid_transfer_becomes_an_error_of_the_kernel_socket(kernel, wire):
    us = wire(Transport(US, grants=GrantPolicy(packets=3, abort_reason=2, abort_after=3)))
    kernel.send(PGN, US, payload(49))
    us.run_until_event(EventKind.ABORTED)
    us.run_until(lambda: is_ready(kernel.socket))
    assert kernel.error() in (ERRORS_AFTER_ABORT[2], errno.EHOSTUNREACH)
    assert us.received == []


@pytest.mark.parametrize(
    ("policy", "reason"),
    [(GrantPolicy.hold(ms(900), ms(400)), 8), (GrantPolicy.above_limit(20), 5), (GrantPolicy.wrong_pgn(0x0600), 14)],
    ids=["held twice", "granted above its limit", "granted another group"],
)
def test_kernel_aborts_a_steered_transfer_and_we_hear_why(kernel, wire, policy, reason):
    us = wire(Transport(US, grants=policy))
    kernel.send(PGN, US, payload(49))
    us.run_until(lambda: any(frame.data[:2] == bytes((255, reason)) for frame in us.heard))
    us.run_until(lambda: us.transport.next_deadline_ns() is None)
    assert us.events[-1].kind in (EventKind.ABORTED, EventKind.TIMED_OUT)
    assert us.received == []


def test_kernel_refuses_a_second_transfer_at_once_and_completes_the_first(kernel, wire):
    us = wire(Transport(US, dt_gap_ns=ms(20)))
    us.send(PGN, KERNEL, payload(49))
    us.run_until(lambda: bool(us.heard))
    us.send(0x0600, KERNEL, payload(13))
    us.run_until(lambda: us.transport.next_deadline_ns() is None)
    fates = {e.pgn: (e.kind, e.reason) for e in us.events if e.kind is not EventKind.OPENED}
    assert fates == {PGN: (EventKind.COMPLETED, None), 0x0600: (EventKind.ABORTED, 1)}
    assert kernel.messages() == [(payload(49), PGN)]


def test_kernel_delivers_nothing_after_we_abort_our_own_transfer(kernel, wire):
    us = wire(Transport(US, dt_gap_ns=ms(20)))
    us.send(PGN, KERNEL, payload(49))
    us.run_until(lambda: bool(us.heard))
    us._out(us.transport.cancel(time.monotonic_ns(), PGN, reason=2))
    us.send(PGN, KERNEL, payload(60))
    us.run_until_event(EventKind.COMPLETED)
    assert kernel.messages() == [(payload(60), PGN)]


@pytest.mark.parametrize("fault", [skip_packet(3), wrong_sequence(3, 5), skip_packet(7)], ids=["skipped", "out of order", "last skipped"])
def test_kernel_aborts_a_faulty_transfer_and_we_hear_why(kernel, wire, fault):
    us = wire(Transport(US, faults=TransportFaults(outgoing=[fault])))
    us.send(PGN, KERNEL, payload(49))
    event = us.run_until_event(EventKind.ABORTED)
    assert (event.local, event.reason) == (False, 3)
    assert kernel.messages() == []
