from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

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


_CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
_PATIENCE_S = 60


class Browser:
    """Chromium without a window and with one page, steered over a pipe. Requests and complaints of the page are remembered."""

    def __init__(self, profile: Path) -> None:
        assert _CHROMIUM is not None
        to_read, self._write = os.pipe()
        self._read, to_write = os.pipe()
        options = f"--headless --no-sandbox --disable-gpu --disable-dev-shm-usage --user-data-dir={profile} --window-size=1400,1200"
        command = f"exec {_CHROMIUM} {options} --remote-debugging-pipe about:blank 3<&{to_read} 4>&{to_write}"
        nowhere = subprocess.DEVNULL
        # bash, because other shells take descriptors of one digit only.
        self._process = subprocess.Popen(
            ["bash", "-c", command], pass_fds=(to_read, to_write), stdin=nowhere, stdout=nowhere, stderr=nowhere
        )
        os.close(to_read)
        os.close(to_write)
        self._buffer = b""
        self._number = 0
        self._session: str | None = None
        self.requests: list[str] = []
        self.complaints: list[str] = []
        targets = self.call("Target.getTargets")["targetInfos"]
        page = next(target["targetId"] for target in targets if target["type"] == "page")
        self._session = self.call("Target.attachToTarget", targetId=page, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: object) -> dict[str, Any]:
        """The result of one command."""
        self._number += 1
        message: dict[str, object] = {"id": self._number, "method": method, "params": parameters}
        if self._session is not None:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        while (answer := self._next()).get("id") != self._number:
            self._note(answer)
        assert "error" not in answer, answer
        return answer["result"]

    def open(self, path: Path) -> None:
        """Load a file and wait until its scripts have run."""
        self.requests.clear()
        self.call("Page.navigate", url=path.as_uri())
        deadline = time.monotonic() + _PATIENCE_S
        while self.value("document.readyState") != "complete" or self.value("location.protocol") == "about:":
            assert time.monotonic() < deadline, "the page was not loaded"

    def value(self, expression: str) -> Any:
        """What a piece of JavaScript gives."""
        found = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    def mouse(self, kind: str, x: float, y: float, **more: object) -> None:
        """One event of the mouse, at a place of the window."""
        self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, **more)

    def click(self, x: float, y: float) -> None:
        """Press and release."""
        self.mouse("mousePressed", x, y, button="left", clickCount=1)
        self.mouse("mouseReleased", x, y, button="left", clickCount=1)

    def close(self) -> None:
        """End the browser."""
        os.close(self._write)
        self._process.terminate()
        self._process.wait(_PATIENCE_S)
        os.close(self._read)

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            piece = os.read(self._read, 1 << 16)
            assert piece, "the browser has ended"
            self._buffer += piece
        message, _, self._buffer = self._buffer.partition(b"\0")
        return json.loads(message)

    def _note(self, event: dict[str, Any]) -> None:
        if event.get("method") == "Network.requestWillBeSent":
            self.requests.append(event["params"]["request"]["url"])
        elif event.get("method") in ("Log.entryAdded", "Runtime.exceptionThrown"):
            self.complaints.append(json.dumps(event["params"]))


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Browser]:
    """A browser; skips where none is installed."""
    if _CHROMIUM is None:
        pytest.skip("no Chromium is installed")
    found = Browser(tmp_path / "profile")
    yield found
    found.close()
