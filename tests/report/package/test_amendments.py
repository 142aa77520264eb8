"""Amendments from end to end: report, seal, amend, seal, verify, and every way in which the chain can be broken."""

from __future__ import annotations

import copy
import hashlib
import json
import random
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from harness.case.run.runfolder import canonical_json
from harness.cli import app
from harness.core import ConfigError
from harness.report.campaign.amendment import Amends
from harness.report.campaign.market_file import load_markets
from harness.report.compiler import compile_report, write_report
from harness.report.package.checks.amendments import check_amendments
from harness.report.package.checks.results import check_results
from harness.report.package.checks.seal import trust_of
from harness.report.package.collect import Collected, collect
from harness.report.package.container.layout import PDF, RESULTS
from harness.report.package.outcome import Status, Step
from harness.report.package.replaced import read_replaced
from harness.report.package.seal import seal
from harness.report.package.signing.trial_keys import TrialAuthority, trial_keys
from harness.report.pdf_text import dense, document_info, page_texts

MakeRun = Callable[..., Path]
LIST = "data/results/amendment.json"
LATER = {"sealed_at": "2026-07-01T09:20:00.000+08:00"}


@dataclass(frozen=True)
class Amended:
    """An amendment of the workshop's report: a second run was added to it."""

    collected: Collected
    bag: Path
    runs: list[Path]

    @property
    def earlier(self) -> str:
        """Where the seal of the replaced report lies."""
        return f"data/supersedes/{self.collected.results['report']['supersedes']['number']}"


@pytest.fixture(scope="module")
def amended(workshop: Any, make_run: MakeRun, standards: Any, tmp_path_factory: pytest.TempPathFactory) -> Amended:
    folder = tmp_path_factory.mktemp("amended")
    first = workshop.collected.folder.parent
    second = make_run(folder / "second", ids=("GBT-VP.104",), outcomes={}, plan=LATER, first_minute=30)
    amends = Amends(read_replaced(workshop.zip), "补做第二次运行 a second run was added")
    markets = load_markets(["eu"])
    write_report(compile_report([first, second], standards=standards, amends=amends, markets=markets), folder / "report")
    collected = collect(folder / "report", [first, second])
    sealed = seal(collected, workshop.keys, folder / "out", earlier=workshop.zip, check=False)
    return Amended(collected, sealed.paths[0], [first, second])


@pytest.fixture
def chain(workshop: Any, amended: Amended) -> Callable[..., set[str]]:
    """``chain({path: content}, results=..., number=...)``: what V13 finds wrong after these changes; ``None`` drops a file."""

    def check(changes: Mapping[str, bytes | None], results: Any = None, number: str | None = None) -> set[str]:
        files = {path.relative_to(amended.bag).as_posix(): path.read_bytes() for path in _files(amended.bag)} | dict(changes)
        kept = {path: content for path, content in files.items() if content is not None}
        opened: Any = SimpleNamespace(files=kept, read=kept.get)
        step = Step("V13")
        stated = results if results is not None else amended.collected.results
        check_amendments(opened, stated, number or stated["report"]["number"], trust_of(opened, workshop.roots), None, step)
        return {remark.key for remark in step.remarks if remark.status is Status.FAIL}

    return check


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def _edited(amended: Amended, change: Callable[[Any], None]) -> bytes:
    document = json.loads((amended.bag / LIST).read_bytes())
    change(document)
    return canonical_json(document)


# ---- what an amendment is ----


def test_an_amendment_holds_and_its_chain_leads_back(workshop: Any, amended: Amended) -> None:
    outcome = workshop.verify(amended.bag)
    assert outcome.holds, [remark.text["en"] for step in outcome.steps for remark in step.remarks if remark.status is Status.FAIL]
    number = workshop.collected.results["report"]["number"]
    assert outcome.number == f"{number}-A1"
    assert outcome.step("V13").remarks[0].text["en"] == f"replaces {number}, 2 reports in the chain"


def test_it_names_the_signed_pdf_the_results_and_the_seal_of_what_it_replaces(workshop: Any, amended: Amended) -> None:
    stated = amended.collected.results["report"]["supersedes"]
    assert stated["number"] == workshop.collected.results["report"]["number"]
    assert stated["issued_at"] == workshop.collected.results["report"]["issued_at"]
    assert stated["sha256"] == hashlib.sha256((workshop.bag / PDF).read_bytes()).hexdigest()
    assert stated["results_sha256"] == hashlib.sha256((workshop.bag / RESULTS).read_bytes()).hexdigest()
    assert stated["seal"] == hashlib.sha256((workshop.bag / "tagmanifest-sha256.txt").read_bytes()).hexdigest()
    assert f"Supersedes: {stated['number']} {stated['sha256']}" in (amended.bag / "bag-info.txt").read_text("utf-8")


