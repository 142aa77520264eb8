"""A truck with a large pack, and one whose pack is swapped."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest

from harness.core import ms, s
from harness.sim.faults.vehicle.heavy import HEAVY_FAULTS

LARGE = {"cells_in_series": 270, "max_voltage_v": 985.5, "max_current_a": 600, "bmv": True, "dt_gap_s": 0.002}
STRONG = {"max_voltage_v": 1000.0, "max_current_a": 400.0}


def _large(make_pair, *faults: str):
    pair = make_pair(truck={**LARGE, "faults": list(faults)}, charger=STRONG)
    pair.charge(14)
    return pair


def _least_offer(make_pair, *faults: str):
    pair = make_pair(truck={"faults": list(faults)})
    pair.order(lambda: pair.charger.override("CML", max_current_a=-0.1, min_current_a=0.0))
    pair.charge(2)
    return pair


def _swapped(make_pair, *faults: str):
    pair = make_pair(truck={"faults": list(faults)})
    pair.charge(0)
    pair.order(pair.cable.unplug)
    pair.run_for(s(1))
    pair.order(pair.cable.swap_pack)
    pair.run_for(s(1))
    pair.charge(1)
    return pair


def _broken_handshake(make_pair, *faults: str):
    pair = make_pair(truck={"faults": list(faults)})
    pair.order(lambda: pair.charger.hold("handshake"))
    pair.plug_in()
    pair.begin()
    pair.run_for(s(1))
    pair.order(pair.cable.unplug)
    pair.run_for(s(1))
    pair.plug_in()
    pair.begin()
    pair.run_for(s(1))
    return pair


SCENARIOS: tuple[Callable[..., object], ...] = (_broken_handshake, _least_offer, _swapped, _large)


def test_cells_beyond_256_come_in_a_group_of_their_own(make_pair) -> None:
    pair = _large(make_pair)
    told = pair.messages("BMV")
    assert [(message["cell_001_group"], len(message.data)) for message in told] == [(1, 512), (2, 28), (1, 512)]
    assert all(ms(4_900) < b - a < ms(5_100) for a, b in pairwise(message.start_ns for message in told))


def test_highest_cell_is_named_by_group_and_number(make_pair) -> None:
    pair = _large(make_pair)
    cells = pair.bms.plant.cells
    number = (pair.messages("BCS")[-1]["max_cell_group"] - 1) * 256 + pair.messages("BSM")[-1]["max_cell_number"]
    assert number == cells.max_cell


def test_more_than_400_a_is_told_and_demanded_as_400_a(make_pair) -> None:
    pair = _large(make_pair)
    assert pair.messages("BCP")[0]["max_current_a"] == pair.messages("BCL")[-1]["current_a"] == -400.0
    assert pair.messages("BCS")[-1]["current_a"] == -400.0


def test_swapped_pack_is_told_in_the_next_session(make_pair) -> None:
    pair = _swapped(make_pair)
    told = [(message["pack_number"], message["vin"]) for message in pair.messages("BRM")]
    assert [number for number, _ in dict.fromkeys(told)] == [1, 2]
    assert len({vin for _, vin in told}) == 1
    assert [bcp["soc_pct"] for bcp in pair.messages("BCP")] == [40.0, 70.0]


def test_pack_stays_in_a_truck_that_is_plugged_in(make_pair) -> None:
    pair = make_pair()
    pair.charge(1)
    pair.order(pair.cable.swap_pack)
    pair.run_for(s(1))
    assert pair.bms.plant.swaps == 0


@pytest.fixture(scope="module")
def healthy_digests() -> dict[str, str]:
    """What the healthy truck does in each scenario, filled on first use."""
    return {}


@pytest.mark.parametrize("name", [fault.name for fault in HEAVY_FAULTS])
def test_heavy_fault_can_be_observed(make_pair, healthy_digests, name) -> None:
    def digest(scenario: Callable[..., object], *faults: str) -> str:
        return scenario(make_pair, *faults).kernel.trace.digest()

    def healthy(scenario: Callable[..., object]) -> str:
        if scenario.__name__ not in healthy_digests:
            healthy_digests[scenario.__name__] = digest(scenario)
        return healthy_digests[scenario.__name__]

    assert any(digest(scenario, name) != healthy(scenario) for scenario in SCENARIOS)
