"""The laboratory file against the run: what goes into results.json, what contradicts the run, which rows are lowered."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.case.documents import ResultsDoc
from harness.case.run.invariants import violations
from harness.case.run.laboratory import foreign_vins
from harness.case.run.runfolder import canonical_json
from harness.case.run.validation import RESULTS
from harness.core import ConfigError
from harness.report.campaign import load_campaign
from harness.report.lab import issue, load_lab, write_template
from harness.report.lab.calibration import is_timing

Make = Callable[..., Path]
DUE = "due: 2027-01-09"


@pytest.fixture
def issued(tmp_path: Path, vehicle_run: Make, lab_file: Make) -> Callable[..., ResultsDoc]:
    """``issued((old, new), ..., run={})``: results of the vehicle's run with the laboratory file, texts replaced in it."""

    def build(*changes: tuple[str, str], run: dict[str, Any] | None = None) -> ResultsDoc:
        campaign = load_campaign([vehicle_run(tmp_path / "run", **(run or {}))])
        results = issue(campaign.results, load_lab(lab_file(tmp_path, *changes)))
        RESULTS.parse(canonical_json(results), tmp_path / "results.json")
        assert violations(results) == []
        return results

    return build


def _row(results: ResultsDoc, case_id: str) -> Any:
    return next(row for row in results["results"] if row["id"] == case_id)


def _refused(issued: Callable[..., ResultsDoc], *changes: tuple[str, str], run: dict[str, Any] | None = None) -> str:
    with pytest.raises(ConfigError) as caught:
        issued(*changes, run=run)
    assert all(problem.line is not None for problem in caught.value.problems)
    return "\n".join(str(problem) for problem in caught.value.problems)


def test_laboratory_data_go_into_the_results(issued: Any) -> None:
    results = issued()
    report = results["report"]
    assert (report["number"], report["category"], report["precedence"]) == ("PC-2026-000777", "commissioned", "en")
    assert "demo" not in report
    assert results["issuer"]["contact"] == "lab@somemotors.test"
    assert results["item"]["vin"] == "LPRECERT900000001"
    assert results["item"]["role"] == "truck"
    assert results["people"]["approved"]["name"] == "王五"
    assert [each["id"] for each in results["equipment"]] == ["EQ-001", "EQ-002", "EQ-003"]
    assert results["opinions"][0]["author"] == "李四"


def test_row_names_who_where_and_what_served_it(issued: Any) -> None:
    results = issued()
    row = _row(results, "GBT-VP.101")
    assert row["execution"]["operator"] == "张三"
    assert row["execution"]["checker"] == "赵六"
    assert row["execution"]["site"] == "2 号台架 Bench 2, 试验路 8 号 8 Shiyan Road, 合肥 Hefei, 中国 China"
    assert row["equipment"] == ["EQ-001", "EQ-003"]
    assert row["performed_by"] == "self"
    assert _row(results, "GBT-VP.104")["performed_by"] == "外部试验室 Outside Ltd"
    assert _row(results, "GBT-VP.303")["equipment"] == []


def test_a_deviation_from_a_method_names_its_rows(issued: Any) -> None:
    [deviation] = issued(("cases: [GBT-VP.101]", 'cases: ["GBT-VP.10*"]'))["method_deviations"]
    assert deviation["cases"] == ["GBT-VP.101", "GBT-VP.104"]
    assert deviation["accepted"] == {"name": "钱八", "date": "2026-06-29", "record": "MAIL-31"}


@pytest.mark.parametrize(
    ("change", "violation"),
    [
        ({"cases": ["GBT-VP.999"]}, "GBT-VP.999 is no row of that method"),
        ({"cases": []}, "names no row"),
        ({"justified": {"zh": "", "en": "x"}}, "is not justified"),
        ({"accepted": {"name": " ", "date": "2026-06-29", "record": "MAIL-31"}}, "is not accepted"),
    ],
)
def test_a_deviation_from_a_method_that_lacks_a_part_is_a_violation(change: dict[str, Any], violation: str, issued: Any) -> None:
    results = issued()
    results["method_deviations"][0].update(change)
    assert violations(results) == [f"deviation 1 from PRECERT-gbt27930@0.1.0: {violation}"]


def test_operator_and_site_of_the_run_stand(issued: Any) -> None:
    row = _row(issued(run={"operator": "张三"}), "GBT-VP.101")
    assert row["execution"]["operator"] == "张三"


def test_valid_calibration_changes_no_verdict(issued: Any) -> None:
    results = issued()
    assert [row["verdict"] for row in results["results"]] == ["pass", "fail", "none"]
    assert results["counts"]["pass"] == 1


