"""What `precert run` said of a party of the package, compared with what is written down of it."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

from tests.bench.ports.namespaces import address_in
from tests.interop.namespaces import Pair

HERE = Path(__file__).parent
_PATIENCE_S = 400

Key = tuple[str, str]
"""A case and the edition in which it was run."""


def run(pair: Pair, folder: Path, rig: str, *cases: str) -> Path:
    """Run *cases* in our namespace on the rig of that name; the run folder."""
    text = (HERE / "rigs" / f"{rig}.yaml").read_text(encoding="utf-8")
    file = folder / f"{rig}.yaml"
    file.write_text(text.replace("ADDRESS", address_in(pair.ours)), encoding="utf-8")
    pics = HERE / "rigs" / f"{rig}-pics.toml"
    (folder / pics.name).write_text(pics.read_text(encoding="utf-8"), encoding="utf-8")
    out, precert = folder / f"run-{rig}", Path(sys.executable).with_name("precert")
    command = [str(precert), "run", *cases, "--rig", str(file), "--limits", str(HERE / "rigs" / "limits.toml"), "--out", str(out)]
    done = subprocess.run(Pair.inside(pair.ours, *command), check=False, capture_output=True, text=True, timeout=_PATIENCE_S)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    return out


def seen(folder: Path) -> dict[Key, dict[str, object]]:
    """Verdict and failed checks of every case and edition of a run."""
    return {(record["id"], record["edition"]): _told(record) for record in _records(folder)}


def _records(folder: Path) -> Iterator[dict[str, object]]:
    for line in (folder / "records.jsonl").read_text(encoding="utf-8").splitlines():
        yield json.loads(line)


def _told(record: dict[str, object]) -> dict[str, object]:
    checks = record["checks"]
    assert isinstance(checks, list)
    return {"verdict": record["verdict"], "failed": sorted({check["name"] for check in checks if check["verdict"] == "fail"})}


def expected(name: str) -> dict[Key, dict[str, object]]:
    """The findings written down in *name*, one for each case and edition."""
    rows = tomllib.loads((HERE / name).read_text(encoding="utf-8"))["findings"]
    return {
        (row["case"], edition): {"verdict": row["verdict"], "failed": sorted(row.get("failed", []))}
        for row in rows
        for edition in row["editions"]
    }
