"""The claim linter: every rule in both languages, through disguises, in every kind of file."""

from __future__ import annotations

import ast
import json
import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import typst

from harness.core import resource
from harness.report.claims import find_claims, forbidden_claims
from harness.report.claims_files import claims_in_file, claims_in_files, claims_in_name, instrument_texts, pages_without_banner
from harness.report.fonts import font_files
from harness.report.strings import load_strings


@pytest.mark.parametrize(
    ("rule", "claim"),
    [
        ("N1", "tested in a CNAS laboratory"), ("N1", "CNAS L12345"), ("N1", "ILAC-MRA"), ("N1", "with CMA"), ("N1", "互认 CMA 章"),
        ("N1", "检验检测机构资质认定"),
        ("N2", "an accredited result"), ("N2", "Accreditation granted"), ("N2", "a certified truck"), ("N2", "this certificate"),
        ("N2", "通过CNAS认可"), ("N2", "认证证书"), ("N2", "已认证"), ("N2", "产品合格证"), ("N2", "获得认证"),
        ("N3", "检测报告"), ("N3", "检验报告"), ("N3", "Inspection Report"), ("N3", "Certification Test Report"),
        ("N4", "The truck complies with GB/T 27930-2015."), ("N4", "fully compliant"), ("N4", "in conformity with ISO 15118"),
        ("N4", "符合标准"), ("N4", "符合GB/T 27930-2015标准"), ("N4", "完全符合"), ("N4", "meets all requirements"),
        ("N5", "covers models A, B and C"), ("N5", "all vehicles of this type"), ("N5", "适用于同型号车辆"), ("N5", "覆盖车型"),
        ("N8", "检验检测专用章"), ("N8", "骑缝章"), ("N8", "official seal"),
        ("N10", "valid until 2027-06-30"), ("N10", "export licence granted"), ("N10", "approved for export"), ("N10", "准予出口"),
        ("N10", "证书有效期"),
    ],
)  # fmt: skip
def test_a_claim_is_found_and_named_by_its_rule(rule: str, claim: str) -> None:
    assert rule in {found.rule for found in find_claims(f"Some text. {claim} and more.")}


@pytest.mark.parametrize(
    "claim",
    [
        "ＣＮＡＳ", "C N A S", "C.N.A.S", "C-N-A-S", "CN\u200bAS", "CN\u00adAS", "\u202eCNAS", "СNАS", "cnas", "CNAS实验室", "由CNAS认可",
        "accred-\nited", "accredi\u00adted", "ACCREDITED", "valid\n   until", "认\n可", "认 证 证 书", "認可", "認證證書", "検験 檢測報告",
    ],
)  # fmt: skip
def test_a_disguise_does_not_hide_a_claim(claim: str) -> None:
    assert forbidden_claims(f"Some text. {claim} and more.")


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _strings(each)
    elif isinstance(value, list):
        for each in value:
            yield from _strings(each)


def _texts_of(file: Path) -> Iterator[str]:
    """What *file* of a suite may put into a report: the texts of a table, or those of the decorators and steps of its cases."""
    content = file.read_text(encoding="utf-8")
    if file.suffix == ".toml":
        yield from _strings(tomllib.loads(content))
        return
    for node in ast.walk(ast.parse(content)):
        if isinstance(node, ast.Call):
            given = [*node.args, *(each.value for each in node.keywords if each.arg in ("title", "purpose", "expect"))]
            yield from (
                each.value for each in given if isinstance(each, ast.Constant) and isinstance(each.value, str) and " " in each.value
            )


@pytest.mark.parametrize("suite", sorted(path.name for path in resource("test_suites").iterdir() if (path / "suite.toml").is_file()))
def test_no_text_of_a_suite_keeps_its_reports_from_being_published(suite: str) -> None:
    """A word of a case that the linter takes for a claim would only be found by the laboratory that compiles the report."""
    files = [file for file in sorted(resource("test_suites", suite).rglob("*")) if file.suffix in (".toml", ".py")]
    found = {f"{file.name}: {claim}" for file in files for text in _texts_of(file) for claim in forbidden_claims(text)}
    assert not found


