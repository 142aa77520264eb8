"""Every demand of the standard is met by a complete report, and missed by one that lacks what it asks for."""

from __future__ import annotations

import copy
import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from harness.case.documents import ChangeDoc
from harness.case.run.runfolder import canonical_json
from harness.core import ConfigError
from harness.report import compiler
from harness.report.campaign import load_campaign
from harness.report.campaign.market_file import load_markets
from harness.report.campaign.readiness import with_markets
from harness.report.clauses import CHECKS, Finished, Kept, check_clauses, clause_problems, demands, finished, kept_in
from harness.report.clauses.cells import two_figures_up
from harness.report.figures import draw_figures
from harness.report.lab import issue, load_lab
from harness.report.pages import build_view
from harness.report.pdf import render_pdf
from harness.report.pdf_text import dense
from harness.report.selfcheck import selfcheck
from harness.report.signals import installed_standards
from harness.report.strings import load_strings, text

CHANGES: Sequence[ChangeDoc] = [{"where": "GBT-VP.101", "what": "verdict", "old": "inconc", "new": "pass"}]
SUPERSEDED = {
    "number": "PC-2026-000777",
    "issued_at": "2026-07-02T10:00:00+08:00",
    "sha256": "ab" * 32,
    "results_sha256": "cd" * 32,
    "reason": "补做 run again",
}


@pytest.fixture(scope="module")
def report(
    tmp_path_factory: pytest.TempPathFactory,
    vehicle_run: Callable[..., Path],
    lab_file: Callable[..., Path],
    standards: Mapping[str, Any],
) -> Finished:
    """A report with everything that a report can have: laboratory, instruments, provider, opinion, market, amendment, deviation."""
    folder = tmp_path_factory.mktemp("clauses")
    campaign = load_campaign([vehicle_run(folder / "run")])
    results = with_markets(issue(campaign.results, load_lab(lab_file(folder))), campaign.plan, load_markets(["eu"]))
    results["report"] = {**results["report"], "number": "PC-2026-000777-A1", "revision": 1, "supersedes": SUPERSEDED}  # type: ignore[typeddict-item]
    content = canonical_json(results)
    artwork = draw_figures(campaign, results, standards)
    checked = selfcheck(installed_standards())
    view = build_view(campaign, results, artwork.figures, hashlib.sha256(content).hexdigest(), checked, CHANGES)
    lab = load_lab(folder / "lab.yaml")
    signers = {"prepared": "张三", "reviewed": "李四", "approved": "王五"}
    return replace(
        finished(render_pdf(view, {**artwork.pictures, **lab.pictures}, "lab", content), results, checked, CHANGES),
        signers=signers,
        kept=replace(kept_in(campaign.runs), original=[], sealed_before=[]),
    )


def missed(report: Finished) -> dict[str, list[str]]:
    return {check["id"]: check["missing"] for check in check_clauses(report)["checks"] if check["missing"]}


def without(report: Finished, words: str, page: int | None = None) -> Finished:
    """*report* whose pages (or one of them) do not say *words*, wherever the lines are broken."""
    pattern = re.compile(r"[\s\x02\ufffe]*".join(re.escape(char) for char in dense(words)))
    pages = [pattern.sub("", each) if page in (None, number) else each for number, each in enumerate(report.pages)]
    assert pages != list(report.pages), f"the report does not say '{words}' at all"
    return replace(report, pages=pages)


def changed(report: Finished, change: Callable[[Any], object]) -> Finished:
    """*report* beside other results than those that it prints."""
    results = copy.deepcopy(report.results)
    change(results)
    return replace(report, results=results)


def test_a_complete_report_meets_every_demand(report: Finished) -> None:
    document = check_clauses(report)
    told = {check["id"]: check["missing"] or check["state"] for check in document["checks"] if check["state"] != "met"}
    # Every number of the runs of the tests has an uncertainty, and all rows were tested by one method.
    assert told == {"MU-TEST": "not_applicable", "MET-VERIFY": "not_applicable"}
    assert [check["id"] for check in document["checks"]] == [demand.id for demand in demands()]


def test_every_demand_has_its_check_and_every_check_its_demand() -> None:
    assert sorted(CHECKS) == sorted(demand.id for demand in demands())


def words(key: str, language: str = "zh") -> str:
    return load_strings()[key][language]  # type: ignore[literal-required]


