"""Rigs of a test's own."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.core import resource

BENCH = """
schema: 1
rig: yard
bench_mode: vehicle
time: real
{clock}
links:
  charge: {{driver: virtual, channel: yard, bitrate_bps: 250000}}
  pilot: {{kind: line, driver: udp, options: {{bind: "{address}", peer: "127.0.0.1:9"}}}}
roles:
  charger: {{kind: sim, links: [charge, pilot], model: dc_charger}}
  truck: {{kind: sut, links: [charge, pilot]{pics}}}
safety: {{max_voltage_v: 1000, max_current_a: 400, safe_state: {{plug: 0}}}}
"""
CLOCK = "clock: {source: driver, resolution_us: 1, accuracy_us: 1000, drift_ppm: 50}"


@pytest.fixture
def write_bench(tmp_path: Path) -> Callable[..., Path]:
    """A rig file for a real truck on links that every machine has."""

    def write(*, clock: str = CLOCK, address: str = "", pics: Path | None = None) -> Path:
        if not address:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
                free.bind(("127.0.0.1", 0))
                address = f"127.0.0.1:{free.getsockname()[1]}"
        declared = resource("rigs", "pics", "heavy-truck.toml") if pics is None else pics
        (tmp_path / "yard.yaml").write_text(BENCH.format(clock=clock, address=address, pics=f', pics: "{declared}"'))
        return tmp_path / "yard.yaml"

    return write
