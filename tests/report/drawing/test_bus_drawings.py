"""Load, jitter and states as drawn are those of the frames that were on the bus."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from harness.bench.evidence import write_evidence
from harness.core import Direction, Frame, Message, Record
from harness.protocols.swap import STANDARD as SWAP
from harness.report.drawing.lanes import draw_lanes
from harness.report.drawing.traffic import draw_traffic
from harness.report.lanes import Stretch, lanes_of
from harness.report.signals import read_recording
from harness.report.traffic import traffic_of

_SVG = "{http://www.w3.org/2000/svg}"
_MS = 1_000_000
RATE = 250_000


def texts(drawing: bytes | None) -> list[str]:
    assert drawing is not None
    return ["".join(each.itertext()) for each in ElementTree.fromstring(drawing).iter(f"{_SVG}text")]


def frames(can_id: int, times_ms: list[float], data: bytes = bytes(8)) -> list[tuple[int, Frame]]:
    return [(round(time * _MS), Frame(can_id, data, extended=True)) for time in times_ms]


def recording(*groups: list[tuple[int, Frame]]) -> list[Record]:
    ordered = sorted((each for group in groups for each in group), key=lambda each: each[0])
    return [Record(number, time, time, "bus", Direction.RX, "", frame) for number, (time, frame) in enumerate(ordered, 1)]


STEADY = frames(0x18FF0027, [10.0 * index for index in range(1, 201)])
SHAKY = frames(0x18FF01F4, [100.0 * index + (20.0 if index == 7 else 0.0) for index in range(1, 21)])


def test_load_is_that_of_the_frames_at_the_declared_rate() -> None:
    traffic = traffic_of(recording(STEADY, SHAKY), RATE)
    assert traffic is not None
    # A frame of eight zero bytes with its stuff bits takes about 0.6 ms at 250 kbit/s: one in 10 ms, another in 100 ms.
    assert traffic.mean_pct == pytest.approx(6.6, abs=0.6)
    assert all(5 < load < 8.5 for load in traffic.loads_pct)
    faster = traffic_of(recording(STEADY, SHAKY), 2 * RATE)
    assert faster is not None
    assert faster.mean_pct == pytest.approx(traffic.mean_pct / 2, rel=0.01)


def test_a_burst_stays_visible_in_a_long_recording() -> None:
    cyclic = frames(0x18FF0027, [100.0 * index for index in range(1, 601)])
    burst = frames(0x18FF0127, [30_000.0 + 0.6 * index for index in range(200)])
    traffic = traffic_of(recording(cyclic, burst), RATE)
    assert traffic is not None
    assert traffic.window_s == pytest.approx(0.1)
    assert traffic.peak_pct > 90
    assert max(traffic.loads_pct) == traffic.peak_pct, "a column shows the highest of its windows"
    assert len(traffic.loads_pct) <= 120
    assert len(traffic.times_s) == len(traffic.loads_pct) + 1


def test_a_link_without_a_bit_rate_or_frames_has_no_load() -> None:
    assert traffic_of(recording(STEADY), None) is None
    assert traffic_of([], RATE) is None


def test_jitter_is_the_distance_from_the_median() -> None:
    traffic = traffic_of(recording(STEADY, SHAKY), RATE)
    assert traffic is not None
    shaky, steady = traffic.beats
    assert (shaky.name, shaky.count, shaky.median_ms, shaky.low_ms, shaky.high_ms) == ("18FF01F4", 20, 100.0, 80.0, 120.0)
    assert (steady.jitter_ms, steady.median_ms) == (0.0, 10.0)
    shown = texts(draw_traffic(traffic))
    assert "20 · 100 · 80 – 120" in shown
    assert shown.index("18FF01F4") < shown.index("18FF0027"), "the one that jitters most comes first"


def test_messages_that_come_on_demand_have_no_jitter() -> None:
    rare = frames(0x18FF02F4, [100.0, 130.0, 900.0, 905.0, 1800.0, 1804.0, 1805.0])
    traffic = traffic_of(recording(STEADY, rare), RATE)
    assert traffic is not None
    assert [beat.name for beat in traffic.beats] == ["18FF0027"]


def test_an_identifier_has_the_name_of_its_message_if_it_is_always_one() -> None:
    records = recording(STEADY, SHAKY)
    named = [Message("TSC1", record.t_ns, {}, frames=(record.number,)) for record in records if record.pdu.can_id == 0x18FF0027]  # type: ignore[union-attr]
    both = [Message(f"M{index % 2}", record.t_ns, {}, frames=(record.number,)) for index, record in enumerate(records[10::11])]
    traffic = traffic_of(records, RATE, [*named, *(each for each in both if each.frames[0] not in {one.frames[0] for one in named})])
    assert traffic is not None
    assert "TSC1" in {beat.name for beat in traffic.beats}
    assert "18FF01F4" in {beat.name for beat in traffic.beats}


def test_a_message_of_two_units_is_told_apart_by_its_identifier() -> None:
    records = recording(STEADY, SHAKY)
    named = [Message("DM1", record.t_ns, {}, frames=(record.number,)) for record in records]
    traffic = traffic_of(records, RATE, named)
    assert traffic is not None
    assert {beat.name for beat in traffic.beats} == {"DM1 18FF0027", "DM1 18FF01F4"}


def test_the_last_frame_alone_is_no_full_bus() -> None:
    traffic = traffic_of(recording(STEADY, frames(0x18FF0027, [2000.4])), RATE)
    assert traffic is not None
    assert max(traffic.loads_pct) < 10


def _lock(time_ms: float, word: str) -> Message:
    return Message("LOCK_STS", round(time_ms * _MS), {"LockState": word})


def test_a_state_lasts_until_another_is_told() -> None:
    told = [_lock(0, "locked"), _lock(50, "locked"), _lock(100, "unlocking"), _lock(150, "unlocked"), _lock(400, "unlocked")]
    [lane] = lanes_of([{"of": "LOCK_STS:LockState", "label": "plot.lane_lock"}, {"of": "VEH_STS:Absent", "label": "plot.lane_phase"}], told)
    assert list(lane.stretches) == [Stretch(0.0, 0.1, "locked"), Stretch(0.1, 0.15, "unlocking"), Stretch(0.15, 0.4, "unlocked")]


def test_nothing_is_drawn_for_the_time_in_which_nobody_told_the_state() -> None:
    """A pack that is out of the truck is silent: its contactor is not known to stay as it was."""
    told = [_lock(time, "locked") for time in (*range(0, 1000, 100), *range(3000, 4000, 100))]
    [lane] = lanes_of([{"of": "LOCK_STS:LockState", "label": "plot.lane_lock"}], told)
    assert list(lane.stretches) == [Stretch(0.0, 0.9, "locked"), Stretch(3.0, 3.9, "locked")]


def test_states_are_named_in_both_languages_and_unknown_words_as_they_are() -> None:
    told = [_lock(0, "locked"), _lock(100, "half_open"), _lock(101, "unlocked"), _lock(400, "unlocked")]
    shown = texts(draw_lanes(lanes_of([{"of": "LOCK_STS:LockState", "label": "plot.lane_lock"}], told), []))
    assert any("1 已锁止 locked · 2 half_open · 3 已解锁 unlocked" in words for words in shown)
    assert draw_lanes([], []) is None


def test_a_recording_that_no_standard_claims_is_read_in_the_words_of_its_suite(tmp_path: Path) -> None:
    """The profile of a swap is a choice: a trace of the suite is decoded by it, and drawn with phases, lock and voltages."""
    profile = SWAP.profile
    made: list[tuple[int, Frame]] = []
    for index, (mode, volts) in enumerate([("normal", 600.0), ("swap_requested", 300.0), ("swap_active", 10.0)] * 4):
        values = {"VehSwapMode": mode, "LinkVoltage": volts}
        made.append((100 * _MS * (index + 1), profile.frame("VEH_STS", values, counter=index % 16)))
    records = recording(made)
    file = write_evidence(tmp_path / "swap", records)
    evidence: Any = {"link": "bus", "format": file.suffix[1:], "t0_s": "0.1"}
    assert read_recording(file, evidence, {"swap": SWAP}) is None
    read = read_recording(file, evidence, {"swap": SWAP}, "swap", RATE)
    assert read is not None
    assert read.standard == "swap"
    assert [each.label["en"] for each in read.panels[0].series] == ["vehicle link"]
    phases = next(lane for lane in read.lanes if lane.label["en"] == "Phase (vehicle)")
    assert [each.word for each in phases.stretches][:3] == ["normal", "swap_requested", "swap_active"]
    assert read.traffic is not None
    shown = texts(draw_lanes(read.lanes, read.panels))
    assert any(re.search("换电中 swap active", words) for words in shown)
