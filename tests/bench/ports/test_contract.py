"""One contract for every CAN port: the same behaviours on the link in memory, python-can, a serial adapter and vcan."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from harness.bench.kernel import Kernel
from harness.bench.links import CanLink
from harness.bench.port import Port, Sink
from harness.bench.ports import open_port
from harness.core import ConfigError, Frame, Pdu, RigError

Opened = Callable[[Port], Any]

CLASSIC = {
    "extended": Frame(0x1826F456, bytes.fromhex("010100")),
    "extended, no data": Frame(0x1FFFFFFF, b""),
    "extended, 8 bytes": Frame(0x181C56F4, bytes(range(8))),
    "standard": Frame(0x7FF, b"\x00\xff", extended=False),
    "standard, identifier 0": Frame(0, b"\x01", extended=False),
    "remote": Frame(0x123, extended=False, remote=True),
    "extended remote": Frame(0x18EAFFF9, remote=True),
}
FD = {
    "fd, 12 bytes": Frame(0x18FF50E5, bytes(12), fd=True),
    "fd, 64 bytes": Frame(0x456, bytes(range(64)), extended=False, fd=True),
    "fd, no data": Frame(0x18FF50E6, b"", fd=True),
}


def numbered(count: int, base: int = 0x18F00000) -> list[Frame]:
    return [Frame(base + number, number.to_bytes(4, "big")) for number in range(count)]


class PortContract:
    """What every port does. Subclasses give two ends of one bus, on which nothing else sends."""

    @pytest.fixture
    def ends(self) -> tuple[Port, Port]:
        raise NotImplementedError

    @pytest.mark.parametrize("frame", (CLASSIC | FD).values(), ids=(CLASSIC | FD).keys())
    def test_frame_of_every_kind_arrives_unchanged(self, ends: tuple[Port, Port], opened: Opened, frame: Frame):
        sender, receiver = ends
        opened(sender)
        box = opened(receiver)
        sender.send(frame)
        assert box.wait(1)[0].pdu == frame

    def test_both_ends_send_and_receive(self, ends: tuple[Port, Port], opened: Opened):
        boxes = [opened(port) for port in ends]
        for port, frame in zip(ends, numbered(2), strict=True):
            port.send(frame)
        assert [box.wait(1)[0].pdu for box in boxes] == numbered(2)[::-1]

    def test_burst_arrives_complete_and_in_order(self, ends: tuple[Port, Port], opened: Opened):
        sender, receiver = ends
        opened(sender)
        box = opened(receiver)
        burst = numbered(200)
        for frame in burst:
            sender.send(frame)
        assert [arrival.pdu for arrival in box.wait(200)] == burst
        assert receiver.dropped() == 0

    def test_host_stamps_are_monotonic_time_of_arrival(self, ends: tuple[Port, Port], opened: Opened):
        sender, receiver = ends
        opened(sender)
        box = opened(receiver)
        before_ns = time.monotonic_ns()
        for frame in numbered(20):
            sender.send(frame)
        stamps = [before_ns, *(arrival.host_ns for arrival in box.wait(20)), time.monotonic_ns()]
        assert stamps == sorted(stamps)

    def test_interface_stamps_are_integers_that_never_run_back_or_absent(self, ends: tuple[Port, Port], opened: Opened):
        sender, receiver = ends
        opened(sender)
        box = opened(receiver)
        for frame in numbered(20):
            sender.send(frame)
        stamps = [arrival.interface_ns for arrival in box.wait(20)]
        if receiver.info["stamps"].startswith("none"):
            assert stamps == [None] * 20
        else:
            assert all(type(stamp) is int for stamp in stamps)
            assert all(earlier <= later for earlier, later in itertools.pairwise(stamps))
            assert stamps[0] != stamps[-1]

    def test_own_transmissions_come_back_as_echo_where_the_port_says_so_and_only_there(self, ends: tuple[Port, Port], opened: Opened):
        own, other = ends
        own_box, other_box = opened(own), opened(other)
        own.send(Frame(0x100, b"\x01"))
        assert other_box.wait(1)[0].pdu == Frame(0x100, b"\x01")
        other.send(Frame(0x200, b"\x02"))
        assert own_box.wait(1)[0].pdu == Frame(0x200, b"\x02")
        if own.echoes:
            own_box.wait(1, echo=True)
        echoes = [arrival.pdu for arrival in own_box.arrivals if arrival.echo]
        assert echoes == ([Frame(0x100, b"\x01")] if own.echoes else [])

    def test_interface_and_channel_are_named_for_the_evidence(self, ends: tuple[Port, Port], opened: Opened):
        opened(ends[0])
        assert {"interface", "stamps", "echo"} <= ends[0].info.keys()
        assert all(isinstance(value, str) for value in ends[0].info.values())

    def test_sending_before_open_is_refused(self, ends: tuple[Port, Port]):
        with pytest.raises(RigError, match="not open"):
            ends[0].send(Frame(0x100))

    def test_sending_after_close_is_refused(self, ends: tuple[Port, Port], opened: Opened):
        opened(ends[0])
        ends[0].close()
        with pytest.raises(RigError, match="not open"):
            ends[0].send(Frame(0x100))

    def test_opening_an_open_port_is_refused(self, ends: tuple[Port, Port], opened: Opened):
        opened(ends[0])
        with pytest.raises(ConfigError, match="open already"):
            ends[0].open(lambda *_: None)

    def test_close_may_be_called_twice_and_leaves_no_thread(self, ends: tuple[Port, Port], opened: Opened):
        opened(ends[0])
        ends[0].close()
        ends[0].close()
        assert not [thread.name for thread in threading.enumerate() if thread.name.startswith("precert-port")]

    def test_nothing_is_delivered_after_close(self, ends: tuple[Port, Port], opened: Opened):
        sender, receiver = ends
        opened(sender)
        box = opened(receiver)
        receiver.close()
        sender.send(Frame(0x100))
        assert box.arrivals == []

    def test_closed_port_opens_again(self, ends: tuple[Port, Port], opened: Opened):
        sender, receiver = ends
        opened(receiver)
        receiver.close()
        opened(sender)
        box = opened(receiver)
        sender.send(Frame(0x100))
        assert box.wait(1)[0].pdu == Frame(0x100)


class TestLinkInMemory(PortContract):
    """The simulated CAN bus keeps the contract of the hardware that it stands for."""

    @pytest.fixture
    def ends(self) -> tuple[Port, Port]:
        kernel = Kernel()
        kernel.add_link(CanLink("bus", 500_000, 2_000_000))
        kernel.start()
        return MemoryEnd(kernel, "one"), MemoryEnd(kernel, "two")


class MemoryEnd:
    """A node of the simulated bus as a port. It runs the kernel itself, so a frame is there when ``send`` returns."""

    def __init__(self, kernel: Kernel, name: str) -> None:
        self.name = name
        self.echoes = False
        self.info: Mapping[str, str] = {"interface": "memory", "stamps": "virtual time", "echo": "no"}
        self._kernel = kernel
        self._sink: Sink | None = None
        self._attached = False
        self._outbox: list[Frame] = []

    def open(self, sink: Sink) -> None:
        if self._sink is not None:
            raise ConfigError("open already")
        self._sink = sink
        if not self._attached:
            self._kernel.attach(self, "bus")
            self._attached = True

    def send(self, pdu: Pdu) -> None:
        if self._sink is None:
            raise RigError("not open")
        assert isinstance(pdu, Frame)
        self._outbox.append(pdu)
        self._kernel.poke(self)
        while self._kernel.step():
            pass

    def dropped(self) -> int:
        return 0

    def close(self) -> None:
        self._sink = None

    def start(self, now_ns: int) -> list[Pdu]:
        return []

    def receive(self, now_ns: int, pdu: Pdu) -> list[Pdu]:
        if self._sink is not None:
            self._sink(pdu, time.monotonic_ns(), now_ns, False)
        return []

    def next_deadline_ns(self) -> int | None:
        return self._kernel.now_ns if self._outbox else None

    def handle_timers(self, now_ns: int) -> list[Pdu]:
        due, self._outbox = self._outbox, []
        return list(due)


class TestPythonCanVirtual(PortContract):
    @pytest.fixture
    def ends(self, request: pytest.FixtureRequest) -> tuple[Port, Port]:
        options = {"channel": request.node.nodeid, "bitrate_bps": 500_000, "fd": True, "data_bitrate_bps": 2_000_000}
        return open_port("virtual", options), open_port("virtual", options)


class TestSerialAdapter(PortContract):
    """slcan through pyserial on a pseudo-terminal."""

    @pytest.fixture
    def wire(self, adapters: Callable[[int], Any]) -> Any:
        return adapters(2)

    @pytest.fixture
    def opened(self, opened: Opened, wire: Any, until: Callable[[Callable[[], object]], None]) -> Opened:
        def open_and_wait(port: Port) -> Any:
            commands = wire.commands_of(port.info["channel"])
            before = commands.count("O")
            box = opened(port)
            # An adapter obeys in its own time; the bit rate is followed by one O, the end of the set-up by another.
            until(lambda: commands.count("O") == before + 2)
            return box

        return open_and_wait

    @pytest.fixture
    def ends(self, wire: Any) -> tuple[Port, Port]:
        options = {"bitrate_bps": 500_000, "fd": True, "data_bitrate_bps": 2_000_000, "f_clock_hz": 80_000_000, "sleep_after_open": 0}
        first, second = (open_port("slcan", {**options, "channel": path}) for path in wire.paths)
        return first, second


@pytest.mark.socketcan
@pytest.mark.skipif(not Path("/sys/class/net/vcan0").exists(), reason="the kernel has no vcan0")
class TestSocketCan(PortContract):
    @pytest.fixture
    def ends(self) -> tuple[Port, Port]:
        options = {"channel": "vcan0", "bitrate_bps": 500_000, "fd": True, "data_bitrate_bps": 2_000_000}
        return open_port("socketcan", options), open_port("socketcan", options)
