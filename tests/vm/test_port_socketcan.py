"""What only a kernel with SocketCAN shows: stamps, echoes among processes of one host, overruns, interfaces that go down."""

from __future__ import annotations

import fcntl
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import can
import pytest

from harness.bench.port import Port
from harness.bench.ports import open_port
from harness.core import ConfigError, Frame, Pdu, RigError

pytestmark = [
    pytest.mark.socketcan,
    pytest.mark.skipif(not Path("/sys/class/net/vcan1").exists(), reason="the kernel has no vcan1"),
]

CHANNEL = "vcan1"
GUARD_S = 30.0
_SIOCGIFFLAGS, _SIOCSIFFLAGS, _UP = 0x8913, 0x8914, 0x1


def set_up(channel: str, up: bool) -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as control:
        request = fcntl.ioctl(control, _SIOCGIFFLAGS, struct.pack("16sh14x", channel.encode(), 0))
        flags = struct.unpack("16sh14x", request)[1]
        fcntl.ioctl(control, _SIOCSIFFLAGS, struct.pack("16sh14x", channel.encode(), flags | _UP if up else flags & ~_UP))


@pytest.fixture
def port() -> Iterator[Port]:
    made = open_port("socketcan", {"link": "charge", "channel": CHANNEL, "bitrate_bps": 250_000})
    yield made
    made.close()


@pytest.fixture
def down() -> Iterator[Callable[[], None]]:
    """Takes the interface down until the end of the test."""
    yield lambda: set_up(CHANNEL, False)
    set_up(CHANNEL, True)


class Inbox:
    def __init__(self) -> None:
        self.arrivals: list[tuple[Pdu, int | None, bool]] = []
        self.changed = threading.Condition()
        self.gate = threading.Event()
        self.gate.set()

    def sink(self, pdu: Pdu, host_ns: int, interface_ns: int | None, echo: bool) -> None:
        assert self.gate.wait(GUARD_S)
        with self.changed:
            self.arrivals.append((pdu, interface_ns, echo))
            self.changed.notify_all()

    def wait(self, count: int) -> list[tuple[Pdu, int | None, bool]]:
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.arrivals) >= count, GUARD_S), f"{len(self.arrivals)} of {count}"
            return self.arrivals


def test_frame_of_another_program_on_this_host_is_no_echo(port: Port):
    inbox = Inbox()
    port.open(inbox.sink)
    with can.Bus(CHANNEL, "socketcan") as other:
        other.send(can.Message(arbitration_id=0x181C56F4, data=[1]))
        inbox.wait(1)
        port.send(Frame(0x182756F4, b"\x02"))
        inbox.wait(2)
    assert [(pdu, echo) for pdu, _, echo in inbox.arrivals] == [(Frame(0x181C56F4, b"\x01"), False), (Frame(0x182756F4, b"\x02"), True)]


def test_stamps_are_those_of_the_kernel_to_the_nanosecond(port: Port):
    inbox = Inbox()
    port.open(inbox.sink)
    with can.Bus(CHANNEL, "socketcan") as witness:
        for number in range(20):
            port.send(Frame(number))
        theirs = [witness.recv(GUARD_S).timestamp for _ in range(20)]
    ours = [stamp for _, stamp, _ in inbox.wait(20)]
    # One frame has one stamp for all sockets; python-can rounds it to float seconds.
    assert [stamp // 10**9 + stamp % 10**9 * 1e-9 for stamp in ours] == theirs
    assert any(stamp % 1000 for stamp in ours)


def test_overrun_of_the_queue_is_counted(port: Port):
    inbox = Inbox()
    inbox.gate.clear()
    port.open(inbox.sink)
    port._channel._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
    sent = 0
    with can.Bus(CHANNEL, "socketcan") as flood:
        while sent < 400:
            flood.send(can.Message(arbitration_id=sent))
            sent += 1
        inbox.gate.set()
        # The kernel tells the loss with the next frame for which there is room in the queue.
        with inbox.changed:
            while not inbox.changed.wait_for(lambda: inbox.arrivals and inbox.arrivals[-1][0].can_id >= 400, 0.5):
                assert sent < 500, "nothing arrives any more"
                flood.send(can.Message(arbitration_id=sent))
                sent += 1
            assert inbox.changed.wait_for(lambda: port.dropped() + len(inbox.arrivals) == sent, GUARD_S)
    assert port.dropped() > 0


def test_error_frame_of_the_controller_is_counted_and_an_overflow_is_a_loss(port: Port):
    inbox = Inbox()
    port.open(inbox.sink)
    with can.Bus(CHANNEL, "socketcan") as other:
        overflow = struct.pack("=IBBBB8s", 0x20000004, 8, 0, 0, 0, b"\x00\x01")
        other.socket.send(overflow)
        other.send(can.Message(arbitration_id=7))
    assert [pdu for pdu, _, _ in inbox.wait(1)] == [Frame(7)]
    assert port.error_frames() == 1
    assert port.dropped() == 1


def test_interface_that_is_down_is_refused_at_the_start(port: Port, down: Callable[[], None]):
    down()
    with pytest.raises(
        ConfigError, match=r"link 'charge': socketcan 'vcan1' cannot be opened: the interface is down.*ip link set vcan1 up"
    ):
        port.open(lambda *_: None)


def test_interface_that_goes_down_during_the_run_is_reported_on_the_next_send(port: Port, down: Callable[[], None]):
    port.open(lambda *_: None)
    down()
    with pytest.raises(RigError, match=r"link 'charge': socketcan 'vcan1' .*ip link set vcan1 up"):
        port.send(Frame(1))


def test_idle_port_learns_that_its_interface_went_down(port: Port, down: Callable[[], None]):
    port.open(lambda *_: None)
    down()
    for reader in [thread for thread in threading.enumerate() if thread.name.startswith("precert-port-")]:
        reader.join(GUARD_S)
    assert "Network is down" in port.failure
