"""Figures of whole columns against the same counted frame by frame."""

from __future__ import annotations

import math
import statistics

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.bench.kernel import Kernel
from harness.bench.links import CanLink
from harness.core import Direction, Frame, Level, Record, ms, s
from harness.protocols.canbus import INTERFRAME_BITS, bus_columns, bus_load, count_bits, cycle_rows, find_bitrate
from harness.protocols.canbus.cycles import deviations_ns


@st.composite
def frames(draw: st.DrawFn) -> Frame:
    extended, fd = draw(st.booleans()), draw(st.integers(0, 9)) == 0
    remote = not fd and draw(st.integers(0, 9)) == 0
    length = 0 if remote else draw(st.sampled_from([0, 1, 5, 8, 12, 64]) if fd else st.integers(0, 8))
    byte = st.sampled_from([0x00, 0xFF, 0xF0, 0x1F, 0x84]) | st.integers(0, 255)
    data = bytes(draw(st.lists(byte, min_size=length, max_size=length)))
    return Frame(draw(st.integers(0, (1 << (29 if extended else 11)) - 1)), data, extended, fd, remote)


def records(*rows: tuple[int, Frame]) -> list[Record]:
    return [Record(number, t_ns, t_ns, "can", Direction.RX, "", frame) for number, (t_ns, frame) in enumerate(rows, 1)]


@given(st.lists(frames(), max_size=40))
@settings(max_examples=60, deadline=None)
def test_columns_hold_the_frames_and_their_bits_as_counted_one_by_one(drawn: list[Frame]):
    columns = bus_columns(records(*((ms(10 * index), frame) for index, frame in enumerate(drawn))))
    assert [*zip(columns.nominal_bits.tolist(), columns.data_bits.tolist(), strict=True)] == [tuple(count_bits(frame)) for frame in drawn]
    assert columns.can_id.tolist() == [frame.can_id for frame in drawn]
    assert columns.payload.tolist() == [int.from_bytes(frame.data[:8], "little") for frame in drawn]


def test_what_is_no_frame_is_left_out_and_numbers_stay():
    level = Record(1, 0, 0, "can", Direction.RX, "", Level("cp_v", 12.0))
    columns = bus_columns([level, Record(2, ms(1), ms(1), "can", Direction.RX, "", Frame(1))])
    assert columns.number.tolist() == [2]


@given(
    st.lists(st.tuples(st.integers(0, 3_000_000_000), frames()), min_size=1, max_size=30),
    st.sampled_from([125_000, 250_000, 500_000]),
    st.sampled_from([ms(1), ms(10), ms(700)]),
)
@settings(max_examples=60, deadline=None)
def test_load_of_each_window_is_what_the_frames_in_it_take(rows, bitrate, window_ns):
    load = bus_load(bus_columns(records(*rows)), bitrate, window_ns=window_ns)
    pause = INTERFRAME_BITS * 1e9 / bitrate
    spans = [(t + pause - (count_bits(f).nominal + count_bits(f).data + INTERFRAME_BITS) * 1e9 / bitrate, t + pause) for t, f in rows]
    for window in load.windows:
        taken = sum(max(0.0, min(end, window.end_ns) - max(begin, window.start_ns)) for begin, end in spans)
        assert window.load_pct == pytest.approx(100 * taken / (window.end_ns - window.start_ns), abs=1e-3)
    assert sum(window.frames for window in load.windows) == len(rows)
    assert load.busy_ns == pytest.approx(sum(end - begin for begin, end in spans), abs=2)
    assert load.windows[0].start_ns == math.floor(min(begin for begin, _ in spans))
    assert all(a.end_ns == b.start_ns for a, b in zip(load.windows, load.windows[1:], strict=False))


def test_load_agrees_with_the_simulated_bus_to_the_nanosecond():
    """The bus counts what it carries; the trace is all that the figure is made of."""

    class Talker:
        name = "talker"

        def start(self, now_ns: int) -> list[Frame]:
            return [Frame(0x18FEF100 + index, bytes(range(index, index + 8))) for index in range(200)]

        def receive(self, now_ns: int, pdu: object) -> list[Frame]:
            return []

        def next_deadline_ns(self) -> None:
            return None

        def handle_timers(self, now_ns: int) -> list[Frame]:
            return []

    kernel, link = Kernel(), CanLink("can", 250_000)
    kernel.add_link(link)
    kernel.attach(Talker(), "can", role="talker", direction=Direction.RX)
    kernel.start()
    kernel.run_until(s(1))
    columns = bus_columns(kernel.trace.on("can"))
    load = bus_load(columns, 250_000, start_ns=0, end_ns=s(1))
    assert (len(columns), load.busy_ns, load.span_ns) == (200, link.busy_ns, s(1))
    assert find_bitrate(columns).bps == 250_000


def test_a_rate_nothing_shows_is_assumed_and_says_so():
    rate = find_bitrate(bus_columns(records(*((ms(20 * index), Frame(1, b"\x01")) for index in range(100)))))
    assert (rate.bps, rate.is_assumed) == (250_000, True)


def test_stamps_years_apart_give_longer_windows_and_not_more_of_them():
    load = bus_load(bus_columns(records((0, Frame(1)), (10**18, Frame(1)))), 250_000)
    assert len(load.windows) <= 100_000
    assert load.windows[-1].end_ns >= 10**18


@pytest.mark.parametrize(("bitrate", "window_ns"), [(0, 1), (-1, 1), (250_000, 0)])
def test_rates_and_windows_that_cannot_be_are_refused(bitrate, window_ns):
    with pytest.raises(ValueError, match="must be"):
        bus_load(bus_columns(records((0, Frame(1)))), bitrate, window_ns=window_ns)


@given(st.lists(st.integers(1_000_000, 200_000_000), min_size=1, max_size=40))
@settings(max_examples=60, deadline=None)
def test_distances_are_counted_as_python_counts_them(gaps):
    times = [sum(gaps[:index]) for index in range(len(gaps) + 1)]
    rows = sorted([(t, Frame(0x100, b"\0\0", extended=False)) for t in times] + [(times[-1] // 2, Frame(0x100))], key=lambda row: row[0])
    standard, extended = cycle_rows(columns := bus_columns(records(*rows)))
    assert (standard.extended, standard.count, extended.extended, extended.count, extended.max_ns) == (False, len(times), True, 1, 0)
    assert (standard.min_ns, standard.max_ns) == (min(gaps), max(gaps))
    assert standard.mean_ns == pytest.approx(statistics.fmean(gaps))
    assert standard.median_ns == pytest.approx(statistics.median(gaps))
    assert standard.deviation_ns == pytest.approx(statistics.pstdev(gaps))
    assert standard.jitter_ns == pytest.approx(max(abs(gap - statistics.median(gaps)) for gap in gaps))
    assert rows[standard.max_frame - 1][0] in {times[i + 1] for i, gap in enumerate(gaps) if gap == max(gaps)}
    assert [off for _, off in deviations_ns(columns, standard)] == pytest.approx([gap - statistics.median(gaps) for gap in gaps])


def test_steady_is_cyclic_and_on_event_is_not():
    steady = cycle_rows(bus_columns(records(*((ms(100 * i), Frame(1)) for i in range(20)))))[0]
    events = cycle_rows(bus_columns(records(*((ms(t), Frame(1)) for t in (0, 10, 500, 510, 2000, 2300, 2310)))))[0]
    assert (steady.is_cyclic, events.is_cyclic) == (True, False)
