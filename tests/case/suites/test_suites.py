"""Suite folders: what they declare, and every problem of every file beside it at once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from harness.case.suites import suite as suites
from harness.case.suites.suite import find_suites, load_suite
from harness.core import ConfigError

Build = Callable[..., Path]


def _problems(folder: Path) -> list[tuple[str, int | None, str]]:
    with pytest.raises(ConfigError) as caught:
        load_suite(folder)
    return [(Path(str(problem.file)).name, problem.line, problem.text) for problem in caught.value.problems]


def test_a_suite_gives_all_that_its_folder_declares(suite_folder: Build):
    suite = load_suite(suite_folder())
    assert (suite.name, suite.version, suite.standard, suite.link) == ("demo-suite", "1.2.0", "demo", "charge")
    assert suite.suts == {"truck": {"vehicle"}}
    assert suite.profile.is_file()
    assert (suite.title.en, suite.title.zh) == ("Demo", "示例")
    assert list(suite.requirements) == ["DEMO-1:1/a", "DEMO-1:2/b"]
    assert suite.requirements["DEMO-1:1/a"].summary.zh == "应答。"
    assert list(suite.pics_items) == ["V.DC", "V.AUX"]
    assert list(suite.pixit_items) == ["vin"]
    assert suite.texts["DEMO-001"].steps == (("发送", "收到"), ("等待", "无"))
    assert [file.name for file in suite.modules()] == ["test_answers.py"]


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        (
            "suite.toml",
            'link = "charge"',
            'lnik = "charge"',
            [(7, "unknown key 'lnik' (did you mean 'link'?)"), (None, "'link' is missing")],
        ),
        ("suite.toml", 'link = "charge"', "link = 5", [(7, "'link' must be a string")]),
        ("suite.toml", '["vehicle"]', '"vehicle"', [(8, "'suts' must name the roles that can be tested: {truck = [\"vehicle\"]}")]),
        ("suite.toml", '{en = "Demo", zh = "示例"}', '"Demo"', [(4, '\'title\' must be {en = "...", zh = "..."}')]),
        (
            "suite.toml",
            "prove = ",
            'editions = [{name = "1", profile = "p.toml", pics = {truk = "V.DC"}}, {name = "2"}]\nprove = ',
            [
                (None, "editions 1: 'truk' is none of 'suts' (did you mean 'truck'?)"),
                (10, 'editions 2 needs exactly name, profile and pics = {truck = "ITEM"}'),
            ],
        ),
        (
            "suite.toml",
            'link = "charge"',
            'link = "charge"\nlink_kind = "netwrk"\nbitrate_bps = 0',
            [(8, "'link_kind' knows no 'netwrk' (did you mean 'network'?)"), (9, "'bitrate_bps' must be a positive whole number")],
        ),
        ("suite.toml", 'link = "charge"', 'link = "charge"\nprove_more = "rig.yaml"', [(8, "'prove_more' must be a list of strings")]),
        ("suite.toml", "schema = 1", "schema = 3", [(1, "'schema = 1' is expected, not 3")]),
        (
            "requirements.toml",
            'source = "S1"\nconfidence = "high"',
            'confidence = "high"',
            [(2, "requirement 'DEMO-1:1/a' needs exactly confidence, source, summary_en, summary_zh")],
        ),
        (
            "requirements.toml",
            "schema = 1",
            "schema = 1\nrequirement = 5",
            [(2, "unknown key 'requirement' (did you mean 'requirements'?)")],
        ),
        ("pics.toml", 'en = "DC inlet?", ', "", [(2, "pics item 'V.DC' needs its question as en and zh")]),
        (
            "pics.toml",
            "pixit.vin = {en",
            'pixit.vin = {kind = "number", choices = ["a"], patern = "x", en',
            [
                (4, "pixit item 'vin': unknown key 'patern' (did you mean 'pattern'?)"),
                (4, "pixit item 'vin': 'choices' and 'pattern' go with text only"),
            ],
        ),
        (
            "pics.toml",
            "pixit.vin = {en",
            'pixit.vin = {kind = "words", choices = [1], pattern = "(", en',
            [
                (4, "pixit item 'vin': 'kind' must be text or number, not 'words'"),
                (4, "pixit item 'vin': 'choices' must be a list of texts"),
                (4, "pixit item 'vin': 'pattern' is no regular expression"),
            ],
        ),
        ("pics.toml", "pixit.vin", "pixti.vin", [(4, "unknown key 'pixti' (did you mean 'pixit'?)")]),
        ("pics.toml", 'pixit.vin = {en = "VIN", zh = "车辆识别代号"}', "pixit = 3", [(4, "'pixit' must be a table")]),
        (
            "texts.zh.toml",
            '["等待", "无"]',
            '"等待"',
            [(2, "texts of 'DEMO-001' need title, purpose and steps = [[text, expectation], ...]")],
        ),
        (
            "texts.zh.toml",
            'purpose = "目的"\nsteps = [["停止"',
            'steps = [["停止"',
            [(6, "texts of 'DEMO-002' need title, purpose and steps")],
        ),
    ],
)
def test_a_problem_names_file_and_line(suite_folder: Build, file: str, old: str, new: str, expected: list[tuple[int | None, str]]):
    found = _problems(suite_folder({file: (old, new)}))
    assert len(found) == len(expected)
    for (name, line, text), (wanted_line, wanted_text) in zip(found, expected, strict=True):
        assert (name, line) == (file, wanted_line)
        assert text.startswith(wanted_text)


def test_problems_of_all_files_come_together(suite_folder: Build):
    folder = suite_folder({"suite.toml": ("version", "versoin"), "pics.toml": ("schema = 1", "schema = ")})
    (folder / "requirements.toml").unlink()
    assert [(name, text.partition(":")[0]) for name, _, text in _problems(folder)] == [
        ("suite.toml", "unknown key 'versoin' (did you mean 'version'?)"),
        ("suite.toml", "'version' is missing"),
        ("requirements.toml", "no such requirement catalogue"),
        ("pics.toml", "the list of PICS items is no TOML"),
    ]


def _entry(name: str, value: str) -> SimpleNamespace:
    return SimpleNamespace(name=name, value=value, dist=SimpleNamespace(name="acme-suites"))


def test_suites_of_other_distributions_follow_the_shipped_ones(suite_folder: Build, monkeypatch: pytest.MonkeyPatch):
    folder = suite_folder()
    (folder / "__init__.py").write_text("raise RuntimeError('a suite is found without importing it')")
    monkeypatch.syspath_prepend(folder.parent)
    monkeypatch.setattr(suites, "entry_points", lambda group: [_entry("demo", "demo_suite")] if group == "precert.suites" else [])
    found = find_suites()
    assert found[-1] == folder
    assert all((path / "suite.toml").is_file() for path in found)
    assert len(found) > 1


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("no_such_package", "suite 'demo' of acme-suites: package 'no_such_package' has no suite.toml"),
        ("no_such_package.inner", "suite 'demo' of acme-suites: package 'no_such_package.inner' cannot be found"),
        ("json", "suite 'demo' of acme-suites: package 'json' has no suite.toml"),
    ],
)
def test_an_entry_point_without_a_suite_is_named_with_its_origin(value: str, message: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(suites, "entry_points", lambda group: [_entry("demo", value)])
    with pytest.raises(ConfigError, match=message):
        find_suites()


def test_texts_may_stand_in_several_files_of_a_folder_but_each_only_once(suite_folder: Build):
    folder = suite_folder()
    whole = (folder / "texts.zh.toml").read_text(encoding="utf-8")
    first, second = whole.partition('[cases."DEMO-002"]')[0], "schema = 1\n" + "".join(whole.partition('[cases."DEMO-002"]')[1:])
    (folder / "texts.zh").mkdir()
    (folder / "texts.zh" / "a.toml").write_text(first, encoding="utf-8")
    (folder / "texts.zh" / "b.toml").write_text(second, encoding="utf-8")
    (folder / "texts.zh.toml").unlink()
    assert list(load_suite(folder).texts) == ["DEMO-001", "DEMO-002"]
    (folder / "texts.zh" / "c.toml").write_text(first, encoding="utf-8")
    assert _problems(folder) == [("c.toml", None, "'DEMO-001' has its texts in another file already")]
