"""The model of a charging station: its options, every problem at once, its ratings."""

from __future__ import annotations

import pytest

from harness.core import ConfigError
from harness.protocols.iso15118.station import StationCable, StationMachine
from harness.sim.ccs_station import ccs_station
from harness.sim.faults.ccs_station import CCS_STATION_FAULTS


def test_nodes_stand_on_network_and_pilot():
    machine, cable = ccs_station({})
    assert isinstance(machine, StationMachine)
    assert isinstance(cable, StationCable)
    assert machine.ratings == {"max_voltage_v": 1000.0, "max_current_a": 500.0}
    [alone] = ccs_station({"pilot": False})
    assert alone.pilot is None


def test_power_line_needs_the_pilot():
    assert len(ccs_station({"plc": True})) == 3
    with pytest.raises(ConfigError, match="'plc' needs the pilot"):
        ccs_station({"plc": True, "pilot": False})


def test_every_wrong_option_is_told_at_once():
    with pytest.raises(ConfigError) as told:
        ccs_station(
            {
                "max_volts": 900,
                "max_current_a": "much",
                "ramp_v_per_s": 0,
                "setup_s": -1,
                "address": "192.168.0.1",
                "port": 80,
                "evse_id": "DE",
                "protocols": ["iso15118-3"],
                "faults": ["keeps_tcp_opn"],
            }
        )
    text = "\n".join(str(problem) for problem in told.value.problems)
    for part in (
        "unknown option 'max_volts'",
        "option 'max_current_a' must be a number, not 'much'",
        "option 'ramp_v_per_s' must be positive",
        "option 'setup_s' must not be negative",
        "option 'address' must be an IPv6 link-local address like fe80::b, not '192.168.0.1'",
        "option 'port' must be a dynamic port",
        "option 'evse_id' must have 7 to 37 characters",
        "no protocol is named 'iso15118-3'",
        "no fault is named 'keeps_tcp_opn' (did you mean 'keeps_tcp_open'?)",
    ):
        assert part in text


def test_faults_are_orders_that_nothing_takes_back():
    machine, _ = ccs_station({"faults": ["slow.SessionSetup", "sequence_timeout_70s"]})
    machine.withhold("CableCheck")
    assert [type(order).__name__ for order in machine.orders] == ["Delay", "Withhold"]
    machine.revert()
    assert [type(order).__name__ for order in machine.orders] == ["Delay"]
    assert machine.options.sequence_s == 70
    assert all(fault.text and not fault.text.endswith(".") for fault in CCS_STATION_FAULTS.values())
