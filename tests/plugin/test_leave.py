"""Stimuli that need leave: without it a case on a real system under test is not started at all."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest

from harness.case.metadata import NEEDS
from harness.case.run.runfolder import RunFolder
from harness.rig.schema import Stimulus

Command = Callable[..., Any]
Trial = Callable[..., Any]

HIL = """\
schema: 1
rig: table
bench_mode: hil
time: real
clock: {{source: driver, resolution_us: 1, accuracy_us: 1000, drift_ppm: 50}}
links:
  charge: {{driver: virtual, channel: leave, bitrate_bps: 250000}}
  pilot: {{kind: line, driver: udp, options: {{bind: "127.0.0.1:{port}", peer: "127.0.0.1:9"}}}}
roles:
  charger: {{kind: sim, links: [charge, pilot], model: dc_charger}}
  truck: {{kind: sut, links: [charge, pilot], pics: {pics}}}
safety: {{max_voltage_v: 1000, max_current_a: 250, safe_state: {{plug: 0}}}}
operator: Li Wei
allow: [{allow}]
"""


@pytest.fixture
def on_the_table(precert: Command, trial_suite: Path, root: Path, tmp_path: Path) -> Callable[[str], tuple[Any, Any]]:
    """Run TRIAL-POWER on a controller that is not there; the command and the record."""

    def run(allow: str) -> tuple[Any, Any]:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        rig = tmp_path / "table.yaml"
        rig.write_text(HIL.format(pics=root / "rigs" / "pics" / "heavy-truck.toml", port=port, allow=allow), encoding="utf-8")
        done = precert("run", "TRIAL-POWER", "--rig", rig, "--out", "run", env={"PYTHONPATH": str(trial_suite)})
        assert "Traceback" not in done.stdout + done.stderr
        (record,) = RunFolder.open(tmp_path / "run").read_records().records
        return done, record

    return run


def test_rig_and_cases_know_the_same_words() -> None:
    assert set(NEEDS) == set(get_args(Stimulus))


def test_without_leave_nothing_is_sent_and_the_missing_word_is_named(on_the_table: Callable[[str], tuple[Any, Any]]) -> None:
    done, record = on_the_table("writes")
    assert done.returncode == 1
    assert (record["verdict"], record["reason_code"], record["execution"]["state"]) == ("inconc", "NOT_ALLOWED", "aborted")
    assert record["reason"] == (
        "the rig does not allow: energise; whoever is in charge allows it in table.yaml with "
        "'allow: [energise, writes]' and their own name under 'operator'"
    )
    assert {step["state"] for step in record["steps"]} == {"not_reached"}
    assert (record["checks"], record["evidence"]) == ([], [])
    assert float(record["execution"]["bus_time_s"] or 0) == 0
    assert "TRIAL-POWER    inconclusive NOT_ALLOWED" in done.stdout


def test_with_leave_the_case_runs(on_the_table: Callable[[str], tuple[Any, Any]]) -> None:
    _, record = on_the_table("writes, energise")
    assert record["reason_code"] != "NOT_ALLOWED"
    assert "charge" in {file["link"] for file in record["evidence"]}


def test_simulation_needs_no_leave(trial: Trial) -> None:
    run = trial(["TRIAL-POWER"])
    assert run.rows["TRIAL-POWER"]["verdict"] == "pass", run.output
