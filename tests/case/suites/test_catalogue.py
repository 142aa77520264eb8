"""The catalogue: cases and the files beside them must agree; selections name what exists."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.case.suites.catalogue import Catalogue, load_catalogue
from harness.core import ConfigError

Build = Callable[..., Path]


def _problems(*folders: Path) -> list[tuple[str, str]]:
    with pytest.raises(ConfigError) as caught:
        load_catalogue(folders)
    return [(Path(str(problem.file)).name, problem.text) for problem in caught.value.problems]


def test_a_consistent_suite_gives_its_cases_in_order(suite_folder: Build):
    catalogue = load_catalogue([suite_folder()])
    assert [source.meta.id for source in catalogue.cases] == ["DEMO-001", "DEMO-002"]
    assert [source.meta.nightly for source in catalogue.cases] == [False, True]
    assert catalogue.suite("demo-suite").folder.name == "demo_suite"
    with pytest.raises(KeyError):
        catalogue.suite("other")


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        ("test_answers.py", '"derived"', '"derivd"', ["DEMO-001: basis 'derivd' is unknown (did you mean 'derived'?)"]),
        ("test_answers.py", '"high"', '"H"', ["DEMO-001: confidence 'H' is unknown (have: high, low, medium)"]),
        (
            "test_answers.py",
            '"DEMO-1:1/a"',
            '"DEMO-1:1/aa"',
            [
                "DEMO-001: requirement 'DEMO-1:1/aa' is not in requirements.toml (did you mean 'DEMO-1:1/a'?)",
                "requirement 'DEMO-1:1/a' is covered by no case and no limit",
            ],
        ),
        (
            "test_answers.py",
            '["DEMO-1:1/a"]',
            "[]",
            ["DEMO-001: names no requirement in 'refs'", "requirement 'DEMO-1:1/a' is covered by no case and no limit"],
        ),
        (
            "profile.toml",
            "DEMO-1:2/b",
            "DEMO-1:2/c",
            ["limit 'answer': requirement 'DEMO-1:2/c' is not in requirements.toml (did you mean 'DEMO-1:2/b'?)"],
        ),
        ("test_answers.py", '["never_answers"]', "[]", ["DEMO-001: names no fault; a case that no fault can turn red is worth nothing"]),
        ("test_answers.py", "NOT V.AUX", "NOT V.AUXX", ["DEMO-001: PICS item 'V.AUXX' is not in pics.toml (did you mean 'V.AUX'?)"]),
        ("test_answers.py", "AND NOT V.AUX", "AND", ["DEMO-001: pics: 'V.DC AND' ends too early; an item is missing"]),
        (
            "test_answers.py",
            '["vin"]',
            '["vim"]',
            [
                "DEMO-001: PIXIT value 'vim' is not in pics.toml (did you mean 'vin'?)",
                "DEMO-001: reads the PIXIT value 'vin' without naming it in 'pixit'",
            ],
        ),
        (
            "test_answers.py",
            'limit("answer")',
            'limit("anwser")',
            ["DEMO-001: limit 'anwser' is not in profile.toml (did you mean 'answer'?)"],
        ),
        (
            "test_answers.py",
            '    with step(2, "Wait", expect="Nothing"):\n        pass\n',
            "",
            ["DEMO-001: has 1 steps, but 2 in texts.zh.toml"],
        ),
        (
            "test_answers.py",
            '"DEMO-002"',
            '"DEMO-003"',
            ["DEMO-003: has no Chinese texts in texts.zh.toml", "'DEMO-002' has Chinese texts but is no case of this suite"],
        ),
        (
            "test_answers.py",
            '"DEMO-002"',
            '"../DEMO"',
            [
                "../DEMO: '../DEMO' is no case id; it names files too: letters, digits, dots, hyphens, underscores",
                "../DEMO: has no Chinese texts in texts.zh.toml",
                "'DEMO-002' has Chinese texts but is no case of this suite",
            ],
        ),
    ],
)
def test_what_does_not_agree_is_named(suite_folder: Build, file: str, old: str, new: str, expected: list[str]):
    assert [text for _, text in _problems(suite_folder({file: (old, new)}))] == expected


def test_an_id_is_one_case_over_all_suites(suite_folder: Build):
    first, second = suite_folder(name="first"), suite_folder(name="second")
    assert _problems(first, second) == [
        ("test_answers.py", f"DEMO-001 is already the case at {first / 'test_answers.py'}:5"),
        ("test_answers.py", f"DEMO-002 is already the case at {first / 'test_answers.py'}:13"),
        ("suite.toml", "suite name 'demo-suite' is taken twice"),
        ("suite.toml", "suite name 'demo-suite' is taken twice"),
    ]


def test_a_broken_profile_does_not_hide_what_is_wrong_with_the_cases(suite_folder: Build):
    folder = suite_folder({"profile.toml": ("upper = 5.0", "uper = 5.0"), "test_answers.py": ('"derived"', '"derivd"')})
    texts = [text for _, text in _problems(folder)]
    assert "limits.answer: unknown key 'uper' (did you mean 'upper'?)" in texts
    assert "DEMO-001: basis 'derivd' is unknown (did you mean 'derived'?)" in texts


def test_problems_of_files_and_of_cases_come_together(suite_folder: Build):
    broken = suite_folder({"suite.toml": ("version", "versoin")}, name="broken")
    other = suite_folder({"test_answers.py": ('title="Stop", ', "")}, name="other")
    texts = [text for _, text in _problems(broken, other)]
    assert "'version' is missing" in texts
    assert "@case lacks 'title'" in texts


@pytest.fixture
def catalogue(suite_folder: Build) -> Catalogue:
    return load_catalogue([suite_folder()])


@pytest.mark.parametrize(
    ("patterns", "ids"),
    [
        ([], ["DEMO-001", "DEMO-002"]),
        (["demo-suite"], ["DEMO-001", "DEMO-002"]),
        (["demo_suite"], ["DEMO-001", "DEMO-002"]),
        (["test_suites/demo_suite/"], ["DEMO-001", "DEMO-002"]),
        (["DEMO-002"], ["DEMO-002"]),
        (["DEMO-0*"], ["DEMO-001", "DEMO-002"]),
        (["*1"], ["DEMO-001"]),
        (["DEMO-002", "DEMO-001", "DEMO-002"], ["DEMO-001", "DEMO-002"]),
    ],
)
def test_a_selection_names_suites_folders_ids_or_patterns(catalogue: Catalogue, patterns: list[str], ids: list[str]):
    assert [source.meta.id for source in catalogue.select(patterns)] == ids


def test_a_selection_by_path_means_the_folder_wherever_it_stands(catalogue: Catalogue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    assert len(catalogue.select([str(tmp_path / "demo_suite")])) == 2
    assert len(catalogue.select([str(tmp_path)])) == 2
    monkeypatch.chdir(tmp_path)
    assert len(catalogue.select(["./demo_suite"])) == 2


def test_a_selection_that_names_nothing_is_refused_with_all_its_words(catalogue: Catalogue):
    with pytest.raises(ConfigError) as caught:
        catalogue.select(["DEMO-01", "demo-suite", "zzz", "demo-001"])
    assert [problem.text for problem in caught.value.problems] == [
        "'DEMO-01' is no suite, folder or case id (did you mean 'DEMO-001'?)",
        "'zzz' is no suite, folder or case id (have: DEMO-001, DEMO-002, demo-suite)",
        "'demo-001' is no suite, folder or case id (did you mean 'DEMO-001'?)",
    ]


def test_the_shipped_suites_are_consistent():
    catalogue = load_catalogue()
    assert {source.suite for source in catalogue.cases} == {suite.name for suite in catalogue.suites}
    assert len(catalogue.cases) == len({source.meta.id for source in catalogue.cases})


@pytest.mark.parametrize(
    ("select", "read"),
    [
        (["DEMO-001"], {"demo-suite"}),
        (["DEMO-00*"], {"demo-suite"}),
        (["demo-suite"], {"demo-suite"}),
        (["demo_suite"], {"demo-suite"}),
        (["test_suites/demo_suite/"], {"demo-suite"}),
        (["OTHER-A-1"], {"other"}),
        (["OTHER-*-1"], {"other"}),
        (["DEMO-001", "other"], {"demo-suite", "other"}),
        (["*"], {"demo-suite", "other"}),
        (["*-001"], {"demo-suite", "other"}),
        (["DEMO-009"], {"demo-suite", "other"}),
        ([], {"demo-suite", "other"}),
    ],
)
def test_suites_that_a_selection_cannot_name_are_not_read(suite_folder: Build, select: list[str], read: set[str]) -> None:
    first, second = suite_folder(), suite_folder(name="other_suite")
    for file, old, new in (
        ("suite.toml", '"demo-suite"', '"other"'),
        ("test_answers.py", '"DEMO-001",', '"OTHER-{row}-1", rows="rows.toml",'),
        ("test_answers.py", '"DEMO-002"', '"OTHER-2"'),
        ("texts.zh.toml", '"DEMO-001"', '"OTHER-{row}-1"'),
        ("texts.zh.toml", '"DEMO-002"', '"OTHER-2"'),
    ):
        text = (second / file).read_text(encoding="utf-8")
        assert old in text
        (second / file).write_text(text.replace(old, new), encoding="utf-8")
    (second / "rows.toml").write_text('schema = 1\n[[rows]]\nrow = "A"\n', encoding="utf-8")
    assert {suite.name for suite in load_catalogue([first, second], select=select).suites} == read


def test_broken_suite_does_not_keep_others_from_running(suite_folder: Build) -> None:
    broken = suite_folder({"test_answers.py": ('"DEMO-002"', '"BROKEN-2", nonsense=1')}, name="broken_suite")
    sound = suite_folder()
    assert [source.meta.id for source in load_catalogue([broken, sound], select=["DEMO-002"]).select(["DEMO-002"])] == ["DEMO-002"]


def test_questions_of_suites_that_were_not_read_are_known(suite_folder: Build) -> None:
    first = suite_folder()
    second = suite_folder({"pics.toml": ("V.AUX", "V.OTHER")}, name="other_suite")
    (second / "suite.toml").write_text(
        (second / "suite.toml").read_text(encoding="utf-8").replace('"demo-suite"', '"other"'), encoding="utf-8"
    )
    for file in second.glob("test_*.py"):
        file.write_text(file.read_text(encoding="utf-8").replace('"DEMO-00', '"OTHER-00'), encoding="utf-8")
    catalogue = load_catalogue([first, second], select=["DEMO-001"])
    assert catalogue.unread == (second,)
    items, _ = catalogue.questions()
    assert {"V.AUX", "V.OTHER"} <= items