def test_cover_metadata_and_page_say_what_it_replaces_and_every_difference(amended: Amended) -> None:
    pdf = (amended.bag / PDF).read_bytes()
    pages = [dense(page) for page in page_texts(pdf)]
    stated = amended.collected.results["report"]["supersedes"]
    assert dense(f"取代报告 Replaces report {stated['number']}") in pages[0]
    assert stated["sha256"] in pages[0]
    assert dense(stated["reason"]) in pages[0]
    assert stated["number"] in document_info(pdf)["Keywords"]
    text = "".join(pages)
    changes = json.loads((amended.bag / LIST).read_bytes())["changes"]
    assert {change["where"] for change in changes} >= {"GBT-VP.104", "plan", "markets eu"}
    for change in changes:
        for part in (change["where"], change["old"], change["new"]):
            assert dense(part) in text, change
    page = (amended.bag / "data/report/report.html").read_text("utf-8")
    assert 'id="amendment"' in page
    assert all(change["where"] in page for change in changes)


def test_a_chain_of_three_is_walked_to_its_beginning(workshop: Any, amended: Amended, standards: Any, tmp_path: Path) -> None:
    first = amended.runs[:1]
    amends = Amends(read_replaced(amended.bag), "the second run was of another pack")
    write_report(compile_report(first, standards=standards, amends=amends), tmp_path / "report")
    sealed = seal(collect(tmp_path / "report", first), workshop.keys, tmp_path / "out", earlier=amended.bag, check=False)
    outcome = workshop.verify(sealed.paths[0])
    assert outcome.holds
    assert outcome.number.endswith("-A2")
    assert "3 reports in the chain" in outcome.step("V13").remarks[0].text["en"]


# ---- a broken chain ----


@pytest.mark.parametrize(
    ("file", "damage", "key"),
    [
        ("tagmanifest-sha256.txt", None, "v13.seal"),
        ("seal/tagmanifest-sha256.txt.p7s", None, "v13.seal"),
        ("seal/tagmanifest-sha256.txt.p7s", lambda content: content[:-1] + bytes([content[-1] ^ 1]), "v13.seal"),
        ("manifest-sha256.txt", lambda content: content.replace(b"0", b"1", 1), "v13.seal"),
        ("bag-info.txt", lambda content: content.replace(b"Issued-At", b"Issued-At2"), "v13.seal"),
        ("data/results/results.json", lambda content: content.replace(b'"fail"', b'"pass"'), "v13.seal"),
        ("data/results/results.json", None, "v13.list"),
    ],
)
def test_an_enclosed_seal_that_was_tampered_with_breaks_the_chain(
    file: str, damage: Callable[[bytes], bytes] | None, key: str, amended: Amended, chain: Any
) -> None:
    path = f"{amended.earlier}/{file}"
    content = None if damage is None else damage((amended.bag / path).read_bytes())
    assert key in chain({path: content})


def test_a_missing_link_breaks_the_chain(amended: Amended, chain: Any) -> None:
    gone = {path.relative_to(amended.bag).as_posix(): None for path in _files(amended.bag / amended.earlier)}
    assert chain(gone) == {"v13.missing"}


def test_a_link_sealed_by_a_stranger_breaks_the_chain(workshop: Any, amended: Amended, chain: Any, tmp_path: Path) -> None:
    stranger = trial_keys(TrialAuthority.create(workshop.authority.now))
    other = workshop.sealed(tmp_path, {}, keys=stranger)
    names = ("tagmanifest-sha256.txt", "manifest-sha256.txt", "manifest-sha512.txt", "bag-info.txt", "seal/tagmanifest-sha256.txt.p7s")
    changes = {f"{amended.earlier}/{name}": (other / name).read_bytes() for name in names}
    assert "v13.seal" in chain(changes)


