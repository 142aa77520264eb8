"""The example of CONTRIBUTING for a port keeps the contract of ``harness.bench.port``."""

from __future__ import annotations

import importlib.util
import queue
import socket
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from harness.core import ConfigError, Frame, Level, Pdu, RigError

SOURCE = Path(__file__).resolve().parents[2] / "examples" / "port" / "precert_example_port" / "__init__.py"
WITHIN_S = 10.0


class Box:
    """The other end: a pilot box with one connection."""

    def __init__(self) -> None:
        self.server = socket.create_server(("127.0.0.1", 0))
        self.server.settimeout(WITHIN_S)
        self.address = f"127.0.0.1:{self.server.getsockname()[1]}"
        self.connection: socket.socket | None = None

    def accept(self) -> None:
        self.connection, _ = self.server.accept()
        self.connection.settimeout(WITHIN_S)

    def tell(self, text: bytes) -> None:
        assert self.connection is not None
        self.connection.sendall(text)

    def hear(self) -> bytes:
        assert self.connection is not None
        heard = b""
        while not heard.endswith(b"\n"):
            heard += self.connection.recv(100)
        return heard

    def close(self) -> None:
        if self.connection is not None:
            self.connection.close()
        self.server.close()


@pytest.fixture(scope="module")
def example() -> ModuleType:
    spec = importlib.util.spec_from_file_location("precert_example_port", SOURCE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def box() -> Iterator[Box]:
    box = Box()
    yield box
    box.close()


def test_levels_of_the_box_reach_the_sink_with_a_host_stamp(example: ModuleType, box: Box) -> None:
    seen: queue.Queue[tuple[Pdu, int, int | None, bool]] = queue.Queue()
    port = example.TextBoxPort({"address": box.address})
    port.open(lambda *report: seen.put(report))
    box.accept()
    box.tell(b"k5k6 1\nnonsense\ninlet_v 612.5\n")
    first, second = seen.get(timeout=WITHIN_S), seen.get(timeout=WITHIN_S)
    port.close()
    assert (first[0], second[0]) == (Level("k5k6", 1.0), Level("inlet_v", 612.5))
    assert 0 < first[1] <= second[1]
    assert first[2:] == (None, False)
    assert port.dropped() == 1


def test_levels_of_the_tester_reach_the_box(example: ModuleType, box: Box) -> None:
    port = example.TextBoxPort({"address": box.address})
    port.open(lambda *report: None)
    box.accept()
    port.send(Level("plug", 1))
    heard = box.hear()
    port.close()
    assert heard.split() == [b"plug", b"1"]


def test_port_closes_twice_and_tells_that_it_is_closed(example: ModuleType, box: Box) -> None:
    port = example.TextBoxPort({"address": box.address})
    port.open(lambda *report: None)
    port.close()
    port.close()
    with pytest.raises(RigError, match="the port is not open"):
        port.send(Level("plug", 1))


def test_frames_do_not_fit_on_a_discrete_line(example: ModuleType, box: Box) -> None:
    with pytest.raises(RigError, match="carries discrete lines, not Frame"):
        example.TextBoxPort({"address": box.address}).send(Frame(0x123, b""))


def test_absent_box_is_told_with_its_address(example: ModuleType, box: Box) -> None:
    box.server.close()
    with pytest.raises(ConfigError, match=f"no pilot box at {box.address} "):
        example.TextBoxPort({"address": box.address}).open(lambda *report: None)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, "needs the option 'address' as HOST:PORT, have ''"),
        ({"address": "box"}, "needs the option 'address' as HOST:PORT, have 'box'"),
        ({"address": "127.0.0.1:7", "baud": 9600}, r"has no option 'baud' \(have: address\)"),
    ],
)
def test_wrong_options_are_refused_before_anything_is_opened(example: ModuleType, options: dict[str, object], expected: str) -> None:
    with pytest.raises(ConfigError, match=expected):
        example.TextBoxPort(options)
