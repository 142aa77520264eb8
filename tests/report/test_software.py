"""What a report says of the software that made it, and the files that go out with it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from harness.core import ConfigError
from harness.report import figures
from harness.report.claims_files import claims_in_files, pages_without_banner
from harness.report.compiler import Compiled, compile_report
from harness.report.pages.software import software_view
from harness.report.pdf_text import dense, page_texts
from harness.report.selfcheck import selfcheck
from harness.report.signals import installed_standards


@pytest.fixture(scope="module")
def checked() -> Any:
    return selfcheck(installed_standards())


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory, make_run: Any, standards: Mapping[str, Any], checked: Any) -> Compiled:
    run = make_run(tmp_path_factory.mktemp("software") / "run", ids=("GBT-VP.101", "GBT-VP.104"))
    return compile_report([run], None, standards, checked)


def test_pdf_and_page_print_the_selfcheck_with_the_versions(compiled: Compiled, checked: Any) -> None:
    printed = dense("\n".join(page_texts(compiled.files["report.pdf"])))
    page = compiled.files["report.html"].decode("utf-8")
    for words in ("软件确认", "Software validation", "Decision rules", "判定规则", "python-can", checked["tools"]["python-can"]):
        assert dense(words) in printed
        assert words in page
    assert json.loads(compiled.files["selfcheck.json"]) == checked


def test_a_selfcheck_that_fails_says_that_the_results_must_not_be_used(checked: Any) -> None:
    failed = {**checked, "holds": False, "groups": [{**checked["groups"][0], "failed": 1, "failures": ["A: 49.86: gives pass"]}]}
    view = software_view(failed)
    assert "must not be used" in view.statement["en"]
    assert "不得使用" in view.statement["zh"]
    assert view.failures == ["A: 49.86: gives pass"]
    assert not view.holds


def test_without_a_selfcheck_the_report_says_so() -> None:
    view = software_view(None)
    assert "No selfcheck" in view.statement["en"]
    assert view.groups is None


def test_the_crate_describes_every_other_file_of_the_report(compiled: Compiled) -> None:
    graph = {each["@id"]: each for each in json.loads(compiled.files["ro-crate-metadata.json"])["@graph"]}
    others = {name: content for name, content in compiled.files.items() if name != "ro-crate-metadata.json"}
    assert {part["@id"] for part in graph["./"]["hasPart"]} == set(others)
    for name, content in others.items():
        assert (graph[name]["sha256"], graph[name]["contentSize"]) == (hashlib.sha256(content).hexdigest(), str(len(content)))


def test_nothing_in_any_file_claims_what_it_must_not(compiled: Compiled) -> None:
    assert claims_in_files(compiled.files) == []
    assert pages_without_banner(compiled.files["report.pdf"]) == []


def test_a_claim_in_a_plot_stops_the_report(
    tmp_path: Path, make_run: Any, standards: Mapping[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(figures, "draw_sequence", lambda *_, **__: b'<svg xmlns="http://www.w3.org/2000/svg"><title>CNAS</title></svg>')
    with pytest.raises(ConfigError, match=r"must not claim this: plots/.*sequence\.svg, text: 'CNAS'"):
        compile_report([make_run(tmp_path / "run", ids=("GBT-VP.101",))], None, standards)
