"""T01 to T28: each attack is seen, by the step that has to see it; other tools are asked where they can see it too."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import shutil
import subprocess
import unicodedata
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import bagit
import pypdfium2
import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from harness.case.run.runfolder import canonical_json
from harness.core import ConfigError
from harness.report.package.checks.pdf import check_print
from harness.report.package.container.bag import TAG_MANIFEST
from harness.report.package.container.layout import ATTESTATION, PDF, RESULTS, SIGNATURE, STAMP
from harness.report.package.outcome import Status, Step
from harness.report.package.seal import seal
from harness.report.package.signing.authority import stamp
from harness.report.package.signing.trial_keys import TrialAuthority, trial_keys

JOURNAL, RECORDS, RUN_RESULTS = "data/records/journal.jsonl", "data/records/records.jsonl", "data/records/results.json"
EVIDENCE = "data/evidence/GBT-VP.101/1/charge.blf"


def _bagit_accepts(bag: Path) -> bool:
    try:
        bagit.Bag(str(bag)).validate()
    except bagit.BagError:
        return False
    return True


def _openssl_accepts(bag: Path, root: Path) -> bool:
    command = ["openssl", "cms", "-verify", "-binary", "-purpose", "any", "-inform", "DER", "-in", str(bag / SIGNATURE)]
    command += ["-content", str(bag / TAG_MANIFEST), "-CAfile", str(root), "-out", "/dev/null"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _hanko_accepts(pdf: bytes, workshop: Any) -> list[bool]:
    reader = PdfFileReader(io.BytesIO(pdf))
    context = ValidationContext(trust_roots=list(workshop.roots), allow_fetching=False)
    return [validate_pdf_signature(each, context).bottom_line for each in reader.embedded_regular_signatures]


def _tampered_pdf(workshop: Any, tmp_path: Path, change: Callable[[bytes], bytes]) -> tuple[Path, bytes]:
    bag = workshop.copy(tmp_path)
    pdf = change((bag / PDF).read_bytes())
    (bag / PDF).write_bytes(pdf)
    return bag, pdf


def _update(pdf: bytes, change: Callable[[IncrementalPdfFileWriter], None]) -> bytes:
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    change(writer)
    output = io.BytesIO()
    writer.write(output)
    return output.getvalue()


@pytest.fixture
def root_file(workshop: Any, tmp_path: Path) -> Path:
    file = tmp_path / "root.pem"
    file.write_bytes(workshop.authority.root_pem())
    return file


def test_untouched_package_holds_for_us_and_for_the_witnesses(workshop: Any, root_file: Path) -> None:
    for package in (workshop.bag, workshop.zip, workshop.asice):
        outcome = workshop.verify(package)
        assert outcome.holds, [(step.id, remark.text["en"]) for step in outcome.steps for remark in step.remarks]
    assert _bagit_accepts(workshop.bag)
    assert _openssl_accepts(workshop.bag, root_file)
    assert _hanko_accepts((workshop.bag / PDF).read_bytes(), workshop) == [True, True, True]
    stamped = ["openssl", "ts", "-verify", "-in", str(workshop.bag / STAMP), "-data", str(workshop.bag / TAG_MANIFEST)]
    assert subprocess.run([*stamped, "-CAfile", str(root_file)], capture_output=True, check=False).returncode == 0


# ---- the PDF ----


def test_t01_flipped_bit_in_the_pdf(workshop: Any, tmp_path: Path, failed_keys: Any) -> None:
    def flip(pdf: bytes) -> bytes:
        at = pdf.index(b"\nstream\n", len(pdf) // 3) + 12
        return pdf[:at] + bytes([pdf[at] ^ 1]) + pdf[at + 1 :]

    bag, pdf = _tampered_pdf(workshop, tmp_path, flip)
    assert "v6.broken" in failed_keys(workshop.verify(bag), "V6")
    assert not any(_hanko_accepts(pdf, workshop))


def test_t02_incremental_update_of_the_catalogue(workshop: Any, tmp_path: Path, failed_keys: Any) -> None:
    def relabel(writer: IncrementalPdfFileWriter) -> None:
        writer.root["/PageLabels"] = generic.DictionaryObject()
        writer.update_root()

    bag, pdf = _tampered_pdf(workshop, tmp_path, lambda content: _update(content, relabel))
    assert "v6.modified" in failed_keys(workshop.verify(bag), "V6")
    assert not all(_hanko_accepts(pdf, workshop))


def test_t03_page_overlaid_by_an_incremental_update(workshop: Any, tmp_path: Path, failed_keys: Any) -> None:
    def overlay(writer: IncrementalPdfFileWriter) -> None:
        white = generic.StreamObject(stream_data=b"1 1 1 rg 0 0 600 850 re f")
        writer.add_stream_to_page(0, writer.add_object(white))

    bag, pdf = _tampered_pdf(workshop, tmp_path, lambda content: _update(content, overlay))
    assert "v6.modified" in failed_keys(workshop.verify(bag), "V6")
    assert not all(_hanko_accepts(pdf, workshop))


def test_t04_saved_again_by_another_tool(workshop: Any, tmp_path: Path, failed: Any) -> None:
    def save(pdf: bytes) -> bytes:
        output = io.BytesIO()
        pypdfium2.PdfDocument(pdf).save(output)
        return output.getvalue()

    bag, _ = _tampered_pdf(workshop, tmp_path, save)
    assert "V6" in failed(workshop.verify(bag))


def test_t05_signatures_stripped(workshop: Any, tmp_path: Path, failed_keys: Any) -> None:
    unsigned = workshop.collected.payload[PDF].read_bytes()
    bag, pdf = _tampered_pdf(workshop, tmp_path, lambda _: unsigned)
    assert {"v6.none", "v6.missing"} <= failed_keys(workshop.verify(bag), "V6")
    assert _hanko_accepts(pdf, workshop) == []


def test_t06_bytes_appended_after_the_end(workshop: Any, tmp_path: Path, failed_keys: Any) -> None:
    bag, pdf = _tampered_pdf(workshop, tmp_path, lambda content: content + b"\n% one more thing\n")
    assert failed_keys(workshop.verify(bag), "V6") == {"v6.coverage"}
    assert all(_hanko_accepts(pdf, workshop))  # off-the-shelf tools do not see it


def test_t07_file_cut_back_to_the_first_signature(workshop: Any, tmp_path: Path, failed_keys: Any, rebag: Any) -> None:
    def cut(pdf: bytes) -> bytes:
        first = PdfFileReader(io.BytesIO(pdf)).embedded_regular_signatures[0]
        return pdf[: int(first.byte_range[2]) + int(first.byte_range[3])]

    bag, pdf = _tampered_pdf(workshop, tmp_path, cut)
    outcome = workshop.verify(bag)
    assert "v6.missing" in failed_keys(outcome, "V6")
    assert outcome.step("V2").status is Status.FAIL
    assert _hanko_accepts(pdf, workshop) == [True]  # what is left is fully valid


def test_t08_other_key_with_the_same_subject(workshop: Any, tmp_path: Path, failed_keys: Any) -> None:
    stranger = trial_keys(TrialAuthority.create(workshop.authority.now))
    outcome = workshop.verify(workshop.sealed(tmp_path, {}, keys=stranger))
    assert "v4.untrusted" in failed_keys(outcome, "V4")
    assert "v6.untrusted" in failed_keys(outcome, "V6")
    assert "v5.untrusted" in failed_keys(outcome, "V5")


def test_t09_attachment_swapped_by_an_incremental_update(workshop: Any, tmp_path: Path, failed_keys: Any) -> None:
    def swap(writer: IncrementalPdfFileWriter) -> None:
        spec = writer.root["/Names"]["/EmbeddedFiles"]["/Names"][1]
        other = generic.StreamObject(dict_data={generic.pdf_name("/Type"): generic.pdf_name("/EmbeddedFile")}, stream_data=b"{}")
        reference = writer.add_object(other)
        for key in ("/F", "/UF"):
            spec["/EF"][key] = reference
        writer.update_container(spec["/EF"])

    bag, _ = _tampered_pdf(workshop, tmp_path, lambda content: _update(content, swap))
    outcome = workshop.verify(bag)
    assert "v7.differs" in failed_keys(outcome, "V7")
    assert "v6.modified" in failed_keys(outcome, "V6")


# ---- the bag ----


@pytest.mark.parametrize("attack", ["changed", "deleted", "added", "renamed"])
def test_t10_payload_changed(attack: str, workshop: Any, tmp_path: Path, failed: Any) -> None:
    bag = workshop.copy(tmp_path)
    file = bag / EVIDENCE
    match attack:
        case "changed":
            file.write_bytes(file.read_bytes()[:-1] + b"\x01")
        case "deleted":
            file.unlink()
        case "added":
            (bag / "data/evidence/GBT-VP.101/1/extra.blf").write_bytes(b"")
        case "renamed":
            file.rename(file.with_name("pilot.blf"))
    assert "V2" in failed(workshop.verify(bag))
    assert not _bagit_accepts(bag)


def test_t11_bag_info_edited(workshop: Any, tmp_path: Path, failed: Any) -> None:
    bag = workshop.copy(tmp_path)
    info = bag / "bag-info.txt"
    info.write_text(info.read_text("utf-8").replace("Bagging-Date: 2026-07-01", "Bagging-Date: 2026-08-01"), "utf-8")
    assert failed(workshop.verify(bag)) == {"V3"}
    assert not _bagit_accepts(bag)


def test_t12_payload_and_all_manifests_rewritten(workshop: Any, tmp_path: Path, failed_keys: Any, rebag: Any, root_file: Path) -> None:
    bag = workshop.copy(tmp_path)
    html = bag / "data/report/report.html"
    html.write_text(html.read_text("utf-8").replace("不符合", "符合"), "utf-8")
    rebag(bag)
    outcome = workshop.verify(bag)
    assert outcome.step("V2").status in (Status.OK, Status.NOTE)
    assert "v4.broken" in failed_keys(outcome, "V4")
    assert _bagit_accepts(bag)  # a bag alone proves nothing
    assert not _openssl_accepts(bag, root_file)


def test_t13_tag_manifest_removed_and_bag_info_edited(workshop: Any, tmp_path: Path, failed_keys: Any) -> None:
    bag = workshop.copy(tmp_path)
    (bag / TAG_MANIFEST).unlink()
    (bag / "bag-info.txt").write_text((bag / "bag-info.txt").read_text("utf-8") + "Contact-Name: nobody\n", "utf-8")
    assert failed_keys(workshop.verify(bag), "V3") == {"v3.missing"}
    assert _bagit_accepts(bag)


def test_t14_extra_file_at_the_top(workshop: Any, tmp_path: Path, failed_keys: Any) -> None:
    bag = workshop.copy(tmp_path)
    (bag / "README.txt").write_text("accepted", "utf-8")
    assert failed_keys(workshop.verify(bag), "V1") == {"v1.extra"}
    assert _bagit_accepts(bag)


def test_t15_empty_folder(workshop: Any, tmp_path: Path, failed_keys: Any) -> None:
    bag = workshop.copy(tmp_path)
    (bag / "data/evidence/GBT-VP.999").mkdir()
    assert failed_keys(workshop.verify(bag), "V1") == {"v1.empty"}
    assert _bagit_accepts(bag)


def test_t16_link_to_the_same_content_outside(workshop: Any, tmp_path: Path, failed_keys: Any) -> None:
    bag = workshop.copy(tmp_path)
    outside = tmp_path / "outside.blf"
    shutil.move(bag / EVIDENCE, outside)
    (bag / EVIDENCE).symlink_to(outside)
    assert "v1.link" in failed_keys(workshop.verify(bag), "V1")


def test_t17_manifest_line_that_points_outside(workshop: Any, tmp_path: Path, failed_keys: Any) -> None:
    bag = workshop.copy(tmp_path)
    manifest = bag / "manifest-sha256.txt"
    manifest.write_text(manifest.read_text("utf-8") + f"{'0' * 64}  data/../../outside.txt\n", "utf-8")
    assert failed_keys(workshop.verify(bag), "V1") == {"v1.manifest_line"}
    assert not _bagit_accepts(bag)


def test_t18_name_in_another_normal_form(workshop: Any, tmp_path: Path, failed: Any) -> None:
    bag = workshop.copy(tmp_path)
    file = next((bag / "data/equipment").iterdir())
    file.rename(file.with_name(unicodedata.normalize("NFD", file.name)))
    assert {"V1", "V2"} <= failed(workshop.verify(bag))


# ---- one-file forms ----


@pytest.mark.parametrize(("attack", "key"), [("changed", "v1.asic_digest"), ("extra", "v1.asic_unsigned"), ("missing", "v1.asic_missing")])
def test_t19_asic_member_changed(attack: str, key: str, workshop: Any, tmp_path: Path, failed_keys: Any) -> None:
    package, victim = tmp_path / "package.asice", f"{workshop.bag.name}/{RESULTS}"
    with zipfile.ZipFile(workshop.asice) as source, zipfile.ZipFile(package, "w") as target:
        for member in source.infolist():
            content = source.read(member)
            if member.filename == victim and attack == "missing":
                continue
            target.writestr(member, b"{}" if member.filename == victim and attack == "changed" else content)
        if attack == "extra":
            target.writestr(f"{workshop.bag.name}/data/results/extra.json", "{}")
    assert key in failed_keys(workshop.verify(package), "V1")


def test_t20_zip_with_a_name_twice(workshop: Any, tmp_path: Path, failed_keys: Any) -> None:
    package = tmp_path / "package.zip"
    shutil.copyfile(workshop.zip, package)
    with zipfile.ZipFile(package, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr(f"{workshop.bag.name}/{RESULTS}", b"{}")
    outcome = workshop.verify(package)
    assert "fault.twice" in failed_keys(outcome, "V1")
    assert outcome.step("V2").status is Status.SKIPPED  # nothing of it was unpacked


def _with_comment(content: bytes) -> bytes:
    return content[:-2] + (5).to_bytes(2, "little") + b"extra"


@pytest.mark.parametrize(
    "change",
    [lambda content: b"extra" + content, lambda content: content + b"extra", _with_comment],
    ids=["before", "behind", "comment"],
)
def test_zip_with_data_that_its_directory_does_not_list(
    change: Callable[[bytes], bytes], workshop: Any, tmp_path: Path, failed_keys: Any
) -> None:
    package = tmp_path / "package.zip"
    package.write_bytes(change(workshop.zip.read_bytes()))
    with zipfile.ZipFile(package) as archive:
        assert archive.testzip() is None
    assert failed_keys(workshop.verify(package), "V1") == {"v1.hidden"}


def test_zip_whose_members_are_named_otherwise_in_their_headers(workshop: Any, tmp_path: Path, failed_keys: Any) -> None:
    package = tmp_path / "package.zip"
    package.write_bytes(workshop.zip.read_bytes().replace(b"/bagit.txt", b"/bagit.bat", 1))
    assert failed_keys(workshop.verify(package), "V1") == {"v1.headers"}


# ---- seal ----


def test_t21_time_stamp_of_another_file(workshop: Any, tmp_path: Path, failed_keys: Any, root_file: Path) -> None:
    bag = workshop.copy(tmp_path)
    (bag / STAMP).write_bytes(stamp(bytes(32), workshop.keys.authority))
    assert "v5.imprint" in failed_keys(workshop.verify(bag), "V5")
    command = ["openssl", "ts", "-verify", "-in", str(bag / STAMP), "-data", str(bag / TAG_MANIFEST), "-CAfile", str(root_file)]
    assert subprocess.run(command, capture_output=True, check=False).returncode != 0


def test_t22_attestation_turned_from_failed_to_passed(workshop: Any, tmp_path: Path, failed_keys: Any) -> None:
    bag = workshop.copy(tmp_path)
    envelope = json.loads((bag / ATTESTATION).read_bytes())
    payload = base64.b64decode(envelope["payload"])
    assert b'"result":"FAILED"' in payload
    envelope["payload"] = base64.b64encode(payload.replace(b'"result":"FAILED"', b'"result":"PASSED"')).decode("ascii")
    (bag / ATTESTATION).write_bytes(canonical_json(envelope))
    assert failed_keys(workshop.verify(bag), "V4") == {"v4.unreadable"}


@pytest.mark.parametrize("file", [STAMP, ATTESTATION])
def test_part_of_the_seal_removed(file: str, workshop: Any, tmp_path: Path, failed_keys: Any) -> None:
    bag = workshop.copy(tmp_path)
    (bag / file).unlink()
    assert _bagit_accepts(bag)
    assert failed_keys(workshop.verify(bag), "V4") == {"v4.dropped"}


# ---- before sealing: every hash is right ----


def _whitewash(results: Any) -> None:
    row = next(row for row in results["results"] if row["verdict"] == "fail")
    row.update(verdict="pass", reason="", reason_code="")
    row["attempts"][0].update(verdict="pass", reason="", reason_code="")
    for check in row["checks"]:
        check["verdict"] = "pass"
    for counts in (results["counts"], *(suite["counts"] for suite in results["suites"])):
        counts["pass"] += 1
        counts["fail"] -= 1


def test_t23_verdict_changed_in_the_results(workshop: Any, tmp_path: Path, failed_keys: Any, edited: Any) -> None:
    changes = {RESULTS: edited(workshop.collected, RESULTS, _whitewash)}
    outcome = workshop.verify(workshop.sealed(tmp_path, changes), recompute=True)
    assert {"v8.invariant", "v8.differs", "v8.recomputed"} <= failed_keys(outcome, "V8")
    assert outcome.step("V2").status in (Status.OK, Status.NOTE)


def test_t23_verdict_changed_in_results_and_records(workshop: Any, tmp_path: Path, failed_keys: Any, edited: Any) -> None:
    def soften(document: Any) -> None:
        for check in document["checks"]:
            check["verdict"] = "pass"
        document.update(verdict="pass", reason="", reason_code="", failure=None)

    lines = []
    for line in workshop.collected.payload[RECORDS].read_bytes().splitlines():
        record = json.loads(line)
        if record["verdict"] == "fail":
            soften(record)
        lines.append(canonical_json(record))
    changes = {
        RESULTS: edited(workshop.collected, RESULTS, _whitewash),
        RUN_RESULTS: edited(workshop.collected, RUN_RESULTS, _whitewash),
        RECORDS: b"".join(lines),
    }
    outcome = workshop.verify(workshop.sealed(tmp_path, changes))
    assert {"v10.verdict", "v10.results_file"} <= failed_keys(outcome, "V10")


def _swapped_evidence(workshop: Any, edited: Any, old: bytes) -> dict[str, bytes]:
    """Records and results that name an older trace."""
    digest = hashlib.sha256(old).hexdigest()

    def swap(results: Any) -> None:
        for row in results["results"]:
            for holder in (row, *row["attempts"]):
                for evidence in holder["evidence"]:
                    if evidence["path"] == EVIDENCE.removeprefix("data/"):
                        evidence["sha256"] = digest

    records = []
    for line in workshop.collected.payload[RECORDS].read_bytes().splitlines():
        record = json.loads(line)
        for evidence in record["evidence"]:
            if evidence["path"] == EVIDENCE.removeprefix("data/"):
                evidence["sha256"] = digest
        records.append(canonical_json(record))
    return {
        EVIDENCE: old,
        RECORDS: b"".join(records),
        RESULTS: edited(workshop.collected, RESULTS, swap),
        RUN_RESULTS: edited(workshop.collected, RUN_RESULTS, swap),
    }


@pytest.fixture(scope="session")
def older_trace(tmp_path_factory: pytest.TempPathFactory, make_run: Callable[..., Path]) -> bytes:
    run = make_run(tmp_path_factory.mktemp("older") / "run", ids=("GBT-VP.301",))
    return (run / "evidence/GBT-VP.301/1/charge.blf").read_bytes()


def test_t24_evidence_replaced_by_an_older_trace(workshop: Any, tmp_path: Path, failed_keys: Any, edited: Any, older_trace: bytes) -> None:
    outcome = workshop.verify(workshop.sealed(tmp_path, _swapped_evidence(workshop, edited, older_trace)))
    assert {"v10.other_evidence", "v10.outside"} <= failed_keys(outcome, "V10")


def test_t24_older_trace_with_a_forged_journal_does_not_fit_the_times(
    workshop: Any, tmp_path: Path, failed_keys: Any, edited: Any, older_trace: bytes, rechain: Any
) -> None:
    changes = _swapped_evidence(workshop, edited, older_trace)
    journal = [json.loads(line) for line in workshop.collected.payload[JOURNAL].read_bytes().splitlines()]
    for line in journal:
        if line["data"].get("id") == "GBT-VP.101":
            line["data"]["evidence"] = {EVIDENCE.removeprefix("data/"): hashlib.sha256(older_trace).hexdigest()}
        if line["event"] == "run_finished":
            line["data"]["results_sha256"] = hashlib.sha256(changes[RUN_RESULTS]).hexdigest()
    outcome = workshop.verify(workshop.sealed(tmp_path, {**changes, JOURNAL: rechain(journal)}))
    assert failed_keys(outcome, "V10") == {"v10.outside"}


def test_t25_calibration_date_moved(workshop: Any, tmp_path: Path, report_folder: Any, failed_keys: Any, edited: Any) -> None:
    from harness.report.package.collect import collect

    instrument = {"id": "EQ-1", "name": "meter", "cal": {"cert": "C-1", "date": "2024-01-01", "due": "2025-01-01"}}
    collected = collect(report_folder("calibrated", ("GBT-VP.101",), equipment=[instrument]))
    assert collected.results["equipment"] == [instrument]

    def move(results: Any) -> None:
        results["equipment"][0]["cal"]["due"] = "2027-01-01"

    bag = workshop.sealed(tmp_path, {**collected.payload, RESULTS: edited(collected, RESULTS, move)})
    assert "v11.moved" in failed_keys(workshop.verify(bag), "V11")


def test_t26_row_dropped_from_the_results(workshop: Any, tmp_path: Path, failed_keys: Any, edited: Any) -> None:
    def drop(results: Any) -> None:
        row = next(row for row in results["results"] if row["verdict"] == "fail")
        results["results"].remove(row)
        results["plan"]["cases"].remove(row["id"])
        for counts in (results["counts"], *(suite["counts"] for suite in results["suites"])):
            counts["planned"] -= 1
            counts["fail"] -= 1

    outcome = workshop.verify(workshop.sealed(tmp_path, {RESULTS: edited(workshop.collected, RESULTS, drop)}))
    assert "v8.plan" in failed_keys(outcome, "V8")


def test_t27_pdf_of_another_report(workshop: Any, tmp_path: Path, failed_keys: Any) -> None:
    outcome = workshop.verify(workshop.sealed(tmp_path, {PDF: workshop.other.payload[PDF].read_bytes()}))
    assert failed_keys(outcome, "V7") == {"v7.differs", "v7.number"}
    assert outcome.step("V6").status is Status.OK


def test_t28_clock_set_back_before_sealing(workshop: Any, tmp_path: Path, failed_keys: Any) -> None:
    past = workshop.authority.now - timedelta(hours=12)
    with pytest.raises(ConfigError, match="nothing was sealed: V5"):
        seal(workshop.other, workshop.keys, tmp_path / "checked", clock=lambda: past)
    assert list((tmp_path / "checked").iterdir()) == []
    forged = seal(workshop.other, workshop.keys, tmp_path / "forged", clock=lambda: past, check=False)
    (workshop.other.folder / "sealed.json").unlink()
    assert failed_keys(workshop.verify(forged.paths[0]), "V5") == {"v5.clock"}


@pytest.mark.parametrize(
    ("change", "key"),
    [
        (lambda results: results["results"][1]["checks"][1]["value"].update(v="4.900000000"), "v9.row"),
        (lambda results: results["results"][0].update(verdict="inconc"), "v9.row"),
        (lambda results: results["results"][0].update(id="GBT-VP.999"), "v9.row"),
        (lambda results: results["counts"].update({"pass": 2, "fail": 0}), "v9.counts"),
        (lambda results: results["report"].update(number="PC-OTHER"), "v9.pages"),
    ],
)
def test_pdf_that_prints_something_else_than_the_results(
    change: Callable[[Any], None], key: str, workshop: Any, edited: Any, failed_keys: Any
) -> None:
    pdf, content = (workshop.bag / PDF).read_bytes(), edited(workshop.collected, RESULTS, change)
    step = Step("V9")
    sha256 = hashlib.sha256((workshop.bag / RESULTS).read_bytes()).hexdigest()
    check_print(pdf, json.loads(content), sha256, step)
    assert {remark.key for remark in step.remarks} == {key}
    other = Step("V9")
    check_print(pdf, workshop.collected.results, "0" * 64, other)
    assert [remark.key for remark in other.remarks] == ["v9.hash"]


@pytest.mark.parametrize(
    ("place", "old", "new", "key"),
    [
        ("data/report/report.html", 'data-verdict="fail"', 'data-verdict="pass"', "v9.page"),
        ("data/report/report.html", "不符合", "符合", "v9.page"),
        ("data/results/junit.xml", "<failure", "<system-out", "v9.export"),
        ("data/results/ctrf.json", '"failed"', '"passed"', "v9.export"),
        ("data/results/traceability.csv", "fail", "pass", "v9.export"),
    ],
)
def test_page_or_export_that_says_something_else_is_found_out_under_a_valid_seal(
    place: str, old: str, new: str, key: str, workshop: Any, tmp_path: Path, failed_keys: Any
) -> None:
    content = (workshop.bag / place).read_text("utf-8")
    assert old in content
    bag = workshop.sealed(tmp_path, {place: content.replace(old, new).encode("utf-8")})
    assert failed_keys(workshop.verify(bag), "V9") == {key}


def test_export_of_another_version_is_not_compared_and_that_is_said(workshop: Any, tmp_path: Path) -> None:
    tools = json.loads((workshop.bag / "data/env/tool-versions.json").read_bytes())
    tools["sealed_with"]["precert"] = "9.9.9"
    changes = {"data/env/tool-versions.json": json.dumps(tools).encode(), "data/results/ctrf.json": b"{}\n"}
    step = workshop.verify(workshop.sealed(tmp_path, changes)).step("V9")
    assert step.status is Status.UNPROVEN
    assert any("9.9.9" in remark.text["en"] for remark in step.remarks)
