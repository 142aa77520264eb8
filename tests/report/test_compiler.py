"""The finished report: everything of the run is in it, the same bytes every time, marked on every page, nothing claimed."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping
from contextlib import closing
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pypdfium2
import pytest

from harness.case.run.runfolder import write_atomic
from harness.core import ConfigError
from harness.report import fonts
from harness.report.claims import forbidden_claims
from harness.report.compiler import Compiled, compile_report, write_report
from harness.report.lab import load_lab
from harness.report.package.checks.pdf import check_print
from harness.report.package.outcome import Status, Step
from harness.report.pages.sheets import anchor_of

MakeRun = Callable[..., Path]


@pytest.fixture(scope="module")
def compiled(demo_run: Path, standards: Mapping[str, Any]) -> Compiled:
    return compile_report([demo_run], None, standards)


@pytest.fixture(scope="module")
def page(compiled: Compiled) -> str:
    return compiled.files["report.html"].decode("utf-8")


@pytest.fixture(scope="module")
def pdf_pages(compiled: Compiled, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Text of each page of the PDF."""
    return _pdf_pages(compiled.files["report.pdf"], tmp_path_factory.mktemp("pdf"))


def _pdf_pages(content: bytes, folder: Path) -> list[str]:
    tool = shutil.which("pdftotext")
    if tool is None:
        pytest.skip("needs pdftotext (package poppler-utils)")
    file = folder / "report.pdf"
    file.write_bytes(content)
    done = subprocess.run([tool, "-layout", str(file), "-"], check=True, capture_output=True)
    return done.stdout.decode("utf-8").split("\f")[:-1]


def _reading_order(content: bytes, folder: Path) -> list[str]:
    """Text of each page in the order of its contents, so that a cell with several lines stays together."""
    (folder / "ordered.pdf").write_bytes(content)
    done = subprocess.run(["pdftotext", "-raw", str(folder / "ordered.pdf"), "-"], check=True, capture_output=True)
    return done.stdout.decode("utf-8").split("\f")[:-1]


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.sources: list[str] = []
        self.ids: list[str] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.sources += [value or "" for name, value in attrs if name in ("src", "href", "srcset", "action", "poster", "data")]
        self.ids += [value or "" for name, value in attrs if name == "id"]


def test_results_go_out_unchanged(compiled: Compiled, demo_run: Path) -> None:
    assert compiled.files["results.json"] == (demo_run / "results.json").read_bytes()
    assert compiled.files["junit.xml"] == (demo_run / "junit.xml").read_bytes()


def test_every_page_says_simulation_and_not_accredited_and_its_number(pdf_pages: list[str], compiled: Compiled) -> None:
    short = hashlib.sha256(compiled.files["results.json"]).hexdigest()[:16]
    number = compiled.results["report"]["number"]
    assert len(pdf_pages) > 30
    for index, words in enumerate(pdf_pages, 1):
        for expected in ("仿真 SIMULATION", "非认可结果 Not accredited", number, short, f"第 {index} 页 共 {len(pdf_pages)} 页"):
            assert expected in words, f"page {index} lacks '{expected}'"
        assert f"Page {index} of {len(pdf_pages)}" in words


def test_cover_has_the_title_and_the_statement(pdf_pages: list[str]) -> None:
    cover = re.sub(r"\s+", "", pdf_pages[0])
    assert "预认证检测报告" in cover
    assert "不代表任何认可或认证结论" in cover
    assert "isnotacertificationdecision" in cover or "arenotacertificationdecision" in cover


def test_last_page_ends_with_the_end_mark(pdf_pages: list[str]) -> None:
    lines = [line.strip() for line in pdf_pages[-1].splitlines() if line.strip()]
    assert lines[-2] == "—— 报告结束 End of report ——"


def test_every_planned_case_has_one_row_and_one_sheet(page: str, compiled: Compiled) -> None:
    links = _Links()
    links.feed(page)
    for case_id in compiled.results["plan"]["cases"]:
        assert links.ids.count(f"case-{case_id}") == 1
        assert f"#case-{case_id}" in links.sources