@pytest.mark.parametrize(
    ("change", "key"),
    [
        (None, "v13.list"),
        (lambda document: document["changes"].pop(), "v13.change"),
        (lambda document: document["changes"][0].update(old="0"), "v13.change"),
        (lambda document: document["changes"].append({"where": "X", "what": "y", "old": "1", "new": "2"}), "v13.change"),
        (lambda document: document.update(changes=[]), "v13.change"),
        (lambda document: document.update(number="PC-OTHER-A1"), "v13.list"),
        (lambda document: document["supersedes"].update(reason="another reason"), "v13.list"),
        (lambda document: document.update(extra=1), "v13.list"),
    ],
)
def test_a_difference_list_that_is_not_the_real_one_is_found_out(change: Any, key: str, amended: Amended, chain: Any) -> None:
    content = None if change is None else _edited(amended, change)
    assert key in chain({LIST: content})


@pytest.mark.parametrize(
    ("change", "key"),
    [
        (lambda report: report["supersedes"].update(sha256="0" * 64), "v13.hash"),
        (lambda report: report["supersedes"].update(seal="0" * 64), "v13.hash"),
        (lambda report: report["supersedes"].update(results_sha256="0" * 64), "v13.list"),
        (lambda report: report["supersedes"].update(number="PC-OTHER"), "v13.missing"),
        (lambda report: report.pop("supersedes"), "v13.unstated"),
    ],
)
def test_results_that_name_another_report_break_the_chain(change: Any, key: str, amended: Amended, chain: Any) -> None:
    results = json.loads((amended.bag / RESULTS).read_bytes())
    change(results["report"])
    listed = _edited(amended, lambda document: document.update(supersedes=results["report"].get("supersedes", document["supersedes"])))
    assert key in chain({LIST: listed}, results)


def test_a_number_that_does_not_follow_is_found_out(amended: Amended, chain: Any) -> None:
    number = amended.collected.results["report"]["number"].replace("-A1", "-A3")
    assert "v13.number" in chain({}, number=number)


def test_a_first_issue_carries_neither_list_nor_seal(workshop: Any, amended: Amended, chain: Any) -> None:
    first = workshop.collected.results
    kept = [path.relative_to(amended.bag).as_posix() for path in _files(amended.bag)]
    gone: dict[str, bytes | None] = {path: None for path in kept if path.startswith("data/supersedes/")}
    assert chain({**gone, LIST: None}, first) == set()
    assert chain(gone, first) == {"v13.list"}
    assert chain({**gone, LIST: None, "data/supersedes/PC-1/bagit.txt": b""}, first) == {"v13.unstated"}
    assert chain({**gone, LIST: None}, first, "PC-1-A1") == {"v13.suffix"}


def test_verify_refuses_a_package_with_a_broken_chain(workshop: Any, amended: Amended, failed: Any, tmp_path: Path) -> None:
    """Sealed by somebody who has the keys: everything else in it is in order."""
    enclosed = {path.relative_to(amended.bag).as_posix(): path.read_bytes() for path in _files(amended.bag / "data/supersedes")}
    collected = replace(amended.collected, payload={**amended.collected.payload, **enclosed})
    broken = {f"{amended.earlier}/data/results/results.json": b"{}\n"}
    bag = replace(workshop, collected=collected).sealed(tmp_path, broken)
    assert failed(workshop.verify(bag)) == {"V13"}


def test_verify_derives_the_readiness_for_markets_itself(workshop: Any, amended: Amended, failed_keys: Any) -> None:
    runs = dict(zip(("run", "second"), amended.runs, strict=True))
    step = Step("V8")
    check_results(amended.collected.results, amended.collected.results["report"]["number"], runs, step)
    assert step.status is Status.OK
    better = copy.deepcopy(amended.collected.results)
    better["markets"][0]["needs"][0].update(status="covered", codes=[])
    step = Step("V8")
    check_results(better, better["report"]["number"], runs, step)
    assert {remark.key for remark in step.remarks if remark.status is Status.FAIL} == {"v8.differs"}


# ---- sealing one ----


@pytest.fixture
def fresh(amended: Amended, tmp_path: Path) -> Path:
    """The report folder of the amendment, not sealed yet."""
    folder = Path(shutil.copytree(amended.collected.folder, tmp_path / "report"))
    (folder / "sealed.json").unlink()
    return folder


def test_an_amendment_is_sealed_with_the_package_that_it_replaces_and_no_other(
    workshop: Any, amended: Amended, fresh: Path, tmp_path: Path
) -> None:
    collected = collect(fresh, amended.runs)
    with pytest.raises(ConfigError, match="--supersedes"):
        seal(collected, workshop.keys, tmp_path / "out", check=False)
    other = workshop.sealed(tmp_path, {}, **{"External-Identifier": "PC-OTHER"})
    with pytest.raises(ConfigError, match=r"is PC-OTHER with a PDF .*, replaced is PC-"):
        seal(collected, workshop.keys, tmp_path / "out", earlier=other, check=False)
    assert not (tmp_path / "out").exists()


