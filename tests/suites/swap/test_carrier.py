"""The cases of lock, couplers, link and fault memory: an order that the tester does not carry out blames nobody."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from harness.protocols.swap.station import StationBus
from harness.sim.swap.yard import SwapYard

RIG = "virtual-swap.yaml"
ORDERS = [
    (SwapYard, "force_point", "LCK-027 LCK-035"),
    (SwapYard, "hold_link", "HV-024"),
    (SwapYard, "power", "LCK-035"),
    (SwapYard, "mate", "MAT-045"),
    (SwapYard, "driver", "LCK-034 MAT-046"),
    (StationBus, "to_pack", "HV-025 DTC-068"),
    (StationBus, "command", "HV-023 LCK-026 LCK-029 LCK-030 LCK-031 MAT-044"),
]
"""Orders to the tester, with cases that depend on them."""


@pytest.mark.slow
@pytest.mark.parametrize(("owner", "order", "names"), ORDERS, ids=[order for _, order, _ in ORDERS])
def test_order_that_is_not_carried_out_is_inconclusive(
    play: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, owner: type, order: str, names: str
) -> None:
    assert callable(getattr(owner, order))
    monkeypatch.setattr(owner, order, lambda *_, **__: 0)
    cases = [f"SWP-{name}" for name in names.split()]
    assert {record["id"]: record["verdict"] for record in play(cases, RIG, "")} == dict.fromkeys(cases, "inconc")


@pytest.mark.slow
def test_couplers_that_the_robot_mates_against_its_order_blame_nobody(play: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    mate = SwapYard.mate
    monkeypatch.setattr(SwapYard, "mate", lambda yard, **_: mate(yard))
    cases = ["SWP-MAT-045", "SWP-MAT-046"]
    assert {record["id"]: record["verdict"] for record in play(cases, RIG, "")} == dict.fromkeys(cases, "inconc")


@pytest.mark.slow
def test_station_that_tells_itself_ready_against_its_order_blames_nobody(play: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    command = StationBus.command
    monkeypatch.setattr(StationBus, "command", lambda station, word, **_: command(station, word))
    assert [record["verdict"] for record in play(["SWP-LCK-030"], RIG, "")] == ["inconc"]
