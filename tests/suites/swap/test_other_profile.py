"""The suite on a message profile with other identifiers, places, words and times, which lacks two roles."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
CASES = ("SWP-COM-001", "SWP-SEQ-036", "SWP-BMS-048", "SWP-INS-062", "SWP-THM-065")


def precert(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("precert")), *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=300)


@pytest.mark.slow
def test_suite_runs_on_another_profile_and_its_run_can_be_judged_without_it(tmp_path: Path) -> None:
    shutil.copytree(HERE / "other-profile", tmp_path / "lab")
    rig = (HERE / "other-profile.yaml").read_text(encoding="utf-8").replace("swap: other-profile}", "swap: lab}")
    (tmp_path / "rig.yaml").write_text(rig.replace("../../../rigs", str(ROOT / "rigs")), encoding="utf-8")
    done = precert(tmp_path, "run", *CASES, "--rig", "rig.yaml", "--out", "run")
    assert done.returncode == 0, done.stdout + done.stderr

    results = json.loads((tmp_path / "run" / "results.json").read_text(encoding="utf-8"))
    rows = {row["id"]: row for row in results["results"]}
    assert {case: rows[case]["verdict"] for case in CASES} == dict.fromkeys(CASES[:3], "pass") | dict.fromkeys(CASES[3:], "none")
    assert rows["SWP-INS-062"]["applicability"]["reason"] == "the profile OTHER 1 of the tests has no PACK_STS2.ImdActive"
    assert "has no PACK_THM.ThermalRequest, PACK_THM.CoolantFlow" in rows["SWP-THM-065"]["applicability"]["reason"]
    # The timer of this profile is 4 s, that of HTSWAP 3 s.
    assert any("4.5" in check["expected"] for check in rows["SWP-BMS-048"]["checks"])

    plan = json.loads((tmp_path / "run" / "plan.json").read_text(encoding="utf-8"))
    assert plan["profiles"]["swap"]["files"]["other.dbc"] == (tmp_path / "lab" / "other.dbc").read_text(encoding="utf-8")
    (tmp_path / "lab").rename(tmp_path / "gone")
    again = precert(tmp_path, "replay", "run", "--json", "replay.json")
    assert again.returncode == 0, again.stdout + again.stderr
    document = json.loads((tmp_path / "replay.json").read_text(encoding="utf-8"))
    assert document["holds"]
    assert "SWP-COM-001" in document["reproduced"]