@pytest.mark.parametrize("due", ["2026-07-01", "2027-01-09"])
def test_calibration_due_on_the_day_of_the_test_is_valid(due: str, issued: Any) -> None:
    assert _row(issued((DUE, f"due: {due}")), "GBT-VP.101")["verdict"] == "pass"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ((DUE, "due: 2026-06-30"), "EQ-001: calibration 2026-01-10 – 2026-06-30, tested on 2026-07-01"),
        (("date: 2026-01-10\n      due: 2027-01-09\n      accepted_by: 赵六\n      accepted_on: 2026-01-12",
          "date: 2026-07-02\n      due: 2027-01-09\n      accepted_by: 赵六\n      accepted_on: 2026-07-02"),
         "EQ-001: calibration 2026-07-02 – 2027-01-09, tested on 2026-07-01"),
    ],
)  # fmt: skip
def test_calibration_that_does_not_cover_the_test_caps_a_pass(change: tuple[str, str], reason: str, issued: Any) -> None:
    results = issued(change)
    row = _row(results, "GBT-VP.101")
    assert (row["verdict"], row["reason_code"], row["reason"]) == ("inconc", "CAL_EXPIRED", reason)
    assert (results["counts"]["pass"], results["counts"]["inconc"]) == (0, 1)
    assert results["suites"][0]["counts"]["inconc"] == 1


def test_expired_calibration_leaves_a_failure_a_failure(issued: Any) -> None:
    row = _row(issued((DUE, "due: 2026-06-30")), "GBT-VP.104")
    assert (row["verdict"], row["reason_code"]) == ("fail", "EXPECTATION")


def test_missing_calibration_caps_a_pass(issued: Any, lab_file: Make, tmp_path: Path) -> None:
    content = lab_file(tmp_path / "whole").read_text(encoding="utf-8")
    begin = content.index("    calibration:\n")
    calibration = content[begin : content.index("  - id: EQ-002")]
    row = _row(issued((calibration, "")), "GBT-VP.101")
    assert (row["verdict"], row["reason_code"]) == ("inconc", "CAL_EXPIRED")
    assert row["reason"] == "EQ-001: no calibration, tested on 2026-07-01"


def test_expired_calibration_of_an_instrument_that_served_no_row_caps_nothing(issued: Any) -> None:
    second = "due: 2027-01-09\n      accepted_by: 赵六\n      accepted_on: 2026-01-12\n      no_file"
    assert _row(issued((second, second.replace("2027-01-09", "2026-02-01"))), "GBT-VP.101")["verdict"] == "pass"


@pytest.mark.parametrize(("unit", "timing"), [("ms", True), ("min", True), ("h", True), ("V", False), ("1", False)])
def test_a_row_with_a_number_in_a_unit_of_time_needs_a_time_base(unit: str, timing: bool) -> None:
    row: Any = {"checks": [{"value": None}, {"value": {"unit": unit}}]}
    assert is_timing(row) is timing


def test_logger_without_a_time_base_makes_timing_rows_inconclusive(issued: Any, lab_file: Make, tmp_path: Path) -> None:
    content = lab_file(tmp_path / "whole").read_text(encoding="utf-8")
    clock = next(line for line in content.splitlines(keepends=True) if line.strip().startswith("clock:"))
    row = _row(issued((clock, "")), "GBT-VP.101")
    assert (row["verdict"], row["reason_code"]) == ("inconc", "NO_TIMEBASE")
    assert "EQ-001: its time base is not stated" in row["reason"]


def test_cases_narrow_down_what_an_instrument_served(issued: Any) -> None:
    results = issued(("    links: [charge]\n    verification", '    links: [charge]\n    cases: ["GBT-VP.104"]\n    verification'))
    assert _row(results, "GBT-VP.101")["equipment"] == ["EQ-001"]
    assert _row(results, "GBT-VP.104")["equipment"] == ["EQ-001", "EQ-003"]


def test_instrument_that_the_rig_names_serves_every_row_of_its_run(issued: Any) -> None:
    rig = {"instruments": {"meter": {"driver": "scpi", "port": None, "calibration": "EQ-002"}}}
    assert _row(issued(run={"rig": rig}), "GBT-VP.101")["equipment"] == ["EQ-001", "EQ-002", "EQ-003"]


@pytest.mark.parametrize("verdict", ["GBT-VP.101", "GBT-VP.104"])
def test_item_that_changed_makes_every_row_a_test_error(verdict: str, issued: Any) -> None:
    results = issued(("at_end: {vin: LPRECERT900000001, BMS software: 1.4.0-rc2}", "at_end: {vin: LPRECERT900000001, BMS software: 1.5.0}"))
    row = _row(results, verdict)
    assert (row["verdict"], row["reason_code"]) == ("error", "ITEM_CHANGED")
    assert "BMS software was 1.4.0-rc2 at the start, 1.5.0 at the end" in row["reason"]
    assert _row(results, "GBT-VP.303")["verdict"] == "none"


