"""Phases, periods and margins of a session: what was measured is what is drawn, at its place."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from harness.bench.evidence import write_evidence
from harness.case.documents import CheckDoc
from harness.protocols.iso15118 import STANDARD
from harness.report.campaign import load_run
from harness.report.drawing.canvas import ticks
from harness.report.drawing.margins import Margin, draw_margins, margins_of
from harness.report.drawing.periods import Limit, draw_periods
from harness.report.drawing.phases import draw_phases
from harness.report.figures import _limits_on
from harness.report.signals import Periods, Recording, Span, read_recording
from tests.protocols.iso15118.scripted import records, session
from tests.report.conftest import _numeric

_SVG = "{http://www.w3.org/2000/svg}"


def texts(drawing: bytes | None) -> list[str]:
    assert drawing is not None
    return ["".join(each.itertext()) for each in ElementTree.fromstring(drawing).iter(f"{_SVG}text")]


def bars(drawing: bytes | None) -> list[tuple[float, float, str]]:
    """Left edge, width and colour of each bar."""
    assert drawing is not None
    found = ElementTree.fromstring(drawing).iter(f"{_SVG}rect")
    return [(float(each.attrib["x"]), float(each.attrib["width"]), each.attrib["fill"]) for each in found]


# ---- phases ----


def test_each_phase_has_a_row_with_its_length_and_lies_where_it_was() -> None:
    spans = [Span("discovery", 0, 1, 0), Span("charging", 1, 5, 0), Span("discovery", 6, 8, 1)]
    drawing = draw_phases(spans)
    said = texts(drawing)
    assert [said.count("发现 discovery"), said.count("充电 charging")] == [1, 1]
    assert said.index("3.000") < said.index("4.000"), "two discoveries of 1 s and 2 s, then 4 s of charging"
    (first, width, ink), (again, wide, other), (charging, long, _) = bars(drawing)
    assert width * 2 == pytest.approx(wide, abs=0.2)
    assert width * 4 == pytest.approx(long, abs=0.2)
    assert first < charging < again
    assert ink != other, "the second session of a recording has a colour of its own"


def test_a_phase_that_nobody_translated_keeps_its_name() -> None:
    assert "something new" in texts(draw_phases([Span("something new", 0, 1, 0)]))


def test_a_session_that_lasted_no_time_is_drawn_and_none_is_not() -> None:
    assert bars(draw_phases([Span("stop", 2, 2, 0)]))
    assert draw_phases([]) is None


# ---- periods ----


def test_histogram_counts_every_interval_once() -> None:
    drawing = draw_periods(Periods("CurrentDemandReq", [0.25] * 6 + [0.5] * 3))
    assert len(bars(drawing)) == 2
    said = texts(drawing)
    assert any("9 of them: min 250, median 250, mean 333.333, max 500 ms" in each for each in said)
    assert any(each.endswith("CurrentDemandReq") for each in said)


def test_limits_stand_at_their_place_with_the_name_of_the_check() -> None:
    drawing = draw_periods(Periods("CurrentDemandReq", [0.2, 0.3]), [Limit(1000, "longest gap")])
    assert "限值 limit 1000 (longest gap)" in texts(drawing)
    dashed = re.findall(rb'<line x1="([\d.]+)"[^>]*stroke-dasharray', drawing or b"")
    assert len(dashed) == 1
    assert float(dashed[0]) > max(left + width for left, width, _ in bars(drawing))


@pytest.mark.parametrize("count", [0, 1])
def test_too_few_intervals_make_no_histogram(count: int) -> None:
    assert draw_periods(Periods("CurrentDemandReq", [0.25] * count)) is None


def test_only_limits_that_were_judged_on_these_intervals_are_drawn() -> None:
    own = _numeric("longest gap", "0.3", None, "1", "s", "pass", step=1)
    milli = _numeric("shortest period", "200", "100", None, "ms", "pass", step=1)
    other = _numeric("setup", "0.115", None, "20", "s", "pass", step=None)
    zero = _numeric("shortest", "0.2", "0", None, "s", "pass", step=1)
    row: Any = {"checks": [own, milli, other, zero]}
    assert _limits_on(Periods("x", [0.2, 0.3]), row) == [Limit(1000.0, "longest gap"), Limit(100.0, "shortest period")]


# ---- margins ----


def check(value: str, lower: str | None, upper: str | None, verdict: str = "pass", name: str = "y") -> CheckDoc:
    return _numeric(name, value, lower, upper, "ms", verdict, step=1)  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("value", "lower", "upper", "share"),
    [
        ("25", None, "50", "0.5"),
        ("50", None, "50", "0"),
        ("75", None, "50", "-0.5"),
        ("150", "100", None, "0.5"),
        ("250", "225", "275", "1"),
        ("270", "225", "275", "0.2"),
        ("280", "225", "275", "-0.2"),
    ],
)
def test_margin_is_the_distance_to_the_nearest_limit(value: str, lower: str | None, upper: str | None, share: str) -> None:
    [margin] = margins_of([check(value, lower, upper)])
    assert f"{margin.share.normalize():f}" == share


def test_the_closest_comes_first_and_a_check_counts_with_its_worst() -> None:
    found = margins_of([check("10", None, "50", name="far"), check("45", None, "50", name="near"), check("20", None, "50", name="near")])
    assert [(margin.name, str(margin.share)) for margin in found] == [("near", "0.1"), ("far", "0.8")]


def test_a_limit_of_zero_and_a_check_without_decision_have_no_margin() -> None:
    undecided: Any = {**check("10", None, "50"), "decision": None}
    assert margins_of([check("0", None, "0"), undecided]) == []
    assert draw_margins([]) is None


def test_bars_go_to_the_side_of_their_sign_and_say_the_verdict() -> None:
    drawing = draw_margins(margins_of([check("75", None, "50", "fail", "late"), check("25", None, "50", name="early")]))
    (late, late_width, red), (early, early_width, green) = bars(drawing)
    assert late + late_width == pytest.approx(early, abs=0.2)
    assert late_width == pytest.approx(early_width, abs=0.2)
    assert red != green
    said = texts(drawing)
    assert "−50.0 % · 75 ≤ 50 ms · 不符合 Fail" in said
    assert "50.0 % · 25 ≤ 50 ms · 符合 Pass" in said


def test_many_margins_are_cut_and_counted() -> None:
    made = [Margin(f"check {index}", Decimal(index), "pass", "1 ≤ 2") for index in range(20)]
    said = texts(draw_margins(made))
    assert any("4 more, each farther from its limit" in each for each in said)
    assert "check 15" in said
    assert "check 16" not in said


# ---- axes ----


@pytest.mark.parametrize(("low", "high"), [(0.0, 14.3), (255.0, 490.0), (0.0, 0.003), (3.0, 3.0), (0.0, 1e6)])
def test_marks_are_round_and_lie_inside(low: float, high: float) -> None:
    marks = list(ticks(low, high))
    assert 1 <= len(marks) <= 9
    assert all(low - 1e-9 <= mark <= high + 1e-9 for mark in marks)


# ---- from a recording ----


@pytest.fixture
def recording(tmp_path: Path) -> Recording:
    """A complete session on the network, read as evidence is."""
    file = write_evidence(tmp_path / "case", records(session()))
    evidence: Any = {"link": "charge", "format": "pcapng", "t0_s": "0"}
    found = read_recording(file, evidence, {"iso15118": STANDARD})
    assert found is not None
    return found


def test_recorded_session_gives_phases_periods_and_panels(recording: Recording) -> None:
    names = [span.name for span in recording.phases]
    assert names[:2] == ["discovery", "agreement"]
    assert {"charging", "stop"} <= set(names)
    assert all(earlier.end_s == later.start_s for earlier, later in zip(recording.phases, recording.phases[1:], strict=False))
    [periods] = recording.periods
    sent = next(each.count for each in recording.activities if each.name == "CurrentDemandReq")
    assert periods.name == "CurrentDemandReq"
    assert len(periods.intervals_s) == sent - 1
    voltage, current, soc = recording.panels
    assert [series.label["en"] for series in voltage.series] == ["demanded", "charger reports"]
    assert len(voltage.series[0].values) > sent, "the pre-charge demands a voltage too"
    assert [series.label["en"] for series in current.series] == ["demanded", "charger reports"]
    assert len(soc.series[0].values) == sent


def test_recording_of_another_standard_has_no_session_figures(tmp_path: Path, make_run: Any, standards: Any) -> None:
    path = make_run(tmp_path / "run", ids=("GBT-VP.301",))
    evidence = load_run(path).records[0]["evidence"][0]
    found = read_recording(path / evidence["path"], evidence, standards)
    assert found is not None
    assert not found.shows_session
    assert not found.phases


def test_drawings_are_the_same_every_time(recording: Recording) -> None:
    assert draw_phases(recording.phases) == draw_phases(recording.phases)
    assert draw_periods(recording.periods[0]) == draw_periods(recording.periods[0])
