"""What the plots show: decoded signals of the recording, message activity with its pauses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import can
import pytest

from harness.bench.evidence import write_evidence
from harness.core import ConfigError
from harness.protocols.iso15118 import STANDARD
from harness.report.campaign import load_run
from harness.report.drawing.canvas import places
from harness.report.drawing.recording import draw_recording
from harness.report.signals import Activity, Panel, Recording, Series, decode_recording, read_recording
from tests.protocols.iso15118.scripted import records, session

MakeRun = Callable[..., Path]


@pytest.fixture
def charging(tmp_path: Path, make_run: MakeRun, standards: Mapping[str, Any]) -> Recording:
    path = make_run(tmp_path / "run", ids=("GBT-VP.301",))
    evidence = load_run(path).records[0]["evidence"][0]
    recording = read_recording(path / evidence["path"], evidence, standards)
    assert recording is not None
    return recording


def test_signals_are_those_that_were_sent(charging: Recording) -> None:
    voltage, current, soc = charging.panels
    assert [series.label["en"] for series in voltage.series] == ["demanded", "vehicle reports", "charger reports"]
    demanded = voltage.series[0]
    assert set(demanded.values) == {720.0}
    assert demanded.times_s[0] == pytest.approx(3.05, abs=1e-6)
    assert min(current.series[0].values) == -200.0
    assert set(soc.series[0].values) == {54.0}


def test_multi_packet_message_counts_once(charging: Recording) -> None:
    activity = {each.name: each for each in charging.activities}
    assert activity["BCS"].count == 30
    assert activity["BCS"].sender == "vehicle"
    assert len(activity["BCS"].spans) == 1
    assert not [name for name in activity if "." in name]


def test_pause_ends_a_span(tmp_path: Path, standards: Mapping[str, Any]) -> None:
    file = tmp_path / "pause.blf"
    with can.BLFWriter(file) as writer:
        for t_s in (1.0, 1.25, 1.5, 5.0, 5.25):
            writer.on_message_received(can.Message(timestamp=t_s, arbitration_id=0x1826F456, data=b"\x01\x01\x00", is_extended_id=True))
    evidence: Any = {"link": "charge", "format": "blf", "t0_s": "1.0", "path": "", "sha256": "", "t1_s": "5.25", "frames": 5}
    recording = read_recording(file, evidence, standards)
    assert recording is not None
    assert recording.activities[0].spans == [(pytest.approx(1.0), pytest.approx(1.5)), (pytest.approx(5.0), pytest.approx(5.25))]


def test_drawn_curve_has_a_gap_where_its_messages_pause() -> None:
    times, values = [0.0, 0.5, 1.0, 8.0, 8.5, 20.0], [700.0, 700.0, 690.0, 650.0, 650.0, 640.0]
    series = Series({"zh": "电压", "en": "voltage"}, times, values)
    assert series.runs() == [[(0.0, 700.0), (0.5, 700.0), (1.0, 690.0)], [(8.0, 650.0), (8.5, 650.0)], [(20.0, 640.0)]]
    activity = Activity("A", "vehicle", len(times), [(0.0, 20.0)])
    picture = draw_recording(Recording("can", "demo", [Panel(series.label, "V", [series])], [activity]))
    assert picture is not None
    [curve] = [path for each in ET.fromstring(picture).iter() if (path := each.get("d", "")).count("M") == 2]
    assert curve.count("V") == 1


def test_damaged_recording_is_named(tmp_path: Path, standards: Mapping[str, Any]) -> None:
    file = tmp_path / "bad.blf"
    file.write_bytes(b"LOGG garbage")
    evidence: Any = {"link": "charge", "format": "blf", "t0_s": "0"}
    with pytest.raises(ConfigError, match=r"bad\.blf: the recording cannot be read"):
        read_recording(file, evidence, standards)


def test_recording_of_no_known_standard_has_no_plot(charging: Recording, tmp_path: Path) -> None:
    evidence: Any = {"link": "charge", "format": "blf", "t0_s": "0"}
    file = tmp_path / "other.blf"
    with can.BLFWriter(file) as writer:
        writer.on_message_received(can.Message(timestamp=1.0, arbitration_id=0x123, is_extended_id=False))
    assert read_recording(file, evidence, {}) is None
    assert read_recording(file, {**evidence, "format": "jsonl"}, {}) is None


def test_figure_is_the_same_on_every_drawing(charging: Recording) -> None:
    first = draw_recording(charging)
    assert first is not None
    assert first == draw_recording(charging)
    assert [element.tag.rpartition("}")[2] for element in ET.fromstring(first)].count("path") >= len(charging.activities)


def test_figure_of_a_long_recording_stays_small() -> None:
    """What no reader can tell apart is drawn once; the highest and the lowest value stay."""
    times = [index / 100 for index in range(200_000)]
    values = [float(index % 7) for index in range(199_999)] + [100.0]
    series = Series({"zh": "值", "en": "value"}, times, values)
    activity = Activity("A", "vehicle", len(times), [(time, time) for time in times])
    picture = draw_recording(Recording("can", "demo", [Panel({"zh": "值", "en": "value"}, "V", [series])], [activity]))
    assert picture is not None
    assert len(picture) < 150_000


def test_points_on_one_place_keep_the_outermost() -> None:
    crowd = [(0.01 * index, float(value)) for index, value in enumerate([5, 6, -3, 7, 90, 8, 2, 4])]
    assert places([*crowd, (3.0, 1.0)]) == [(0.0, 5.0), (0.02, -3.0), (0.04, 90.0), (0.07, 4.0), (3.0, 1.0)]


def test_network_recording_is_decoded_by_its_standard(tmp_path: Path) -> None:
    file = write_evidence(tmp_path / "case", records(session()))
    evidence: Any = {"link": "charge", "format": "pcapng", "t0_s": "0"}
    decoded = decode_recording(file, evidence, {"iso15118": STANDARD})
    assert decoded is not None
    assert decoded.standard == "iso15118"
    assert {"SessionSetupReq", "CurrentDemandRes", "SessionStopRes"} <= {message.name for message in decoded.messages}
