"""Truck and station with a power line: the session begins after the matching, ends with the link, and can be had again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from harness.bench.bench import Bench
from harness.core import ConfigError, Level, s
from harness.protocols.iso15118 import STANDARD
from harness.protocols.iso15118.slac.options import EvMatchingOptions, EvseMatchingOptions
from harness.rig.build import build_bench
from harness.rig.loader import load_rig
from harness.sim.ccs_station import ccs_station
from harness.sim.ccs_truck import ccs_truck


@contextmanager
def bench_with(*faults: str) -> Iterator[Bench]:
    with build_bench(load_rig("virtual-ccs-slac.yaml"), faults=faults) as bench:
        station: Any = bench.nodes("charger")[0]
        bench.call("charger", lambda: (station.speak("iso15118-2"), station.begin()))
        yield bench


def named(bench: Bench) -> list[tuple[int, str]]:
    """Every message of network and power line with its time."""
    decoders = {link: STANDARD.decoder() for link in ("charge", "plc")}
    records = [record for record in bench.trace if record.link in decoders]
    return [(message.t_ns, message.name) for record in records for message in decoders[record.link].feed(record)]


def first(bench: Bench, name: str) -> int:
    return next(t_ns for t_ns, told in named(bench) if told == name)


def levels(bench: Bench, line: str) -> list[tuple[int, float]]:
    return [(record.t_ns, record.pdu.value) for record in bench.trace if isinstance(record.pdu, Level) and record.pdu.line == line]


def test_discovery_waits_for_the_link():
    with bench_with() as bench:
        bench.run_until(s(8))
        order = ["CM_SLAC_PARM.REQ", "CM_SLAC_MATCH.CNF", "VS_PL_LNK_STATUS.CNF", "SECCDiscoveryReq", "CurrentDemandReq"]
        times = [first(bench, name) for name in order]
        assert times == sorted(times)


def test_lost_link_ends_the_session_in_state_b():
    with bench_with() as bench:
        bench.run_until(s(8))
        matching: Any = bench.nodes("charger")[2]
        bench.call("charger", lambda: matching.link(False))
        bench.run_until(s(10))
        assert levels(bench, "cp_v")[-1][1] == 9.0
        assert levels(bench, "contactor")[-1][1] == 0.0
        assert [name for t_ns, name in named(bench) if t_ns > s(9) and name == "CurrentDemandReq"] == []


def test_second_plug_matches_again_and_charges():
    with bench_with() as bench:
        bench.run_until(s(8))
        station: Any = bench.nodes("charger")[0]
        bench.call("charger", lambda: station.plug(False))
        bench.run_until(s(12))
        bench.call("charger", station.begin)
        bench.run_until(s(20))
        names = [name for t_ns, name in named(bench) if t_ns > s(12)]
        assert names.count("CM_SLAC_PARM.REQ") == 1
        assert "CurrentDemandReq" in names


def test_fault_of_the_matching_reaches_the_truck():
    with bench_with("slac_two_announcements") as bench:
        bench.run_until(s(3))
        assert [name for _, name in named(bench)].count("CM_START_ATTEN_CHAR.IND") == 2


def test_course_is_the_same_twice():
    courses = []
    for _ in range(2):
        with bench_with() as bench:
            bench.run_until(s(6))
            courses.append([(record.t_ns, record.link, str(record.pdu)) for record in bench.trace])
    assert courses[0] == courses[1]


@pytest.mark.parametrize("model", [ccs_truck, ccs_station])
def test_power_line_needs_the_pilot(model: Any):
    with pytest.raises(ConfigError, match="option 'plc' needs the pilot"):
        model({"plc": True, "pilot": False})


@pytest.mark.parametrize(("model", "option"), [(ccs_truck, "ev_batch_s"), (ccs_station, "evse_sounds")])
def test_options_of_the_matching_are_checked(model: Any, option: str):
    with pytest.raises(ConfigError, match=f"option '{option}' must be"):
        model({"plc": True, option: "many"})
    assert len(model({"plc": True})) == 3
    assert len(model({})) == 2


def test_defaults_of_both_sides_fit_each_other():
    ev, evse = EvMatchingOptions(), EvseMatchingOptions()
    row_s = ev.ev_batch_s * (ev.ev_start_inds + ev.ev_sounds - 1)
    assert row_s < evse.evse_match_mnbc_s
    assert ev.ev_reaction_s < evse.evse_match_response_s
    assert evse.evse_joins_after_s < ev.ev_join_s
    assert ev.ev_sounds == evse.evse_sounds


def test_circuit_of_the_station_is_an_option():
    machine: Any = ccs_station({"cp_b_to_v": 9.5, "pp_plug_ohm": 150.0})[0]
    assert machine.pilot.levels.cp_b_to_v == 9.5
    assert machine.pilot.options.pp_plug_ohm == 150.0
    with pytest.raises(ConfigError, match="the ranges of the pilot states B and A overlap"):
        ccs_station({"cp_b_to_v": 11.5})