def test_simulated_rows_are_served_by_no_instrument(tmp_path: Path, make_run: Make, lab_file: Make) -> None:
    campaign = load_campaign([make_run(tmp_path / "run", ids=("GBT-VP.101", "GBT-VP.104"))])
    changes = (("vin: LPRECERT900000001\n", "vin: LPRECERT000000001\n  vin_without_check_digit: simulated\n"), (DUE, "due: 2026-02-01"))
    rest = (("{vin: LPRECERT900000001,", "{vin: LPRECERT000000001,"), ("{vin: LPRECERT900000001,", "{vin: LPRECERT000000001,"))
    results = issue(campaign.results, load_lab(lab_file(tmp_path, *changes, *rest)))
    assert [row["equipment"] for row in results["results"]] == [[], []]
    assert results["results"][0]["verdict"] == "pass"


@pytest.fixture
def two_runs(tmp_path: Path, vehicle_run: Make) -> ResultsDoc:
    """A report about a run by day and one by night."""
    day = vehicle_run(tmp_path / "day", ids=("GBT-VP.101",))
    night = vehicle_run(tmp_path / "night", ids=("GBT-VP.104",), seed=2, first_minute=30)
    return load_campaign([day, night]).results


def _by_run(content: str, *runs: str) -> tuple[str, str]:
    conditions = content[content.index("conditions:") : content.index("external:")]
    entry = conditions.removeprefix("conditions:\n").replace("  - ", "    ", 1)
    return conditions, "conditions:\n" + "".join(f"  - run: {name}\n{entry}" for name in runs)


def test_each_run_has_its_conditions(two_runs: ResultsDoc, lab_file: Make, tmp_path: Path) -> None:
    change = _by_run(lab_file(tmp_path / "whole").read_text(encoding="utf-8"), "day", "night")
    results = issue(two_runs, load_lab(lab_file(tmp_path, change)))
    assert [each["run"] for each in results["conditions"]] == ["day", "night"]
    assert [row["equipment"] for row in results["results"]] == [["EQ-001", "EQ-003"]] * 2


@pytest.mark.parametrize(
    ("runs", "message"),
    [
        (("day",), "supply of run 'night' are missing"),
        (("day", "nigth"), "no run 'nigth' (did you mean 'night'?)"),
        (("day", "day"), "the conditions of run 'day' are stated already"),
    ],
)
def test_run_without_conditions_is_named(runs: tuple[str, ...], message: str, two_runs: ResultsDoc, lab_file: Make, tmp_path: Path) -> None:
    change = _by_run(lab_file(tmp_path / "whole").read_text(encoding="utf-8"), *runs)
    with pytest.raises(ConfigError) as caught:
        issue(two_runs, load_lab(lab_file(tmp_path, change)))
    assert message in "\n".join(map(str, caught.value.problems))


def test_the_vin_of_a_placeholder_was_read_from_nothing(tmp_path: Path, make_run: Make) -> None:
    """A template filled in by nobody told that the simulated truck was another one."""
    write_template(tmp_path / "lab.yaml")
    lab = load_lab(tmp_path / "lab.yaml", demo=True)
    placeholder = lab.item["vin"]
    for vin, kept in ((placeholder, True), ("LPRECERT900000001", False)):
        told = {"role": "truck", "model": "heavy_truck", "vin": vin}
        results = load_campaign([make_run(tmp_path / str(vin), ids=("GBT-VP.101",), plan={"item": told})]).results
        item = issue(results, lab)["item"]
        assert item["vin"] == vin
        assert (placeholder in item["identity_start"].values()) is kept
        assert "BMS software" in item["identity_start"]
        assert foreign_vins(item) == {}


def test_demo_is_stated(tmp_path: Path, vehicle_run: Make, lab_file: Make) -> None:
    results = load_campaign([vehicle_run(tmp_path / "run")]).results
    assert issue(results, load_lab(lab_file(tmp_path, ("name: 王五", "name: TODO")), demo=True))["report"]["demo"] is True


