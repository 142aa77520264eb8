"""The bench that plays back a recording."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.bench.evidence import write_evidence
from harness.bench.recording import read_evidence
from harness.core import Chunk, ConfigError, Datagram, Direction, Frame, Inconclusive, Level, Pdu, Record, s
from harness.plugin.recorded import NotRecorded, RecordedBench, _Orders
from harness.rig import find_rig, load_rig


def frame(number: int, t_ns: int, data: bytes = b"\1") -> Record:
    return Record(number, t_ns, t_ns, "charge", Direction.RX, "", Frame(0x1826F456, data))


@pytest.fixture
def bench() -> RecordedBench:
    rig = load_rig(find_rig("virtual-truck.yaml"))
    return RecordedBench(
        rig, [frame(1, s(1)), frame(2, s(2)), frame(3, s(2))], end_ns=s(3), jitter_ns=5, dropped=1, info={"time": "virtual"}
    )


def test_time_stands_at_the_record_that_ends_a_wait(bench: RecordedBench) -> None:
    assert bench.run_until(s(3), lambda: len(bench.trace) == 2)
    assert (bench.now_ns(), len(bench.trace)) == (s(2), 2)
    assert not bench.run_until(s(3))
    assert (bench.now_ns(), len(bench.trace)) == (s(3), 3)


def test_a_wait_beyond_the_end_of_the_case_is_in_no_recording(bench: RecordedBench) -> None:
    with pytest.raises(NotRecorded, match="its record ends at t=3"):
        bench.run_until(s(4))


def test_closing_plays_the_rest(bench: RecordedBench) -> None:
    bench.close()
    assert len(bench.trace) == 3


def test_it_tells_what_was_recorded_of_the_tester(bench: RecordedBench) -> None:
    assert (bench.tester_jitter_ns(), bench.dropped(), bench.info) == (5, 1, {"time": "virtual"})


def test_a_short_is_remembered_as_an_outage(bench: RecordedBench) -> None:
    bench.run_until(s(1))
    assert bench.short("charge", s(1)) == (s(1), s(2))
    assert bench.outages("charge") == ((s(1), s(2)),)
    with pytest.raises(NotRecorded):
        bench.call("charger", lambda: None)


def test_a_bus_on_hardware_is_not_shorted(bench: RecordedBench) -> None:
    rig = load_rig(find_rig("bench-dc-example.yaml"))
    with pytest.raises(Inconclusive, match="no means to short"):
        RecordedBench(rig, [], end_ns=None).short(next(iter(rig.links)), s(1))


def test_what_was_read_from_a_bus_comes_in_its_order() -> None:
    told = {"readings": "[[250000, 250000], [], [2], [8, 0, 16, 0], [100, 3]]"}
    bench = RecordedBench(load_rig(find_rig("virtual-truck.yaml")), [], end_ns=s(3), info=told)
    means = bench.can("charge", "charger")
    assert means.bitrates_bps == (250_000, 250_000)
    assert means.bitrates_bps is None
    means.destroy(lambda frame: True, s(1))
    means.unplug(s(1))
    assert means.error_frames() == 2
    assert means.counters().highest == 16
    heard = means.listen(250_000, 80, s(1))
    assert (heard.frames, heard.errors, bench.now_ns()) == (100, 3, s(1))
    with pytest.raises(NotRecorded, match="reads 'charge' once more than its record tells"):
        means.error_frames()


def test_what_a_rig_could_not_do_is_left_open_again() -> None:
    rig = load_rig(find_rig("bench-dc-example.yaml"))
    link = next(iter(rig.links))
    means = RecordedBench(rig, [], end_ns=None).can(link, "charger")
    for ask in (means.error_frames, lambda: means.destroy(lambda frame: True, s(1)), lambda: means.unplug(s(1))):
        with pytest.raises(Inconclusive, match="the rig had no means"):
            ask()


def test_a_line_takes_the_level_that_a_machine_answered(bench: RecordedBench) -> None:
    pressed = Record(1, s(1), s(1), "pilot", Direction.TX, "truck", Level("stop_button", 3.0))
    lined = RecordedBench(load_rig(find_rig("virtual-truck.yaml")), [frame(1, s(1) // 2), pressed], end_ns=s(3))
    assert lined.next_level("stop_button") == 3.0
    lined.run_until(s(1))
    assert lined.next_level("stop_button") == 3.0
    lined.run_until(s(2))
    assert lined.next_level("stop_button") is None


@pytest.mark.parametrize(
    "look",
    [
        bool,
        str,
        int,
        len,
        list,
        lambda told: told == 1,
        lambda told: told != 1,
        lambda told: told + 1,
        lambda told: told.value,
        lambda t: t[0],
    ],
)
def test_an_answer_of_a_machine_is_not_looked_at(look: Callable[[object], object]) -> None:
    orders = _Orders("charger")
    orders.hold("handshake")  # type: ignore[operator]
    with pytest.raises(NotRecorded, match=r"charger\.state"):
        look(orders.state)


@pytest.mark.parametrize("pdu", [Level("plug", 1.0), Datagram(b"\1\2", "a", "b"), Chunk(b"\3", True)])
def test_other_links_are_read_back_as_written(tmp_path: Path, pdu: Pdu) -> None:
    records = [Record(number, number * 7, number * 7 + 3, "pilot", Direction.TX, "charger", pdu) for number in (1, 2, 3)]
    assert read_evidence(write_evidence(tmp_path / "pilot", records), "pilot") == records


def test_can_is_read_back_to_the_nanosecond(tmp_path: Path) -> None:
    records = [frame(number, 540_001 + number * 123_456_789, bytes([number])) for number in range(1, 200)]
    path = write_evidence(tmp_path / "charge", records)
    assert read_evidence(path, "charge", records[0].t_ns) == records


@pytest.mark.parametrize(("name", "content"), [("a.blf", b"LOGG"), ("a.jsonl", b"{}\n"), ("a.jsonl", b"no json\n"), ("a.txt", b"")])
def test_a_damaged_recording_is_wrong_input(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ConfigError, match=name):
        read_evidence(tmp_path / name, "charge")


def test_what_an_order_causes_in_its_own_instant_is_seen_after_it() -> None:
    rig = load_rig(find_rig("virtual-truck.yaml"))
    records = [frame(1, s(1)), frame(2, s(2)), frame(3, s(2)), frame(4, s(3))]
    bench = RecordedBench(rig, records, end_ns=s(4), info={"time": "virtual", "orders": f"2 {s(2)} charge=2"})
    assert not bench.run_until(s(2))
    assert len(bench.trace) == 2
    bench.order()
    assert not bench.run_until(s(2))
    assert len(bench.trace) == 2
    bench.order()
    assert not bench.run_until(s(2))
    assert len(bench.trace) == 3


def test_order_that_never_comes_holds_nothing_back_for_ever() -> None:
    rig = load_rig(find_rig("virtual-truck.yaml"))
    records = [frame(1, s(1)), frame(2, s(2)), frame(3, s(3))]
    bench = RecordedBench(rig, records, end_ns=s(4), info={"orders": f"1 {s(2)} charge=1"})
    assert not bench.run_until(s(2))
    assert len(bench.trace) == 1
    assert not bench.run_until(s(3))
    assert [record.number for record in bench.trace] == [1, 2, 3]
