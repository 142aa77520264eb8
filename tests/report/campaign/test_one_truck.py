"""One truck tested by several suites, each with a declaration of its own: united where only one speaks, refused where two disagree."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from harness.case.run.validation import RESULTS
from harness.core import ConfigError
from harness.report.campaign import Campaign, load_campaign
from harness.report.compiler import compile_report
from harness.report.pages.bench.conditions import condition_tables
from harness.report.pages.bench.item import declared_tables
from harness.report.pdf_text import dense, page_texts

MakeRun = Callable[..., Path]
VIN = "LPRECERT000000001"
ITEM = {"role": "truck", "model": "swap_truck", "pics_file": "swap.toml", "vin": VIN}
PICS = {"S.SWAP": {"value": True, "why": "fitted"}, "V.BMV": {"value": False, "why": "cell voltages are not sent"}}
PIXIT = {"vin": VIN, "lock_points": 4}
LIMITS = {"file": "house.toml", "sha256": "ab" * 32, "limits": ["T_LOCK"]}
PROFILE = {"folder": "htswap", "title": {"en": "HTSWAP", "zh": "HTSWAP"}, "sha256": {"profile.toml": "12" * 32}, "files": {}}


@pytest.fixture
def charging(make_run: MakeRun, tmp_path: Path) -> Callable[..., Path]:
    """``charging(**plan)``: a run of the suite for charging."""
    return lambda **plan: make_run(tmp_path / "charging", ids=("GBT-VP.101",), plan=plan)


@pytest.fixture
def swapping(make_run: MakeRun, tmp_path: Path) -> Callable[..., Path]:
    """``swapping(**plan)``: a run of another suite on another rig, which declares what it asks for."""
    return lambda **plan: _swapping(make_run, tmp_path, plan)


def _swapping(make_run: MakeRun, folder: Path, plan: Mapping[str, Any]) -> Path:
    untested = {"GBT-VP.102": "none"}
    sample = json.loads((make_run(folder / "sample", ids=tuple(untested), outcomes=untested) / "plan.json").read_text("utf-8"))
    own = {
        "item": ITEM,
        "pics": PICS,
        "pixit": PIXIT,
        "suites": [{**sample["suites"][0], "name": "swap", "title": {"en": "Swap", "zh": "Swap"}}],
        "cases": [{**sample["cases"][0], "suite": "swap"}],
        "rig": {**sample["rig"], "name": "virtual-swap", "links": {"charge": {"kind": "can", "bitrate_bps": 500000}}},
    }
    return make_run(folder / "swapping", ids=tuple(untested), outcomes=untested, plan={**own, **plan})


def _cells(campaign: Campaign, title: str) -> dict[str, tuple[str, ...]]:
    found = next(table for table in declared_tables(campaign, campaign.results) if table.title and title in table.title["en"])
    return {row[0]: tuple(row[1:]) for row in found.rows}


def test_declarations_of_different_suites_are_united(charging: MakeRun, swapping: MakeRun) -> None:
    runs = [charging(), swapping()]
    for order in (runs, runs[::-1]):
        plan = load_campaign(order).plan
        assert list(plan["pics"]) == ["S.SWAP", "V.BMV", "V.DC", "V.ED2015"]
        assert plan["pixit"] == {"lock_points": 4, "vin": VIN, "wakeup_s": 2.0}
        assert [suite["name"] for suite in plan["suites"]] == ["gbt27930", "swap"]


def test_item_has_what_any_run_says_of_it(charging: MakeRun, swapping: MakeRun) -> None:
    item = {"role": "truck", "model": "swap_truck", "pics_file": "swap.toml", "injected_faults": "lock_sticks"}
    campaign = load_campaign([charging(), swapping(item=item)])
    assert campaign.results["item"] == {
        "role": "truck", "model": "heavy_truck, swap_truck", "pics_file": "sim-truck.toml, swap.toml", "vin": VIN,
        "injected_faults": "lock_sticks",
    }  # fmt: skip
    assert [note["en"] for note in campaign.notes] == [
        "swapping: no VIN is declared; that it is the item of the other runs is said by nobody but whoever named them"
    ]
    RESULTS.check(campaign.results)


def test_limits_of_a_laboratory_may_concern_one_suite_only(charging: MakeRun, swapping: MakeRun) -> None:
    own = {**LIMITS, "file": "other.toml", "sha256": "cd" * 32}
    campaign = load_campaign([charging(corrections=own), swapping(corrections=LIMITS)])
    assert "corrections" not in campaign.plan
    listed = [row for table in condition_tables(campaign, campaign.results) for row in table.rows if "corrected" in row[0]]
    assert [(row[0].rpartition(" ")[2], row[2], row[3]) for row in listed] == [
        ("(gbt27930)", "other.toml", ("cd" * 32)[:16]),
        ("(swap)", "house.toml", ("ab" * 32)[:16]),
    ]


def test_message_profiles_of_all_runs_are_kept(charging: MakeRun, swapping: MakeRun) -> None:
    campaign = load_campaign([charging(), swapping(profiles={"swap": PROFILE})])
    assert campaign.plan["profiles"] == {"swap": PROFILE}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"item": {**ITEM, "vin": "LPRECERT000000002"}}, f"another item under test.*vin '{VIN}' there, 'LPRECERT000000002' here"),
        ({"item": {**ITEM, "model": None}}, "another item under test.*model 'heavy_truck' there, nothing here"),
        ({"item": {**ITEM, "role": "charger"}}, "another item under test.*role 'truck' there, 'charger' here"),
        ({"pics": {**PICS, "V.BMV": {"value": True, "why": "cell voltages are not sent"}}},
         r"another PICS.*V\.BMV 'false \(cell voltages are not sent\)' there, 'true \(cell voltages are not sent\)' here; one report"),
        ({"pics": {**PICS, "V.BMV": {"value": False, "why": "on request"}}},
         r"another PICS.*V\.BMV 'false \(cell voltages are not sent\)' there, 'false \(on request\)' here"),
        ({"pixit": {**PIXIT, "wakeup_s": 3.0}}, "another PIXIT.*wakeup_s 2.0 there, 3.0 here; one report is about one declaration"),
        ({"decision_rule": "GUARD_U"}, "another decision rule.*'SIMPLE' there, 'GUARD_U' here"),
        ({"retry_reasons": ["RIG"]}, "may be repeated.*nothing there, 'RIG' here"),
        ({"profiles": {"gbt27930": PROFILE}},
         "message profile of 'gbt27930' differs from that of .*1111.* there, 1212.* here; one report speaks a standard by one"),
    ],
)  # fmt: skip
def test_what_two_runs_state_differently_is_refused(change: dict[str, Any], message: str, charging: MakeRun, swapping: MakeRun) -> None:
    runs = [charging(profiles={"gbt27930": {**PROFILE, "sha256": {"profile.toml": "11" * 32}}}), swapping(**change)]
    with pytest.raises(ConfigError, match=message) as caught:
        load_campaign(runs)
    assert len(caught.value.problems) == 1
    assert all(str(run) in str(caught.value) for run in runs)


def test_what_a_run_contradicts_is_told_of_every_run_but_each_member_once(charging: MakeRun, swapping: MakeRun, make_run: MakeRun) -> None:
    """The third run is of a third suite: it contradicts the first in one value, the second in another, and both in the VIN."""
    second = swapping()
    third = _third(make_run, second, {"vin": "LPRECERT000000003", "wakeup_s": 9.0, "lock_points": 2})
    with pytest.raises(ConfigError) as caught:
        load_campaign([charging(), second, third])
    assert [problem.text.partition(": ")[2] for problem in caught.value.problems] == [
        f"vin '{VIN}' there, 'LPRECERT000000003' here, wakeup_s 2.0 there, 9.0 here; one report is about one declaration",
        "lock_points 4 there, 2 here; one report is about one declaration",
    ]


def _third(make_run: MakeRun, second: Path, pixit: dict[str, Any]) -> Path:
    sample = json.loads((second / "plan.json").read_text("utf-8"))
    plan = {
        "item": ITEM, "pics": {}, "pixit": pixit, "suites": [{**sample["suites"][0], "name": "third"}],
        "cases": [{**sample["cases"][0], "id": "GBT-VP.103", "suite": "third"}],
    }  # fmt: skip
    return make_run(second.parent / "third", ids=("GBT-VP.103",), outcomes={"GBT-VP.103": "none"}, plan=plan)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"pics": {}}, r"another PICS.*V\.BMV 'false .*' there, nothing here"),
        ({"pixit": {"vin": VIN}}, "another PIXIT.*wakeup_s 2.0 there, nothing here"),
        ({"item": {"role": "truck", "model": "other", "vin": VIN}}, "model 'heavy_truck' there, 'other' here"),
        ({"item": {"role": "truck", "model": "heavy_truck"}}, "vin .* there, nothing here"),
        ({"corrections": LIMITS}, "another set of corrected limits"),
    ],
)
def test_runs_of_one_suite_state_the_same_as_a_whole_whatever_lies_between(
    change: dict[str, Any], message: str, charging: MakeRun, swapping: MakeRun, make_run: MakeRun, tmp_path: Path
) -> None:
    first, between = charging(), swapping()
    again = make_run(tmp_path / "again", ids=("GBT-VP.104",), plan=change)
    for runs in ([first, between, again], [between, first, again]):
        with pytest.raises(ConfigError, match=message) as caught:
            load_campaign(runs)
        assert {problem.file for problem in caught.value.problems} == {again}


def test_declared_items_are_printed_once_with_the_suites_that_they_are_declared_for(charging: MakeRun, swapping: MakeRun) -> None:
    campaign = load_campaign([charging(), swapping()])
    assert {key: row[0] for key, row in _cells(campaign, "PICS").items()} == {
        "V.DC": "gbt27930", "V.ED2015": "gbt27930", "V.BMV": "gbt27930, swap", "S.SWAP": "swap"
    }  # fmt: skip
    assert _cells(campaign, "PIXIT") == {"wakeup_s": ("gbt27930", "2.0"), "vin": ("gbt27930, swap", VIN), "lock_points": ("swap", "4")}


def test_one_declaration_for_all_suites_needs_no_column_of_suites(charging: MakeRun, swapping: MakeRun) -> None:
    every = {"pics": {**PICS, "V.DC": {"value": True, "why": "inlet"}}, "pixit": {**PIXIT, "wakeup_s": 1.0}}
    campaign = load_campaign([charging(**every), swapping(**every)])
    assert _cells(campaign, "PIXIT") == {"lock_points": ("4",), "vin": (VIN,), "wakeup_s": ("1.0",)}
    assert {len(row) for row in _cells(campaign, "PICS").values()} == {2}


def test_links_of_one_name_on_several_rigs_are_told_apart(charging: MakeRun, swapping: MakeRun) -> None:
    campaign = load_campaign([charging(), swapping()])
    links = [row[0] for row in condition_tables(campaign, campaign.results)[0].rows]
    assert links == ["charge (virtual-truck)", "pilot", "charge (virtual-swap)"]


def test_readiness_knows_what_any_run_declares(charging: MakeRun, swapping: MakeRun, standards: Any) -> None:
    from harness.report.campaign.market_file import load_markets

    pics = {"S.SWAP": {"value": False, "why": "fixed pack"}}
    runs = [charging(), swapping(pics=pics)]
    compiled = compile_report(runs, standards=standards, markets=load_markets(["eu"]))
    needs = {need["id"]: need for need in compiled.results["markets"][0]["needs"]}
    assert (needs["eu-swap"]["status"], needs["eu-swap"]["codes"]) == ("not_needed", ["NOT_FITTED"])
    assert (needs["eu-mcs"]["status"], "UNDECLARED" in needs["eu-mcs"]["codes"]) == ("open", True)


def test_long_basis_leaves_the_notices_on_the_cover(charging: MakeRun, swapping: MakeRun, standards: Any) -> None:
    """Several suites test against many standards; so many do not fit in letters of the usual size."""
    case = json.loads((charging() / "plan.json").read_text("utf-8"))["cases"][0]
    refs = [f"ISO{number}-2020:?/part" for number in range(11000, 11040)]
    second = swapping(cases=[{**case, "id": "GBT-VP.102", "suite": "swap", "refs": refs}])
    pages = page_texts(compile_report([second], standards=standards).files["report.pdf"])
    assert "ISO 11039-2020" in pages[0]
    cover, second_page = dense(pages[0]), dense(pages[1])
    assert dense("not a certification decision") in cover
    assert dense("目录 Contents") in second_page