def test_page_has_verdict_words_of_every_kind_in_both_languages(page: str) -> None:
    for words in (
        "符合",
        "不符合",
        "无法判定",
        "不适用",
        "未检测",
        "测试异常",
        "Pass",
        "Fail",
        "Inconclusive",
        "Not applicable",
        "Not tested",
    ):
        assert f">{words}<" in page


def test_pdf_prints_values_limits_and_the_failure_excerpt(pdf_pages: list[str]) -> None:
    words = "\n".join(pdf_pages)
    assert "5.4000000 s" in words
    assert "≤ 5 s" in words
    assert "225 – 275 ms" in words
    assert "182756F4#4C1D" in words
    assert "VIN LPRECERT000000001" in words


def test_nothing_forbidden_is_claimed(page: str, pdf_pages: list[str], compiled: Compiled) -> None:
    body = re.sub(r"<(style|script)>.*?</\1>", "", page, flags=re.DOTALL)
    assert forbidden_claims(unescape(re.sub(r"<[^>]*>", " ", body))) == []
    assert forbidden_claims("\n".join(pdf_pages)) == []
    assert all(forbidden_claims(name) == [] for name in compiled.files)


def test_chinese_glyphs_are_the_simplified_ones(compiled: Compiled, tmp_path: Path) -> None:
    tool = shutil.which("pdffonts")
    if tool is None:
        pytest.skip("needs pdffonts (package poppler-utils)")
    (tmp_path / "report.pdf").write_bytes(compiled.files["report.pdf"])
    listed = subprocess.run([tool, str(tmp_path / "report.pdf")], check=True, capture_output=True, text=True).stdout.splitlines()[2:]
    assert listed
    assert all("CJKsc" in line.split()[0] for line in listed), listed


def test_pdf_declares_the_archival_and_accessible_standards(compiled: Compiled) -> None:
    content = compiled.files["report.pdf"]
    assert b"<pdfaid:part>3</pdfaid:part>" in content
    assert b"<pdfuaid:part>1</pdfuaid:part>" in content


def test_same_run_gives_the_same_bytes(small_run: Path, standards: Mapping[str, Any]) -> None:
    one, two = (compile_report([small_run], None, standards) for _ in range(2))
    assert {name: hashlib.sha256(content).hexdigest() for name, content in one.files.items()} == {
        name: hashlib.sha256(content).hexdigest() for name, content in two.files.items()
    }


def test_pictures_are_well_formed_and_without_outside_references(compiled: Compiled) -> None:
    pictures = {name: content for name, content in compiled.files.items() if name.startswith("plots/")}
    assert len(pictures) > 40
    for name, content in pictures.items():
        root = ElementTree.fromstring(content)
        assert root.tag.endswith("svg"), name
        targets = [value for element in root.iter() for key, value in element.attrib.items() if key.endswith("href")]
        assert all(target.startswith("#") for target in targets), name


def test_killed_run_names_what_was_not_tested(tmp_path: Path, make_run: MakeRun, standards: Mapping[str, Any]) -> None:
    path = make_run(tmp_path / "killed", ids=("GBT-VP.101", "GBT-VP.402"), finish=False)
    report = compile_report([path], None, standards)
    page = report.files["report.html"].decode("utf-8")
    assert "不得视为符合：GBT-VP.402。" in page
    assert "did not come to its end" in page
    assert not report.passed


def test_pdf_leaves_out_the_sheets_of_passed_rows_when_asked(small_run: Path, tmp_path: Path, standards: Mapping[str, Any]) -> None:
    report = compile_report([small_run], None, standards, all_sheets=False)
    ordered = _reading_order(report.files["report.pdf"], tmp_path)
    details = next(number for number, text in enumerate(ordered) if "未判为符合的项目" in text)
    assert "the detail sheets of the items that did not pass" in " ".join(ordered[details].split())
    after = "".join(ordered[details:])
    assert "目的 Purpose" in after
    assert re.findall(r"^\d+\.\d+\s+(GBT-\S+)", after, re.MULTILINE) == ["GBT-VP.104"]
    links = _Links()
    links.feed(report.files["report.html"].decode("utf-8"))
    assert {anchor_of(row["id"]) for row in report.results["results"]} <= set(links.ids)
    assert report.results["report"]["sheets"] == "not_passed"
    step = Step("V9")
    check_print(report.files["report.pdf"], report.results, hashlib.sha256(report.files["results.json"]).hexdigest(), step)
    assert step.status is Status.OK


