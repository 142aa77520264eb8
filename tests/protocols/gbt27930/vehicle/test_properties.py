"""Properties of the vehicle: no input breaks it, silence ends it, its cycles do not drift."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.core import Frame, ms, s
from harness.protocols.gbt27930.messages import CHARGER, MESSAGES, VEHICLE
from harness.protocols.gbt27930.vehicle import VehiclePhase
from harness.protocols.j1939 import TP_CM, TP_DT, build_id

FINAL = {VehiclePhase.UNPLUGGED, VehiclePhase.ENDED, VehiclePhase.FINISHED}

transport_ids = [build_id(pgn, CHARGER, VEHICLE, 7) for pgn in (TP_CM, TP_DT)]
proper = st.sampled_from([row for row in MESSAGES.values() if row.sender == "charger"]).flatmap(
    lambda row: st.builds(Frame, st.just(row.can_id), st.binary(min_size=row.length, max_size=row.length))
)
foreign = st.builds(Frame, st.one_of(st.sampled_from(transport_ids), st.integers(0, (1 << 29) - 1)), st.binary(max_size=8))
frames = st.one_of(proper, foreign)
words = st.sampled_from(["CHM", "CRM(00)", "CRM(AA)", "CTS", "CML", "CRO(00)", "CRO(AA)", "CCS", "CST", "CSD", "CEM"])
gaps = st.integers(0, s(2))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(gaps, st.one_of(words, frames)), max_size=40), st.booleans())
def test_any_input_is_survived_and_silence_ends_the_session(make_vehicle, steps, grant) -> None:
    vehicle = make_vehicle()
    vehicle.grant = grant
    for gap_ns, said in steps:
        vehicle.run_for(gap_ns)
        if isinstance(said, Frame):
            vehicle.hear(said)
        else:
            vehicle.say(said)
        deadline = vehicle.machine.next_deadline_ns()
        assert deadline is None or deadline >= vehicle.now_ns
    vehicle.plant.change(vehicle.now_ns, current_a=0.0)
    vehicle.run_for(s(200))
    assert vehicle.phase in FINAL
    assert vehicle.machine.next_deadline_ns() is None


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, s(40)), st.booleans()), max_size=12))
def test_plug_may_come_and_go_at_any_time(make_vehicle, steps) -> None:
    vehicle = make_vehicle()
    for gap_ns, awake in steps:
        vehicle.say("CHM", "CRM(00)")
        vehicle.run_for(gap_ns)
        vehicle.plant.change(vehicle.now_ns, is_awake=awake, wakes=vehicle.plant.wakes + awake)
        vehicle.run_for(0)
        assert (vehicle.phase is VehiclePhase.UNPLUGGED) is not awake


def test_cycle_does_not_drift_in_an_hour(make_vehicle) -> None:
    vehicle = make_vehicle(timers_ns={"TB1": s(7200)})
    vehicle.say("CHM")
    vehicle.run_until(s(3600))
    times = vehicle.times("BHM")
    assert times == [ms(20) + k * ms(250) for k in range(len(times))]
    assert len(times) == 14_400


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(0, ms(9)), min_size=20, max_size=60))
def test_late_calls_do_not_shift_the_cycle(make_vehicle, delays) -> None:
    vehicle = make_vehicle()
    vehicle.reach(VehiclePhase.STOPPING)
    start_ns = vehicle.times("BST")[0]
    vehicle.clear()
    for delay_ns in delays:
        deadline = vehicle.machine.next_deadline_ns()
        vehicle.now_ns = max(vehicle.now_ns, deadline + delay_ns)
        vehicle.act()
    sent = [(t_ns - start_ns) // ms(10) for t_ns in vehicle.times("BST")]
    assert all(b > a for a, b in pairwise(sent))
    assert len(sent) == len(delays)


def test_bcl_bcs_and_bsm_do_not_disturb_each_other(vehicle) -> None:
    vehicle.reach(VehiclePhase.CHARGING)
    vehicle.every(ms(50), "CCS", vehicle.now_ns + s(30))
    for name, period in (("BCL", ms(50)), ("BCS", ms(250)), ("BSM", ms(250))):
        assert {b - a for a, b in pairwise(vehicle.times(name))} == {period}