@pytest.mark.parametrize(
    "words",
    [
        "trusted_ca_keys 或certificate_authorities（ISO 15118-20）", "alert bad_certificate",
        "预认证检测报告 Pre-certification Test Report", "CNAS-CL01-G002:2021", "after ILAC-G8:09/2019 and ILAC P10:07/2020",
        "calibration certificate no. 4711", "校准证书号 4711", "有效期至 2026-12-31", "不适用于同型号的其他车辆",
        "the signing certificate is a test key",
        "not applicable", "conformity of this value: pass", "不符合", "符合 Pass", "decertify", "ECU L12",
        "LPRECERT000000001", "a licence file",
        "Charger is recognised, CRM(AA)", "EU DC charging", "macmaster", "the pass is conditional",
    ],
)  # fmt: skip
def test_ordinary_words_are_no_claim(words: str) -> None:
    assert forbidden_claims(f"Some text. {words} and more.") == []


def test_the_denial_is_allowed_broken_over_lines_and_nothing_reaches_over_it() -> None:
    denial = load_strings()["statement.not_accredited"]
    broken = denial["zh"].replace("认可", "认\n可") + denial["en"].replace(" ", "\n")
    assert forbidden_claims(broken) == []
    assert forbidden_claims(f"已{denial['zh']}认证") == []
    assert forbidden_claims(f"{denial['en']} It is certified.")


def test_what_is_said_of_an_instrument_is_allowed_where_it_is_said_so() -> None:
    words = "calibrated by CNAS L1234"
    assert forbidden_claims(f"EQ-003 {words}")
    assert forbidden_claims(f"EQ-003 {words}", allowed=[words, ""]) == []
    assert forbidden_claims(f"EQ-003 {words}; this report is accredited", allowed=[words])


def test_a_bare_claim_as_the_name_of_an_instrument_allows_nothing() -> None:
    equipment = [{"id": "accredited", "name": "CNAS", "cal": {"lab": "CNAS L1234", "route": "ILAC-MRA", "cert": "4711"}}]
    assert list(instrument_texts(equipment)) == ["CNAS L1234", "ILAC-MRA"]
    files = {"a.json": as_json({"equipment": equipment[0]["cal"], "note": "accredited"})}
    assert [claim.place for claim in claims_in_files(files, instrument_texts(equipment))] == ["/note"]


@pytest.mark.parametrize(
    ("name", "is_claim"),
    [
        ("report.pdf", False), ("plots/case-GBT-VP-301-signals.svg", False), ("equipment/calibration-certificate-4711.pdf", False),
        ("equipment/certificate_L1234.pdf", False), ("data/equipment/certificate.xml", False),
        ("CNAS-report.pdf", True), ("certificate.pdf", True), ("plots/cnas_logo.svg", True), ("report%20accredited.html", True),
        ("检验报告.pdf", True), ("预认证检测报告.pdf", False), ("认可/report.pdf", True), ("equipment/CNAS-mark.png", True),
        ("ＣＮＡＳ.svg", True),
    ],
)  # fmt: skip
def test_names_of_files_claim_too(name: str, is_claim: bool) -> None:
    assert bool(claims_in_name(name)) is is_claim


def as_json(value: object) -> bytes:
    return json.dumps(value).encode()


@pytest.mark.parametrize(
    ("name", "content", "place"),
    [
        ("a.json", as_json({"results": [{"note": "认证证书"}]}), "/results/0/note"),
        ("a.json", as_json({"accreditation": "CNAS"}), "/accreditation"),
        ("a.json", as_json({"accreditation": True}), "/accreditation"),
        ("a.json", as_json({"accredited": 1}), "/accredited"),
        ("a.jsonl", as_json({"a": 1}) + b"\n" + as_json({"a": "certified"}) + b"\n", "line 2 /a"),
        ("a.csv", "case,note\r\nA,通过CNAS\r\n".encode("utf-8-sig"), "text"),
        ("a.xml", b"<certificate><a>certified</a></certificate>", "text"),
        ("a.xml", b'<a b="an accredited result"/>', "attribute b"),
        ("a.svg", b'<svg xmlns="http://www.w3.org/2000/svg"><title>CNAS</title></svg>', "text"),
        ("a.xml", b"<a>certi&#102;ied<", "document"),
        ("a.html", b"<p>accre<b>dited</b></p>", "text"),
        ("a.html", b"<p>accr&#101;dited</p>", "text"),
        ("a.html", b"<!-- certified --><p>x</p>", "text"),
        ("a.html", b'<img alt="CNAS logo" src="x">', "<img alt>"),
        ("a.html", b'<meta name="description" content="certified">', "<meta>"),
        ("a.html", b'<style>h1::after { content: "certified"; }</style>', "style"),
        ("a.html", b'<style>h1::after { content: "\\0063 ertified"; }</style>', "style"),
    ],
)
def test_every_kind_of_file_is_read(name: str, content: bytes, place: str) -> None:
    found = claims_in_file(name, content)
    assert {claim.place for claim in found} == {place}
    assert str(found[0]).startswith(f"{name}, {place}: '")


