"""Market profiles: the shipped ones are sound and labelled, a wrong one is refused with file and line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.case.suites.catalogue import load_catalogue
from harness.case.suites.pics import parse_condition
from harness.core import ConfigError, Problem
from harness.report.campaign.market_file import find_market, load_market, load_markets, shipped_markets
from harness.report.claims import forbidden_claims

GOOD = """schema = 1
id = "atlantis"
version = "0.1.0"
title = {zh = "亚特兰蒂斯", en = "Atlantis"}
official_text = "none"
note = {zh = "自定", en = "our own"}

[risk]
high_from_weeks = 20
medium_from_weeks = 10
source = "project"
confidence = "low"

[[needs]]
id = "first"
kind = "interface"
interface = "gbt27930"
title = {zh = "直流充电", en = "DC charging"}
why = {zh = "充电", en = "to charge"}
necessity = "required"
basis = "project"
confidence = "low"
source = "project"
cases = ["GBT-V*"]

[[needs]]
id = "second"
kind = "data"
interface = "vehicle-data"
title = {zh = "数据", en = "data"}
why = {zh = "数据", en = "data"}
necessity = "if_fitted"
applies_if = "V.DC AND NOT V.SWAP"
basis = "project"
confidence = "low"
source = "project"
cases = ["DX-GB-*", "DX-XL-001"]
[needs.lead_time]
weeks = [4, 12]
source = "project"
confidence = "low"
"""


def _file(tmp_path: Path, content: str, name: str = "atlantis.toml") -> Path:
    file = tmp_path / name
    file.write_text(content, "utf-8")
    return file


def _line_of(content: str, part: str, nth: int = 1) -> int:
    return [number for number, line in enumerate(content.splitlines(), 1) if part in line][nth - 1]


def test_the_markets_of_the_brief_are_shipped_and_sound() -> None:
    assert set(shipped_markets()) == {"eu", "rcep-japan", "gcc", "cis", "domestic"}
    markets = load_markets(sorted(shipped_markets()))
    assert all(market.id == market.file.stem for market in markets)


@pytest.mark.parametrize("name", sorted(shipped_markets()))
def test_a_shipped_market_says_that_it_is_our_own_and_how_sure_every_row_is(name: str) -> None:
    shape = load_market(find_market(name)).shape
    assert shape.official_text == "none"
    for need in shape.needs:
        assert need.source
        # A selection for which nothing public was found is never more than low.
        assert need.confidence == "low" or not need.source.startswith("project; protocol")
        assert need.lead_time is not None
        assert (need.lead_time.source, need.lead_time.confidence) == ("project", "low")
        assert need.confidence != "high"


def test_what_shipped_markets_ask_of_a_declaration_is_asked_by_the_suite_of_the_interface() -> None:
    catalogue = load_catalogue()
    needs = [need for file in shipped_markets().values() for need in load_market(file).shape.needs if need.applies_if]
    assert len({need.applies_if for need in needs}) > 3
    for need in needs:
        assert parse_condition(need.applies_if).items() <= catalogue.suite(need.interface).pics_items.keys(), need.id


def test_the_interfaces_of_each_market_differ() -> None:
    found = {name: {(need.interface, tuple(need.cases), need.necessity) for need in load_market(file).shape.needs}
             for name, file in shipped_markets().items()}  # fmt: skip
    assert len({frozenset(needs) for needs in found.values()}) == len(found)
    assert ("chademo", ("CHD-*",), "required") in found["rcep-japan"]
    assert ("vehicle-data", ("DX-GB-*",), "required") in found["domestic"]


def test_a_good_file_is_read(tmp_path: Path) -> None:
    market = load_market(_file(tmp_path, GOOD))
    assert [need.id for need in market.shape.needs] == ["first", "second"]
    assert re.fullmatch("[0-9a-f]{64}", market.sha256)


@pytest.mark.parametrize(
    ("old", "new", "message", "place"),
    [
        ("schema = 1", "schema = 2", "schema 2 is not known", ("schema", 1)),
        ('id = "atlantis"', 'id = "At lantis"', "'At lantis' is no id", ("id =", 1)),
        ('version = "0.1.0"', 'version = "1"', "version: ", ("version", 1)),
        ('title = {zh = "亚特兰蒂斯", en = "Atlantis"}', 'title = {zh = "亚特兰蒂斯"}', "'title.en' is missing", ("title", 1)),
        ('title = {zh = "亚特兰蒂斯", en = "Atlantis"}', 'title = {zh = "亚特兰蒂斯", en = ""}', "title.en: string", ("title", 1)),
        ("high_from_weeks = 20", "high_from_weeks = 10", "more than medium_from_weeks", ("high_from_weeks", 1)),
        ("high_from_weeks = 20", 'high_from_weeks = "20"', "risk.high_from_weeks: input should be a valid integer", ("high_from_weeks", 1)),
        ('id = "second"', 'id = "first"', "'first' is the id of two needs", ("id =", 3)),
        ('interface = "vehicle-data"', 'interface = "vehicle-date"', r"\(did you mean 'vehicle-data'", ("interface =", 2)),
        ('kind = "data"', 'kind = "date"', "needs.2.kind: input should be 'interface' or 'data'", ("kind =", 2)),
        ('necessity = "required"', 'necesity = "required"', r"unknown key 'needs.1.necesity' \(did you mean 'necessity'", ("necesity", 1)),
        ('necessity = "required"\n', "", "'needs.1.necessity' is missing", ("[[needs]]", 1)),
        ('cases = ["GBT-V*"]', "cases = []", "names no cases", ("cases =", 1)),
        ('cases = ["GBT-V*"]', 'cases = ["GBT *"]', "'GBT \\*' is no case id", ("cases =", 1)),
        ('applies_if = "V.DC AND NOT V.SWAP"', 'applies_if = "V.DC AND"', "need 'second': ", ("applies_if", 1)),
        ('applies_if = "V.DC AND NOT V.SWAP"\n', "", "'if_fitted' goes with 'applies_if'", ("necessity =", 2)),
        ("weeks = [4, 12]", "weeks = [12, 4]", "the smaller one first", ("weeks = [", 1)),
        ("weeks = [4, 12]", "weeks = [4]", "needs.2.lead_time.weeks: list should have at least 2", ("weeks = [", 1)),
        ("weeks = [4, 12]", "week = [4, 12]", r"unknown key 'needs.2.lead_time.week' \(did you mean 'weeks'", ("week = [", 1)),
    ],
)  # fmt: skip
def test_a_wrong_member_is_named_with_file_and_line(old: str, new: str, message: str, place: tuple[str, int], tmp_path: Path) -> None:
    assert old in GOOD
    content = GOOD.replace(old, new, 1)
    file = _file(tmp_path, content)
    with pytest.raises(ConfigError, match=message) as caught:
        load_market(file)
    problem = next(each for each in caught.value.problems if re.search(message, each.text))
    assert (problem.file, problem.line) == (file, _line_of(content, *place))


def test_all_problems_come_together(tmp_path: Path) -> None:
    content = GOOD.replace('interface = "gbt27930"', 'interface = "gbt"').replace("weeks = [4, 12]", "weeks = [0, 12]")
    with pytest.raises(ConfigError) as caught:
        load_market(_file(tmp_path, content))
    assert len(caught.value.problems) == 2


def test_a_profile_without_needs_would_call_every_truck_ready(tmp_path: Path) -> None:
    content = GOOD[: GOOD.index("[[needs]]")].replace("[risk]", "needs = []\n[risk]")
    with pytest.raises(ConfigError, match="would call every truck ready"):
        load_market(_file(tmp_path, content))


def test_a_claim_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="must not claim this"):
        load_market(_file(tmp_path, GOOD.replace('en = "our own"', 'en = "CNAS accredited list"')))


@pytest.mark.parametrize("content", ["schema = ", "\x00", "needs = 3\n"])
def test_a_file_that_is_no_profile_is_refused(content: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"atlantis\.toml"):
        load_market(_file(tmp_path, content))


def test_a_profile_may_bring_an_interface_of_its_own(tmp_path: Path) -> None:
    own = GOOD.replace('interface = "gbt27930"', 'interface = "trolley"')
    with pytest.raises(ConfigError, match=r"add your own in \[interfaces\]"):
        load_market(_file(tmp_path, own))
    assert load_market(_file(tmp_path, own + '\n[interfaces]\ntrolley = {zh = "接触网", en = "Overhead line"}\n')).shape.interfaces


def test_a_market_is_found_by_name_or_file(tmp_path: Path) -> None:
    file = _file(tmp_path, GOOD)
    assert [market.id for market in load_markets(["eu", str(file)])] == ["eu", "atlantis"]
    with pytest.raises(ConfigError, match=r"no market profile 'ue' \(have: cis"):
        load_markets(["ue"])
    with pytest.raises(ConfigError, match="no such market profile"):
        load_markets([str(tmp_path / "none.toml")])


def test_a_market_named_twice_is_refused(tmp_path: Path) -> None:
    file = _file(tmp_path, GOOD.replace('id = "atlantis"', 'id = "eu"'))
    with pytest.raises(ConfigError, match="market 'eu' is named twice"):
        load_markets(["eu", str(file)])


def test_no_shipped_profile_makes_a_claim() -> None:
    for file in shipped_markets().values():
        assert forbidden_claims(file.read_text("utf-8")) == []


VALUES = ("1", "-1", '""', "[]", "{}", "true", "1.5", "2026-01-01", '["*", 3]', "nan", '"x"', "[[1]]", "")


@given(data=st.data())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_file_however_wrong_ends_in_anything_but_a_message(data: st.DataObject, tmp_path: Path) -> None:
    lines = GOOD.splitlines()
    for _ in range(data.draw(st.integers(1, 3))):
        position = data.draw(st.integers(0, len(lines) - 1))
        match data.draw(st.sampled_from(("drop", "double", "value", "key", "text"))):
            case "drop":
                del lines[position]
            case "double":
                lines.insert(position, lines[position])
            case "value":
                lines[position] = f"{lines[position].partition('=')[0]}= {data.draw(st.sampled_from(VALUES))}"
            case "key":
                lines[position] = (
                    f"{data.draw(st.sampled_from(('needs', 'id', 'risk', 'zz', '[x]')))} = {lines[position].partition('=')[2]}"
                )
            case "text":
                lines[position] = data.draw(st.text(max_size=20))
        if not lines:
            return
    file = tmp_path / "fuzzed.toml"
    file.write_text("\n".join(lines), "utf-8", errors="surrogatepass")
    problems: Sequence[Problem] = ()
    needs: Sequence[object] = ()
    try:
        needs = load_market(file).shape.needs
    except ConfigError as error:
        problems = error.problems
    assert bool(needs) != bool(problems)
    assert all(problem.file == file and problem.text.strip() and "\n" not in problem.text for problem in problems)
