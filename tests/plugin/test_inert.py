"""Without ``--rig`` the plug-in is not there: other people's tests run as if it had not been installed."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

Command = Callable[..., Any]


def plain(output: str) -> str:
    """Output of pytest without times and the list of plug-ins."""
    return re.sub(r"in \d+\.\d+s", "in T", "\n".join(line for line in output.splitlines() if not line.startswith("plugins:")))


def test_plain_test_runs_as_without_the_plugin(bare_pytest: Command, tmp_path: Path) -> None:
    (tmp_path / "test_plain.py").write_text("def test_one():\n    assert True\n\n\ndef test_two():\n    assert False\n", encoding="utf-8")
    done, without = bare_pytest("-v"), bare_pytest("-v", "-p", "no:precert")
    assert done.returncode == without.returncode == 1
    assert "1 failed, 1 passed" in done.stdout
    assert plain(done.stdout) == plain(without.stdout)
    assert "precert verdicts" not in done.stdout


def test_names_of_its_fixtures_stay_free(bare_pytest: Command, tmp_path: Path) -> None:
    text = "import pytest\n\n\n@pytest.fixture\ndef bench():\n    return 1\n\n\ndef test_own(bench):\n    assert bench == 1\n"
    (tmp_path / "test_plain.py").write_text(text, encoding="utf-8")
    assert bare_pytest().returncode == 0


def test_importing_the_plugin_loads_nothing_of_the_harness(bare_pytest: Command, tmp_path: Path) -> None:
    loaded = "[name for name in sys.modules if name.startswith('harness.') and name != 'harness.plugin']"
    text = f"import sys\n\n\ndef test_quick():\n    assert not {loaded}\n"
    (tmp_path / "test_plain.py").write_text(text, encoding="utf-8")
    done = bare_pytest()
    assert done.returncode == 0, done.stdout


def test_nothing_is_written(bare_pytest: Command, tmp_path: Path) -> None:
    (tmp_path / "test_plain.py").write_text("def test_one():\n    pass\n", encoding="utf-8")
    bare_pytest("-p", "no:cacheprovider", env={"PYTHONDONTWRITEBYTECODE": "1"})
    assert [path.name for path in tmp_path.iterdir()] == ["test_plain.py"]
