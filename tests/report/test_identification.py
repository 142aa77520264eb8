"""What the item tells of itself over several paths: compared, printed, and said loudly where it is not the same."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.report.campaign import load_run
from harness.report.pages.bench.identification import disagreements, identification_views
from harness.report.pages.front.conclusion import conclude
from harness.report.pdf import render_pdf
from harness.report.pdf_text import dense, page_texts

VIN = "LPRECERT000000001"
OTHER = "LPRECERT000000002"


def told(path: str, value: str | None, unit: str = "", item: str = "vin", note: str = "") -> dict[str, Any]:
    return {
        "step": 1, "item": item, "path": path, "unit": unit, "value": value, "sha256": "ab" * 32 if value else None, "note": note,
        "frames": [], "t_s": None,
    }  # fmt: skip


@pytest.fixture(scope="module")
def results(make_run: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Any:
    return load_run(make_run(tmp_path_factory.mktemp("identity") / "run", ids=("GBT-VP.101", "GBT-VP.102"))).results


@pytest.fixture
def read(results: Any) -> Callable[..., Any]:
    """``read([...], [...])``: results whose first and second row read this."""

    def build(*rows: list[dict[str, Any]]) -> Any:
        made = copy.deepcopy(results)
        for row, readings in zip(made["results"], rows, strict=False):
            row["identified"] = readings
        return made

    return build


def test_a_report_in_which_nothing_was_read_has_no_table(results: Any) -> None:
    assert identification_views(results) == []
    assert disagreements(results) == []


def test_paths_that_agree_are_counted_with_the_declaration_and_absent_ones_are_named(read: Any) -> None:
    [vin] = identification_views(read([told("J1939", VIN, "27"), told("UDS", VIN, "27"), told("DoIP", None, note="no link 'ethernet'")]))
    assert (vin.agreement.word, vin.agreement.en) == ("pass", "3 readings agree")
    assert [cells[0] for cells in vin.readings] == ["声明 declared", "J1939", "UDS", "DoIP", "GB/T 27930"]
    assert vin.readings[1] == ("J1939", "27", VIN, "abababab", "GBT-VP.101")
    assert vin.readings[3][2] == "未读取 not read (no link 'ethernet')"
    assert vin.readings[4][2] == "未读取 not read (本报告中没有用例读取 no case of this report read it)"


def test_the_same_reading_of_two_cases_is_one(read: Any) -> None:
    [vin] = identification_views(read([told("J1939", VIN, "27")], [told("J1939", VIN, "27")]))
    assert vin.readings[1][4] == "GBT-VP.101, GBT-VP.102"
    assert vin.agreement.en == "2 readings agree"


@pytest.mark.parametrize(("path", "unit"), [("UDS", "27"), ("J1939", "4A"), ("J1939", "27")])
def test_a_path_or_a_unit_that_tells_another_vin_is_a_disagreement(path: str, unit: str, read: Any) -> None:
    different = read([told("J1939", VIN, "27")], [told(path, OTHER, unit)])
    [vin] = identification_views(different)
    assert (vin.agreement.word, vin.agreement.zh, vin.agreement.en) == ("fail", "不一致", "DISAGREE")
    [sentence] = [each for each in conclude(different, "VIN") if "different identities" in each["en"]]
    assert f"{path} {unit}: {OTHER}" in sentence["en"]
    assert f"{path} {unit}: {OTHER}" in sentence["zh"]
    assert VIN in sentence["en"]
    assert sentence["en"].isascii()
    assert f"声明: {VIN}" in sentence["zh"]


def test_other_items_are_compared_for_each_unit(read: Any) -> None:
    parts = [
        told("J1939", "36100-1", "27", "part_number"),
        told("UDS", "36100-1", "27", "part_number"),
        told("UDS", "99", "F3", "part_number"),
    ]
    _, first, second = identification_views(read(parts))
    assert (first.agreement.en, second.agreement.en) == ("2 readings agree", "one reading, nothing to compare")
    assert disagreements(read([*parts, told("UDS", "36100-2", "27", "part_number")])) == [
        ("part_number", ["J1939 27: 36100-1", "UDS 27: 36100-1", "UDS 27: 36100-2"])
    ]


def test_an_item_that_no_path_told_is_not_read(read: Any) -> None:
    _, ecu = identification_views(read([told("J1939", None, "27", "ecu", note="no answer")]))
    assert (ecu.agreement.word, ecu.agreement.en) == ("inconc", "not read")


def test_the_printed_page_shows_the_disagreement(read: Any, make_run: Callable[..., Path], tmp_path: Path) -> None:
    from harness.report.campaign import load_campaign
    from harness.report.pages import build_view

    campaign = load_campaign([make_run(tmp_path / "run", ids=("GBT-VP.101", "GBT-VP.102"))])
    view = build_view(campaign, read([told("J1939", VIN, "27"), told("UDS", OTHER, "27")]), {}, "0" * 64)
    printed = dense("".join(page_texts(render_pdf(view, {}, "x", b"{}"))))
    for words in ("不一致 DISAGREE", OTHER, "从样品读出的标识", "Identification read from the item", "The item tells different identities"):
        assert dense(words) in printed
