"""What campaign, markets and amendments print: PDF, HTML and results.json of real reports, and the command."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from harness.case.run.validation import RESULTS
from harness.cli import app
from harness.report.campaign import load_campaign
from harness.report.campaign.amendment import Amends
from harness.report.campaign.market_file import load_markets, shipped_markets
from harness.report.compiler import Compiled, compile_report, write_report
from harness.report.lab import load_lab
from harness.report.package.replaced import read_replaced
from harness.report.pages.bench.runs import runs_table
from harness.report.pdf_text import dense, page_texts
from harness.report.strings import text

MakeRun = Callable[..., Path]
LATER = {"sealed_at": "2026-07-01T09:20:00.000+08:00"}


def _run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(each) for each in arguments])


@pytest.fixture(scope="module")
def everywhere(make_run: MakeRun, standards: Any, tmp_path_factory: pytest.TempPathFactory) -> Compiled:
    """Two runs, one of them cut short, with the readiness for every market that is shipped."""
    folder = tmp_path_factory.mktemp("campaign")
    first = make_run(folder / "monday", ids=("GBT-VP.101", "GBT-VP.104", "GBT-VP.402"))
    second = make_run(folder / "tuesday", ids=("GBT-VP.101", "GBT-VP.104"), outcomes={}, plan=LATER, first_minute=30, finish=False)
    return compile_report([first, second], standards=standards, markets=load_markets(sorted(shipped_markets())))


def test_the_plan_of_every_run_is_printed(everywhere: Compiled) -> None:
    printed = dense("".join(page_texts(everywhere.files["report.pdf"])))
    results = json.loads(everywhere.files["results.json"])
    plans = [run["plan_sha256"] for run in results["merged_runs"]]
    assert len(set(plans)) == 2
    assert all(digest in printed for digest in (*plans, results["plan"]["sha256"]))


def test_every_need_of_every_market_is_printed_with_status_reason_and_next_step(everywhere: Compiled) -> None:
    printed = dense("".join(page_texts(everywhere.files["report.pdf"])))
    page = everywhere.files["report.html"].decode("utf-8")
    results = json.loads(everywhere.files["results.json"])
    RESULTS.check(results)
    assert [market["id"] for market in results["markets"]] == ["cis", "domestic", "eu", "gcc", "rcep-japan"]
    assert dense(text("market.statement")["zh"]) in printed
    for market in results["markets"]:
        assert market["sha256"][:16] in printed
        assert f'id="market-{market["id"]}"' in page
        for need in market["needs"]:
            for words in (need["title"], *need["reasons"], *need["next"]):
                assert dense(words["zh"]) in printed, need["id"]
                assert words["zh"].replace("“", "“") in page, need["id"]
            if "lead_time" in need:
                weeks = text("market.weeks", lower=need["lead_time"]["weeks_min"], upper=need["lead_time"]["weeks_max"])
                assert dense(weeks["zh"]) in printed
    assert not any(need["status"] == "covered" for market in results["markets"] for need in market["needs"])


def test_a_report_without_markets_has_no_such_page(small_run: Path, standards: Any) -> None:
    compiled = compile_report([small_run], standards=standards)
    assert "markets" not in json.loads(compiled.files["results.json"])
    assert 'id="markets"' not in compiled.files["report.html"].decode("utf-8")
    assert dense(text("section.markets")["zh"]) not in dense("".join(page_texts(compiled.files["report.pdf"])))


def test_all_attempts_are_printed_with_their_run_and_the_rule_that_decided(everywhere: Compiled) -> None:
    printed = dense("".join(page_texts(everywhere.files["report.pdf"])))
    row = next(row for row in everywhere.results["results"] if row["id"] == "GBT-VP.104")
    assert (row["verdict"], row["decided_by"], len(row["attempts"])) == ("fail", "worst", 2)
    assert dense(text("sheet.attempts_worst", n=1)["zh"]) in printed
    page = everywhere.files["report.html"].decode("utf-8")
    assert text("sheet.attempts_worst", n=1)["en"] in page
    for name in ("monday", "tuesday"):
        assert name in printed


def test_the_summary_lists_the_runs_with_what_each_of_them_decides_and_the_rules(everywhere: Compiled, small_run: Path) -> None:
    table = runs_table(everywhere.results)
    assert table is not None
    assert [(row[0], row[-2], row[-1]) for row in table.rows] == [("monday", "2", "2"), ("tuesday", "2", "0")]
    assert table.rows[1][4] == "中断 interrupted"
    printed = dense("".join(page_texts(everywhere.files["report.pdf"])))
    page = everywhere.files["report.html"].decode("utf-8")
    for words in (text("campaign.runs"), text("campaign.rules")):
        assert dense(words["zh"] + words["en"]) in printed
        assert words["en"] in page
    assert runs_table(load_campaign([small_run]).results) is None


def test_planned_items_that_no_run_executed_are_printed_as_not_tested(everywhere: Compiled) -> None:
    assert everywhere.results["counts"]["none"] == 1
    printed = dense("".join(page_texts(everywhere.files["report.pdf"])))
    words = text("verdict.none")
    assert dense(f"GBT-VP.402{'统计与结束'}Statistics and end{words['zh']}{words['en']}") in printed
    assert any("tuesday: the run did not come to its end" in note["en"] for note in everywhere.notes)


def test_the_order_of_the_folders_changes_no_byte(make_run: MakeRun, standards: Any, tmp_path: Path) -> None:
    first = make_run(tmp_path / "a", ids=("GBT-VP.101",))
    second = make_run(tmp_path / "b", ids=("GBT-VP.101",), plan=LATER, first_minute=30)
    one, other = (compile_report(runs, standards=standards) for runs in ([first, second], [second, first]))
    assert one.files == other.files


def test_a_change_of_laboratory_data_is_an_amendment_that_lists_it(
    vehicle_run: Callable[..., Path], lab_file: Callable[..., Path], standards: Any, tmp_path: Path
) -> None:
    run = vehicle_run(tmp_path / "run")
    before = load_lab(lab_file(tmp_path / "before"))
    write_report(compile_report([run], before, standards=standards), tmp_path / "old")
    name = before.issuer["name"]
    after = load_lab(lab_file(tmp_path / "after", (name, f"{name} (renamed)")))
    compiled = compile_report([run], after, standards=standards, amends=Amends(read_replaced(tmp_path / "old"), "name of the issuer"))
    document = json.loads(compiled.files["amendment.json"])
    assert {"where": "issuer", "what": "name", "old": name, "new": f"{name} (renamed)"} in document["changes"]
    assert document["number"] == compiled.results["report"]["number"]
    assert document["number"].endswith("-A1")


# ---- the command ----


def test_the_command_names_each_market_with_its_counts(make_run: MakeRun, tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", ids=("GBT-VP.101",))
    own = tmp_path / "own.toml"
    own.write_text(shipped_markets()["gcc"].read_text("utf-8").replace('id = "gcc"', 'id = "own"'), "utf-8")
    result = _run("report", run, "--market", "eu", "--market", own, "--out", tmp_path / "out")
    assert result.exit_code == 0, result.output
    assert "market eu: 0 covered, 0 failed, 11 open, 0 not needed" in result.output
    assert "market own: 0 covered, 0 failed, 6 open, 0 not needed" in result.output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--market", "ue"), "no market profile 'ue'"),
        (("--market", "eu", "--market", "eu"), "market 'eu' is named twice"),
        (("--market", "BROKEN"), "broken.toml:8: unknown key 'risk.hihg_from_weeks' (did you mean 'high_from_weeks'?)"),
    ],
)
def test_a_wrong_market_exits_2_and_writes_nothing(arguments: tuple[str, ...], message: str, make_run: MakeRun, tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", ids=("GBT-VP.101",))
    broken = tmp_path / "broken.toml"
    lines = shipped_markets()["gcc"].read_text("utf-8").splitlines()
    start = lines.index("[risk]")
    content = "\n".join([*lines[3:9], "[risk]", *lines[start + 1 :]]).replace("high_from_weeks", "hihg_from_weeks") + "\n"
    broken.write_text(content, "utf-8")
    result = _run("report", run, "--out", tmp_path / "out", *(str(broken) if each == "BROKEN" else each for each in arguments))
    assert result.exit_code == 2, result.output
    assert message in result.output
    assert not (tmp_path / "out").exists()


def test_a_number_of_an_amendment_without_the_old_report_is_refused(
    vehicle_run: Callable[..., Path], lab_file: Callable[..., Path], tmp_path: Path
) -> None:
    run = vehicle_run(tmp_path / "run")
    number = "PC-2026-000123-A1"
    file = lab_file(tmp_path / "lab", ("number: PC-2026-000777", f"number: {number}"))
    result = _run("report", run, "--lab", file, "--out", tmp_path / "out")
    assert result.exit_code == 2, result.output
    assert f"{number}, revision 0, is an amendment; name the report that it replaces with --amends" in result.output
    assert not (tmp_path / "out").exists()
