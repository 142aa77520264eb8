"""What the tester may do to the end of a session: keep the current up, take the auxiliary supply off."""

from __future__ import annotations

import pytest

from harness.core import ms, s
from harness.protocols.gbt27930.vehicle import VehiclePhase


def _stop_with_kept_current(pair, current_a: float) -> int:
    """Vehicle stop with CST while the current goes on; the instant of the first BST."""
    pair.charge()
    pair.order(lambda: pair.charger.keep_current(current_a), lambda: pair.charger.hold("charging"))
    pair.run_for(s(1))
    pair.order(pair.cable.ask_vehicle_to_stop, lambda: pair.charger.also_send("CST", every_ns=ms(10)))
    pair.run_for(s(0.5))
    return pair.messages("BST")[0].t_ns


def test_kept_current_flows_on_after_the_stop_of_the_vehicle(pair) -> None:
    _stop_with_kept_current(pair, 50.0)
    assert pair.levels("dc_a")[-1][1] == 50.0
    assert pair.levels("k5k6")[-1][1] == 1


def test_truck_opens_under_load_after_its_limit_and_not_before(pair) -> None:
    bst_ns = _stop_with_kept_current(pair, 50.0)
    pair.run_for(s(11))
    opened_ns = pair.levels("k5k6")[-1][0]
    assert pair.levels("k5k6")[-1][1] == 0
    assert s(9.9) < opened_ns - bst_ns < s(10.1)
    assert pair.levels("dc_a")[-1][1] == 0


def test_current_that_is_let_go_opens_the_contactors_soon(pair) -> None:
    _stop_with_kept_current(pair, 50.0)
    pair.order(lambda: pair.charger.keep_current(None))
    pair.run_for(s(0.5))
    assert pair.levels("k5k6")[-1][1] == 0


def test_reverted_charger_keeps_no_current_any_more(pair) -> None:
    _stop_with_kept_current(pair, 50.0)
    pair.order(pair.charger.revert)
    pair.run_for(s(0.5))
    assert pair.levels("k5k6")[-1][1] == 0


@pytest.mark.parametrize(("loss_wakes", "phase"), [(False, VehiclePhase.UNPLUGGED), (True, VehiclePhase.WAITING)])
def test_supply_goes_while_the_connector_stays_in(make_pair, loss_wakes, phase) -> None:
    pair = make_pair(truck={"aux_supply": True, "supply_loss_wakes": loss_wakes}, charger={"aux_voltage_v": 12.0})
    pair.charge()
    pair.order(lambda: pair.cable.switch_aux(False))
    pair.run_for(s(1))
    assert pair.levels("plug")[-1][1] == 1
    assert pair.levels("aux_v")[-1][1] == 0
    assert pair.bms.phase is phase


def test_supply_that_comes_back_wakes_the_truck(make_pair) -> None:
    pair = make_pair(truck={"aux_supply": True}, charger={"aux_voltage_v": 12.0})
    pair.charge()
    pair.order(lambda: pair.cable.switch_aux(False))
    pair.run_for(s(1))
    pair.order(lambda: pair.cable.switch_aux(True))
    pair.run_for(s(1))
    assert pair.bms.phase is VehiclePhase.WAITING
