"""Two processes on a real IPv6 network: the simulated truck alone in one namespace, a run against it in the other."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.analyse.analysis import analyse_captures
from harness.protocols.iso15118 import STANDARD
from harness.rig import find_rig
from tests.bench.ports.namespaces import INTERFACE, refusal
from tests.interop.namespaces import Pair, joined

pytestmark = [pytest.mark.realtime, pytest.mark.skipif(bool(refusal()), reason=refusal() or "namespaces can be made")]

PRECERT = str(Path(sys.executable).with_name("precert"))
GUARD_S = 150.0
TESTER, TRUCK = ("fe80::b/64", "192.0.2.1/24"), ("fe80::a/64", "192.0.2.2/24")
CASES = ["HV-SDP-01"]


@pytest.fixture
def pair() -> Iterator[Pair]:
    """Both namespaces with the addresses that the rig names."""
    with joined() as made:
        for namespace, addresses in ((made.ours, TESTER), (made.peers, TRUCK)):
            for address in addresses:
                flags = ["nodad"] if ":" in address else []
                subprocess.run(["ip", "-n", namespace, "address", "add", address, "dev", INTERFACE, *flags], check=True)
        yield made


@pytest.fixture
def rig() -> Path:
    return find_rig("veth-ccs.yaml")


@pytest.fixture
def truck(pair: Pair, rig: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(pair.inside(pair.peers, PRECERT, "truck", "--rig", str(rig)), stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert "playing 'ccs_truck'" in process.stdout.readline()
    yield process
    process.send_signal(signal.SIGINT)
    process.wait(GUARD_S)


def test_cases_run_over_a_real_network_and_leave_evidence(pair: Pair, rig: Path, truck: subprocess.Popen[str], tmp_path: Path):
    run = tmp_path / "run"
    command = pair.inside(pair.ours, PRECERT, "run", *CASES, "--rig", str(rig), "--out", str(run))
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=GUARD_S)
    rows = {row["id"]: row["verdict"] for row in json.loads((run / "results.json").read_text())["results"]}
    assert rows == dict.fromkeys(CASES, "pass"), done.stdout
    assert done.returncode == 0
    assert truck.poll() is None
    recordings = sorted(run.glob("evidence/*/*/charge.pcapng"))
    assert len(recordings) == len(CASES) * 3  # one for each protocol
    for recording in recordings:
        (link,) = analyse_captures([recording], [STANDARD])[0].links
        assert any(message.name == "SECCDiscoveryReq" for message in link.messages)


def test_address_that_the_interface_lacks_is_named(pair: Pair, rig: Path, truck: subprocess.Popen[str], tmp_path: Path):
    other = tmp_path / "rig.yaml"
    text = rig.read_text().replace("model: ccs_station}", "model: ccs_station, options: {address: 'fe80::77'}}")
    other.write_text(text.replace("pics/ccs-truck.toml", str(rig.parent / "pics/ccs-truck.toml")))
    command = pair.inside(pair.ours, PRECERT, "run", "HV-SDP-01", "--rig", str(other), "--out", str(tmp_path / "run"))
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=GUARD_S)
    assert done.returncode == 1
    assert "fe80::77" in done.stdout
    assert "is the address of the role one of the interface" in done.stdout