def test_a_number_is_sealed_once(workshop: Any, amended: Amended, fresh: Path, tmp_path: Path) -> None:
    number = amended.collected.results["report"]["number"]
    with pytest.raises(ConfigError, match=f"sealed already as {number}"):
        seal(collect(amended.collected.folder, amended.runs), workshop.keys, tmp_path / "out", earlier=workshop.bag, check=False)
    with pytest.raises(ConfigError, match="a number is sealed once, a change is a new report with a new number"):
        seal(collect(fresh, amended.runs), workshop.keys, amended.bag.parent, earlier=workshop.bag, check=False)
    register = tmp_path / "register.jsonl"
    register.write_text(json.dumps({"number": number}) + "\n", "utf-8")
    with pytest.raises(ConfigError, match=f"report number {number} was sealed already"):
        seal(collect(fresh, amended.runs), replace(workshop.keys, register=register), tmp_path / "out", earlier=workshop.bag, check=False)


def test_an_amendment_without_its_list_is_not_collected(amended: Amended, fresh: Path) -> None:
    content = (fresh / "amendment.json").read_bytes()
    (fresh / "amendment.json").unlink()
    with pytest.raises(ConfigError, match="goes with an amendment, and only with one"):
        collect(fresh, amended.runs)
    (fresh / "amendment.json").write_bytes(content)
    assert LIST in collect(fresh, amended.runs).payload


def test_a_forged_list_is_never_sealed(workshop: Any, amended: Amended, fresh: Path, tmp_path: Path) -> None:
    (fresh / "amendment.json").write_bytes(_edited(amended, lambda document: document["changes"].pop()))
    with pytest.raises(ConfigError, match="nothing was sealed: V13 the difference list is not what comparing again gives"):
        seal(collect(fresh, amended.runs), workshop.keys, tmp_path / "out", earlier=workshop.bag)
    assert list((tmp_path / "out").iterdir()) == []


# ---- reading what is replaced ----


@pytest.mark.parametrize("form", ["bag", "zip", "asice", "results"])
def test_the_replaced_report_is_read_from_any_form_of_its_package(form: str, workshop: Any) -> None:
    path = workshop.bag / RESULTS if form == "results" else getattr(workshop, form)
    old = read_replaced(path)
    assert old.results == workshop.collected.results
    assert old.pdf_sha256 == hashlib.sha256((workshop.bag / PDF).read_bytes()).hexdigest()
    assert old.seal == hashlib.sha256((workshop.bag / "tagmanifest-sha256.txt").read_bytes()).hexdigest()


def test_a_report_that_was_never_sealed_is_read_from_its_folder(fresh: Path) -> None:
    for path in (fresh, fresh / "results.json"):
        old = read_replaced(path)
        assert (old.pdf_sha256, old.seal) == (hashlib.sha256((fresh / "report.pdf").read_bytes()).hexdigest(), "")


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("nowhere", "no such package or report"),
        ("sealed folder", "this report was sealed as PC-.*; name its package"),
        ("no pdf", r"report\.pdf: missing; an amendment names the PDF that it replaces"),
        ("torn results", "no JSON"),
        ("torn zip", "torn"),
        ("changed pdf", r"not a sealed package: data/report/report\.pdf was changed"),
        ("changed results", r"not a sealed package: data/results/results\.json was changed"),
        ("no seal", r"not a sealed package: missing: .*p7s"),
    ],
)
def test_what_cannot_be_replaced_is_named_in_one_message(kind: str, message: str, workshop: Any, fresh: Path, tmp_path: Path) -> None:
    bag = workshop.copy(tmp_path)
    path = bag
    match kind:
        case "nowhere":
            path = tmp_path / "nowhere"
        case "sealed folder":
            path = workshop.collected.folder
        case "no pdf":
            path = fresh
            (fresh / "report.pdf").unlink()
        case "torn results":
            path = fresh
            (fresh / "results.json").write_bytes((fresh / "results.json").read_bytes()[:100])
        case "torn zip":
            path = tmp_path / "torn.zip"
            path.write_bytes(workshop.zip.read_bytes()[:5000])
        case "changed pdf":
            (bag / PDF).write_bytes((bag / PDF).read_bytes() + b"\n")
        case "changed results":
            (bag / RESULTS).write_bytes((bag / RESULTS).read_bytes() + b"\n")
        case "no seal":
            (bag / "seal/tagmanifest-sha256.txt.p7s").unlink()
    with pytest.raises(ConfigError, match=message) as caught:
        read_replaced(path)
    assert len(caught.value.problems) == 1


