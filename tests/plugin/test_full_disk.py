"""A run whose disk is full: one message, exit code 1, and what was complete before stays readable."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from pathlib import Path

_BOUND = 20_000
"""Bytes that a file may have: enough for the plan and the record of the first case, too few for that of the second."""


def _bounded() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (_BOUND, _BOUND))


def test_disk_that_is_full_ends_the_run_with_one_message(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "from harness.cli import main; main()"]
    command += ["run", "GBT-VP.101", "GBT-VP.102", "GBT-VP.103", "--rig", "virtual-truck", "--out", "run"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, preexec_fn=_bounded)
    said = done.stdout + done.stderr
    assert done.returncode == 1, said
    assert "run: cannot be written: File too large; the run ends here" in said
    assert "Traceback" not in said
    assert "no run: " not in said
    first = (tmp_path / "run" / "records.jsonl").read_text(encoding="utf-8").splitlines()[0]
    assert (json.loads(first)["id"], json.loads(first)["verdict"]) == ("GBT-VP.101", "pass")
    rows = json.loads((tmp_path / "run" / "results.json").read_text(encoding="utf-8"))["results"]
    assert {row["id"]: row["verdict"] for row in rows} == {"GBT-VP.101": "pass", "GBT-VP.102": "none", "GBT-VP.103": "none"}
