"""The sequence diagram: who sends what to whom, long sessions lose their middle and say so."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from harness.report.drawing.sequence import draw_sequence

SVG = "{http://www.w3.org/2000/svg}"


def _texts(content: bytes) -> list[str]:
    return [element.text or "" for element in ElementTree.fromstring(content).iter(f"{SVG}text")]


def test_messages_stand_in_their_order_with_time_and_content() -> None:
    drawn = draw_sequence({"messages": [("0.000540", "charger", "CHM", "01 01 00"), ("0.420540", "vehicle", "BHM", "4C 1D")]})
    assert drawn is not None
    assert _texts(drawn) == ["充电机 Charger", "车辆 Vehicle", "0.001 s", "CHM", "01 01 00", "0.421 s", "BHM", "4C 1D"]


@pytest.mark.parametrize(("sender", "rightwards"), [("charger", True), ("vehicle", False)])
def test_arrow_points_away_from_its_sender(sender: str, rightwards: bool) -> None:
    drawn = draw_sequence({"messages": [("0", sender, "CHM", "")]})
    assert drawn is not None
    arrow = next(line for line in ElementTree.fromstring(drawn).iter(f"{SVG}line") if line.get("y1") == line.get("y2"))
    assert (float(arrow.get("x2", "0")) > float(arrow.get("x1", "0"))) is rightwards


def test_long_session_is_cut_in_the_middle_and_says_so() -> None:
    rows = [(f"{n}.0", "charger", f"M{n}", "") for n in range(100)]
    drawn = draw_sequence({"messages": rows})
    assert drawn is not None
    texts = _texts(drawn)
    assert "M0" in texts
    assert "M99" in texts
    assert "M50" not in texts
    assert any("62 left out" in words for words in texts)


def test_markup_in_content_is_escaped() -> None:
    drawn = draw_sequence({"messages": [("0", "<a>", "<b>", "&")]})
    assert drawn is not None
    assert "<b>" in _texts(drawn)


def test_empty_session_has_no_diagram() -> None:
    assert draw_sequence({"messages": []}) is None


def test_short_diagram_shows_less_of_a_session() -> None:
    rows = [(f"{n}.0", "charger", f"M{n}", "") for n in range(30)]
    full, short = draw_sequence({"messages": rows}), draw_sequence({"messages": rows}, short=True)
    assert full is not None
    assert short is not None
    assert "M20" in _texts(full)
    assert "M20" not in _texts(short)
    assert {"M0", "M29"} <= set(_texts(short))


def test_on_a_bus_of_many_no_receiver_is_made_up() -> None:
    rows = [("0.1", "vcu", "VEH_STS", ""), ("0.2", "bsc", "LOCK_STS", ""), ("0.3", "station", "STA_CMD", "")]
    drawn = draw_sequence({"messages": rows})
    assert drawn is not None
    root = ElementTree.fromstring(drawn)
    assert not list(root.iter(f"{SVG}path")), "an arrow would name a receiver"
    lifelines = {line.get("x1") for line in root.iter(f"{SVG}line")}
    dots = [dot.get("cx") for dot in root.iter(f"{SVG}circle")]
    assert len(set(dots)) == len(rows)
    assert set(dots) == lifelines
    assert any("receivers are not shown" in words for words in _texts(drawn))


def test_names_of_many_parties_stay_in_their_boxes() -> None:
    rows = [("0.1", party, "M", "") for party in ("tester", "25", "27", "EF", "F3", "F9", "ecu")]
    drawn = draw_sequence({"messages": rows})
    assert drawn is not None
    assert "测试仪 Tester" not in _texts(drawn)
    assert {"测试仪", "Tester"} <= set(_texts(drawn))
