from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.analyse.captures import read_capture
from harness.bench.kernel import Kernel
from harness.bench.links import CanLink, LineLink
from harness.core import ConfigError, Direction, Frame, s
from harness.protocols.gbt27930.charger import ChargerMachine
from harness.sim.charger import ChargerPilot, dc_charger
from harness.sim.truck import heavy_truck

_CAPTURES = Path(__file__).resolve().parents[2].parent / "shared" / "captures"

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a capture file from text or bytes; returns its path."""

    def put(content: str | bytes, name: str = "capture.bin") -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return put


@pytest.fixture
def refused() -> Callable[[Path], list[tuple[int | None, str]]]:
    """Line and text of every problem for which a capture is refused."""

    def read(path: Path) -> list[tuple[int | None, str]]:
        with pytest.raises(ConfigError) as caught:
            read_capture(path)
        assert all(str(problem.file) == str(path) for problem in caught.value.problems)
        return [(problem.line, problem.text) for problem in caught.value.problems]

    return read


@pytest.fixture
def shared() -> Callable[[str], Path]:
    """A recording of a real vehicle; skips where they are not present."""

    def path(name: str) -> Path:
        found = _CAPTURES / name
        if not found.exists():
            pytest.skip(f"the recording '{name}' is not on this machine (recordings are not part of the repository)")
        return found

    return path


@pytest.fixture(scope="session")
def simulated_session() -> str:
    """A complete session of the simulated charger and the simulated truck, stopped by the charger, as a candump log."""
    kernel = Kernel()
    kernel.add_link(CanLink("charge"))
    kernel.add_link(LineLink("pilot"))
    charger, truck = dc_charger({}), heavy_truck({})
    for role, nodes in (("charger", charger), ("truck", truck)):
        for node, link in zip(nodes, ("charge", "pilot"), strict=True):
            kernel.attach(node, link, role=role, direction=Direction.RX)
    kernel.start()

    def order(action: Callable[[], None], until_ns: int) -> None:
        action()
        for node in charger:
            kernel.poke(node)
        kernel.run_until(until_ns)

    machine, cable = charger
    assert isinstance(machine, ChargerMachine)
    assert isinstance(cable, ChargerPilot)
    order(cable.plug_in, s(0.1))
    order(lambda: machine.begin("handshake"), s(8))
    order(machine.stop, s(12))
    return "".join(
        f"({1_700_000_000 + record.t_ns / 1e9:.6f}) can0 {record.pdu}\n" for record in kernel.trace if isinstance(record.pdu, Frame)
    )
