"""The laboratory file by itself: strict keys, one line for each problem, placeholders, marks, references."""

from __future__ import annotations

import copy
import json
import random
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from harness.core import ConfigError, Problem, resource
from harness.report.lab import load_lab, write_template
from harness.report.lab.forbidden import TEMPLATE
from harness.report.lab.schema import SCHEMA_FILE, schema_text

LabFile = Callable[..., Path]


def _refused(file: Path) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load_lab(file)
    return [str(problem).removeprefix(f"{file.parent}/") for problem in caught.value.problems]


def test_fields_are_read(tmp_path: Path, lab_file: LabFile) -> None:
    lab = load_lab(lab_file(tmp_path))
    assert (lab.number, lab.category, lab.precedence, lab.decision_rule) == ("PC-2026-000777", "commissioned", "en", "SIMPLE")
    assert lab.issuer["name"] == "某某汽车测试部 Some Motors test department"
    assert lab.site == {"name": "2 号台架 Bench 2", "address": "试验路 8 号 8 Shiyan Road, 合肥 Hefei, 中国 China"}
    assert lab.item["client_declared"] == ["type", "batteries"]
    assert lab.item["odometer_km"] == "1203.5"
    assert lab.people["checker"] == {"name": "赵六", "role": "核查 checker"}
    logger, thermometer, emulator = lab.equipment
    assert logger["clock"] == {
        "source": "hardware stamps", "resolution_s": "0.000001", "accuracy_s": "0.000010", "ppm": "50", "sync": "none"
    }  # fmt: skip
    assert logger["cal"]["file"] == "equipment/EQ-001.txt"
    assert list(lab.certificates) == ["equipment/EQ-001.txt"]
    assert thermometer["cal"]["corrections"] == [{"quantity": "温度 temperature", "unit": "Cel", "before": "23.4", "after": "23.1"}]
    assert emulator["verification"] == {"record": "V-2026-3", "date": "2026-06-01"}
    assert lab.conditions[0]["temperature"] == {"lower": "22.5", "upper": "24", "unit": "Cel", "equipment": "EQ-002"}


def test_coordinates_and_the_name_of_the_place_are_an_address(tmp_path: Path, lab_file: LabFile) -> None:
    changed = ("  street: 试验路 8 号 8 Shiyan Road\n  city: 合肥 Hefei\n", "  latitude_deg: 31.82\n  longitude_deg: 117.227\n")
    site = load_lab(lab_file(tmp_path, changed)).site
    assert (site["name"], site["latitude"], site["longitude"]) == ("2 号台架 Bench 2", "31.82", "117.227")


def test_item_without_a_vin_has_a_serial_number(tmp_path: Path, lab_file: LabFile) -> None:
    lab = load_lab(lab_file(tmp_path, ("  vin: LPRECERT900000001\n", "  serial: BMS-0017\n")))
    assert lab.item["serial"] == "BMS-0017"
    assert "vin" not in lab.item


def test_vin_without_check_digit_is_taken_with_a_reason(tmp_path: Path, lab_file: LabFile) -> None:
    changed = ("vin: LPRECERT900000001", "vin: LPRECERT100000001\n  vin_without_check_digit: 制造商不使用校验位 not used by the maker")
    assert load_lab(lab_file(tmp_path, changed)).item["vin"] == "LPRECERT100000001"


