"""Diagnostics over IP on real sockets: the simulated truck alone in a process, a run against it in another, and doipclient against it."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import udsoncan
from doipclient import DoIPClient
from doipclient.connectors import DoIPClientUDSConnector
from doipclient.messages import DiagnosticPowerModeResponse
from udsoncan.client import Client

from harness.rig import find_rig

pytestmark = pytest.mark.realtime

PRECERT = str(Path(sys.executable).with_name("precert"))
GUARD_S = 120.0
VIN = "0PRECERT6TK000001"
ENTITY_IP, PEER_IP, GATEWAY, VCU, PEER, PORT = "127.0.0.2", "127.0.0.3", 0x1025, 0x1027, 0x0E83, 13400
SUPPLY, TRUCK_SUPPLY = ("127.0.0.1", 27934), ("127.0.0.1", 27935)
CASES = ["DOIP-012"]
"""The entity is found by broadcast, then several messages come in one segment of a connection; its limits are such that a busy machine
keeps them."""


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped rig with a bus that every machine has; each process is alone on it, and these cases need no more."""
    shipped = find_rig("vcan-vehicle")
    text = shipped.read_text(encoding="utf-8").replace("pics/networked", f"{shipped.parent}/pics/networked")
    assert "driver: socketcan, channel: vcan0" in text
    file = tmp_path_factory.mktemp("doip") / "rig.yaml"
    file.write_text(text.replace("driver: socketcan, channel: vcan0", "driver: virtual, channel: lone"), encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def truck(rig: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen([PRECERT, "truck", "--rig", str(rig)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert "playing 'networked_truck'" in process.stdout.readline()
    yield process
    process.send_signal(signal.SIGINT)
    process.wait(GUARD_S)


def test_cases_run_over_real_sockets(rig: Path, truck: subprocess.Popen[str], tmp_path: Path) -> None:
    run = tmp_path / "run"
    command = [PRECERT, "run", *CASES, "--rig", str(rig), "--out", str(run)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=GUARD_S)
    assert done.returncode == 0, done.stdout + done.stderr
    assert {row["id"]: row["verdict"] for row in json.loads((run / "results.json").read_text())["results"]} == dict.fromkeys(CASES, "pass")
    assert len(list(run.glob("evidence/*/*/ethernet.pcapng"))) == len(CASES)
    assert truck.poll() is None


def test_another_tester_hears_and_reads_the_truck(truck: subprocess.Popen[str]) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listening, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as supply:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("", PORT))
        supply.bind(SUPPLY)
        supply.sendto(b'{"line": "kl30", "value": 1}', TRUCK_SUPPLY)
        for _ in range(3):
            (ip, _), announced = DoIPClient.await_vehicle_announcement(timeout=GUARD_S, sock=listening)
            assert (ip, announced.vin, announced.logical_address) == (ENTITY_IP, VIN, GATEWAY)
    with DoIPClient(ENTITY_IP, VCU, client_logical_address=PEER, client_ip_address=PEER_IP) as peer:
        told = peer.request_vehicle_identification()
        assert (told.vin, told.logical_address) == (VIN, GATEWAY)
        assert peer.request_diagnostic_power_mode().diagnostic_power_mode is DiagnosticPowerModeResponse.DiagnosticPowerMode.Ready
        status = peer.request_entity_status()
        assert (status.node_type, status.currently_open_sockets) == (0, 1)
        settings = {**udsoncan.configs.default_client_config, "data_identifiers": {0xF190: udsoncan.AsciiCodec(17)}}
        with Client(DoIPClientUDSConnector(peer), config=settings) as client:
            assert client.read_data_by_identifier_first(0xF190) == VIN
            assert client.change_session(3).positive
