"""The cases of the battery swap: their basis, an idle tester blames nobody, a silent truck passes nothing, a stream."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from harness.protocols.swap.station import StationBus
from harness.sim.swap.yard import SwapYard

RIG, STREAM = "virtual-swap.yaml", "virtual-swap-stream.yaml"
ORDERS = [
    (StationBus, "command", "COM-009 SES-011 SES-012 AUT-014 PRE-017 SEQ-036 SEQ-041"),
    (StationBus, "rest", "COM-010"),
    (StationBus, "repeat", "COM-010"),
    (StationBus, "set", "SEQ-041"),
    (StationBus, "session", "SES-012 SES-013 AUT-016"),
    (StationBus, "silence", "COM-005 COM-007 SEQ-042"),
    (StationBus, "speak", "COM-005 SEQ-042"),
    (StationBus, "spoil_checksum", "COM-007"),
    (StationBus, "freeze_counter", "COM-008"),
    (StationBus, "shorten", "COM-009"),
    (StationBus, "challenge", "AUT-015 AUT-016 SEQ-036"),
    (StationBus, "replay", "AUT-016"),
    (StationBus, "to_pack", "COM-006"),
    (SwapYard, "driver", "COM-006 PRE-018 PRE-019 PRE-020 PRE-022 SEQ-038 SEQ-040 SEQ-043"),
    (SwapYard, "plug_charger", "PRE-021"),
    (SwapYard, "remove_pack", "SEQ-036 SEQ-040 SEQ-043"),
    (SwapYard, "seat", "SEQ-036"),
    (SwapYard, "mate", "SEQ-036"),
]
"""Orders to the tester, with cases that depend on them."""
STREAM_FAULTS = [
    ("SWP-COM-005", "hides_lost_station"),
    ("SWP-SES-013", "accepts_command_without_session"),
    ("SWP-SEQ-037", "accepts_out_of_order"),
    ("SWP-LCK-030", "ignores_station_ready"),
    ("SWP-BMS-049", "protocol_not_recorded"),
]
"""For each part of the suite a case with one of its faults."""

Play = Callable[..., Any]


def ids(names: str) -> list[str]:
    return [f"SWP-{name}" for name in names.split()]


def verdicts_of(play: Play, cases: list[str], rig: str = RIG, fault: str = "") -> dict[str, str]:
    found = {record["id"]: record["verdict"] for record in play(cases, rig, fault)}
    assert set(found) == set(cases)
    return found


def test_catalogue_has_every_row_and_names_no_standard(catalogue_of: Callable[[str], list[dict[str, Any]]]) -> None:
    rows = catalogue_of("swap")
    numbers = sorted(int(row["id"].rpartition("-")[2]) for row in rows)
    assert numbers == list(range(1, 71))
    assert all(ref.startswith("HTSWAP-0.1:") for row in rows for ref in row["refs"])


@pytest.mark.slow
@pytest.mark.parametrize(("owner", "order", "names"), ORDERS, ids=[order for _, order, _ in ORDERS])
def test_order_that_is_not_carried_out_is_inconclusive(
    play: Play, monkeypatch: pytest.MonkeyPatch, owner: type, order: str, names: str
) -> None:
    assert callable(getattr(owner, order))
    monkeypatch.setattr(owner, order, lambda *_, **__: 0)
    assert verdicts_of(play, ids(names)) == dict.fromkeys(ids(names), "inconc")


@pytest.mark.slow
def test_truck_that_is_silent_passes_no_case(
    play: Play, monkeypatch: pytest.MonkeyPatch, catalogue_of: Callable[[str], list[dict[str, Any]]]
) -> None:
    monkeypatch.setattr("harness.protocols.swap.vehicle.machine.SwapVehicle.start", lambda *_: None)
    cases = [row["id"] for row in catalogue_of("swap")]
    assert set(verdicts_of(play, cases).values()) <= {"fail", "inconc"}


@pytest.mark.slow
@pytest.mark.parametrize(("case", "fault"), STREAM_FAULTS, ids=[case for case, _ in STREAM_FAULTS])
def test_fault_is_seen_over_a_stream_too(play: Play, golden: dict[str, Any], case: str, fault: str) -> None:
    assert verdicts_of(play, [case], STREAM) == {case: "pass"}
    assert play([case], STREAM, fault)[0]["verdict"] == "fail"
    assert fault in golden["kills"][case]