def test_marks_that_deny_are_no_claims() -> None:
    neutral = {"accreditation": "none", "accredited": False, "scope_status": "not-accredited"}
    assert claims_in_file("a.json", as_json({"report": neutral, "rows": [neutral]})) == []
    assert claims_in_file("a.csv", b"case,scope\r\nA,not-accredited\r\n") == []
    assert claims_in_file("a.xml", b"<digitalCalibrationCertificate/>") == []
    assert claims_in_file("a.html", b"<script>var certified = 1</script><style>.certified { color: red }</style>") == []
    assert claims_in_file("can0.blf", b"LOGG certified") == []


def make_pdf(tmp_path: Path, body: str, **document: str) -> bytes:
    settings = "".join(f', {key}: "{value}"' for key, value in document.items() if key != "title")
    (tmp_path / "a.typ").write_text(f'#set document(title: "{document.get("title", "x")}"{settings})\n{body}\n', encoding="utf-8")
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=[str(path.parent) for path in font_files()])
    return bytes(typst.compile(tmp_path / "a.typ", root=tmp_path, font_paths=fonts, format="pdf"))


@pytest.mark.parametrize(
    ("body", "document", "place"),
    [
        ("This is accredited.", {}, "text"),
        ('#set text(font: "Noto Sans CJK SC")\n认 证 证 书', {}, "text"),
        ("Nothing.", {"title": "Certified truck"}, "metadata Title"),
        ("Nothing.", {"author": "CNAS"}, "metadata Author"),
        ("Nothing.", {"keywords": "accredited"}, "metadata Keywords"),
        ('#pdf.attach("certificate.txt", bytes("x"))', {}, "string"),
    ],
)
def test_a_pdf_is_read_with_its_metadata_and_attachments(tmp_path: Path, body: str, document: dict[str, str], place: str) -> None:
    found = claims_in_file("report.pdf", make_pdf(tmp_path, body, **document))
    assert place in {claim.place for claim in found}


def test_a_pdf_that_says_nothing_of_the_kind_passes(tmp_path: Path) -> None:
    pdf = make_pdf(tmp_path, "Nothing of the kind.", title="A report")
    assert claims_in_file("report.pdf", pdf) == []
    assert pages_without_banner(pdf) == [1]


def test_an_unreadable_pdf_is_no_claim() -> None:
    assert claims_in_file("report.pdf", b"%PDF-broken") == []


def test_a_claim_split_over_members_is_not_put_together() -> None:
    assert claims_in_file("a.json", as_json(["认", "可"])) == []


def test_names_and_contents_of_a_folder_are_read_together() -> None:
    files: Mapping[str, bytes] = {"a.json": as_json({"x": "certified"}), "CNAS.svg": b"<svg/>", "fine.html": b"<p>fine</p>"}
    assert [(claim.file, claim.place) for claim in claims_in_files(files)] == [("a.json", "/x"), ("CNAS.svg", "name")]


def test_a_large_document_is_read_in_one_go(monkeypatch: pytest.MonkeyPatch) -> None:
    from harness.report import claims_files

    calls: list[str] = []
    original: Callable[..., Any] = claims_files.find_claims
    monkeypatch.setattr(claims_files, "find_claims", lambda *given: (calls.append(given[0]), original(*given))[1])
    assert claims_in_file("a.json", as_json([f"value {number}" for number in range(5000)])) == []
    assert len(calls) == 1