def test_merged_report_names_the_runs(tmp_path: Path, make_run: MakeRun, standards: Mapping[str, Any]) -> None:
    first = make_run(tmp_path / "monday", ids=("GBT-VP.101",))
    second = make_run(tmp_path / "tuesday", ids=("GBT-VP.101",), plan={"sealed_at": "2026-07-02T09:00:00.000+08:00"})
    page = compile_report([first, second], None, standards).files["report.html"].decode("utf-8")
    assert "monday: " in page
    assert "tuesday: " in page
    assert '重试</span> <span class="en" lang="en">retry' in page


def test_measured_run_carries_no_simulation_mark(tmp_path: Path, make_run: MakeRun, standards: Mapping[str, Any]) -> None:
    rig = {"name": "dc-bench", "file": None, "bench_mode": "vehicle", "time": "real", "links": {}, "clock": {"source": "interface"}}
    path = make_run(tmp_path / "vehicle", ids=("GBT-VP.402",), plan={"rig": rig})
    report = compile_report([path], None, standards)
    assert "SIMULATION" not in report.files["report.html"].decode("utf-8")
    assert "SIMULATION" not in "".join(_pdf_pages(report.files["report.pdf"], tmp_path))


@pytest.fixture(scope="module")
def laboratory(tmp_path_factory: pytest.TempPathFactory, vehicle_run: MakeRun, lab_file: MakeRun, standards: Mapping[str, Any]) -> Compiled:
    """The report about a vehicle, with everything that a laboratory adds."""
    folder = tmp_path_factory.mktemp("laboratory")
    sentences = (
        ("zh: 握手由台架触发, en: the bench started the handshake", "zh: 握手由台架触发，而不是由驾驶员在充电口操作, "
         "en: the bench started the handshake where the method lets the driver do so at the inlet"),
        ("en: times count from the first CHM", "en: times count from the first CHM whoever started the handshake and wherever"),
    )  # fmt: skip
    return compile_report([vehicle_run(folder / "run")], load_lab(lab_file(folder, *sentences)), standards)


LABORATORY = (
    "PC-2026-000777", "某某汽车测试部 Some Motors test department", "export@somemotors.test", "合肥 Hefei", "SM-H7", "LPRECERT900000001",
    "PACK-77", "3600100-H7", "1203.5", "SM-H7L", "张三", "李四", "王五", "授权签字人 approver", "赵六 (核查 checker)", "J2026-0815",
    "CNAS L1234", "ILAC-MRA", "2027-01-09", "hardware stamps", "23.4 °C", "V-2026-3", "22.5 – 24 °C (EQ-002)", "40 – 52 % (EQ-002)",
    "三相 400 V three-phase 400 V", "外部试验室 Outside Ltd", "外部 ext", "应答时间接近限值，建议复查。",
    "三次试验的比较 comparison of three runs",
    "In case of a difference between the languages the English text prevails.", "委托 commissioned", "委托方声明的同类车型（未经核实）",
)  # fmt: skip


def test_laboratory_data_are_printed_and_kept_in_the_results(laboratory: Compiled, tmp_path: Path) -> None:
    page = re.sub(r"\s+", "", unescape(re.sub(r"<[^>]*>", "", laboratory.files["report.html"].decode("utf-8"))))
    paper = re.sub(r"\s+", "", "".join(_pdf_pages(laboratory.files["report.pdf"], tmp_path)))
    plain = re.sub(r"\s+", "", "".join(_reading_order(laboratory.files["report.pdf"], tmp_path)))
    for words in LABORATORY:
        dense = re.sub(r"\s+", "", words)
        assert dense in page, words
        assert dense in paper or dense in plain, words
    results = json.loads(laboratory.files["results.json"])
    assert results["report"]["number"] == "PC-2026-000777"
    assert results["people"]["approved"]["name"] == "王五"
    assert laboratory.files["equipment/EQ-001.txt"] == b"calibration of the logger"
    assert "equipment/EQ-001.txt" in laboratory.files["ro-crate-metadata.json"].decode("utf-8")


