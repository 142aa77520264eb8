"""The shipped declarations: those of the simulated trucks are of one truck, and one file can hold them all."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import pytest

from harness.case.run.plan import check_declaration
from harness.case.suites.catalogue import Catalogue, load_catalogue
from harness.case.suites.pics import Declaration, load_declaration
from harness.core import ConfigError

PICS = Path(__file__).resolve().parents[2] / "rigs" / "pics"
TRUCK = {"gbt27930": "heavy-truck.toml", "iso15118": "ccs-truck.toml", "swap": "swap-truck.toml", "vehicle": "networked-truck.toml"}
"""By suite, what the simulated truck of its first rig declares."""


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


@pytest.fixture(scope="module")
def declared() -> dict[str, Declaration]:
    return {suite: load_declaration(PICS / name) for suite, name in TRUCK.items()}


def united(declarations: Iterable[Declaration], file: Path) -> Path:
    """A PICS file with all that *declarations* declare."""
    pics, pixit = {}, {}
    for each in declarations:
        pics |= {key: f'"{key}" = {{ value = {json.dumps(value)}, why = {json.dumps(each.why[key])} }}' for key, value in each.pics.items()}
        pixit |= {key: f"{key} = {json.dumps(value)}" for key, value in each.pixit.items()}
    file.write_text("\n".join(["schema = 1", "[pics]", *pics.values(), "[pixit]", *pixit.values(), ""]), encoding="utf-8")
    return file


def test_declarations_of_the_simulated_trucks_are_of_one_truck(declared: dict[str, Declaration]) -> None:
    stated: dict[str, set[object]] = {}
    for each in declared.values():
        for key, value in [*((key, (value, each.why[key])) for key, value in each.pics.items()), *each.pixit.items()]:
            stated.setdefault(key, set()).add(value)
    assert {key: values for key, values in stated.items() if len(values) > 1} == {}
    assert {each.pixit["vin"] for each in declared.values()} == {"0PRECERT6TK000001"}


def test_one_file_declares_a_truck_for_all_suites(catalogue: Catalogue, declared: dict[str, Declaration], tmp_path: Path) -> None:
    one = load_declaration(united(declared.values(), tmp_path / "one.toml"))
    check_declaration([source for source in catalogue.cases if source.sut == "truck"], catalogue, one)


def test_one_file_lacks_what_a_suite_asks_of_it(catalogue: Catalogue, declared: dict[str, Declaration], tmp_path: Path) -> None:
    """The check above does not pass whatever it is given."""
    one = load_declaration(united([declared[suite] for suite in TRUCK if suite != "swap"], tmp_path / "one.toml"))
    with pytest.raises(ConfigError, match=r"PICS item 'S\.SWAP' is not declared, but .* ask for it") as caught:
        check_declaration([source for source in catalogue.cases if source.sut == "truck"], catalogue, one)
    assert all("'S." in problem.text for problem in caught.value.problems if problem.text.startswith("PICS"))


def test_what_several_suites_ask_under_one_name_is_one_question(catalogue: Catalogue) -> None:
    asked: dict[str, set[object]] = {}
    for suite in catalogue.suites:
        for key, item in [*suite.pics_items.items(), *suite.pixit_items.items()]:
            asked.setdefault(key, set()).add(item)
    assert len(asked) > 100
    assert [key for key, questions in asked.items() if len(questions) > 1] == []
