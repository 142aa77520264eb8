"""The conclusion: generated from what was decided, never about a standard as a whole, never about a type."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.report.campaign import load_run
from harness.report.citing import cited, printed_ref
from harness.report.claims import forbidden_claims
from harness.report.pages.front.conclusion import concerned_requirements, conclude
from harness.report.pages.front.cover import cover_fields
from harness.report.strings import load_strings

MakeRun = Callable[..., Path]


def _row(number: int, word: str, basis: str) -> dict[str, Any]:
    return {
        "id": f"GBT-VP.{number}",
        "basis": basis,
        "refs": [f"GBT27930-2015:{number % 4 + 8}/{number}"],
        "applicability": {"value": "not_applicable" if word == "na" else "applicable"},
        "verdict": "none" if word == "na" else word,
    }


def _results(rows: list[dict[str, Any]]) -> Any:
    words = ["na" if row["applicability"]["value"] == "not_applicable" else row["verdict"] for row in rows]
    counts = {word: words.count(word) for word in ("pass", "fail", "inconc", "na", "none", "error")}
    return {"results": rows, "counts": {"planned": len(rows), **counts}, "item": {"vin": "LPRECERT000000001"}}


WORDS = st.sampled_from(["pass", "fail", "inconc", "none", "error", "na"])


@given(st.lists(st.tuples(WORDS, st.sampled_from(["derived", "quoted", "project"])), min_size=1, max_size=15))
def test_conclusion_never_speaks_of_a_whole_standard(cases: list[tuple[str, str]]) -> None:
    rows = [_row(number, word, basis) for number, (word, basis) in enumerate(cases)]
    sentences = conclude(_results(rows), "VIN LPRECERT000000001")
    english = " ".join(sentence["en"] for sentence in sentences)
    chinese = "".join(sentence["zh"] for sentence in sentences)
    for mention in english.split("GB/T 27930-2015")[:-1]:
        assert mention.endswith("part of ")
    assert chinese.count("GB/T 27930-2015") == chinese.count("GB/T 27930-2015 的部分要求")
    for row in rows:
        if row["verdict"] in ("inconc", "none", "error") and row["applicability"]["value"] == "applicable":
            assert row["id"] in english
    if all(row["verdict"] != "pass" for row in rows):
        assert "passed." not in english
    assert "VIN LPRECERT000000001" in english
    assert forbidden_claims(f"{english} {chinese}") == []


def test_project_defined_failure_is_no_non_conformity_to_a_standard() -> None:
    rows = [_row(1, "fail", "project"), _row(2, "pass", "derived")]
    assert [concerned.not_met for concerned in concerned_requirements(rows)] == [[]]  # type: ignore[arg-type]
    assert any("no non-conformity" in sentence["en"] and "GBT-VP.1" in sentence["en"] for sentence in conclude(_results(rows), "VIN X"))


def test_requirement_is_met_only_if_every_case_of_it_passed() -> None:
    rows = [{**_row(1, word, "derived"), "refs": ["GBT27930-2015:8/TB1"]} for word in ("pass", "inconc")]
    concerned = concerned_requirements(rows)[0]  # type: ignore[arg-type]
    assert (concerned.met, concerned.undecided) == ([], ["8/TB1"])


def test_clauses_are_listed_in_reading_order_and_unknown_ones_counted() -> None:
    rows = [
        {**_row(n, "pass", "derived"), "refs": [ref]}
        for n, ref in enumerate(["GBT27930-2015:10.2/a", "GBT27930-2015:8/TB1", "GBT27930-2015:?/x", "GBT27930-2015:9.1/b"])
    ]
    part = conclude(_results(rows), "VIN X")[1]
    assert "clauses 8, 9.1, 10.2; requirements with a clause number still to be checked: 1" in part["en"]


def test_injected_faults_are_said(tmp_path: Path, make_run: MakeRun) -> None:
    item = {"role": "truck", "model": "heavy_truck", "vin": "X", "injected_faults": "bhm_never_sent"}
    results = load_run(make_run(tmp_path / "r", ids=("GBT-VP.101",), plan={"item": item})).results
    assert "bhm_never_sent" in conclude(results, "VIN X")[-1]["en"]


def test_checks_of_the_house_are_no_part_of_a_standard() -> None:
    rows = [{**_row(1, "pass", "derived"), "refs": ["CANBENCH:?/sleep"]}]
    part = conclude(_results(rows), "VIN X")[1]
    assert part["en"] == (
        "The results concern project-defined bus checks CANBENCH (requirements: 1), which come from no published standard; "
        "no statement is made about any standard."
    )
    assert "部分要求" not in part["zh"]


def test_the_cover_names_no_standard_for_project_defined_or_inapplicable_cases(tmp_path: Path, make_run: MakeRun) -> None:
    results: Any = load_run(make_run(tmp_path / "r", ids=("GBT-VP.101", "GBT-VP.104"))).results
    first, second = results["results"]
    for row, ref, basis in ((first, "ISO14229:?/robust", "project"), (second, "CANBENCH:?/load", "project")):
        row.update(refs=[ref], basis=basis)
    assert _basis(results) == "project-defined bus checks CANBENCH, PRECERT-gbt27930@0.1.0"
    first["basis"] = "derived"
    assert _basis(results) == "part of ISO 14229, project-defined bus checks CANBENCH, PRECERT-gbt27930@0.1.0"
    first["applicability"] = {"value": "not_applicable", "pics": "V.X"}
    first["verdict"] = "none"
    assert _basis(results) == "project-defined bus checks CANBENCH, PRECERT-gbt27930@0.1.0"


def _basis(results: Any) -> str:
    label = load_strings()["cover.basis"]
    [field] = [field for field in cover_fields(results) if field.label == label]
    return str(field.value_en)


@pytest.mark.parametrize(
    ("ref", "standard", "requirement"),
    [
        ("V2G2-723", "ISO 15118-2", "V2G2-723"),
        ("V2G20-2615..2617", "ISO 15118-20", "V2G20-2615..2617"),
        ("V2G-DC-436..469", "DIN 70121", "V2G-DC-436..469"),
        ("V2G3-M06-05", "ISO 15118-3", "V2G3-M06-05"),
        ("ISO15118:?/safe-stop", "ISO 15118", "?/safe-stop"),
        ("HOUSE-1", "HOUSE-1", "HOUSE-1"),
        ("J1939-71:?/vin", "SAE J1939-71", "?/vin"),
        ("R156:?/rxswin", "UN R156", "?/rxswin"),
        ("CANBENCH:?/load", "CANBENCH", "load"),
    ],
)
def test_a_numbered_requirement_belongs_to_its_standard(ref: str, standard: str, requirement: str) -> None:
    assert cited(ref) == (standard, requirement)


@pytest.mark.parametrize(
    ("prefix", "name"),
    [("GBT27930-2015", "GB/T 27930-2015"), ("GBT18487.1-2023", "GB/T 18487.1-2023"), ("ISO15118-20", "ISO 15118-20"), ("OWN-1", "OWN-1")],
)
def test_standard_names_are_written_as_people_do(prefix: str, name: str) -> None:
    assert cited(f"{prefix}:8.1/x")[0] == name


@pytest.mark.parametrize(
    "claim",
    [
        "tested by a CNAS laboratory", "an accredited result", "this certificate", "complies with GB/T 27930", "认证\n证书", "检测报告",
        "valid\nuntil 2027", "Lab L12345", "CMA 章", "检验报告", "licence granted", "通过CNAS",
    ],
)  # fmt: skip
def test_forbidden_claim_is_found(claim: str) -> None:
    assert forbidden_claims(f"Some text. {claim} and more.")


def test_negative_statement_and_title_are_allowed_even_when_broken_over_lines() -> None:
    strings = load_strings()
    statement = strings["statement.not_accredited"]
    broken = statement["zh"].replace("CNAS", "\nCNAS\n").replace("认可", "认\n可") + statement["en"].replace(" ", "\n")
    assert (
        forbidden_claims(f"{strings['title.report']['zh']} {strings['title.banner']['zh']} {strings['title.banner']['en']} {broken}") == []
    )


def test_no_text_of_the_table_makes_a_forbidden_claim() -> None:
    found = {key: claims for key, row in load_strings().items() if (claims := forbidden_claims(f"{row['zh']}\n{row['en']}"))}
    assert found == {}


def test_profile_of_the_project_is_called_no_standard() -> None:
    rows = [{**_row(1, "pass", "derived"), "refs": ["HTSWAP-0.1:5.4/insulation"]}]
    title = {"en": "profile OTHER 1 of the tests", "zh": "测试用协议配置 OTHER 1"}
    results = {**_results(rows), "run": {"profiles": {"swap": title}}}
    said = " ".join(sentence["en"] for sentence in conclude(results, "VIN X"))
    assert "requirements of the project-defined profile HTSWAP 0.1 (clauses 5.4), which is no published standard" in said
    assert "as a whole" not in said
    assert "The messages of the suite 'swap' were those of the profile OTHER 1 of the tests." in said
    assert not forbidden_claims(said)
    assert not forbidden_claims(" ".join(sentence["zh"] for sentence in conclude(results, "VIN X")))
    assert cited("HTSWAP-0.1:5.4/insulation") == ("HTSWAP 0.1", "5.4/insulation")


@pytest.mark.parametrize(
    ("ref", "printed"),
    [
        ("CANBENCH:?/load", "CANBENCH:load"),
        ("ISO15118:?/safe-stop", "ISO15118:?/safe-stop"),
        ("HTSWAP-0.1:5.4/lock", "HTSWAP-0.1:5.4/lock"),
    ],
)
def test_only_a_clause_of_a_standard_can_be_still_unknown(ref: str, printed: str) -> None:
    assert printed_ref(ref) == printed
