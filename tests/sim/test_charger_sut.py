"""The simulated charger as the system under test: the truck plugs in and works its buttons."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from harness.core import LocalProtocolError, s
from harness.protocols.gbt27930.charger import ChargerPhase
from harness.sim.faults import CHARGER_FAULTS
from harness.sim.inlet import TruckPilot

SUT: Mapping[str, object] = {"timeouts": True, "strict_length": True, "aux_voltage_v": 12, "aux_off_at_end": True}


@pytest.fixture
def bench(make_pair):
    """The truck as tester and a charger with the options of a system under test."""
    return make_pair(truck={"timeouts": False}, charger=SUT)


def operate(pair, order: Callable[[TruckPilot], object], seconds: float = 0.1) -> None:
    """The truck's side does something, then time passes."""
    pilot = pair.nodes["truck"][1]
    assert isinstance(pilot, TruckPilot)
    order(pilot)
    for node in pair.nodes["truck"]:
        pair.kernel.poke(node)
    pair.run_for(s(seconds))


def steer(pair, order: Callable[[], object], seconds: float) -> None:
    """The truck's machine is given an order, then time passes."""
    order()
    pair.kernel.poke(pair.bms)
    pair.run_for(s(seconds))


def charge(pair) -> None:
    operate(pair, lambda pilot: pilot.connect())
    operate(pair, lambda pilot: pilot.press("start_button"), 7)


def test_plug_and_start_lead_to_a_running_charge(bench) -> None:
    charge(bench)
    assert bench.charger.phase is ChargerPhase.CHARGING
    assert bench.messages("CCS")[-1]["current_a"] < -5


def test_connector_alone_starts_nothing(bench) -> None:
    operate(bench, lambda pilot: pilot.connect(), 5)
    assert bench.messages() == []
    assert bench.levels("aux_v")[-1][1] == 12


def test_start_without_connector_is_ignored(bench) -> None:
    operate(bench, lambda pilot: pilot.press("start_button"), 5)
    assert bench.messages() == []


def test_stop_button_ends_the_charge(bench) -> None:
    charge(bench)
    operate(bench, lambda pilot: pilot.press("stop_button"), 5)
    assert bench.messages("CST")[0]["manual"] == 1
    assert bench.charger.phase is ChargerPhase.ENDED


def test_supply_goes_off_after_the_session(bench) -> None:
    charge(bench)
    steer(bench, bench.bms.stop, 5)
    assert bench.charger.phase is ChargerPhase.ENDED
    assert bench.levels("aux_v")[-1][1] == 0


def test_second_start_needs_a_new_plug_in(bench) -> None:
    charge(bench)
    steer(bench, bench.bms.stop, 5)
    count = len(bench.messages())
    operate(bench, lambda pilot: pilot.press("start_button"), 5)
    assert len(bench.messages()) == count
    operate(bench, lambda pilot: pilot.disconnect(), 1)
    charge(bench)
    assert bench.charger.phase is ChargerPhase.CHARGING


def test_level_of_a_button_counts(bench) -> None:
    for _ in range(3):
        operate(bench, lambda pilot: pilot.press("start_button"))
    assert [value for _, value in bench.levels("start_button")] == [1, 2, 3]


def test_there_are_two_buttons(bench) -> None:
    with pytest.raises(LocalProtocolError, match="stop_button"):
        operate(bench, lambda pilot: pilot.press("stop_buton"))


def test_truck_takes_the_current_from_ccs_where_no_line_tells_it(make_pair) -> None:
    pair = make_pair(truck={"timeouts": False}, charger={**SUT, "pilot": False, "autostart": True})
    pair.nodes["truck"][1].connect()
    pair.kernel.poke(pair.nodes["truck"][1])
    pair.run_for(s(8))
    assert pair.messages("BCS")[-1]["current_a"] < -5


def test_contactors_open_below_five_ampere_at_the_end(bench) -> None:
    charge(bench)
    steer(bench, bench.bms.stop, 3)
    opened_ns = next(t_ns for t_ns, value in reversed(bench.levels("k5k6")) if value == 0)
    before = [value for t_ns, value in bench.levels("dc_a") if t_ns <= opened_ns]
    assert before[-1] < 5


def test_every_fault_says_what_it_does() -> None:
    assert all(fault.text and fault.text[0].isalnum() for fault in CHARGER_FAULTS.values())
