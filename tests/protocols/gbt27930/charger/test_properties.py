"""Properties of the charger: no input and no order breaks it, its cycles do not drift, a simulated one ends on silence."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.core import Frame, ms, s
from harness.protocols.gbt27930.charger import ChargerPhase
from harness.protocols.gbt27930.messages import CHARGER, MESSAGES, VEHICLE
from harness.protocols.j1939 import TP_CM, TP_DT, GrantPolicy, build_id

transport_ids = [build_id(pgn, VEHICLE, CHARGER, 7) for pgn in (TP_CM, TP_DT)]
vehicle_rows = [row for row in MESSAGES.values() if row.sender == "vehicle"]
proper = st.sampled_from([row for row in vehicle_rows if not row.multi_packet]).flatmap(
    lambda row: st.builds(Frame, st.just(row.can_id), st.binary(min_size=row.length, max_size=row.length))
)
foreign = st.builds(Frame, st.one_of(st.sampled_from(transport_ids), st.integers(0, (1 << 29) - 1)), st.binary(max_size=8))
long_messages = st.sampled_from(["BRM", "BCP", "BCS"]).flatmap(lambda name: st.tuples(st.just(name), st.binary(min_size=9, max_size=60)))
orders = st.sampled_from(
    [
        lambda c: c.begin(),
        lambda c: c.begin("recognition"),
        lambda c: c.hold("ready"),
        lambda c: c.hold(None),
        lambda c: c.withhold("CCS", "CML"),
        lambda c: c.resume(),
        lambda c: c.silence(),
        lambda c: c.silence(False),
        lambda c: c.set_ready(True),
        lambda c: c.set_ready(False),
        lambda c: c.override("CML", max_voltage_v=6553.5),
        lambda c: c.grant("BRM", GrantPolicy.hold(s(1))),
        lambda c: c.stop("manual", pause_first=True),
        lambda c: c.stop(),
        lambda c: c.limit(10.0),
        lambda c: c.reset(),
    ]
)
steps = st.lists(st.tuples(st.integers(0, s(2)), st.one_of(proper, foreign, long_messages, orders)), max_size=40)
relaxed = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def _play(charger, script) -> None:
    for gap_ns, item in script:
        charger.run_for(gap_ns)
        if isinstance(item, Frame):
            charger.hear(item)
        elif isinstance(item, tuple):
            charger.tell(*item)
        else:
            item(charger.charger)
            charger.act()
        deadline = charger.machine.next_deadline_ns()
        assert deadline is None or deadline >= charger.now_ns


@relaxed
@given(steps)
def test_any_input_and_order_is_survived(make_charger, script) -> None:
    charger = make_charger()
    _play(charger, script)
    charger.run_for(s(2))
    scheduled = [t_ns for t_ns, _ in charger.charger.send_log]
    assert scheduled == sorted(scheduled)


@relaxed
@given(steps)
def test_simulated_charger_ends_when_the_vehicle_falls_silent(make_charger, script) -> None:
    charger = make_charger(timeouts=True)
    _play(charger, script)
    charger.charger.hold(None)
    charger.act()
    charger.run_for(s(800))
    # Without BHM the charger offers the handshake for ever; a stop ends everything else.
    assert charger.charger.phase in (ChargerPhase.IDLE, ChargerPhase.HANDSHAKE, ChargerPhase.ENDED)


def test_cycle_does_not_drift_in_an_hour(charger) -> None:
    charger.run_until(7)
    charger.charger.begin()
    charger.run_until(s(3600))
    times = charger.times("CHM")
    assert times == [7 + k * ms(250) for k in range(len(times))]
    assert len(times) == 14_400


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(0, ms(600)), max_size=40))
def test_late_calls_leave_the_schedule_on_its_grid(make_charger, delays) -> None:
    charger = make_charger()
    charger.charger.begin()
    charger.act()
    for delay_ns in delays:
        charger.now_ns = charger.machine.next_deadline_ns() + delay_ns
        charger.act()
    scheduled = [t_ns for t_ns, _ in charger.charger.send_log]
    assert all(t_ns % ms(250) == 0 for t_ns in scheduled)
    assert all(b > a for a, b in pairwise(scheduled))