RULE = text("statement.decision_rule", rule="SIMPLE", meaning_zh=words("rule.SIMPLE_meaning"), meaning_en="x")["zh"]
REMOVED = {
    "RPT-TITLE": words("title.report"),
    "RPT-ISSUER": "合肥市试验路 8 号",
    "RPT-PLACE": "8 Shiyan Road",
    "RPT-ID": "PC-2026-000777-A1",
    "RPT-CLIENT": "export@somemotors.test",
    "RPT-METHOD": "PRECERT-gbt27930@0.1.0",
    "RPT-ITEM": "PACK-77",
    "RPT-RECV": "2026-06-30",
    "RPT-DATES": words("cover.tested"),
    "RPT-ISSUE": words("cover.issued"),
    "RPT-SAMPLING": words("statement.as_received", "en"),
    "RPT-ONLYITEM": words("statement.only_item"),
    "RPT-UNITS": " s",
    "RPT-DEVIATION": "T-12",
    "RPT-AUTH": "授权签字人 approver",
    "RPT-EXTERNAL": words("mark.external") + words("mark.external", "en"),
    "RPT-NOEXTRACT": words("statement.no_extract", "en"),
    "RPT-CLIENTDATA": "◇",
    "RPT-ASRECEIVED": words("statement.as_received"),
    "RPT-COND": "三相 400 V",
    "RPT-CONFORM": words("verdict.fail") + words("verdict.fail", "en"),
    "RPT-MU": words("uncertainty.expanded"),
    "RPT-OPINION": "三次试验的比较",
    "RPT-EXTRA": "欧盟",
    "DEC-RULE": "2026-07-01T09:00:00.000+08:00",
    "DEC-WHICH": "GBT-VP.104",
    "DEC-SPEC": "8/VP.101",
    "DEC-PRINT": "SIMPLE",
    "AMD-ID": "ab" * 32,
    "AMD-MARK": "GBT-VP.101",
    "REC-REPEAT": "dc-bench-02",
    "REC-WHO": "赵六",
    "SW-VALID": words("software.holds")[:12],
    "SW-PROTECT": words("condition.state"),
    "SW-CALC": "0.42054",
    "EQ-ID": "A1234",
    "EQ-CAL": "J2026-0815",
    "EQ-ROUTE": "与参考件比对",
    "EQ-CORR": "23.4",
    "EQ-STIM": "V-2026-3",
    "EQ-CLOCK": "hardware stamps",
    "MET-VALID": "VAL-2026-4",
    "MET-DEV": "times count from the first CHM",
    "MU-SOURCES": words("uncertainty.negligible", "en"),
    "MU-QUAL": words("measurand.qualitative_how"),
}
"""What is taken out of the document."""


@pytest.mark.parametrize("name", REMOVED)
def test_a_document_that_lacks_it_is_refused(name: str, report: Finished) -> None:
    assert name in missed(without(report, REMOVED[name]))


CONTRADICTED: dict[str, Callable[[Any], object]] = {
    "RPT-ISSUER": lambda results: results["issuer"].update(name="TODO"),
    "RPT-METHOD": lambda results: results["results"][0]["method"].update(id="GB/T 27930"),
    "RPT-RECV": lambda results: results["item"].update(received="2026-07-09"),
    "RPT-DATES": lambda results: results["run"].update(ended_at="2026-07-03T09:45:00.000+08:00"),
    "RPT-ISSUE": lambda results: results["report"].update(issued_at="2026-06-01T09:45:00.000+08:00"),
    "RPT-UNITS": lambda results: results["results"][0]["checks"][1]["value"].update(unit="furlong"),
    "RPT-DEVIATION": lambda results: results["results"][0]["deviations"].append({"id": "x", "reason": "other", "ticket": "T-99"}),
    "RPT-CLIENTDATA": lambda results: results["item"].update(client_declared=["name"]),
    "RPT-CONFORM": lambda results: results["counts"].update({"pass": 3, "fail": 0}),
    "RPT-MU": lambda results: results["results"][0]["checks"][1]["value"].update(U="3.3"),
    "DEC-RULE": lambda results: results["plan"].update(sealed_at="2026-07-02T09:00:00.000+08:00"),
    "DEC-PRINT": lambda results: results["plan"].update(decision_rule="GUARD_U"),
    "AMD-ID": lambda results: results["report"].update(number="PC-2026-000777"),
    "REC-WHO": lambda results: results["people"]["checker"].update(name="张三"),
    "SW-CALC": lambda results: results["results"][0]["checks"][1]["value"].update(v="0.520540000"),
    "EQ-CAL": lambda results: results["equipment"][0]["cal"].update(due="2028-01-01"),
    "EQ-ROUTE": lambda results: results["equipment"][0]["cal"].update(route="hearsay"),
    "EQ-USE": lambda results: results["results"][0]["equipment"].append("EQ-404"),
    "EQ-STIM": lambda results: results["equipment"][2].pop("verification"),
    "EQ-CLOCK": lambda results: results["equipment"][0].pop("clock"),
    "MET-VALID": lambda results: results["methods"][0].update(date="2026-07-09"),
    "MET-VERIFY": lambda results: results["results"][0]["method"].update(id="GB/T 27930-2015"),
    "MET-DEV": lambda results: results["method_deviations"][0]["accepted"].update(date="2026-07-09"),
    "MU-TEST": lambda results: (
        results["results"][0]["checks"][1]["value"].update(U=None),
        results["results"][0]["checks"][1]["decision"].update(rule="GUARD_U"),
    ),
    "MU-QUAL": lambda results: (
        results["results"][0]["checks"][0]["criterion"].update(text=""),
        results["results"][0]["checks"][0].update(expected=" "),
    ),
}
"""What results.json says otherwise than the document."""


