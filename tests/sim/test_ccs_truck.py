"""The model of the CCS truck: its options, its inlet, its battery."""

from __future__ import annotations

import pytest

from harness.core import ConfigError, Level, s
from harness.protocols.iso15118.pilot import VehiclePilot
from harness.protocols.iso15118.vehicle import VehicleMachine
from harness.sim.battery import Battery, BatteryOptions
from harness.sim.ccs_inlet import CcsInlet, CcsPilot
from harness.sim.ccs_truck import ccs_truck


def problems(**options):
    with pytest.raises(ConfigError) as raised:
        ccs_truck(options)
    return [problem.text for problem in raised.value.problems]


def test_nodes_come_in_the_order_of_the_links():
    machine, pilot = ccs_truck({})
    assert isinstance(machine, VehicleMachine)
    assert isinstance(pilot, CcsPilot)
    assert len(ccs_truck({"pilot": False})) == 1


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"protocols": ["iso15118"]}, "option 'protocols': no iso15118; known are din70121, iso15118-2, iso15118-20"),
        ({"protocols": []}, "option 'protocols' must name at least one of din70121, iso15118-2, iso15118-20"),
        ({"protocols": "din70121"}, "option 'protocols' must be a list of names, not 'din70121'"),
        ({"control_modes": ["planned"]}, "option 'control_modes': no planned; known are scheduled, dynamic"),
        ({"inlet": "type2"}, "option 'inlet' must be ccs2 or mcs, not 'type2'"),
        ({"security": "ssl"}, "option 'security' must be none or tls, not 'ssl'"),
        ({"evcc_id": "0200"}, "option 'evcc_id' must be 12 hexadecimal digits, not '0200'"),
        ({"evcc_id_20": ""}, "option 'evcc_id_20' must have 1 to 255 characters, not 0"),
        ({"address": "10.0.0.1"}, "option 'address' must be an IPv6 link-local address like fe80::a, not '10.0.0.1'"),
        ({"address": "2001:db8::1"}, "option 'address' must be an IPv6 link-local address like fe80::a, not '2001:db8::1'"),
        ({"max_current_a": 0}, "option 'max_current_a' must be positive, not 0"),
        ({"max_power_w": float("inf")}, "option 'max_power_w' must be 0 to 30,000,000, not inf"),
        ({"think_s": -1.0}, "option 'think_s' must be 0 to 30,000,000, not -1.0"),
        ({"loop_s": float("nan")}, "option 'loop_s' must be 0 to 30,000,000, not nan"),
        ({"target_soc_pct": 101}, "option 'target_soc_pct' must be 0..100, not 101"),
        ({"soc_pct": 120}, "option 'soc_pct' must be 0..100, not 120"),
        ({"max_voltage_v": "800"}, "option 'max_voltage_v' must be a number, not '800'"),
        ({"max_voltag_v": 800}, "unknown option 'max_voltag_v' (did you mean 'max_voltage_v'?)"),
        ({"faults": ["waits_for_ever.CurentDemand"]}, "no fault is named 'waits_for_ever.CurentDemand'"),
    ],
)
def test_wrong_options_are_told_plainly(options, told):
    assert any(told in text for text in problems(**options))


def test_all_problems_are_told_at_once():
    assert len(problems(inlet="x", security="y", max_current_a=-1)) == 3


def test_the_pack_has_700_volts():
    machine, _ = ccs_truck({})
    assert 690 < machine.plant.battery_v < 720


@pytest.fixture
def inlet():
    battery = Battery(BatteryOptions(cells_in_series=216), capacity_ah=400, max_voltage_v=800)
    return CcsInlet(battery, VehiclePilot(), wired=True, highest_v=808)


def hear(inlet, now_s, **levels):
    for line, value in levels.items():
        inlet.hear(s(now_s), Level(line, value))
    inlet.advance(s(now_s) + s(0.02))


def test_data_link_is_up_with_the_oscillation(inlet):
    hear(inlet, 1, plug=1, pp_ohm=1500)
    assert inlet.is_plugged
    assert not inlet.link_is_up
    hear(inlet, 2, cp_duty_percent=5)
    assert inlet.link_is_up
    assert inlet.pilot_is_good


@pytest.mark.parametrize("ohm", [680, 220, 100])
def test_other_plugs_give_no_data_link(inlet, ohm):
    hear(inlet, 1, plug=1, pp_ohm=ohm, cp_duty_percent=5)
    assert not inlet.link_is_up


def test_current_flows_through_a_closed_contactor_only(inlet):
    hear(inlet, 1, plug=1, dc_v=700, dc_a=100)
    assert inlet.current_a == 0
    inlet.close_contactor(s(2))
    inlet.advance(s(3))
    assert inlet.current_a == 100
    before = inlet.soc_pct
    inlet.advance(s(63))
    assert inlet.soc_pct - before == pytest.approx(100 * 100 * 60 / 3600 / 400)


def test_changes_are_counted_once(inlet):
    before = inlet.revision
    hear(inlet, 1, plug=1)
    after = inlet.revision
    assert after > before
    hear(inlet, 2, plug=1, dc_v=10)
    assert inlet.revision == after


def test_power_line_tells_the_data_link(inlet):
    up = []
    inlet.power_line = lambda: bool(up)
    hear(inlet, 1, plug=1, cp_duty_percent=5)
    assert not inlet.link_is_up
    before = inlet.revision
    up.append(True)
    assert inlet.link_is_up
    assert inlet.revision > before


def test_too_much_voltage_is_a_fault(inlet):
    hear(inlet, 1, plug=1, dc_v=800)
    assert not inlet.fault
    hear(inlet, 2, dc_v=820)
    assert inlet.fault == "820 V at the inlet"
