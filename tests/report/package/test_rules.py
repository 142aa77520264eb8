"""Names, manifests, spans of recordings and sentences: the small rules of a package."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.bench.evidence import write_evidence
from harness.core import Datagram, Direction, Record
from harness.report.package.checks.recording_span import span_of
from harness.report.package.checks.rules import check_calibration
from harness.report.package.container.bag import ManifestError, info_bytes, manifest_bytes, parse_info, parse_manifest
from harness.report.package.container.layout import belongs
from harness.report.package.container.one_file import parse_asic_manifest
from harness.report.package.container.paths import decoded, encoded, path_faults
from harness.report.package.outcome import Step
from harness.report.package.wording import load_wording, say


@pytest.mark.parametrize(
    ("path", "fault"),
    [
        ("/etc/passwd", "absolute"), ("C:/x", "absolute"), ("data/../x", "parent"), ("data//x", "parent"), ("data/./x", "parent"),
        ("data/cafe\u0301", "form"), ("data/a\\b", "character"), ("data/a\x00", "character"), ("data/a.", "character"),
        ("data/nul.txt", "reserved"), ("data/COM1", "reserved"), ("data/" + "x" * 200, "length"),
    ],
)  # fmt: skip
def test_unsafe_path_is_named(path: str, fault: str) -> None:
    assert (path, fault) in path_faults([path])


def test_paths_that_some_systems_take_for_one_are_named() -> None:
    assert path_faults(["data/a", "data/A"]) == [("data/A", "case")]
    assert path_faults(["data/a", "data/a"]) == [("data/a", "twice")]
    assert path_faults(["data/a", "data/a/b"]) == [("data/a/b", "prefix")]
    assert path_faults(["data/a/b", "data/a/c", "data/校准.pdf"]) == []


@given(st.text(min_size=1).filter(lambda text: not re.search(r"[\ud800-\udfff]", text)))
def test_path_survives_a_manifest(path: str) -> None:
    assert decoded(encoded(path)) == path
    if path.strip() == path and not path.startswith("*"):
        assert parse_manifest(manifest_bytes({path: "ab" * 32})) == {path: "ab" * 32}


def test_manifest_lines_are_in_bytewise_order() -> None:
    content = manifest_bytes({"data/é": "00", "data/Z": "01", "data/a": "02"})
    assert [line.split("  ")[1] for line in content.decode().splitlines()] == ["data/Z", "data/a", "data/é"]


@pytest.mark.parametrize("content", [b"zz  data/a\n", b"ab\n", b"ab  x\nab  x\n", b"\xff\xfe"])
def test_broken_manifest_is_refused(content: bytes) -> None:
    with pytest.raises(ManifestError):
        parse_manifest(content)


def test_value_of_bag_info_cannot_start_another_field() -> None:
    assert parse_info(info_bytes({"Organization": "A\nExternal-Identifier: forged"})) == {"Organization": "A External-Identifier: forged"}
    with pytest.raises(ManifestError, match="stated twice"):
        parse_info(b"A: 1\nA: 2\n")


@pytest.mark.parametrize("path", ["fetch.txt", "tagmanifest-sha512.txt", "seal/other.txt", "data/other/x", "data/file", "META-INF/x"])
def test_file_that_the_layout_does_not_know_does_not_belong(path: str) -> None:
    assert not belongs(path)


@pytest.mark.parametrize("content", [b"<x/>", b"<!DOCTYPE x><x/>", b"no xml"])
def test_broken_asic_manifest_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        parse_asic_manifest(content)


def test_every_sentence_has_both_languages_and_the_same_places() -> None:
    for key, row in load_wording().items():
        assert row["zh"], key
        assert row["en"], key
        assert set(re.findall(r"\{(\w+)\}", row["zh"])) == set(re.findall(r"\{(\w+)\}", row["en"])), key


def test_every_sentence_that_the_code_uses_exists() -> None:
    folder = Path(__file__).resolve().parents[3] / "harness/report/package"
    source = "".join(file.read_text("utf-8") for file in folder.rglob("*.py"))
    used = set(re.findall(r'"((?:v\d+|end|step|status|role|fault)\.\w+)"', source))
    assert used <= load_wording().keys()
    assert {key for key in load_wording() if re.match(r"v\d+\.", key)} <= used


def test_package_cannot_steer_the_terminal() -> None:
    assert "\x1b" not in say("v1.extra", path="data/\x1b[2Jx")["en"]


def test_span_of_a_recording_is_read_without_decoding(tmp_path: Path) -> None:
    import can

    file = tmp_path / "a.blf"
    with can.BLFWriter(file) as writer:
        for index in range(5000):
            writer.on_message_received(can.Message(timestamp=1.5 + index / 1000, arbitration_id=1, data=bytes(8)))
    span = span_of(file, "blf")
    assert span is not None
    assert span.frames == 5000
    assert span.length_s is not None
    assert abs(span.length_s - Decimal("4.999")) < Decimal("0.000001")
    file.write_bytes(file.read_bytes()[:2000])
    with pytest.raises(ValueError, match="damaged BLF"):
        span_of(file, "blf")
    lines = tmp_path / "a.jsonl"
    lines.write_text('{"t_ns": 1000000000}\n{"t_ns": 3500000000}\n', "utf-8")
    found = span_of(lines, "jsonl")
    assert found is not None
    assert (found.frames, found.length_s) == (2, Decimal("2.5"))


def test_span_of_a_network_recording_is_that_of_its_packets(tmp_path: Path) -> None:
    pdus = [(ns, Datagram(b"x", "[fe80::a]:1", "[ff02::1]:15118")) for ns in (1_000_000_000, 2_000_000_001, 3_500_000_000)]
    records = [Record(n, ns, ns, "charge", Direction.RX, "truck", pdu) for n, (ns, pdu) in enumerate(pdus, 1)]
    file = write_evidence(tmp_path / "a", records)
    found = span_of(file, "pcapng")
    assert found is not None
    assert (found.frames, found.length_s) == (3, Decimal("2.5"))
    file.write_bytes(file.read_bytes()[:-2])
    with pytest.raises(ValueError, match="damaged or cut off"):
        span_of(file, "pcapng")


def _row(**changes: Any) -> dict[str, Any]:
    row = {
        "id": "X-1", "reason_code": "", "attempts": [{}], "equipment": ["EQ-1"], "method": {"id": "GB/T 27930-2015"},
        "execution": {"started_at": "2026-07-01T09:00:00+08:00", "ended_at": "2026-07-01T09:01:00+08:00"}, "verdict": "pass", "checks": [],
    }  # fmt: skip
    return {**row, **changes}


@pytest.mark.parametrize(
    ("row", "cal", "keys"),
    [
        (_row(), {"date": "2026-01-01", "due": "2027-01-01"}, set()),
        (_row(), {"date": "2025-01-01", "due": "2026-06-30"}, {"v11.due"}),
        (_row(), {"date": "2026-08-01", "due": "2027-01-01"}, {"v11.due"}),
        (_row(), {"date": "soon", "due": "later"}, {"v11.due"}),
        (_row(verdict="inconc", reason_code="CAL_EXPIRED"), {"date": "2025-01-01", "due": "2026-06-30"}, set()),
        (_row(verdict="fail", reason_code="EXPECTATION"), {"date": "2025-01-01", "due": "2026-06-30"}, set()),
        (
            _row(execution={"started_at": "2026-06-30T23:00:00+08:00", "ended_at": "2026-07-01T01:00:00+08:00"}),
            {"date": "2025-01-01", "due": "2026-06-30"},
            {"v11.due"},
        ),
        (_row(equipment=["EQ-9"]), {}, {"v11.unknown"}),
        (_row(), {}, {"v11.due"}),
        (_row(equipment=[], method={"id": "GB/T 27930"}), {}, {"v11.edition"}),
        (_row(equipment=[], method={"id": "PRECERT-swap@0.1.0"}), {}, set()),
        (_row(), {"date": "2026-01-01", "due": "2027-01-01", "sha256": "ab" * 32}, {"v11.certificate"}),
    ],
)
def test_calibration_and_edition_are_judged_at_the_date_of_test(row: Any, cal: dict[str, str], keys: set[str]) -> None:
    results: Any = {"equipment": [{"id": "EQ-1", "cal": cal}], "results": [row]}
    step = Step("V11")
    check_calibration(results, [], {"data/equipment/c.pdf": SimpleNamespace(sha256="cd" * 32)}, step)  # type: ignore[dict-item]
    assert {remark.key for remark in step.remarks if remark.status == "fail"} == keys


def test_auxiliary_tool_needs_no_calibration_and_a_logger_needs_a_time_base() -> None:
    timing = {"value": {"unit": "ms"}}
    valid = {"date": "2026-01-01", "due": "2027-01-01"}
    clock = {"source": "s", "resolution_s": "1", "accuracy_s": "1", "ppm": "1", "sync": "none"}
    for equipment, checks, keys in (
        ({"id": "EQ-1", "kind": "auxiliary"}, [timing], set()),
        ({"id": "EQ-1", "kind": "logger", "cal": valid}, [timing], {"v11.clock"}),
        ({"id": "EQ-1", "kind": "logger", "cal": valid}, [{"value": {"unit": "V"}}, {"value": None}], set()),
        ({"id": "EQ-1", "kind": "logger", "cal": valid, "clock": clock}, [timing], set()),
    ):
        step = Step("V11")
        results: Any = {"equipment": [equipment], "results": [_row(checks=checks)]}
        check_calibration(results, [], {}, step)
        assert {remark.key for remark in step.remarks if remark.status == "fail"} == keys, equipment