def test_a_deviation_told_in_sentences_stays_within_the_margins(laboratory: Compiled) -> None:
    with closing(pypdfium2.PdfDocument(laboratory.files["report.pdf"])) as document:
        pages = [page for page in document if "AUTH-19" in re.sub(r"\s+", "", page.get_textpage().get_text_bounded())]
        assert pages
        for page in pages:
            layer, right = page.get_textpage(), page.get_width() - 40
            beyond = [layer.get_text_range(index, 1) for index in range(layer.count_chars()) if layer.get_charbox(index)[2] > right]
            assert not "".join(beyond).strip()


def test_only_what_the_client_supplied_is_marked(laboratory: Compiled) -> None:
    page = unescape(re.sub(r"<[^>]*>", "", laboratory.files["report.html"].decode("utf-8")))
    assert re.search(r"SM-H7\s*◇", page)
    assert re.search(r"SM-H7L\s*◇", page)
    assert not re.search(r"(LPRECERT900000001|某某汽车 Some Motors|export@somemotors\.test|battery-electric tractor)\s*◇", page)


def test_report_without_placeholders_says_nothing_of_a_demo(laboratory: Compiled, page: str) -> None:
    assert "占位内容" not in laboratory.files["report.html"].decode("utf-8")
    assert "占位内容" not in page


def test_demo_is_printed_on_the_cover(tmp_path: Path, vehicle_run: MakeRun, lab_file: MakeRun, standards: Mapping[str, Any]) -> None:
    lab = load_lab(lab_file(tmp_path, ("name: 王五", "name: TODO")), demo=True)
    report = compile_report([vehicle_run(tmp_path / "run", ids=("GBT-VP.101", "GBT-VP.104"))], lab, standards)
    cover = re.sub(r"\s+", "", _pdf_pages(report.files["report.pdf"], tmp_path)[0])
    assert "演示Demo" in cover
    assert "实验室数据为占位内容" in cover
    assert "of no use" in report.files["report.html"].decode("utf-8")


def test_expired_calibration_lowers_the_printed_row_and_the_exit_code(
    tmp_path: Path, vehicle_run: MakeRun, lab_file: MakeRun, standards: Mapping[str, Any]
) -> None:
    run = vehicle_run(tmp_path / "run", ids=("GBT-VP.101",))
    content = lab_file(tmp_path).read_text(encoding="utf-8")
    external = content[content.index("external:") : content.index("opinions:")]
    good = compile_report([run], load_lab(lab_file(tmp_path / "good", (external, ""))), standards)
    late = compile_report([run], load_lab(lab_file(tmp_path / "late", (external, ""), ("due: 2027-01-09", "due: 2026-06-30"))), standards)
    assert (good.passed, late.passed) == (True, False)
    words = unescape(late.files["report.html"].decode("utf-8"))
    assert "CAL_EXPIRED" in words
    assert "（未覆盖检测日期）" in words
    assert "（未覆盖检测日期）" not in unescape(good.files["report.html"].decode("utf-8"))
    lab = lab_file(tmp_path / "air", (external, ""), ("due: 2027-01-09", "due: 2027-01-10"), ("due: 2027-01-09", "due: 2026-06-30"))
    air = compile_report([run], load_lab(lab), standards)
    assert air.passed, "the thermometer carries no row"
    assert "（未覆盖检测日期）" in unescape(air.files["report.html"].decode("utf-8"))
    assert b'type="inconclusive"' in late.files["junit.xml"]


def test_markup_in_data_is_printed_not_obeyed(tmp_path: Path, make_run: MakeRun, standards: Mapping[str, Any]) -> None:
    item = {"role": "truck", "vin": '<b>"x"</b> #eval[1] $x$ */'}
    item["remark"] = '"; } body { display: none } /*'
    path = make_run(tmp_path / "odd", ids=("GBT-VP.402",), plan={"item": item})
    report = compile_report([path], None, standards)
    page = report.files["report.html"].decode("utf-8")
    assert "&lt;b&gt;" in page
    assert "<b>&#34;" not in page
    assert "display: none } /*" not in page.split("</style>")[0].split("@top-left")[1]
    assert any('<b>"x"</b> #eval[1] $x$ */' in words for words in _pdf_pages(report.files["report.pdf"], tmp_path))