def test_damage_anywhere_in_the_package_is_a_message_or_does_not_matter(workshop: Any, tmp_path: Path) -> None:
    """Never a traceback, and never another report than the sealed one."""
    content, chance, refused = workshop.zip.read_bytes(), random.Random(3), 0
    for number in range(40):
        damaged = bytearray(content)
        for _ in range(chance.choice((1, 20))):
            damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
        path = tmp_path / f"{number}.zip"
        path.write_bytes(damaged[: chance.choice((len(damaged), chance.randrange(len(damaged))))])
        try:
            assert read_replaced(path).results == workshop.collected.results
        except ConfigError as error:
            refused += bool(error.problems)
    assert refused > 10


# ---- the commands ----


def _run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(each) for each in arguments])


def test_report_seal_amend_seal_verify(make_run: MakeRun, tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", ids=("GBT-VP.101", "GBT-VP.104"))
    assert _run("report", run).exit_code == 1
    trial = tmp_path / "trial.pem"
    sealed = _run("seal", run, "--out", tmp_path / "out", "--trial", trial)
    assert sealed.exit_code == 0, sealed.output
    assert trial.stat().st_mode & 0o777 == 0o600
    old = Path(next(line for line in sealed.output.splitlines() if line.startswith(str(tmp_path / "out"))))
    again = make_run(tmp_path / "again", ids=("GBT-VP.104",), outcomes={}, plan=LATER, first_minute=30)
    amended = _run("report", run, again, "--amends", old, "--reason", "second run")
    assert amended.exit_code == 1, amended.output
    assert f"{old.name}-A1 replaces {old.name}" in amended.output
    assert (run / "report-A1" / "amendment.json").is_file()
    options = ("--out", tmp_path / "out", "--supersedes", old, "--run", run, "--run", again)
    refused = _run("seal", run / "report-A1", *options)
    assert refused.exit_code == 2
    assert "keys for a trial are gone after one seal; name --keys FILE, or --trial FILE" in refused.output
    stranger = _run("seal", run / "report-A1", *options, "--trial", tmp_path / "other.pem")
    assert stranger.exit_code == 2
    assert f"AMD-ORIG (ISO/IEC 17025 7.8.8): {old.name}: its seal does not hold" in stranger.output
    assert _run("seal", run / "report-A1", *options, "--trial", trial).exit_code == 0
    roots = [tmp_path / "out" / f"{name}.test-root.pem" for name in (old.name, f"{old.name}-A1")]
    assert roots[0].read_bytes() == roots[1].read_bytes()
    verified = _run("verify", tmp_path / "out" / f"{old.name}-A1", "--trust", roots[0])
    assert verified.exit_code == 0, verified.output
    assert f"replaces {old.name}, 2 reports in the chain" in verified.output


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--amends", "OLD"), "--amends OLD and --reason TEXT go together"),
        (("--reason", "x"), "--amends OLD and --reason TEXT go together"),
        (("--amends", "OLD", "--reason", " "), "an amendment needs a reason"),
        (("--amends", "OLD", "--reason", "x"), "nothing differs from PC-"),
        (("--amends", "nowhere", "--reason", "x"), "no such package or report"),
        (("--market", "ue"), "no market profile 'ue'"),
    ],
)
def test_wrong_options_exit_2_with_one_message_and_write_nothing(
    options: tuple[str, ...], message: str, workshop: Any, tmp_path: Path
) -> None:
    given = [str(workshop.zip) if option == "OLD" else option for option in options]
    result = _run("report", workshop.collected.folder.parent, "--out", tmp_path / "out", *given)
    assert result.exit_code == 2, result.output
    assert message in result.output
    assert len(result.output.strip().splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_the_seal_of_another_day_still_proves_the_chain(workshop: Any, amended: Amended, fresh: Path, tmp_path: Path) -> None:
    sealed = seal(
        collect(fresh, amended.runs), workshop.keys, tmp_path / "out", earlier=workshop.bag, check=False,
        clock=lambda: workshop.authority.now + timedelta(hours=1),
    )  # fmt: skip
    assert workshop.verify(sealed.paths[0]).step("V13").status is Status.OK
