"""A package about a vehicle: who signed is who is printed, and no row passes that its instruments cannot carry."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from harness.cli import app
from harness.core import ConfigError
from harness.report.compiler import compile_report, write_report
from harness.report.lab import load_lab
from harness.report.package.collect import collect
from harness.report.package.container.layout import RESULTS
from harness.report.package.outcome import Status, Verification
from harness.report.package.seal import seal
from harness.report.package.signing.keys import certificates_in
from harness.report.package.signing.trial_keys import TrialAuthority, signers_of, trial_keys
from harness.report.package.verify import verify

Make = Callable[..., Path]
NOW = datetime.now(UTC).replace(microsecond=0)
NAMES = {"prepared": "张三", "reviewed": "李四", "approved": "王五"}
EXPIRED = ("due: 2027-01-09", "due: 2026-06-30")
CLOCK = "    clock: {source: hardware stamps, resolution_us: 1, accuracy_us: 10, drift_ppm: 50, sync: none}\n"


@pytest.fixture(scope="module")
def authority() -> TrialAuthority:
    return TrialAuthority.create(NOW)


@pytest.fixture(scope="module")
def report_of(tmp_path_factory: pytest.TempPathFactory, vehicle_run: Make, lab_file: Make, standards: Any) -> Make:
    """``report_of((old, new), ...)``: folder of a report about the vehicle, texts replaced in the laboratory file."""

    def build(*changes: tuple[str, str]) -> Path:
        folder = tmp_path_factory.mktemp("vehicle")
        run = vehicle_run(folder / "run")
        write_report(compile_report([run], load_lab(lab_file(folder, *changes)), standards), run / "report")
        return run / "report"

    return build


@pytest.fixture
def verified(tmp_path: Path, authority: TrialAuthority) -> Callable[..., Verification]:
    """Seals a report without looking, and verifies it as a reader does."""

    def build(folder: Path, names: Mapping[str, str] | None = NAMES, results: Callable[[Any], None] | None = None) -> Verification:
        collected = collect(folder)
        if results is not None:
            document = json.loads(collected.payload[RESULTS].read_bytes())  # type: ignore[union-attr]
            results(document)
            collected.payload[RESULTS] = json.dumps(document).encode()
        sealed = seal(collected, trial_keys(authority, names), tmp_path / "sealed", check=False)
        return verify(sealed.paths[0], certificates_in(authority.root_pem()))

    return build


def _keys(outcome: Verification, step: str) -> set[str]:
    return {remark.key for remark in outcome.step(step).remarks if remark.status is Status.FAIL}


def test_package_signed_by_those_who_are_printed_holds(report_of: Make, verified: Any) -> None:
    outcome = verified(report_of())
    assert outcome.holds, [remark.text["en"] for step in outcome.steps for remark in step.remarks if remark.status is Status.FAIL]


@pytest.mark.parametrize("name", ["王五", " 王五", "ＷＡＮＧ Wu", "wang  wu"])
def test_spelling_of_a_name_is_no_difference(name: str, report_of: Make, verified: Any) -> None:
    printed = "王五" if "王" in name else "WANG Wu"
    assert _keys(verified(report_of(("name: 王五", f"name: {printed}")), {**NAMES, "approved": name}), "V6") == set()


def test_signer_who_is_not_the_printed_one_is_named(report_of: Make, verified: Any) -> None:
    outcome = verified(report_of(), {**NAMES, "approved": "孙七"})
    assert _keys(outcome, "V6") == {"v6.name"}
    words = next(remark.text["en"] for remark in outcome.step("V6").remarks if remark.key == "v6.name")
    assert "the report prints '王五', signed by 'TEST ONLY 孙七'" in words


def test_signer_whom_the_report_does_not_name_is_found(report_of: Make, verified: Any) -> None:
    folder = report_of(("  reviewed: {name: 李四, role: 审核 reviewer}\n", ""), ("    author: 李四", "    author: 王五"))
    assert _keys(verified(folder), "V6") == {"v6.unnamed"}
    assert signers_of(collect(folder).results) == {"prepared": "张三", "approved": "王五"}


def test_nothing_is_sealed_under_another_name(report_of: Make, authority: TrialAuthority, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nothing was sealed: RPT-AUTH .*approved by '王五' as printed, signed by '孙七'"):
        seal(collect(report_of()), trial_keys(authority, {**NAMES, "approved": "孙七"}), tmp_path / "sealed")
    assert not (tmp_path / "sealed").exists()


def test_trial_keys_of_the_command_carry_the_printed_names(report_of: Make, tmp_path: Path) -> None:
    folder = report_of()
    done = CliRunner().invoke(app, ["seal", str(folder), "--out", str(tmp_path)])
    assert done.exit_code == 0, done.output
    shown = CliRunner().invoke(app, ["verify", str(tmp_path / "PC-2026-000777"), "--trust", str(tmp_path / "PC-2026-000777.test-root.pem")])
    assert shown.exit_code == 0, shown.output
    assert "TEST ONLY 王五" in shown.output


def test_demo_report_is_told_by_the_verification(
    tmp_path_factory: pytest.TempPathFactory, vehicle_run: Make, lab_file: Make, standards: Any, verified: Any
) -> None:
    folder = tmp_path_factory.mktemp("demo")
    lab = load_lab(lab_file(folder, ("maker: Vexo", "maker: TODO")), demo=True)
    write_report(compile_report([vehicle_run(folder / "run")], lab, standards), folder / "run" / "report")
    outcome = verified(folder / "run" / "report")
    assert outcome.holds
    assert "v8.demo" in {remark.key for remark in outcome.step("V8").remarks if remark.status is Status.NOTE}


def test_row_lowered_for_an_expired_calibration_is_in_order(report_of: Make, verified: Any) -> None:
    outcome = verified(report_of(EXPIRED))
    assert outcome.holds, [remark.text["en"] for step in outcome.steps for remark in step.remarks if remark.status is Status.FAIL]


@pytest.mark.parametrize(("change", "code", "key"), [(EXPIRED, "CAL_EXPIRED", "v11.due"), ((CLOCK, ""), "NO_TIMEBASE", "v11.clock")])
def test_lowered_row_that_was_raised_again_is_found(change: tuple[str, str], code: str, key: str, report_of: Make, verified: Any) -> None:
    def raise_again(document: Any) -> None:
        row = document["results"][0]
        assert row["reason_code"] == code
        row.update(verdict="pass", reason="", reason_code="")
        for counts in (document["counts"], document["suites"][0]["counts"]):
            counts.update({"pass": counts["pass"] + 1, "inconc": counts["inconc"] - 1})

    assert _keys(verified(report_of(change), results=raise_again), "V11") == {key}


def test_rows_of_an_item_that_changed_are_test_errors_and_in_order(report_of: Make, verified: Any) -> None:
    change = ("at_end: {vin: LPRECERT900000001, BMS software: 1.4.0-rc2}", "at_end: {vin: LPRECERT900000001, BMS software: 1.5.0}")
    assert _keys(verified(report_of(change)), "V8") == set()


def test_pass_of_an_item_that_changed_is_found(report_of: Make, verified: Any) -> None:
    def swap(document: Any) -> None:
        document["item"]["identity_end"]["vin"] = "LPRECERT900000002"

    assert "v8.invariant" in _keys(verified(report_of(), results=swap), "V8")


def test_failure_may_not_be_called_an_expired_calibration(report_of: Make, verified: Any) -> None:
    def soften(document: Any) -> None:
        row = next(row for row in document["results"] if row["verdict"] == "fail")
        row.update(verdict="inconc", reason_code="CAL_EXPIRED")

    assert "v8.differs" in _keys(verified(report_of(), results=soften), "V8")


def test_calibration_document_that_was_changed_is_found(report_of: Make, verified: Any) -> None:
    folder = report_of()
    (folder / "equipment" / "EQ-001.txt").write_text("another document", encoding="utf-8")
    assert _keys(verified(folder), "V11") == {"v11.certificate"}


@pytest.mark.parametrize(
    ("content", "message"), [(b"x", "is not the photo whose hash the report prints"), (None, "missing from the report folder")]
)
def test_photo_that_is_not_the_printed_one_is_not_sealed(content: bytes | None, message: str, report_of: Make) -> None:
    folder = report_of()
    photo = folder / "photos" / "left.jpg"
    photo.unlink() if content is None else photo.write_bytes(content)
    with pytest.raises(ConfigError, match=message):
        collect(folder)


def test_photos_travel_in_the_package_and_others_beside_them_do_not(report_of: Make) -> None:
    folder = report_of()
    (folder / "photos" / "private.jpg").write_bytes(b"of something else")
    collected = collect(folder)
    assert [path for path in collected.payload if "photos" in path] == ["data/report/photos/left.jpg"]
    assert "photos/private.jpg: no photo of this report, left out" in collected.notes


@pytest.mark.parametrize(("path", "key"), [("left.jpg", "v8.photo"), ("other.jpg", "v8.photo_unnamed")])
def test_photo_that_was_changed_or_added_before_sealing_is_found(
    path: str, key: str, report_of: Make, authority: TrialAuthority, tmp_path: Path
) -> None:
    collected = collect(report_of())
    collected.payload[f"data/report/photos/{path}"] = b"another photo"
    sealed = seal(collected, trial_keys(authority, NAMES), tmp_path / "sealed", check=False)
    assert key in _keys(verify(sealed.paths[0], certificates_in(authority.root_pem())), "V8")


def test_package_says_that_the_approver_signed(report_of: Make, authority: TrialAuthority, tmp_path: Path) -> None:
    folder = report_of()
    assert _state(json.loads((folder / "clauses.json").read_bytes())) == "at_sealing"
    sealed = seal(collect(folder), trial_keys(authority, NAMES), tmp_path / "sealed", check=False)
    assert _state(json.loads((sealed.paths[0] / "data" / "env" / "clauses.json").read_bytes())) == "met"


def _state(document: Any) -> str:
    return next(str(check["state"]) for check in document["checks"] if check["id"] == "RPT-AUTH")
