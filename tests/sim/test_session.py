"""Complete sessions of the simulated charger and the simulated truck on one bus."""

from __future__ import annotations

from itertools import pairwise

import pytest

from harness.core import ms, s
from harness.protocols.gbt27930.charger import ChargerPhase
from harness.protocols.gbt27930.messages import MESSAGES
from harness.protocols.gbt27930.vehicle import VehiclePhase

ORDER = ["CHM", "BHM", "CRM", "BRM", "BCP", "CTS", "CML", "BRO", "CRO", "BCL", "BCS", "CCS", "BSM"]


def test_healthy_session_has_the_order_of_the_standard(pair) -> None:
    pair.charge()
    pair.order(pair.charger.stop)
    pair.run_for(s(3))
    assert pair.order_of_messages() == [*ORDER, "CST", "BST", "BSD", "CSD"]
    assert (pair.charger.phase, pair.bms.phase) == (ChargerPhase.ENDED, VehiclePhase.ENDED)


def test_vehicle_may_end_the_session(make_pair) -> None:
    pair = make_pair(truck={"soc_pct": 94.995, "target_soc_pct": 95.0})
    pair.charge(8)
    assert pair.order_of_messages() == [*ORDER, "BST", "CST", "BSD", "CSD"]
    assert pair.messages("BST")[0]["soc_reached"] == 1
    assert pair.messages("CST")[0]["bms_stopped"] == 1


def test_operator_of_the_truck_may_end_the_session(pair) -> None:
    pair.charge()
    pair.order(pair.cable.ask_vehicle_to_stop)
    pair.run_for(s(2))
    assert pair.messages("BST")[0]["soc_reached"] == 1


def test_truck_may_be_deaf_to_its_operator(make_pair) -> None:
    pair = make_pair(truck={"heeds_driver": False})
    pair.charge()
    pair.order(pair.cable.ask_vehicle_to_stop)
    pair.run_for(s(2))
    assert pair.bms.phase is VehiclePhase.CHARGING


def test_operator_of_the_truck_may_let_charging_pause(pair) -> None:
    pair.charge(2)
    pair.order(pair.cable.ask_vehicle_to_pause)
    pair.run_for(s(2))
    assert pair.messages("BSM")[-1]["permitted"] == 0
    assert (pair.messages("CCS")[-1]["permitted"], pair.messages("CCS")[-1]["current_a"]) == (0, 0.0)
    pair.order(lambda: pair.cable.ask_vehicle_to_pause(False))
    pair.run_for(s(4))
    assert pair.messages("BSM")[-1]["permitted"] == 1
    assert (pair.messages("CCS")[-1]["permitted"], pair.messages("CCS")[-1]["current_a"]) == (1, -250.0)


def test_charger_that_pauses_is_not_resumed_by_the_vehicle(pair) -> None:
    pair.charge(2)
    pair.order(pair.charger.pause)
    pair.run_for(s(5))
    assert (pair.messages("CCS")[-1]["permitted"], pair.messages("CCS")[-1]["current_a"]) == (0, 0.0)
    assert pair.bms.phase is VehiclePhase.CHARGING
    pair.order(lambda: pair.charger.pause(False))
    pair.run_for(s(4))
    assert (pair.messages("CCS")[-1]["permitted"], pair.messages("CCS")[-1]["current_a"]) == (1, -250.0)


def test_derating_is_taken_back(pair) -> None:
    pair.charge(2)
    pair.order(lambda: pair.charger.limit(50))
    pair.run_for(s(2))
    assert pair.messages("CCS")[-1]["current_a"] == -50.0
    pair.order(lambda: pair.charger.limit(None))
    pair.run_for(s(4))
    assert pair.messages("CCS")[-1]["current_a"] == -250.0


def test_stop_message_that_trusts_none_of_its_states_stops_nothing(pair) -> None:
    pair.charge(2)
    pair.order(lambda: pair.charger.also_send("CST", every_ns=ms(10), data=b"\xaa\xaa\xfa\xfa"))
    pair.run_for(s(1))
    assert len(pair.messages("CST")) > 50
    assert pair.bms.phase is VehiclePhase.CHARGING
    assert not pair.messages("BST")


def test_every_vehicle_message_keeps_its_period_within_a_tenth(pair) -> None:
    pair.charge(5)
    for name in ("BHM", "BRO", "BCL", "BCS", "BSM"):
        period = MESSAGES[name].period_ns
        times = [message.t_ns for message in pair.messages(f"{name}.RTS" if MESSAGES[name].multi_packet else name)]
        assert len(times) > 3
        assert all(abs(b - a - period) < period / 10 for a, b in pairwise(times))


def test_both_sides_agree_on_voltage_and_current(pair) -> None:
    pair.charge(6)
    bcs, ccs = pair.messages("BCS")[-1], pair.messages("CCS")[-1]
    assert bcs["current_a"] == ccs["current_a"] == -250.0
    assert bcs["voltage_v"] == pytest.approx(ccs["voltage_v"], abs=0.2)