@pytest.mark.parametrize("name", CONTRADICTED)
def test_a_document_beside_other_results_is_refused(name: str, report: Finished) -> None:
    assert name in missed(changed(report, CONTRADICTED[name]))


NOT_KEPT = {
    "REC-CHANGE": Kept(["GBT-VP.101 attempt 1: journal and record name other recordings"], []),
    "REC-ASMADE": Kept([], ["GBT-VP.101 attempt 1: evidence closed 61 s after the last sample (limit 60 s)"]),
    "AMD-ORIG": Kept([], [], ["PC-2026-000777: its seal does not hold (revoked)"], []),
    "AMD-NOEDIT": Kept([], [], [], ["sealed.json: this report was sealed already as PC-2026-000777-A1"]),
}
"""What those who keep the records found."""


@pytest.mark.parametrize("name", NOT_KEPT)
def test_a_sealed_report_on_records_that_were_not_kept_is_refused(name: str, report: Finished) -> None:
    kept = NOT_KEPT[name]
    found = [*kept.changed, *kept.late, *(kept.original or ()), *(kept.sealed_before or ())]
    assert missed(replace(report, kept=kept)) == {name: found}


def test_a_draft_says_that_its_records_are_open(report: Finished) -> None:
    """Whoever compiles a killed run sees it; sealing is where it ends."""
    draft = replace(report, signers=None, kept=NOT_KEPT["REC-ASMADE"])
    states = {check["id"]: check["state"] for check in check_clauses(draft)["checks"]}
    assert (states["REC-ASMADE"], states["REC-CHANGE"]) == ("open", "open")
    assert (states["AMD-ORIG"], states["AMD-NOEDIT"]) == ("at_sealing", "at_sealing")
    states = {check["id"]: check["state"] for check in check_clauses(replace(report, signers=None))["checks"]}
    assert (states["REC-ASMADE"], states["REC-CHANGE"]) == ("met", "met")


def test_every_check_is_seen_to_fail() -> None:
    assert sorted(REMOVED.keys() | CONTRADICTED.keys() | NOT_KEPT.keys()) == sorted(CHECKS)


THE_LIST = re.findall(
    r"\S+",
    """
RPT-TITLE RPT-ISSUER RPT-PLACE RPT-ID RPT-CLIENT RPT-METHOD RPT-ITEM RPT-RECV RPT-DATES RPT-ISSUE RPT-SAMPLING RPT-ONLYITEM RPT-UNITS
RPT-DEVIATION RPT-AUTH RPT-EXTERNAL RPT-NOEXTRACT RPT-CLIENTDATA RPT-ASRECEIVED RPT-COND RPT-CONFORM RPT-MU RPT-OPINION RPT-EXTRA
DEC-RULE DEC-WHICH DEC-SPEC DEC-PRINT AMD-ID AMD-MARK AMD-ORIG AMD-NOEDIT REC-REPEAT REC-WHO REC-ASMADE REC-CHANGE
SW-VALID SW-PROTECT SW-CALC EQ-ID EQ-CAL EQ-ROUTE EQ-USE EQ-CORR EQ-STIM EQ-CLOCK MET-VERIFY MET-VALID MET-DEV MU-SOURCES MU-TEST MU-QUAL
""",
)
"""Every row of the checklist of ISO/IEC 17025 that this project works by."""


