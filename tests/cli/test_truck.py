"""``precert truck``: the simulated truck alone, for a tester in another process."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

RIG = """\
schema: 1
rig: alone
bench_mode: simulation
time: real
links:
  charge: {driver: virtual, channel: truck-alone, bitrate_bps: 250000}
roles:
  charger: {kind: sim, links: [charge], model: dc_charger, options: {pilot: false}}
  truck: {kind: sut, links: [charge], MODEL}
"""
MODEL = "model: heavy_truck, options: {pilot: false}"
GUARD_S = 60.0


@pytest.fixture
def rig(tmp_path: Path) -> Callable[..., Path]:
    """Write a rig on python-can's virtual bus."""

    def write(model: str = MODEL) -> Path:
        path = tmp_path / "alone.yaml"
        path.write_text(RIG.replace("MODEL", model), encoding="utf-8")
        return path

    return write


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_truck_plays_until_it_is_told_to_end(rig: Callable[..., Path], clean_environment: dict[str, str], number: int) -> None:
    command = [str(Path(sys.executable).with_name("precert")), "truck", "--rig", str(rig()), "--fault", "bhm_late"]
    with subprocess.Popen(command, env=clean_environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as child:
        assert child.stdout is not None
        said = child.stdout.readline()
        assert said == "precert truck: playing 'heavy_truck' with bhm_late on charge (virtual truck-alone); Ctrl-C ends it\n"
        child.send_signal(number)
        rest, _ = child.communicate(timeout=GUARD_S)
    assert child.returncode == 0
    assert [line for line in rest.splitlines() if " late by " not in line] == ["precert truck: ended"]


def test_rig_without_a_modelled_truck_is_refused(precert: Callable[..., Any]) -> None:
    done = precert("truck", "--rig", "bench-dc-example.yaml")
    assert done.returncode == 2
    assert "no role of kind 'sut' names a model, so there is nothing to play" in done.stderr
    assert "Traceback" not in done.stderr


def test_unknown_fault_is_refused(precert: Callable[..., Any], rig: Callable[..., Path]) -> None:
    done = precert("truck", "--rig", rig(), "--fault", "bhm_latte")
    assert done.returncode == 2
    assert "no fault is named 'bhm_latte' (did you mean 'bhm_late'?)" in done.stderr
    assert "Traceback" not in done.stderr


def test_simulated_links_are_refused(precert: Callable[..., Any]) -> None:
    done = precert("truck", "--rig", "virtual-truck.yaml")
    assert done.returncode == 2
    assert "every link of the SUT is simulated" in done.stderr
