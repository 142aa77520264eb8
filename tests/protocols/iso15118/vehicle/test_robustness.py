"""Whatever the station sends, the truck neither breaks nor stays with its contactor closed; and a silent one always ends it."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.core import Chunk, Level
from harness.protocols.iso15118.vehicle import Phase
from tests.protocols.iso15118.vehicle.pair import EDITIONS, Pair, charging
from tests.protocols.iso15118.vehicle.test_leaving import ROWS, reach

SLOW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.parametrize("edition", EDITIONS)
@SLOW
@given(place=st.integers(0, 10_000), payload=st.binary(max_size=60))
def test_garbage_in_place_of_a_response(edition, place, payload):
    rows = [row.values[1] for row in ROWS if row.values[0] == edition]
    row = rows[place % len(rows)]
    pair = reach(
        edition,
        row.exchange,
        prepare=lambda pair: pair.station.raw(row.exchange, lambda data: data[:4] + len(payload).to_bytes(4, "big") + payload),
    )
    pair.run(80)
    assert pair.truck.phase in (Phase.OVER, Phase.TALKING)
    if pair.truck.phase is Phase.OVER:
        assert pair.level("contactor") == 0
        assert pair.level("cp_v") == 9.0


@SLOW
@given(at=st.floats(0.5, 8.0), data=st.lists(st.binary(min_size=1, max_size=40), min_size=1, max_size=5))
def test_bytes_out_of_place(at, data):
    pair = Pair().plug_in().run(at)
    connection = pair.truck._connection
    for piece in data:
        if connection is not None and connection.is_open:
            pair.kernel.poke(pair.truck)
            pair.truck.receive(pair.kernel.now_ns, Chunk(piece, source=connection.peer, destination=connection.own))
    pair.run(90)
    assert pair.truck.phase in (Phase.OVER, Phase.TALKING)


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("at", [0.55, 0.6, 0.7, 0.8, 1.0, 2.0, 2.3, 2.5, 4.0])
def test_silent_station_always_ends_it(edition, at):
    pair = Pair(edition).plug_in().run(at)
    pair.order(pair.station.silence)
    pair.run(30)
    assert pair.truck.phase is Phase.OVER
    assert pair.level("contactor") == 0
    assert pair.level("cp_v") == 9.0
    assert pair.truck.next_deadline_ns() is None


@SLOW
@given(
    levels=st.lists(
        st.tuples(
            st.sampled_from(
                ["plug", "cp_source_v", "cp_duty_percent", "cp_frequency_hz", "pp_ohm", "dc_v", "dc_a", "user_stop", "user_pause"]
            ),
            st.sampled_from([0.0, 1.0, 5.0, 7.5, 12.0, -12.0, 100.0, 480.0, 700.0, 1000.0, 1500.0]),
            st.floats(0.0, 3.0),
        ),
        max_size=12,
    )
)
def test_lines_may_do_what_they_want(levels):
    pair = charging()
    for line, value, gap in levels:
        pair.kernel.deliver("pilot", None, Level(line, value))
        pair.run(gap)
    pair.order(pair.station.silence)
    pair.kernel.deliver("pilot", None, Level("dc_a", 0.0))
    pair.unplug()
    pair.kernel.deliver("pilot", None, Level("plug", 0.0))
    pair.run(40)
    assert pair.truck.phase is Phase.UNPLUGGED
    assert pair.level("contactor") == 0


def test_idle_truck_asks_for_no_timer():
    pair = Pair().run(10)
    assert pair.truck.next_deadline_ns() is None
    pair.plug_in()
    pair.until("CurrentDemandRes")
    pair.line("user_stop", 1)
    pair.run(6)
    assert pair.truck.next_deadline_ns() is None
