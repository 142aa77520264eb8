"""The item's own words at the begin and at the end: a swapped sample makes every row a test error."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from harness.core import Message, Recognition, Record, Session
from harness.report.campaign import load_campaign
from harness.report.compiler import compile_report
from harness.report.lab import issue, load_lab, read_identity
from harness.report.lab.notes import lab_notes
from harness.report.pdf_text import dense, page_texts

Make = Callable[..., Path]
CASES = ("GBT-VP.101", "GBT-VP.102", "GBT-VP.301")
"""The recording of the last one is longer than those of the others."""


class Telling:
    """A standard whose sessions tell the VIN that *vins* has for the number of frames; nothing for other numbers."""

    def __init__(self, standard: Any, vins: Mapping[bool, str]) -> None:
        self._standard = standard
        self._vins = vins

    def __getattr__(self, name: str) -> Any:
        return getattr(self._standard, name)

    def sessions(self, messages: Sequence[Message], records: Sequence[Record]) -> Sequence[Session]:
        vin = self._vins.get(len(records) > 100, "")
        return [Session("charge", 0, 1, (), "", "", {"VIN": vin} if vin else {})]


@pytest.fixture
def telling(standards: Mapping[str, Any]) -> Callable[..., Any]:
    """``telling(short="V", long="W")``: what short recordings and long ones tell."""
    return lambda short="", long="": {"gbt27930": Telling(standards["gbt27930"], {False: short, True: long})}


def test_first_and_last_reading_are_taken(tmp_path: Path, vehicle_run: Make, telling: Any) -> None:
    campaign = load_campaign([vehicle_run(tmp_path / "run", ids=CASES, outcomes={})])
    assert read_identity(campaign, telling("V", "W")) == ({"VIN (gbt27930)": "V"}, {"VIN (gbt27930)": "W"})


def test_recordings_that_tell_nothing_are_passed_over(tmp_path: Path, vehicle_run: Make, telling: Any) -> None:
    campaign = load_campaign([vehicle_run(tmp_path / "run", ids=CASES, outcomes={})])
    assert read_identity(campaign, telling("V")).end == {"VIN (gbt27930)": "V"}
    assert read_identity(campaign, telling()) == ({}, {})


def test_item_without_a_vin_is_not_asked(tmp_path: Path, vehicle_run: Make, telling: Any) -> None:
    campaign = load_campaign([vehicle_run(tmp_path / "run", ids=CASES, outcomes={}, item={"vin": None})])
    assert read_identity(campaign, telling("V", "W")) == ({}, {})


def test_swapped_sample_makes_every_row_a_test_error(tmp_path: Path, vehicle_run: Make, lab_file: Make, telling: Any) -> None:
    campaign = load_campaign([vehicle_run(tmp_path / "run", ids=CASES, outcomes={})])
    opinion = ('cases: ["GBT-VP.104"]', 'cases: ["GBT-VP.102"]')
    lab = load_lab(lab_file(tmp_path, opinion))
    stated = campaign.results["item"]["vin"]
    same = issue(campaign.results, lab, read_identity(campaign, telling(stated, stated)))
    swapped = issue(campaign.results, lab, read_identity(campaign, telling("V", "W")))
    assert [row["verdict"] for row in same["results"]] == ["pass"] * 3
    assert [(row["verdict"], row["reason_code"]) for row in swapped["results"]] == [("error", "ITEM_CHANGED")] * 3
    assert "VIN (gbt27930) was V at the start, W at the end" in swapped["results"][0]["reason"]
    assert swapped["counts"]["error"] == 3


def test_readings_are_printed_side_by_side(tmp_path: Path, vehicle_run: Make, lab_file: Make, telling: Any) -> None:
    run = vehicle_run(tmp_path / "run", ids=("GBT-VP.101", "GBT-VP.104"))
    page = compile_report([run], load_lab(lab_file(tmp_path)), telling("LPRECERT900000001")).files["report.html"].decode("utf-8")
    assert "not the VIN of the item" not in page
    assert "VIN (gbt27930)" in page


def test_item_that_tells_another_vin_throughout_makes_every_row_a_test_error(
    tmp_path: Path, vehicle_run: Make, lab_file: Make, telling: Any
) -> None:
    run = vehicle_run(tmp_path / "run", ids=("GBT-VP.101", "GBT-VP.104"))
    report = compile_report([run], load_lab(lab_file(tmp_path)), telling("LPRECERT900000002"))
    assert [(row["verdict"], row["reason_code"]) for row in report.results["results"]] == [("error", "ITEM_CHANGED")] * 2
    assert "same, but not the VIN of the item" in report.files["report.html"].decode("utf-8")
    paper = dense("".join(page_texts(report.files["report.pdf"])))
    assert dense("Attention: during the tests the item told LPRECERT900000002 as VIN (gbt27930)") in paper
    told, lowered = report.notes
    assert told["en"] == "VIN (gbt27930) was read as LPRECERT900000002, the VIN of the item is LPRECERT900000001"
    assert "VIN (gbt27930) was LPRECERT900000002, declared is LPRECERT900000001" in lowered["en"]
    assert not report.passed


def test_other_vin_that_the_laboratory_explains_stands_in_the_conclusion(
    tmp_path: Path, vehicle_run: Make, lab_file: Make, telling: Any
) -> None:
    run = vehicle_run(tmp_path / "run", ids=("GBT-VP.101", "GBT-VP.104"))
    explained = ("  vin: LPRECERT900000001\n", "  vin: LPRECERT900000001\n  other_vin: 试验电池包 pack of a test vehicle\n")
    report = compile_report([run], load_lab(lab_file(tmp_path, explained)), telling("LPRECERT900000002"))
    assert [row["verdict"] for row in report.results["results"]] == ["pass", "fail"]
    paper = dense("".join(page_texts(report.files["report.pdf"])))
    assert dense("The reason that the laboratory states: 试验电池包 pack of a test vehicle") in paper


def test_lowered_rows_are_told_with_their_reason(tmp_path: Path, vehicle_run: Make, lab_file: Make, telling: Any) -> None:
    campaign = load_campaign([vehicle_run(tmp_path / "run", ids=CASES, outcomes={})])
    lab = load_lab(lab_file(tmp_path, ('cases: ["GBT-VP.104"]', 'cases: ["GBT-VP.102"]')))
    stated = campaign.results["item"]["vin"]
    assert list(lab_notes(issue(campaign.results, lab, read_identity(campaign, telling(stated, stated))))) == []
    told = [note["en"] for note in lab_notes(issue(campaign.results, lab, read_identity(campaign, telling(stated, "W"))))]
    assert told[0].startswith("VIN (gbt27930) was read as W")
    assert told[1].startswith("3 rows are test errors: identity of the item: VIN (gbt27930) was")


class Elsewhere(Telling):
    """Another standard, by which the long recordings are."""

    def recognise(self, records: Sequence[Record]) -> Recognition | None:
        return Recognition("doip", "", len(records) + 1, 0, "long") if len(records) > 100 else None


def test_what_only_one_of_several_runs_can_tell_is_no_change_of_the_item(
    tmp_path: Path, vehicle_run: Make, lab_file: Make, standards: Mapping[str, Any], telling: Any
) -> None:
    """The first run hears the VIN over one interface, the second over another: neither is missed in the other."""
    runs = [vehicle_run(tmp_path / name, ids=(case,), outcomes={}) for name, case in (("first", CASES[0]), ("second", CASES[2]))]
    campaign = load_campaign(runs)
    lab = load_lab(lab_file(tmp_path, ('cases: ["GBT-VP.104"]', f'cases: ["{CASES[0]}"]')))
    stated = campaign.results["item"]["vin"]
    for told, verdict in ((stated, "pass"), ("LPRECERT900000002", "error")):
        read = read_identity(campaign, telling(stated) | {"doip": Elsewhere(standards["gbt27930"], {True: told})})
        assert read == ({"VIN (gbt27930)": stated, "VIN (doip)": told},) * 2
        assert {row["verdict"] for row in issue(campaign.results, lab, read)["results"]} == {verdict}
