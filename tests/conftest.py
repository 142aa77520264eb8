"""Property tests give the same result on every run and on every machine; pages are tried in a browser where there is one."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("precert", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("precert")

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

    def open(self, path: Path, fragment: str = "") -> None:
        """Load a file anew, at a place of it, and wait until its scripts have run."""
        self.call("Page.navigate", url="about:blank")
        self._await_page(blank=True)
        self.requests.clear()
        self.call("Page.navigate", url=path.as_uri() + fragment)
        self._await_page(blank=False)

    def _await_page(self, *, blank: bool) -> None:
        deadline = time.monotonic() + _PATIENCE_S
        while self.value("[document.readyState, location.protocol === 'about:']") != ["complete", blank]:
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

    def key(self, key: str, code: int = 0, text: str = "") -> None:
        """Press and release a key; *code* is that of Windows, *text* what it types."""
        parameters = {"key": key, "windowsVirtualKeyCode": code or ord(key.upper()), "text": text}
        self.call("Input.dispatchKeyEvent", type="keyDown" if text else "rawKeyDown", **parameters)
        self.call("Input.dispatchKeyEvent", type="keyUp", **parameters)

    def type(self, text: str) -> None:
        """What a person types or pastes into the field that has the focus."""
        self.call("Input.insertText", text=text)

    def window(self, width: int, height: int = 900) -> None:
        """Give the window another size."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def scripts(self, allowed: bool) -> None:
        """Whether the pages opened from now on may run scripts."""
        self.call("Emulation.setScriptExecutionDisabled", value=not allowed)

    def medium(self, name: str) -> None:
        """Show the page as on ``print`` or ``screen``."""
        self.call("Emulation.setEmulatedMedia", media=name)

    def pdf(self) -> bytes:
        """The page on paper."""
        return base64.b64decode(self.call("Page.printToPDF", preferCSSPageSize=True)["data"])

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


@pytest.fixture(scope="session")
def start_browser() -> Callable[[Path], Browser]:
    """Starts a browser with its profile in the given folder; skips where none is installed."""
    if _CHROMIUM is None:
        pytest.skip("no Chromium is installed (package chromium)")
    return Browser


@pytest.fixture
def browser(start_browser: Callable[[Path], Browser], tmp_path: Path) -> Iterator[Browser]:
    """A browser for one test."""
    found = start_browser(tmp_path / "profile")
    yield found
    found.close()
