"""Sealing: what goes in, who signs, and that a failure leaves nothing behind."""

from __future__ import annotations

import errno
import hashlib
import io
import json
import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.x509 import KeyUsage
from pyhanko.pdf_utils.reader import PdfFileReader

from harness.core import ConfigError
from harness.report.package import seal as seal_module
from harness.report.package.collect import collect
from harness.report.package.container.layout import PDF, RESULTS
from harness.report.package.outcome import Status
from harness.report.package.seal import seal
from harness.report.package.signing import trial_keys as trial_keys_module
from harness.report.package.signing.attestation import statement
from harness.report.package.signing.trial_keys import TrialAuthority, trial_keys


@pytest.fixture
def fresh(workshop: Any, tmp_path: Path) -> Path:
    """A copy of the run folder with its report, not sealed yet."""
    run = Path(shutil.copytree(workshop.collected.folder.parent, tmp_path / "run"))
    (run / "report" / "sealed.json").unlink()
    return run


def _left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_run_folder_stands_for_the_report_in_it(fresh: Path) -> None:
    assert collect(fresh).payload.keys() == collect(fresh / "report").payload.keys()


def test_package_holds_the_layout(workshop: Any) -> None:
    names = {path.relative_to(workshop.bag).as_posix() for path in workshop.bag.rglob("*") if path.is_file()}
    for name in (
        "bagit.txt", "bag-info.txt", "manifest-sha256.txt", "manifest-sha512.txt", "tagmanifest-sha256.txt",
        "seal/tagmanifest-sha256.txt.p7s", "seal/tagmanifest-sha256.txt.tsr", "seal/test-result.dsse.json",
        "data/report/report.pdf", "data/report/report.html", "data/results/results.json", "data/results/junit.xml",
        "data/results/ctrf.json", "data/results/dtr.xml", "data/results/traceability.csv", "data/plan/plan.json",
        "data/plan/suite.lock", "data/plan/pics.json", "data/plan/pixit.json", "data/records/journal.jsonl",
        "data/records/records.jsonl", "data/env/sbom.json", "data/env/tool-versions.json", "data/ro-crate-metadata.json",
        "data/evidence/GBT-VP.101/1/charge.blf",
    ):  # fmt: skip
        assert name in names
    assert "seal/" not in (workshop.bag / "tagmanifest-sha256.txt").read_text("utf-8")


def test_report_written_elsewhere_finds_its_run_when_it_is_named(fresh: Path, tmp_path: Path) -> None:
    away = tmp_path / "somewhere" / "deep" / "report"
    shutil.copytree(fresh / "report", away)
    with pytest.raises(ConfigError, match="name each with --run"):
        collect(away)
    assert collect(away, [fresh]).results["report"]["number"]


def test_same_number_is_sealed_once(fresh: Path, workshop: Any, tmp_path: Path) -> None:
    out = tmp_path / "out"
    first = seal(collect(fresh), workshop.keys, out, check=False)
    content = hashlib.sha256((first.paths[0] / "tagmanifest-sha256.txt").read_bytes()).hexdigest()
    assert content == first.root
    with pytest.raises(ConfigError, match="was sealed already"):
        seal(collect(fresh), workshop.keys, tmp_path / "elsewhere", check=False)
    (fresh / "report" / "sealed.json").unlink()
    with pytest.raises(ConfigError, match="exists already"):
        seal(collect(fresh), workshop.keys, out, check=False)
    assert _left(out) == sorted([first.number, first.letter.name])
    assert not (tmp_path / "elsewhere").exists()


def test_register_of_the_laboratory_knows_every_number(fresh: Path, workshop: Any, tmp_path: Path) -> None:
    keys = replace(workshop.keys, register=tmp_path / "register.jsonl")
    sealed = seal(collect(fresh), keys, tmp_path / "out", check=False)
    assert json.loads((tmp_path / "register.jsonl").read_text("utf-8"))["root"] == sealed.root
    (fresh / "report" / "sealed.json").unlink()
    with pytest.raises(ConfigError, match=r"register.jsonl.*sealed already"):
        seal(collect(fresh), keys, tmp_path / "other", check=False)


