"""Readiness for a market: covered only by what passed on the vehicle, everything else failed or open with its reason."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from harness.case.run.validation import RESULTS
from harness.case.suites.catalogue import load_catalogue
from harness.report.campaign import Campaign, load_campaign
from harness.report.campaign.market_file import Market, load_market
from harness.report.campaign.market_shape import MarketShape
from harness.report.campaign.readiness import find_status, readiness, readiness_faults, with_markets

MakeRun = Callable[..., Path]
RIG = {"name": "r", "file": None, "time": "real", "links": {}, "clock": None, "bench_mode": "vehicle"}
SUITES = {"gbt27930": ["GBT-VP.101", "GBT-VP.104", "GBT-DP.1001"]}
NEED: dict[str, Any] = {
    "id": "charging", "kind": "interface", "interface": "gbt27930", "title": {"zh": "充电", "en": "charging"},
    "why": {"zh": "充电", "en": "to charge"}, "necessity": "required", "basis": "project", "confidence": "low", "source": "project",
    "cases": ["GBT-V*"], "next": {"zh": "另", "en": "ask"}, "lead_time": {"weeks": [4, 12], "source": "project", "confidence": "low"},
}  # fmt: skip


def _market(**need: Any) -> Market:
    shape = MarketShape.model_validate(
        {
            "schema": 1, "id": "atlantis", "version": "0.1.0", "title": {"zh": "某地", "en": "Atlantis"}, "official_text": "none",
            "note": {"zh": "自定", "en": "our own"}, "needs": [{**NEED, **need}],
            "risk": {"high_from_weeks": 20, "medium_from_weeks": 10, "source": "project", "confidence": "low"},
        }
    )  # fmt: skip
    return Market(Path("atlantis.toml"), "ab" * 32, shape)


@pytest.fixture
def vehicle_run(tmp_path: Path, make_run: MakeRun) -> Callable[..., Campaign]:
    """A campaign of the given cases and outcomes on the vehicle."""

    def make(
        ids: Sequence[str] = ("GBT-VP.101", "GBT-VP.104"), outcomes: Mapping[str, str] | None = None, mode: str = "vehicle"
    ) -> Campaign:
        campaign = load_campaign([make_run(tmp_path / "run", ids=ids, outcomes=outcomes or {}, plan={"rig": {**RIG, "bench_mode": mode}})])
        for row in campaign.results["results"]:
            row["bench_mode"] = mode  # type: ignore[typeddict-item]
        return campaign

    return make


def _one(campaign: Campaign, suites: Mapping[str, Sequence[str]] = SUITES, **need: Any) -> Any:
    return readiness(_market(**need), campaign.results, campaign.plan, suites)["needs"][0]


def test_covered_is_what_passed_completely_on_the_vehicle(vehicle_run: Callable[..., Campaign]) -> None:
    need = _one(vehicle_run())
    assert (need["status"], need["codes"], need["passed"], need["planned"], need["catalogue"]) == ("covered", [], 2, 2, 2)
    assert need["next"] == []
    assert "risk" not in need


def test_what_does_not_apply_does_not_stand_in_the_way(vehicle_run: Callable[..., Campaign]) -> None:
    assert _one(vehicle_run(outcomes={"GBT-VP.104": "na"}))["status"] == "covered"


@pytest.mark.parametrize(
    ("outcome", "status", "code"),
    [("fail", "failed", "FAILED"), ("inconc", "open", "INCONC"), ("error", "open", "ERROR"), ("none", "open", "NONE")],
)
def test_every_other_outcome_keeps_it_from_being_covered(
    outcome: str, status: str, code: str, vehicle_run: Callable[..., Campaign]
) -> None:
    need = _one(vehicle_run(outcomes={"GBT-VP.104": outcome}))
    assert (need["status"], need["codes"]) == (status, [code])
    assert "GBT-VP.104" in need["reasons"][0]["en"]
    assert len(need["next"]) == 2
    assert need["next"][-1] == {"zh": "另", "en": "ask"}


@pytest.mark.parametrize("mode", ["simulation", "hil", "replay"])
def test_results_away_from_the_vehicle_cover_nothing(mode: str, vehicle_run: Callable[..., Campaign]) -> None:
    need = _one(vehicle_run(mode=mode))
    assert (need["status"], need["codes"], need["passed"]) == ("open", ["NOT_ON_VEHICLE"], 2)


def test_a_failure_in_simulation_is_a_failure(vehicle_run: Callable[..., Campaign]) -> None:
    need = _one(vehicle_run(outcomes={"GBT-VP.104": "fail"}, mode="simulation"))
    assert (need["status"], need["codes"]) == ("failed", ["FAILED", "NOT_ON_VEHICLE"])


def test_a_part_of_the_catalogue_is_open(vehicle_run: Callable[..., Campaign]) -> None:
    need = _one(vehicle_run(ids=("GBT-VP.101",)))
    assert (need["status"], need["codes"]) == ("open", ["PARTIAL"])
    assert "1 of 2" in need["reasons"][0]["en"]


def test_a_suite_that_was_not_run_is_open(vehicle_run: Callable[..., Campaign]) -> None:
    need = _one(vehicle_run(), suites={**SUITES, "swap": ["SWP-001"]}, interface="swap", cases=["SWP-*"])
    assert (need["status"], need["codes"]) == ("open", ["NOT_RUN"])


def test_an_interface_without_a_suite_is_open(vehicle_run: Callable[..., Campaign]) -> None:
    need = _one(vehicle_run(), interface="mcs", cases=["MCS-*"])
    assert (need["status"], need["codes"], need["catalogue"]) == ("open", ["NO_SUITE"], None)
    assert need["reasons"] == [{"zh": "尚无测试套件", "en": "no suite yet"}]


def test_a_suite_without_such_cases_is_open(vehicle_run: Callable[..., Campaign]) -> None:
    assert _one(vehicle_run(), cases=["GBT-VX.9*"])["codes"] == ["NO_CASE"]


def test_rows_of_a_suite_that_is_not_installed_are_not_taken_for_complete(vehicle_run: Callable[..., Campaign]) -> None:
    assert _one(vehicle_run(), suites={})["codes"] == ["UNKNOWN_SUITE"]


def test_nothing_that_applies_is_nothing_covered(vehicle_run: Callable[..., Campaign]) -> None:
    need = _one(vehicle_run(outcomes={"GBT-VP.101": "na", "GBT-VP.104": "na"}))
    assert (need["status"], need["codes"]) == ("open", ["NOT_DECLARED"])


@pytest.mark.parametrize(
    ("condition", "status", "codes"),
    [("V.DC", "covered", []), ("V.BMV", "not_needed", ["NOT_FITTED"]), ("V.MCS", "open", ["UNDECLARED"]), ("V.DC OR V.MCS", "covered", [])],
)
def test_what_is_needed_if_fitted_follows_the_declaration(
    condition: str, status: str, codes: list[str], vehicle_run: Callable[..., Campaign]
) -> None:
    need = _one(vehicle_run(), necessity="if_fitted", applies_if=condition)
    assert (need["status"], need["codes"]) == (status, codes)


@pytest.mark.parametrize(("weeks", "risk"), [((1, 9), "low"), ((1, 10), "medium"), ((12, 19), "medium"), ((4, 20), "high")])
def test_the_risk_of_an_open_item_follows_the_figures_of_the_file(
    weeks: tuple[int, int], risk: str, vehicle_run: Callable[..., Campaign]
) -> None:
    lead = {"weeks": list(weeks), "source": "project", "confidence": "low"}
    assert _one(vehicle_run(ids=("GBT-VP.101",)), lead_time=lead)["risk"] == risk


def test_an_item_without_a_lead_time_has_an_unknown_risk(vehicle_run: Callable[..., Campaign]) -> None:
    need = _one(vehicle_run(ids=("GBT-VP.101",)), lead_time=None)
    assert need["risk"] == "unknown"
    assert "lead_time" not in need


@pytest.mark.parametrize("bad", ["fail", "inconc", "error", "none"])
def test_no_row_that_is_not_a_pass_ever_leaves_a_need_covered(bad: str, vehicle_run: Callable[..., Campaign]) -> None:
    rows = vehicle_run(outcomes={"GBT-VP.104": bad}).results["results"]
    for catalogue in (None, 0, 1, 2, 3):
        for fitted in (True, None):
            assert find_status(rows, catalogue, fitted)[0] != "covered"
    assert find_status([], 2, True)[0] == "open"
    assert find_status([], 0, True)[0] == "open"


# ---- the block in results.json ----


@pytest.fixture
def stated(vehicle_run: Callable[..., Campaign]) -> tuple[Any, Campaign]:
    campaign = vehicle_run(outcomes={"GBT-VP.104": "fail"})
    return {**campaign.results, "markets": [readiness(_market(), campaign.results, campaign.plan, SUITES)]}, campaign


def test_the_block_has_its_shape_and_follows_from_the_rows(stated: tuple[Any, Campaign]) -> None:
    results, campaign = stated
    RESULTS.check(results)
    assert readiness_faults(results, campaign.plan) == []
    assert results["markets"][0]["counts"] == {"needs": 1, "covered": 0, "failed": 1, "open": 0, "not_needed": 0}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda need, market: need.update(status="covered"), "states covered, the rows give failed"),
        (lambda need, market: need.update(codes=[]), "states no reason"),
        (lambda need, market: need.update(passed=2), "counts other rows"),
        (lambda need, market: need.update(planned=3), "counts other rows"),
        (lambda need, market: need.update(applies_if="V.BMV"), "the rows give not_needed"),
        (lambda need, market: market["counts"].update(covered=1), "counts 1 covered, lists 0"),
        (lambda need, market: market["needs"].clear(), "counts 1 needs, lists 0"),
    ],
)
def test_a_block_that_was_edited_is_found_out(change: Any, message: str, stated: tuple[Any, Campaign]) -> None:
    results = copy.deepcopy(stated[0])
    change(results["markets"][0]["needs"][0], results["markets"][0])
    assert any(message in fault for fault in readiness_faults(results, stated[1].plan))


def test_the_shipped_markets_are_measured_against_the_installed_suites(small_run: Path) -> None:
    campaign = load_campaign([small_run])
    results = with_markets(campaign.results, campaign.plan, [load_market(file) for file in _shipped()])
    RESULTS.check(results)
    needs = {need["id"]: need for market in results["markets"] for need in market["needs"]}
    charging = needs["domestic-dc-charging"]
    assert charging["status"] == "failed"
    assert {"PARTIAL", "NOT_ON_VEHICLE"} <= set(charging["codes"])
    assert charging["catalogue"] is not None
    assert charging["catalogue"] > 90
    # Cases for a charging station are none that a truck could lack.
    cases = [source for source in load_catalogue().cases if source.meta.id.startswith("HV-")]
    assert needs["eu-dc-charging"]["catalogue"] == sum(source.sut == "truck" for source in cases) < len(cases)
    assert 0 < needs["eu-mcs"]["catalogue"] < needs["eu-dc-charging"]["catalogue"]
    assert needs["eu-battery-passport"]["codes"] == ["NO_SUITE"]
    assert needs["eu-swap"]["status"] == "open"
    assert not any(need["status"] == "covered" for need in needs.values())


def _shipped() -> list[Path]:
    from harness.report.campaign.market_file import shipped_markets

    return list(shipped_markets().values())
