from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.analyse.captures import read_capture
from harness.core import ConfigError

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