def test_dates_may_stand_in_quotes(tmp_path: Path, lab_file: LabFile) -> None:
    assert load_lab(lab_file(tmp_path, ("received: 2026-06-30", 'received: "2026-06-30"'))).received == "2026-06-30"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "  address: 合肥市试验路 8 号",
            "  adress: 合肥市试验路 8 号",
            "lab.yaml:9: issuer: unknown key 'adress' (did you mean 'address'?)",
        ),
        ("    maker: Vexo", "    makr: Vexo", "unknown key 'makr' (did you mean 'maker'?)"),
        ("      certificate: J2026-0815", "      cert: J2026-0815", "equipment.0.calibration: unknown key 'cert'"),
        ("    maker: Vexo\n", "", "equipment.0: key 'maker' is missing"),
        ("schema: 1", "schema: 2", "version 2 is not known"),
        ("schema: 1\n", "", "key 'schema' is missing"),
        ("category: commissioned", "category: witness", "report.category: 'witness' is not known here (did you mean 'witnessed'?)"),
        ("precedence: en", "precedence: fr", "report.precedence: 'fr' is not known here (have: en, zh)"),
        ("decision_rule: SIMPLE", "decision_rule: simple", "decision_rule: 'simple' is not known here (did you mean 'SIMPLE'?)"),
        ("serial: A1234", "serial: 1234", "equipment.0.serial: expected text, have 1234; put it in quotes"),
        ("received: 2026-06-30", "received: yesterday", "item.received: expected a date as 2026-06-30, have 'yesterday'"),
        ("soc_pct: 41", "soc_pct: 141", "item.soc_pct: expected at most 100"),
        ("inlets: [GB/T DC]", "inlets: [GBT DC]", "item.inlets.0: 'GBT DC' is not known here (did you mean 'GB/T DC'?)"),
        ("route: ILAC-MRA", "route: ILAC", "equipment.0.calibration.route: 'ILAC' is not known here (did you mean 'ILAC-MRA'?)"),
        ("resolution_us: 1,", "resolution_us: 0,", "equipment.0.clock.resolution_us: expected more than 0"),
        # identity of the item
        (
            "  vin: LPRECERT900000001",
            "  vin: LPRECERT100000001",
            "place 9 of 'LPRECERT100000001' is '1', the check digit of the others is '9'",
        ),
        ("  vin: LPRECERT900000001", "  vin: LPRECERT90000001", "item.vin: a VIN has 17 characters, this one has 16"),
        ("  vin: LPRECERT900000001\n", "", "state its 'vin', or the 'serial' of an item that has none"),
        ("  vin: LPRECERT900000001", "  vin: LPRECERT900000001\n  serial: B-1", "a report is about exactly one item"),
        ("  vin: LPRECERT900000001", "  serial: B-1\n  vin_without_check_digit: none there", "there is no VIN that this could be said of"),
        ("at_end: {vin: LPRECERT900000001, ", "at_end: {", "item.identity.at_start.vin: was not read at end"),
        # place
        ("  street: 试验路 8 号 8 Shiyan Road\n", "", "site: the full address is needed"),
        ("  city: 合肥 Hefei\n", "  latitude_deg: 31.8\n", "latitude_deg and longitude_deg go together"),
        # people
        ("checker: {name: 赵六", "checker: {name: ' 张三'", "people.checker.name: '张三' is an operator too"),
        # equipment
        ("id: EQ-002", "id: EQ-001", "'EQ-001' is listed already on line 48"),
        ("due: 2027-01-09", "due: 2025-01-09", "due on 2025-01-09, before it was done on 2026-01-10"),
        ("accepted_on: 2026-01-12", "accepted_on: 2026-01-02", "accepted on 2026-01-02, before it was done"),
        ("route: ILAC-MRA", "route: other", "route 'other' needs 'justification'"),
        ("route: other", "route: NMI-CIPM-MRA", "a justification goes with route 'other'"),
        ("      file: EQ-001.txt\n", "", "name the 'file' of the calibration document, or say in 'no_file'"),
        ("file: EQ-001.txt", "file: EQ-009.txt", "'EQ-009.txt' cannot be read: No such file"),
        ("file: EQ-001.txt", "file: EQ-001.doc", "expected a .pdf, .xml or .txt"),
        ("before: 23.4, after: 23.1", "before: 23.4, after: 23.4", "is the same before and after"),
        ("unit: Cel,", "unit: Celsius,", "no unit 'Celsius'; write it as a UCUM code"),
        ("    verification: {record: V-2026-3, date: 2026-06-01}\n", "", "an auxiliary tool needs 'verification'"),
        ("kind: auxiliary", "kind: instrument", "this is an instrument: it is calibrated"),
        ("kind: instrument", "kind: auxiliary", "an auxiliary tool measures nothing: it is verified, not calibrated"),
        ("kind: logger", "kind: instrument", "only a logger has a time base"),
        ("    links: [charge]\n    clock", "    links: [charge]\n    unused: spare\n    clock", "is not unused"),
        # conditions
        ("max: 24, instrument: EQ-002", "max: 24, instrument: EQ-02", "no equipment 'EQ-02' (did you mean 'EQ-002'?)"),
        ("max: 24, instrument: EQ-002", "max: 24, instrument: EQ-003", "'EQ-003' is an auxiliary tool and measures nothing"),
        ("min: 22.5, max: 24,", "min: 25, max: 24,", "24 is less than min 25"),
        ("min: 40, max: 52", "min: 40, max: 152", "relative humidity lies between 0 and 100"),
        # opinions
        ("    author: 李四\n", "", "opinions.0: key 'author' is missing"),
        ("    basis: 三次试验的比较 comparison of three runs\n", "", "opinions.0: key 'basis' is missing"),
        ("    refs: [GBT-VP.101]\n", "", "opinions.0: key 'refs' is missing"),
        ("    refs: [GBT-VP.101]\n", "    refs: []\n", "opinions.0.refs: expected at least one item"),
        ("author: 李四", "author: 孙七", "'孙七' is none of the people of this report"),
        # deviations from methods
        *(
            (f"    {line}\n", "", f"method_deviations.0: key '{line.partition(':')[0]}' is missing")
            for line in (
                "documented: {zh: 握手由台架触发, en: the bench started the handshake}",
                "justified: {zh: 时间从首个 CHM 起算, en: times count from the first CHM}",
                "authorised: {name: 王五, date: 2026-06-28, record: AUTH-19}",
                "accepted: {name: 钱八, date: 2026-06-29, record: MAIL-31}",
            )
        ),
        ("accepted: {name: 钱八, ", "accepted: {", "method_deviations.0.accepted: key 'name' is missing"),
        ("justified: {zh: 时间从首个 CHM 起算, ", "justified: {", "method_deviations.0.justified: key 'zh' is missing"),
        ("record: MAIL-31", "record: 待填", "'待填' is a placeholder"),
        # client's data
        ("[item.model, ", "[item.modell, ", "no field 'item.modell' in this file (did you mean 'item.model'?)"),
    ],
)
def test_wrong_value_is_named_with_its_line(old: str, new: str, message: str, tmp_path: Path, lab_file: LabFile) -> None:
    found = _refused(lab_file(tmp_path, (old, new)))
    assert any(message in problem for problem in found), found
    assert all(problem.startswith("lab.yaml:") for problem in found), found