def test_report_is_not_written_over_a_sealed_one(workshop: Any, fresh: Path) -> None:
    from harness.report.compiler import Compiled, write_report

    seal(collect(fresh), workshop.keys, fresh, check=False)
    with pytest.raises(ConfigError, match="was sealed as"):
        write_report(Compiled(workshop.collected.results, [], {"report.pdf": b"new"}), fresh / "report")


@pytest.mark.parametrize("fail_at", [1, 12, 30])
def test_full_disk_leaves_nothing_behind(fail_at: int, fresh: Path, workshop: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = 0
    real = os.fsync

    def full(descriptor: int) -> None:
        nonlocal calls
        calls += 1
        if calls >= fail_at:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(descriptor)

    monkeypatch.setattr("harness.report.package.container.files.os.fsync", full)
    with pytest.raises(ConfigError, match="nothing was sealed: the disk is full"):
        seal(collect(fresh), workshop.keys, tmp_path / "out", containers=("zip",), check=False)
    assert _left(tmp_path / "out") == []
    assert not (fresh / "report" / "sealed.json").exists()


def test_failure_after_the_first_rename_takes_it_back(fresh: Path, workshop: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(seal_module, "remember", refuse)
    with pytest.raises(ConfigError, match="the disk is full"):
        seal(collect(fresh), workshop.keys, tmp_path / "out", containers=("zip", "asice"), check=False)
    assert _left(tmp_path / "out") == []


def test_silent_authority_leaves_nothing_behind(fresh: Path, workshop: Any, tmp_path: Path) -> None:
    from harness.report.package.signing.authority import HttpAuthority

    keys = replace(workshop.keys, authority=HttpAuthority("http://127.0.0.1:9/tsa", 0.2))
    with pytest.raises(ConfigError, match="time stamp authority"):
        seal(collect(fresh), keys, tmp_path / "out", check=False)
    assert _left(tmp_path / "out") == []


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        ("no evidence", "evidence of GBT-VP.101 is missing"),
        ("other evidence", "was changed after the run"),
        ("torn journal", "the chain of hashes is broken"),
        ("plan", "the plan was changed after it was sealed"),
        ("results", "does not follow from the run folders"),
        ("no pdf", "missing from the report folder"),
        ("no results", "missing from the report folder"),
    ],
)
def test_broken_input_is_named_and_nothing_is_written(damage: str, message: str, fresh: Path, tmp_path: Path) -> None:
    evidence = fresh / "evidence/GBT-VP.101/1/charge.blf"
    match damage:
        case "no evidence":
            evidence.unlink()
        case "other evidence":
            evidence.write_bytes(b"LOGG")
        case "torn journal":
            lines = (fresh / "journal.jsonl").read_bytes().splitlines(keepends=True)
            (fresh / "journal.jsonl").write_bytes(b"".join(lines[:1] + lines[2:]))
        case "plan":
            plan = json.loads((fresh / "plan.json").read_bytes())
            plan["seed"] = 99
            (fresh / "plan.json").write_text(json.dumps(plan), "utf-8")
        case "results":
            results = json.loads((fresh / "report/results.json").read_bytes())
            results["results"][1].update(verdict="pass", reason="", reason_code="")
            (fresh / "report/results.json").write_text(json.dumps(results), "utf-8")
        case "no pdf":
            (fresh / "report/report.pdf").unlink()
        case "no results":
            (fresh / "report/results.json").unlink()
    before = sorted(path for path in fresh.rglob("*"))
    with pytest.raises(ConfigError, match=message):
        collect(fresh / "report", [fresh])
    assert sorted(path for path in fresh.rglob("*")) == before


def test_single_signer_lets_nothing_follow(fresh: Path, workshop: Any, tmp_path: Path) -> None:
    keys = replace(workshop.keys, roles={"approved": workshop.keys.roles["approved"]})
    sealed = seal(collect(fresh), keys, tmp_path / "out", check=False)
    assert workshop.verify(sealed.paths[0]).holds
    three = workshop.verify(sealed.paths[0], roles=["prepared", "reviewed", "approved"])
    assert three.step("V6").status is Status.FAIL