def test_every_row_of_the_checklist_is_executed() -> None:
    assert sorted(THE_LIST) == sorted(CHECKS)
    assert all(demand.clause and demand.todo and demand.what["zh"] and demand.what["en"] for demand in demands())


@pytest.mark.parametrize(("name", "refused"), [("Maxxxon Trucks", False), ("xxx", True), ("Lorem ipsum", True), ("待填", True)])
def test_a_placeholder_of_the_issuer_is_that_of_the_laboratory_file(name: str, refused: bool, report: Finished) -> None:
    edited = changed(report, lambda results: results["issuer"].update(name=name))
    assert ("the issuer is a placeholder" in missed(edited)["RPT-ISSUER"]) is refused


@pytest.mark.parametrize("page", [0, 1, -1])
def test_a_page_without_its_number_is_refused(page: int, report: Finished) -> None:
    number = page % len(report.pages)
    footer = words("page.of", "en").format(n=number + 1, total=len(report.pages))
    assert list(missed(without(report, footer, number))) == ["RPT-ID"]


def test_pages_that_were_taken_out_are_seen(report: Finished) -> None:
    assert "RPT-ID" in missed(replace(report, pages=[*report.pages[:4], *report.pages[5:]]))


def test_nothing_may_follow_the_end_mark(report: Finished) -> None:
    end = f"—— {words('title.end')} {words('title.end', 'en')} ——"
    found = missed(replace(report, pages=[*report.pages[:-1], report.pages[-1].replace("——\n", "——\nand one more thing\n", 1) + "more"]))
    assert "something follows the end mark" in str(found["RPT-ID"])
    assert "RPT-ID" in missed(replace(report, pages=[f"{report.pages[0]}\n{end}", *report.pages[1:]]))


@pytest.mark.parametrize(
    ("old", "new"),
    [(r"y = 0\.42", "y = 0.43"), (r"U = 1\.2e", "U = 1.3e"), ("w = 0", "w = 1"), (r"AL = 5 − 0 = 5", "AL = 5 − 0 = 6")],
)
def test_a_number_of_the_arithmetic_that_was_changed_is_seen(old: str, new: str, report: Finished) -> None:
    """The row of the results table may be right: each sheet is compared by itself."""
    found = missed(replace(report, pages=[re.sub(old, new, page) for page in report.pages]))
    assert "the arithmetic of the decision" in str(found["SW-CALC"])


def test_what_is_not_there_is_not_demanded(report: Finished) -> None:
    bare = changed(
        report,
        lambda results: [results.pop(key) for key in ("people", "opinions", "markets", "conditions", "complaints", "required_content")],
    )
    states = {check["id"]: check["state"] for check in check_clauses(bare)["checks"]}
    assert (states["RPT-OPINION"], states["RPT-EXTRA"], states["RPT-COND"]) == ("not_applicable",) * 3
    assert (states["RPT-AUTH"], states["REC-WHO"]) == ("open",) * 2
    assert {check["id"] for check in check_clauses(replace(report, selfcheck_version=None))["checks"] if check["state"] == "open"} == {
        "SW-VALID"
    }


def test_a_problem_names_check_clause_miss_and_remedy(report: Finished) -> None:
    document = check_clauses(without(report, "export@somemotors.test"))
    [problem] = clause_problems(document, Path("run"))
    assert str(problem).startswith(
        "run: RPT-CLIENT (ISO/IEC 17025 7.8.2.1 e): client 'export@somemotors.test' is not printed; fill in client"
    )