def test_template_of_another_rig_serves_for_a_demo(tmp_path: Path, make_run: Make) -> None:
    file = tmp_path / "lab.yaml"
    write_template(file)
    file.write_text(file.read_text(encoding="utf-8").replace("links: [charge]", "links: [elsewhere]"), encoding="utf-8")
    results = load_campaign([make_run(tmp_path / "run", ids=("GBT-VP.101",))]).results
    assert issue(results, load_lab(file, demo=True))["equipment"][0]["links"] == ["elsewhere"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("decision_rule: SIMPLE", "decision_rule: GUARD_U", "'GUARD_U' is not the rule that was sealed with the plan ('SIMPLE')"),
        (
            "vin: LPRECERT900000001",
            "vin: 1M8GDM9AXKP042788",
            "'1M8GDM9AXKP042788' is not the item that was tested, whose VIN is 'LPRECERT9",
        ),
        ("at_start: {vin: LPRECERT900000001", "at_start: {vin: LPRECERT900000002", "'LPRECERT900000002' was read, the tests were run on"),
        ("received: 2026-06-30", "received: 2026-07-02", "received on 2026-07-02, first tested on 2026-07-01"),
        ("    links: [charge]", "    links: [charg]", "no link 'charg' on the rig (did you mean 'charge'?)"),
        ('cases: ["GBT-VP.104"]', 'cases: ["GBT-VX*"]', "external.0.cases.0: no planned case 'GBT-VX*'"),
        ("refs: [GBT-VP.101]", "refs: [GBT-VP.1011]", "'GBT-VP.1011' is no case and no requirement of this report"),
        ("accuracy_us: 10,", "accuracy_us: 20,", "clock.accuracy_us: 0.00002 s is worse than the 0.00001 s of the rig 'dc-bench-02'"),
        ("drift_ppm: 50,", "drift_ppm: 80,", "clock.drift_ppm: 80 ppm is worse than the 50 ppm of the rig"),
        ("    links: [charge]\n    verification", "    verification", "'EQ-003' served no row; name its 'links' or 'cases'"),
        ("    links: [charge]\n    clock", '    cases: ["GBT-VP.104"]\n    clock', "no measuring instrument served GBT-VP.101"),
        ("    kind: instrument\n", "    kind: instrument\n    unused: spare\n", "'EQ-002' is in use; remove 'unused'"),
        ("method: PRECERT-gbt27930@0.1.0", "method: PRECERT-gbt27930@0.2.0", "no row uses method 'PRECERT-gbt27930@0.2.0' (did you mean"),
        ("cases: [GBT-VP.101]", "cases: [GBT-VP.9*]", "method_deviations.0.cases.0: no planned case 'GBT-VP.9*' of PRECERT-gbt27930@0.1.0"),
        (
            "  - method: PRECERT-gbt27930@0.1.0",
            "  - method: PRECERT-gbt27930@0.1",
            "method_deviations.0.method: no row uses method 'PRECERT-gbt27930@0.1' (did you mean",
        ),
        ("date: 2026-06-28", "date: 2026-07-02", "authorised on 2026-07-02, the report is issued on 2026-07-01"),
        ("date: 2026-06-29", "date: 2026-07-02", "accepted on 2026-07-02, the report is issued on 2026-07-01"),
        ("  - temperature_degc", "  - run: night\n    temperature_degc", "no run 'night'; there is one run only"),
    ],
)
def test_contradiction_with_the_run_is_refused(old: str, new: str, message: str, issued: Any) -> None:
    assert message in _refused(issued, (old, new))


def test_instrument_that_served_nothing_may_be_listed_with_a_note(issued: Any) -> None:
    results = issued(("    links: [charge]\n    verification", "    unused: 备用 spare\n    verification"))
    assert _row(results, "GBT-VP.101")["equipment"] == ["EQ-001"]


def test_row_that_ended_before_anything_was_recorded_needs_no_instrument(tmp_path: Path, vehicle_run: Make, lab_file: Make) -> None:
    results = load_campaign([vehicle_run(tmp_path / "run", outcomes={"GBT-VP.101": "error"})]).results
    results["results"][0]["evidence"] = []
    row = _row(issue(results, load_lab(lab_file(tmp_path))), "GBT-VP.101")
    assert (row["verdict"], row["equipment"]) == ("error", [])


def test_operator_of_the_run_must_be_among_the_operators(issued: Any) -> None:
    assert "a run was operated by '孙七'" in _refused(issued, run={"operator": "孙七"})


def test_instrument_of_the_rig_must_be_listed(issued: Any) -> None:
    rig = {"instruments": {"meter": {"driver": "scpi", "port": None, "calibration": "EQ-009"}}}
    assert "the rig 'dc-bench-02' names instrument 'EQ-009', which is not listed" in _refused(issued, run={"rig": rig})


def test_conditions_of_a_run_on_hardware_must_be_stated(issued: Any, lab_file: Make, tmp_path: Path) -> None:
    content = lab_file(tmp_path / "whole").read_text(encoding="utf-8")
    conditions = content[content.index("conditions:") : content.index("external:")]
    found = _refused(issued, (conditions, ""))
    assert "temperature, humidity and supply are missing" in found