def test_revoked_signer_is_not_trusted(workshop: Any, tmp_path: Path, failed_keys: Any) -> None:
    crl = workshop.authority.revoked([workshop.keys.package.signing_cert])
    outcome = workshop.verify(workshop.sealed(tmp_path, {}, keys=replace(workshop.keys, crls=[crl])))
    assert failed_keys(outcome, "V4") == {"v4.untrusted"}


def test_certificate_for_something_else_does_not_seal(
    workshop: Any, tmp_path: Path, failed_keys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    encipherment = [index == 2 for index in range(9)]
    monkeypatch.setattr(trial_keys_module, "_usage", lambda **_: KeyUsage(*encipherment))
    wrong = workshop.authority.signer("package seal")
    outcome = workshop.verify(workshop.sealed(tmp_path, {}, keys=replace(workshop.keys, package=wrong)))
    assert failed_keys(outcome, "V4") == {"v4.untrusted"}


def test_attestation_says_passed_only_when_everything_did(workshop: Any) -> None:
    document = statement(workshop.collected.results, {RESULTS: "0" * 64, PDF: "1" * 64})
    assert document["predicate"]["result"] == "FAILED"  # type: ignore[index,call-overload]
    assert [each["name"] for each in document["subject"]] == [PDF, RESULTS]  # type: ignore[union-attr,index,call-overload]


def test_package_without_time_stamp_and_attestation_still_holds(fresh: Path, workshop: Any, tmp_path: Path) -> None:
    keys = replace(workshop.keys, authority=None, attestor=None)
    outcome = workshop.verify(seal(collect(fresh), keys, tmp_path / "out", check=False).paths[0])
    assert outcome.holds
    assert outcome.step("V5").status is Status.NOTE


def test_zip_has_the_same_bytes_for_the_same_bag(workshop: Any, tmp_path: Path) -> None:
    from harness.report.package.container.one_file import write_container

    for name in ("a.zip", "b.zip"):
        write_container(tmp_path / name, workshop.copy(tmp_path / name.removesuffix(".zip")), workshop.bag.name)
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()


def test_keys_of_another_day_are_judged_at_the_time_of_sealing(workshop: Any, tmp_path: Path, failed_keys: Any) -> None:
    from datetime import timedelta

    authority = TrialAuthority.create(workshop.authority.now + timedelta(days=30))
    stranger = trial_keys(authority)
    mixed = replace(workshop.keys, package=stranger.package, chain=[*workshop.keys.chain, *stranger.chain])
    bag = workshop.sealed(tmp_path, {}, keys=mixed)
    from harness.report.package.signing.keys import certificates_in
    from harness.report.package.verify import verify

    outcome = verify(bag, [*workshop.roots, *certificates_in(authority.root_pem())])
    assert failed_keys(outcome, "V4") == {"v4.untrusted"}  # not valid yet when it was sealed


def test_signature_fields_keep_archival_and_accessible_form(workshop: Any) -> None:
    reader = PdfFileReader(io.BytesIO((workshop.bag / PDF).read_bytes()))
    assert reader.root["/Pages"]["/Kids"]
    fields = [reader.root["/AcroForm"]["/Fields"][index] for index in range(3)]
    assert [str(field["/T"]) for field in fields] == ["prepared", "reviewed", "approved"]
    for field in fields:
        assert int(field["/F"]) & 0b100  # printed
        assert not int(field["/F"]) & 0b10  # not hidden
        assert all(float(edge) < 0 for edge in field["/Rect"])  # nothing untagged on the page
        assert str(field["/TU"])
        assert "/AP" not in field or "/N" in field["/AP"]
    assert str(fields[0]["/P"]["/Tabs"]) == "/S"


@pytest.mark.parametrize("name", ["junit.xml", "ctrf.json", "traceability.csv", "dtr.xml", "report.html"])
def test_file_of_the_report_that_was_edited_is_not_sealed(name: str, fresh: Path) -> None:
    file = fresh / "report" / name
    content = file.read_bytes()
    edited = content.replace(b"fail", b"pass").replace(b"Fail", b"Pass")
    assert edited != content
    file.write_bytes(edited)
    with pytest.raises(ConfigError, match=rf"{name}.*compile"):
        collect(fresh)