def test_a_report_that_misses_a_demand_is_not_compiled(
    tmp_path: Path, vehicle_run: Callable[..., Path], standards: Mapping[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.report.pages.build.statements_of", lambda results: [text("statement.not_accredited")])
    with pytest.raises(ConfigError, match=r"RPT-ONLYITEM \(ISO/IEC 17025 7\.8\.2\.1 l\)"):
        compiler.compile_report([vehicle_run(tmp_path / "run")], None, standards)


@pytest.mark.parametrize(
    ("value", "shown"), [("0.5972", "0.60"), ("0.0000012", "0.0000012"), ("0", "0"), ("16.61", "17"), ("0.141", "0.15")]
)
def test_two_figures_rounded_up(value: str, shown: str) -> None:
    assert two_figures_up(Decimal(value)) == Decimal(shown)


@pytest.mark.parametrize(
    "words_of_block",
    ["15 天内", "within 15 days of its receipt", "合同第 3 条 contract item 3", "样品照片", "ERS-", "market.next"],
)
def test_each_part_of_the_content_that_was_asked_for_is_looked_for(words_of_block: str, report: Finished) -> None:
    need = next(need for market in report.results["markets"] for need in market["needs"] if need["next"])
    gone = {"market.next": need["next"][0]["en"], "ERS-": need["title"]["en"]}.get(words_of_block, words_of_block)
    assert "RPT-EXTRA" in missed(without(report, gone))


@pytest.mark.parametrize("block", ["photos", "identity", "opinions", "markets", "conditions", "calibration", "selfcheck"])
def test_a_block_that_was_asked_for_and_is_not_there_is_missed(block: str, report: Finished) -> None:
    def ask(results: Any) -> None:
        results["required_content"] = [{"block": block, "by": "authority", "ref": "合同第 3 条 contract item 3"}]

    def leave_out(results: Any) -> None:
        ask(results)
        for key in ("photos", "opinions", "markets", "conditions"):
            results.pop(key)
        results["item"].pop("identity_start")

    asked = changed(report, ask)
    found = [miss for miss in missed(asked).get("RPT-EXTRA", []) if miss.startswith(block)]
    assert bool(found) is (block == "calibration"), "one calibration document is kept on paper"
    bare = replace(changed(report, leave_out), selfcheck_version=None)
    assert any(miss.startswith(f"{block}, asked for in '合同第 3 条") for miss in missed(bare)["RPT-EXTRA"])


@pytest.mark.parametrize(
    ("signers", "miss"),
    [
        ({"prepared": "张三", "reviewed": "李四"}, "the approver has not signed"),
        ({"approved": "李四"}, "approved by '王五' as printed, signed by '李四'"),
        ({"approved": " 王五 "}, None),
    ],
)
def test_the_approver_signs_in_person(signers: Mapping[str, str], miss: str | None, report: Finished) -> None:
    assert missed(replace(report, signers=signers)).get("RPT-AUTH") == ([miss] if miss else None)


def test_before_it_is_signed_the_signature_is_still_to_come(report: Finished) -> None:
    unsigned = replace(report, signers=None)
    waiting = [check["id"] for check in check_clauses(unsigned)["checks"] if check["state"] == "at_sealing"]
    assert waiting == ["RPT-AUTH", "AMD-ORIG", "AMD-NOEDIT"]
    assert "RPT-AUTH" in missed(without(unsigned, "授权签字人 approver"))


@pytest.mark.parametrize(
    ("words", "miss"),
    [
        ("握手由台架触发", "documented: '握手由台架触发' is not printed"),
        ("the bench started the handshake", "documented: 'the bench started the handshake' is not printed"),
        ("AUTH-19", "authorised: 'AUTH-19' is not printed"),
        ("2026-06-29", "accepted: '2026-06-29' is not printed"),
        ("方法偏离 method dev", "GBT-VP.101: mark"),
        ("下列项目偏离了方法", "in the conclusion, "),
    ],
)
def test_each_part_of_a_deviation_from_a_method_is_looked_for(words: str, miss: str, report: Finished) -> None:
    assert any(miss in each for each in missed(without(report, words))["MET-DEV"])


def test_a_deviation_that_nobody_accepted_is_not_reported(report: Finished) -> None:
    nobody = changed(report, lambda results: results["method_deviations"][0]["accepted"].update(name=""))
    assert missed(nobody)["MET-DEV"] == ["deviation from PRECERT-gbt27930@0.1.0, accepted: is empty"]


def test_without_deviations_the_report_says_that_there_were_none(report: Finished) -> None:
    silent = changed(report, lambda results: results.pop("method_deviations"))
    assert {check["id"]: check["state"] for check in check_clauses(silent)["checks"]}["MET-DEV"] == "not_applicable"
    assert "RPT-DEVIATION" in missed(silent), "the document lists one, and does not say that there was none"


def test_a_method_without_a_record_is_named(report: Finished) -> None:
    def forget(results: Any) -> None:
        results["methods"] = []

    assert missed(changed(report, forget))["MET-VALID"] == ["PRECERT-gbt27930@0.1.0 has no record"]
    states = {check["id"]: check["state"] for check in check_clauses(changed(report, lambda results: results.pop("methods")))["checks"]}
    assert states["MET-VALID"] == "open"