def _problems(file: Path) -> Sequence[Problem]:
    try:
        load_lab(file)
    except ConfigError as error:
        return error.problems
    return []


def _paths(value: Any, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [here, *(path for key, each in members for path in _paths(each, (*here, key)))]


WHOLE = yaml.safe_load((Path(__file__).parent / "vehicle.yaml").read_text(encoding="utf-8"))
ODD = (None, [], {}, 0, -1, float("inf"), float("nan"), True, "", "x\0y", [[]], {"a": {}}, {1: 2}, "2026-13-01", "<b>", "9" * 400)


@pytest.mark.parametrize("section", list(WHOLE))
def test_odd_value_anywhere_is_a_problem_of_one_line_or_is_taken(section: str, tmp_path: Path, lab_file: LabFile) -> None:
    file = lab_file(tmp_path)
    chosen = random.Random(section)
    for path in _paths(WHOLE[section], (section,)):
        changed = copy.deepcopy(WHOLE)
        place = changed
        for part in path[:-1]:
            place = place[part]
        place[path[-1]] = chosen.choice(ODD)
        file.write_text(yaml.safe_dump(changed, allow_unicode=True, sort_keys=False), encoding="utf-8")
        problems = _problems(file)
        assert all("\n" not in str(problem) and problem.line for problem in problems), path


def test_name_of_a_file_that_is_none_is_a_problem(tmp_path: Path, lab_file: LabFile) -> None:
    assert "cannot be read: embedded null byte" in "\n".join(_refused(lab_file(tmp_path, ("file: EQ-001.txt", 'file: "EQ\\0.txt"'))))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "precedence: en",
            "precedence: en\n  accreditation_mark: CNAS",
            "lab.yaml:6: report.accreditation_mark: this report carries no mark",
        ),
        ("contact: lab@", "logo: x\n  contact: lab@", "issuer.logo: this report carries no mark"),
        (
            "role: 授权签字人 approver}",
            "role: 授权签字人 approver, signature: wang}",
            "people.approved.signature: this report draws no signature",
        ),
        ("country: 中国 China", "country: 中国 China\n  seal_image: seal", "site.seal_image: this report draws no signature and no seal"),
        ("role: 授权签字人 approver}", "role: wang.png}", "'wang.png' is a picture"),
        ("name: 某某汽车测试部", "name: CNAS L12345 laboratory 某某汽车测试部", "lab.yaml:8: issuer.name: the report must not claim this"),
        ("condition: 整车", "condition: 已通过认证 整车", "item.condition: the report must not claim this"),
        ("basis: 三次", "basis: certified by us 三次", "opinions.0.basis: the report must not claim this"),
        ("maker: Vexo", "maker: CNAS-accredited Vexo", "equipment.0.maker: the report must not claim this"),
    ],
)
def test_marks_signatures_and_claims_are_refused(old: str, new: str, message: str, tmp_path: Path, lab_file: LabFile) -> None:
    found = _refused(lab_file(tmp_path, (old, new)))
    assert any(message in problem for problem in found), found
    assert not any("unknown key" in problem for problem in found), found


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("name: 王五", "name: TODO"),
        ("name: 王五", "name: 示例王五"),
        ("name: 王五", "name: xxx"),
        ("name: 王五", "name: <>"),
        ("name: 王五", "name: <your name>"),
        ("name: 王五", "name: ＜姓名＞"),
        ("name: 王五", "name: '?'"),
        ("name: 王五", "name: 待填"),
        ("name: 王五", "name: 'TBD, 2nd floor'"),
    ],
)
def test_placeholders_are_refused_with_their_line_unless_it_is_a_demo(old: str, new: str, tmp_path: Path, lab_file: LabFile) -> None:
    file = lab_file(tmp_path, (old, new))
    assert [problem.partition(" ")[0] for problem in _refused(file)] == ["lab.yaml:43:"]
    assert load_lab(file, demo=True).demo


