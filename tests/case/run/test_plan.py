"""The plan: which cases apply and why not, what is not declared, and a seal over all of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.case.run.plan import applicability, check_declaration, make_plan
from harness.case.run.runfolder import RunFolder, plan_sha256
from harness.case.run.validation import PLAN
from harness.case.suites.catalogue import Catalogue, load_catalogue
from harness.case.suites.pics import Declaration
from harness.core import ConfigError

Build = Callable[..., Path]
RIG = {"name": "virtual", "file": None, "bench_mode": "simulation", "time": "virtual", "links": {}, "clock": {}}


@pytest.fixture
def catalogue(suite_folder: Build) -> Catalogue:
    return load_catalogue([suite_folder()])


def _declaration(tmp_path: Path, pics: dict[str, bool], pixit: dict[str, Any] | None = None) -> Declaration:
    file = tmp_path / "truck.toml"
    lines = ["schema = 1", "[pics]", *(f'"{key}" = {{value = {str(value).lower()}, why = "so"}}' for key, value in pics.items())]
    file.write_text("\n".join([*lines, "[pixit]", *(f"{key} = 1" for key in pixit or {})]) + "\n", encoding="utf-8")
    return Declaration(file, pics, dict.fromkeys(pics, "so"), pixit or {})


def _plan(catalogue: Catalogue, declaration: Declaration, **changes: Any) -> dict[str, Any]:
    arguments: dict[str, Any] = {
        "rig": RIG, "item": {"role": "truck", "model": "heavy_truck", "pics_file": "truck.toml", "vin": "LPR"},
        "decision_rule": "SIMPLE", "seed": 1, "operator": None, "tools": {"python-can": "4.6", "cantools": "45"},
    }  # fmt: skip
    return make_plan(catalogue.cases, catalogue, declaration, **{**arguments, **changes})


COMPLETE = {"V.DC": True, "V.AUX": False}
ITEMS = """\
schema = 1
pics."V.DC" = {en = "DC?", zh = "?"}
pics."V.AUX" = {en = "AUX?", zh = "?"}
pixit.vin = {kind = "text", pattern = "[!-~]{3}", en = "VIN, 3 ASCII characters", zh = "?"}
pixit.limit_v = {kind = "number", en = "V", zh = "?"}
pixit.flag_v = {kind = "number", en = "V", zh = "?"}
pixit.reason = {kind = "text", choices = ["drive", "stop"], en = "Why", zh = "?"}
"""


def test_a_plan_has_the_shape_and_all_texts(catalogue: Catalogue, tmp_path: Path):
    plan = _plan(catalogue, _declaration(tmp_path, COMPLETE, {"vin": "LPR"}))
    PLAN.check(plan)
    first, second = plan["cases"]
    assert (first["id"], first["title"], first["applicability"]["value"]) == ("DEMO-001", {"en": "Answer", "zh": "应答"}, "applicable")
    assert first["steps"][1] == {"n": 2, "text": {"en": "Wait", "zh": "等待"}, "expect": {"en": "Nothing", "zh": "无"}}
    assert (second["basis"], second["refs"]) == ("project", ["DEMO-1:2/b"])
    assert plan["pics"] == {"V.AUX": {"value": False, "why": "so"}, "V.DC": {"value": True, "why": "so"}}
    assert [(suite["name"], suite["version"], suite["profile"]) for suite in plan["suites"]] == [("demo-suite", "1.2.0", "profile.toml")]


def test_a_condition_that_does_not_hold_is_not_applicable_with_its_reason(catalogue: Catalogue, tmp_path: Path):
    declaration = _declaration(tmp_path, {"V.DC": True, "V.AUX": True})
    assert applicability(catalogue.cases[0], declaration) == {
        "value": "not_applicable",
        "pics": "V.DC AND NOT V.AUX",
        "reason": "V.DC AND NOT V.AUX does not hold: V.AUX = true, V.DC = true",
    }
    assert applicability(catalogue.cases[1], declaration) == {"value": "applicable", "pics": "V.DC", "reason": ""}


def test_the_reason_names_the_editions_only_if_they_decide(catalogue: Catalogue, tmp_path: Path):
    source = replace(catalogue.cases[0], condition="V.DC AND NOT V.AUX AND V.ED1")
    other = _declaration(tmp_path, {"V.DC": True, "V.AUX": True, "V.ED1": False})
    old = _declaration(tmp_path, {"V.DC": True, "V.AUX": False, "V.ED1": False})
    assert applicability(source, other)["reason"] == "V.DC AND NOT V.AUX does not hold: V.AUX = true, V.DC = true"
    assert applicability(source, old)["reason"] == ("V.DC AND NOT V.AUX AND V.ED1 does not hold: V.AUX = false, V.DC = true, V.ED1 = false")


def test_what_is_not_declared_is_an_error_and_not_a_not_applicable(catalogue: Catalogue, tmp_path: Path):
    with pytest.raises(ConfigError, match=r"DEMO-001: whether V\.DC AND NOT V\.AUX holds is left open by V\.AUX"):
        applicability(catalogue.cases[0], _declaration(tmp_path, {"V.DC": True}))


def test_everything_undeclared_and_unknown_is_named_at_once(catalogue: Catalogue, tmp_path: Path):
    declaration = _declaration(tmp_path, {"V.AUX": False, "V.DCC": True}, {"vim": "LPR"})
    with pytest.raises(ConfigError) as caught:
        check_declaration(catalogue.cases, catalogue, declaration)
    assert [(problem.line, problem.text) for problem in caught.value.problems] == [
        (
            None,
            "PICS item 'V.DC' is not declared, but DEMO-001, DEMO-002 ask for it (did you mean 'V.DCC'?); "
            "declare it true or false with its reason",
        ),
        (4, "PICS item 'V.DCC' belongs to no suite (did you mean 'V.DC'?)"),
        (6, "PIXIT value 'vim' belongs to no suite (did you mean 'vin'?)"),
    ]


def test_values_of_the_wrong_kind_are_named_at_once_with_their_lines(suite_folder: Build, tmp_path: Path):
    folder = suite_folder()
    (folder / "pics.toml").write_text(ITEMS, encoding="utf-8")
    catalogue = load_catalogue([folder])
    wrong = {"vin": 12345, "limit_v": "many", "flag_v": True, "reason": "driver"}
    with pytest.raises(ConfigError) as caught:
        check_declaration(catalogue.cases, catalogue, _declaration(tmp_path, COMPLETE, wrong))
    assert [(problem.line, problem.text) for problem in caught.value.problems] == [
        (6, "pixit.vin: expected text in quotes, have 12345"),
        (7, "pixit.limit_v: expected a number, have 'many'"),
        (8, "pixit.flag_v: expected a number, have true"),
        (9, "pixit.reason: 'driver' is not accepted (have: drive, stop)"),
    ]
    with pytest.raises(ConfigError, match=r"pixit\.vin: '车辆' is not accepted: VIN, 3 ASCII characters"):
        check_declaration(catalogue.cases, catalogue, _declaration(tmp_path, COMPLETE, {"vin": "车辆"}))
    right = {"vin": "LPR", "limit_v": 5, "flag_v": 1.5, "reason": "stop"}
    check_declaration(catalogue.cases, catalogue, _declaration(tmp_path, COMPLETE, right))


def test_an_item_is_asked_for_even_if_others_decide_the_condition(catalogue: Catalogue, tmp_path: Path):
    with pytest.raises(ConfigError, match=r"PICS item 'V\.AUX' is not declared, but DEMO-001 ask"):
        _plan(catalogue, _declaration(tmp_path, {"V.DC": False}))


def test_a_value_is_missing_only_if_a_case_applies_that_reads_it(catalogue: Catalogue, tmp_path: Path):
    with pytest.raises(ConfigError, match="PIXIT value 'vin' is missing, but DEMO-001 asks for it"):
        _plan(catalogue, _declaration(tmp_path, COMPLETE))
    plan = _plan(catalogue, _declaration(tmp_path, {"V.DC": True, "V.AUX": True}))
    assert [case["applicability"]["value"] for case in plan["cases"]] == ["not_applicable", "applicable"]


def test_the_same_inputs_give_the_same_seal(catalogue: Catalogue, tmp_path: Path):
    first = _plan(catalogue, _declaration(tmp_path, {"V.DC": True, "V.AUX": False}, {"vin": "LPR"}))
    second = _plan(
        catalogue, _declaration(tmp_path, {"V.AUX": False, "V.DC": True}, {"vin": "LPR"}), tools={"cantools": "45", "python-can": "4.6"}
    )
    assert plan_sha256(first) == plan_sha256(second)


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 2},
        {"decision_rule": "GUARD_U"},
        {"operator": "A. Example"},
        {"item": {"role": "truck"}},
        {"tools": {}},
        {"rig": {**RIG, "name": "other"}},
    ],
)
def test_any_other_input_breaks_the_seal(catalogue: Catalogue, tmp_path: Path, change: dict[str, Any]):
    declaration = _declaration(tmp_path, COMPLETE, {"vin": "LPR"})
    assert plan_sha256(_plan(catalogue, declaration, **change)) != plan_sha256(_plan(catalogue, declaration))


@pytest.mark.parametrize(
    ("file", "changed"), [("profile.toml", "profile_sha256"), ("test_answers.py", "sha256"), ("texts.zh.toml", "sha256")]
)
def test_another_byte_in_suite_or_profile_breaks_the_seal(suite_folder: Build, tmp_path: Path, file: str, changed: str):
    declaration = _declaration(tmp_path, COMPLETE, {"vin": "LPR"})
    folder = suite_folder()
    before = _plan(load_catalogue([folder]), declaration)
    (folder / file).write_text((folder / file).read_text(encoding="utf-8") + "# corrected\n", encoding="utf-8")
    after = _plan(load_catalogue([folder]), declaration)
    assert after["suites"][0][changed] != before["suites"][0][changed]
    assert plan_sha256(after) != plan_sha256(before)


def test_a_sealed_plan_that_was_changed_is_noticed(catalogue: Catalogue, tmp_path: Path):
    plan = _plan(catalogue, _declaration(tmp_path, COMPLETE, {"vin": "LPR"}))
    folder = RunFolder.create(tmp_path / "run", plan)
    assert folder.read_plan()["sha256"] == plan_sha256(plan)
    text = folder.plan_file.read_text(encoding="utf-8")
    folder.plan_file.write_text(text.replace('"seed":1', '"seed":7'), encoding="utf-8")
    with pytest.raises(ConfigError):
        RunFolder.open(tmp_path / "run").read_plan()


def test_a_missing_profile_is_a_problem_of_its_file(suite_folder: Build, tmp_path: Path):
    folder = suite_folder()
    (folder / "profile.toml").unlink()
    with pytest.raises(ConfigError, match=r"profile\.toml: no such profile"):
        _plan(load_catalogue([folder]), _declaration(tmp_path, COMPLETE, {"vin": "LPR"}))