def test_characters_that_the_font_lacks_are_printed_as_their_codes(tmp_path: Path, make_run: MakeRun, standards: Mapping[str, Any]) -> None:
    item = {"role": "truck", "vin": "a\x00b\x08c\x7fd \\u0001 شe"}
    path = make_run(tmp_path / "odd", ids=("GBT-VP.402",), plan={"item": item})
    report = compile_report([path], None, standards)
    assert any("a[U+0000]b[U+0008]c[U+007F]d \\u0001 [U+0634]e" in words for words in _pdf_pages(report.files["report.pdf"], tmp_path))
    assert json.loads(report.files["results.json"])["item"]["vin"] == item["vin"], "what was recorded stays as it was"


def test_claim_in_the_data_of_the_run_is_refused(tmp_path: Path, make_run: MakeRun, standards: Mapping[str, Any]) -> None:
    item = {"role": "truck", "vin": "X", "remark": "CNAS accredited"}
    with pytest.raises(ConfigError, match="must not claim"):
        compile_report([make_run(tmp_path / "claim", ids=("GBT-VP.101",), plan={"item": item})], None, standards)


def test_missing_font_names_the_package_and_leaves_nothing(
    small_run: Path, standards: Mapping[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    fonts.font_files.cache_clear()
    fonts.register_fonts.cache_clear()
    monkeypatch.setattr("harness.report.fonts.font_manager.findSystemFonts", lambda **_: [])
    before = sorted(small_run.rglob("*"))
    with pytest.raises(ConfigError, match="install the package fonts-noto-cjk"):
        compile_report([small_run], None, standards)
    assert sorted(small_run.rglob("*")) == before
    fonts.font_files.cache_clear()


@pytest.mark.parametrize("kept", [0.0, 0.3, 0.9])
def test_damaged_font_is_named(
    kept: float, tmp_path: Path, small_run: Path, standards: Mapping[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    damaged = []
    for path in fonts.font_files():
        content = path.read_bytes()
        damaged.append(tmp_path / path.name)
        damaged[-1].write_bytes(content[: int(len(content) * kept)])
    fonts.font_files.cache_clear()
    fonts.register_fonts.cache_clear()
    monkeypatch.setattr("harness.report.fonts.font_manager.findSystemFonts", lambda **_: [str(path) for path in damaged])
    with pytest.raises(ConfigError, match=r"NotoSansCJK-Regular.*cannot be read"):
        compile_report([small_run], None, standards)
    fonts.font_files.cache_clear()


def test_writing_replaces_an_earlier_report_and_its_pictures(tmp_path: Path, small_run: Path, standards: Mapping[str, Any]) -> None:
    out = tmp_path / "out"
    (out / "plots").mkdir(parents=True)
    (out / "plots" / "old.svg").write_text("x")
    report = compile_report([small_run], None, standards)
    written = write_report(report, out)
    exports = {"clauses.json", "ctrf.json", "dtr.xml", "traceability.csv", "ro-crate-metadata.json"}
    assert {path.name for path in written} == {"junit.xml", "report.html", "report.pdf", "results.json", *exports}
    assert not (out / "plots" / "old.svg").exists()
    assert all((out / name).read_bytes() == content for name, content in report.files.items())


@pytest.mark.parametrize("earlier", [False, True])
def test_full_disk_leaves_what_was_there(
    earlier: bool, tmp_path: Path, small_run: Path, standards: Mapping[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    report = compile_report([small_run], None, standards)
    out = tmp_path / "new" / "out"
    if earlier:
        out.mkdir(parents=True)
        (out / "report.pdf").write_bytes(b"earlier")
    calls = []

    def write(path: Path, content: bytes) -> None:
        calls.append(path)
        if len(calls) == 3:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        write_atomic(path, content)

    monkeypatch.setattr("harness.report.compiler.write_atomic", write)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(ConfigError, match="cannot be written: No space left"):
        write_report(report, out)
    assert sorted(tmp_path.rglob("*")) == before
    assert not earlier or (out / "report.pdf").read_bytes() == b"earlier"


def test_output_that_cannot_be_written_is_a_config_error(tmp_path: Path, small_run: Path, standards: Mapping[str, Any]) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("x")
    with pytest.raises(ConfigError, match="cannot be written"):
        write_report(compile_report([small_run], None, standards), blocked)