@pytest.mark.parametrize(("name", "lacking"), [("شركة", "'ش' (U+0634)"), ('"a\\u0007b"', "U+0007")])
def test_letters_that_the_report_cannot_print_are_refused_with_their_line(
    name: str, lacking: str, tmp_path: Path, lab_file: LabFile
) -> None:
    [message] = _refused(lab_file(tmp_path, ("role: 核查 checker", f"role: {name}")))
    assert re.match(r"lab\.yaml:\d+: ", message)
    assert lacking in message


@pytest.mark.parametrize("name", ["Mexxxico Ltd", "王小示", "Todorov", "A<B", "Fixmeister"])
def test_names_that_only_look_like_placeholders_are_taken(name: str, tmp_path: Path, lab_file: LabFile) -> None:
    assert load_lab(lab_file(tmp_path, ("name: 王五", f"name: '{name}'"))).people["approved"]["name"] == name


def test_texts_of_the_template_are_placeholders(tmp_path: Path, lab_file: LabFile) -> None:
    template = yaml.safe_load(resource(*TEMPLATE).read_text(encoding="utf-8"))
    file = lab_file(tmp_path, ("LPRECERT900000001", template["item"]["vin"]))
    assert "lab.yaml:24: item.vin: '0PRECERT6TK000001' is the text of the template" in "\n".join(_refused(file))