def test_current_flows_only_between_the_contactor_edges(pair) -> None:
    pair.charge()
    pair.order(pair.charger.stop)
    pair.run_for(s(3))
    (opened, _), (closed, _), (opened_again, _) = pair.levels("k5k6")
    flowing = [t_ns for t_ns, value in pair.levels("dc_a") if value >= 5]
    low_again, _ = pair.levels("dc_a")[-1]
    assert opened == 0
    assert closed < flowing[0]
    assert flowing[-1] < low_again < opened_again
    assert pair.levels("dc_v")[-1][1] == 0


def test_levels_come_at_most_every_50_ms(pair) -> None:
    pair.charge()
    for line in ("dc_v", "dc_a", "inlet_v"):
        assert min(b - a for (a, _), (b, _) in pairwise(pair.levels(line))) >= ms(50)


def test_contactors_open_when_ccs_is_missing(pair) -> None:
    pair.charge()
    pair.order(lambda: pair.charger.withhold("CCS"))
    pair.run_for(s(3))
    assert pair.messages("BEM")[0]["timeout_ccs"] == 1
    assert pair.levels("k5k6")[-1][1] == 0
    assert pair.levels("dc_a")[-1][1] == 0


def test_second_session_after_replugging_is_complete(pair) -> None:
    pair.charge()
    pair.order(pair.charger.stop)
    pair.run_for(s(3))
    pair.order(pair.cable.unplug)
    pair.run_for(s(1))
    first = len(pair.messages("BSM"))
    pair.charge()
    assert len(pair.messages("BSM")) > first
    assert pair.bms.phase is VehiclePhase.CHARGING


def test_unplugging_ends_everything_at_any_time(pair) -> None:
    pair.charge()
    pair.order(pair.cable.unplug)
    pair.run_for(s(0.1))
    assert pair.bms.phase is VehiclePhase.UNPLUGGED
    assert pair.levels("k5k6")[-1][1] == 0
    before = len(pair.messages())
    pair.run_for(s(5))
    assert len(pair.messages()) == before


def test_truck_with_auxiliary_supply_sleeps_without_it(make_pair) -> None:
    pair = make_pair(truck={"aux_supply": True})
    pair.charge()
    assert "BHM" not in pair.order_of_messages()
    pair = make_pair(truck={"aux_supply": True}, charger={"aux_voltage_v": 12.0})
    pair.charge()
    assert "BSM" in pair.order_of_messages()


def test_pair_charges_without_pilot_link(make_pair) -> None:
    pair = make_pair(truck={"pilot": False}, charger={"pilot": False})
    pair.charge(5)
    bcs, ccs = pair.messages("BCS")[-1], pair.messages("CCS")[-1]
    assert bcs["current_a"] == ccs["current_a"] == -250.0
    pair.order(pair.charger.stop)
    pair.run_for(s(3))
    assert pair.bms.phase is VehiclePhase.ENDED
    pair.run_for(s(3))
    pair.begin()
    pair.run_for(s(6))
    assert pair.bms.phase is VehiclePhase.CHARGING


def test_charger_of_2011_gets_a_session(pair) -> None:
    pair.plug_in()
    pair.begin("recognition")
    pair.run_for(s(5))
    assert pair.order_of_messages() == ORDER[2:]


def test_simulated_charger_reconnects_after_a_lost_vehicle(make_pair) -> None:
    pair = make_pair(charger={"timeouts": True, "autostart": True})
    pair.plug_in()
    pair.run_for(s(6))
    pair.order(lambda: pair.charger.withhold("CCS"))
    pair.run_for(s(2))
    pair.order(lambda: pair.charger.resume("CCS"))
    pair.run_for(s(10))
    assert pair.bms.phase is VehiclePhase.CHARGING
    assert pair.charger.phase is ChargerPhase.CHARGING


def test_optional_messages_come_with_the_length_of_the_pack(make_pair) -> None:
    pair = make_pair(truck={"bmv": True, "bmt": True, "bsp": True, "dt_gap_s": 0.002})
    pair.charge(12)
    lengths = {name: len(pair.messages(name)[0].data) for name in ("BMV", "BMT", "BSP")}
    assert lengths == {"BMV": 384, "BMT": 16, "BSP": 16}
    times = [message.t_ns for message in pair.messages("BCS.RTS")]
    assert all(ms(225) < b - a < ms(275) for a, b in pairwise(times))


def test_derated_charger_is_followed(pair) -> None:
    pair.charge(5)
    pair.order(lambda: pair.charger.limit(40.0))
    pair.run_for(s(2))
    assert pair.messages("BCS")[-1]["current_a"] == -40.0
    assert pair.bms.phase is VehiclePhase.CHARGING


def test_two_runs_give_the_same_trace(make_pair) -> None:
    digests = set()
    for _ in range(2):
        pair = make_pair()
        pair.charge()
        digests.add(pair.kernel.trace.digest())
    assert len(digests) == 1
