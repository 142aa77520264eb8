"""Drawings of a recording: paths in units of the data, marks at round numbers."""

from __future__ import annotations

import re

from harness.report.html.plot import LEFT, RIGHT, WIDTH, number, plot_view
from harness.report.signals import Activity, Panel, Recording, Series

WORDS = {"zh": "电压", "en": "Voltage"}


def recording(times: list[float], values: list[float], spans: list[tuple[float, float]]) -> Recording:
    panels = [Panel(WORDS, "V", [Series(WORDS, times, values)])] if times else []
    return Recording("charge", "gbt27930", panels, [Activity("BCL", "vehicle", 3, spans)])


def test_series_is_a_path_of_levels_in_units_of_the_data() -> None:
    plot = plot_view(recording([1.0, 1.5, 2.0, 2.5], [700.0, 700.0, 710.5, 710.5], [(0.0, 4.0)]))
    assert plot.panels[0].series[0].path == "M1 700H2V710.5H2.5"
    left, top, width, height = map(float, plot.panels[0].box.split())
    assert (left, width) == (0, 4)
    assert -top > 710.5
    assert -top - height < 700


def test_series_has_a_gap_where_its_messages_pause() -> None:
    plot = plot_view(recording([1.0, 1.5, 2.0, 9.0, 9.5], [700.0, 700.0, 710.0, 650.0, 650.0], [(0.0, 10.0)]))
    assert plot.panels[0].series[0].path == "M1 700H2V710H2M9 650H9.5"


def test_single_value_and_constant_signal_have_a_range_of_their_own() -> None:
    plot = plot_view(recording([1.0], [0.0], [(1.0, 1.0)]))
    assert plot.panels[0].series[0].path == "M1 0H1"
    assert (plot.start, plot.end) == ("0.5", "1.5")
    assert plot.panels[0].box == "0.5 -1 1 2"


def test_lanes_show_spans_as_lines_and_instants_as_strokes() -> None:
    lane = plot_view(recording([], [], [(0.5, 2.0), (3.0, 3.0)])).panels[0].lanes[0]
    assert lane.path == "M0.5 0.5H2M3 0.2V0.8"
    assert (lane.name, lane.count, lane.sender) == ("BCL", 3, "vehicle")


def test_marks_are_round_and_inside() -> None:
    plot = plot_view(recording([0.0, 12.0], [650.0, 720.0], [(0.0, 12.0)]))
    assert [mark.label for mark in plot.marks] == ["0", "2", "4", "6", "8", "10", "12"]
    assert float(plot.marks[0].at) == LEFT
    assert float(plot.marks[-1].at) == WIDTH - RIGHT
    assert [mark.label for mark in plot.panels[0].marks] == ["660", "680", "700", "720"]


def test_marks_of_a_fine_axis_have_the_decimals_they_need() -> None:
    plot = plot_view(recording([0.0, 0.3], [0.0, 0.004], [(0.0, 0.3)]))
    assert [mark.label for mark in plot.marks][:3] == ["0.00", "0.05", "0.10"]
    assert all(re.fullmatch(r"-?\d\.\d{3}", mark.label) for mark in plot.panels[0].marks)


def test_recording_that_begins_near_zero_begins_at_zero() -> None:
    assert plot_view(recording([], [], [(0.00054, 12.0)])).start == "0"
    assert plot_view(recording([], [], [(7.5, 12.0)])).start == "7.5"


def test_unknown_sender_is_neither_party() -> None:
    plot = plot_view(Recording("charge", "x", [], [Activity("A", "third", 1, [(0.0, 1.0)])]))
    assert plot.panels[0].lanes[0].sender == "other"
    assert plot.parties == []


def test_numbers_are_short_and_zero_has_no_sign() -> None:
    assert [number(value) for value in (0.0, -0.0000001, 1.5, 100.0, -0.25)] == ["0", "0", "1.5", "100", "-0.25"]