def test_dates_of_the_template_are_placeholders(tmp_path: Path, lab_file: LabFile) -> None:
    template = yaml.safe_load(resource(*TEMPLATE).read_text(encoding="utf-8"))
    change = ("received: 2026-06-30", f"received: {template['item']['received']}")
    assert "item.received: '2000-01-01' is the text of the template" in "\n".join(_refused(lab_file(tmp_path, change)))


def test_template_is_refused_line_by_line_and_taken_for_a_demo(tmp_path: Path) -> None:
    write_template(tmp_path / "lab.yaml")
    found = _refused(tmp_path / "lab.yaml")
    assert len(found) > 50
    assert all("placeholder" in problem or "text of the template" in problem for problem in found), found
    lab = load_lab(tmp_path / "lab.yaml", demo=True)
    assert lab.demo
    assert lab.number is None


def test_template_says_every_key_in_both_languages() -> None:
    content = resource(*TEMPLATE).read_text(encoding="utf-8")
    schema = json.loads(schema_text())
    for name in ("report", "site", "item", "people", "equipment", "conditions", "external", "opinions", "client_supplied", "decision_rule"):
        assert f"{name}:" in content
    missing = [key for model in schema["$defs"].values() for key in model["properties"] if f"{key}:" not in content]
    assert missing == []


def test_template_never_overwrites(tmp_path: Path) -> None:
    target = tmp_path / "lab.yaml"
    target.write_text("mine", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"lab\.yaml: exists already"):
        write_template(target)
    assert target.read_text(encoding="utf-8") == "mine"
    assert [path.name for path in tmp_path.iterdir()] == ["lab.yaml"]


@pytest.mark.parametrize(("name", "message"), [("lab.txt", "ends with .yaml"), ("none/lab.yaml", "cannot be written: No such file")])
def test_template_cannot_be_written_anywhere(name: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=message):
        write_template(tmp_path / name)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("lab.toml", "schema = 1", r"lab\.toml: laboratory files are YAML now"),
        ("none.yaml", None, r"none\.yaml: no such laboratory file"),
        ("lab.yaml", "", "the file is empty"),
        ("lab.yaml", "- a\n", "expected 'key: value' lines"),
        ("lab.yaml", "schema: 1\n\tissuer: x\n", r"lab\.yaml:2: tab"),
        ("lab.yaml", "schema: 1\nissuer: {a: b\n", "no readable YAML"),
        ("lab.yaml", "schema: 1\nschema: 1\n", "key 'schema' is already set on line 1"),
    ],
)
def test_unreadable_file_gives_one_message(name: str, content: str | None, message: str, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / name).write_text(content, encoding="utf-8")
    with pytest.raises(ConfigError, match=message):
        load_lab(tmp_path / name)


def test_all_problems_come_at_once_in_the_order_of_their_lines(tmp_path: Path, lab_file: LabFile) -> None:
    changes = (("name: 王五", "name: TODO"), ("maker: Vexo", "makr: Vexo"), ("contact: lab@", "logo: x\n  contact: lab@"))
    lines = [int(problem.split(":")[1]) for problem in _refused(lab_file(tmp_path, *changes))]
    assert len(lines) >= 3
    assert lines == sorted(lines)


def test_shipped_schema_is_the_one_of_the_code_and_takes_the_files(tmp_path: Path, lab_file: LabFile) -> None:
    assert SCHEMA_FILE.read_text(encoding="utf-8") == schema_text()
    validator = jsonschema.Draft202012Validator(json.loads(schema_text()), format_checker=jsonschema.FormatChecker())
    for file in (resource(*TEMPLATE), lab_file(tmp_path)):
        validator.validate(json.loads(json.dumps(yaml.safe_load(file.read_text(encoding="utf-8")), default=str)))
    with pytest.raises(jsonschema.ValidationError):
        validator.validate({"schema": 1, "issuer": {"name": "x"}})
