"""Builders of small run documents: a plan with cases A, B, C..., records and checks of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Build = Callable[..., Any]


@pytest.fixture
def make_case() -> Build:
    def make(case_id: str, *, suite: str = "demo", basis: str = "derived", applicable: bool = True, steps: int = 1) -> dict[str, Any]:
        text = {"en": "x", "zh": "甲"}
        return {
            "id": case_id,
            "suite": suite,
            "title": {"en": f"Case {case_id}", "zh": f"案例 {case_id}"},
            "purpose": text,
            "refs": [f"GBT27930-2015:8/{case_id}"],
            "basis": basis,
            "confidence": "high",
            "pics": "V.DC",
            "applicability": {
                "value": "applicable" if applicable else "not_applicable",
                "pics": "V.DC",
                "reason": "" if applicable else "V.DC is declared false",
            },
            "steps": [{"n": n, "text": text, "expect": text} for n in range(1, steps + 1)],
        }

    return make


@pytest.fixture
def make_plan() -> Build:
    def make(*cases: dict[str, Any], **changes: Any) -> dict[str, Any]:
        names = sorted({case["suite"] for case in cases})
        plan: dict[str, Any] = {
            "schema": "precert-plan/1",
            "precert_version": "0.1.0",
            "sealed_at": "2026-07-01T09:00:00.000+08:00",
            "sha256": "ab" * 32,
            "rig": {"name": "virtual", "file": None, "bench_mode": "simulation", "time": "virtual", "links": {}, "clock": {}},
            "item": {"vin": "LPRECERT000000001"},
            "pics": {"V.DC": {"value": True, "why": "DC inlet"}},
            "pixit": {},
            "decision_rule": "SIMPLE",
            "seed": 1,
            "suites": [
                {"name": name, "version": "1.0.0", "title": {"en": name, "zh": name}, "sha256": "cd" * 32, "profile": None,
                 "profile_sha256": None}
                for name in names
            ],
            "operator": None,
            "cases": list(cases),
        }  # fmt: skip
        return {**plan, **changes}

    return make


@pytest.fixture
def make_check() -> Build:
    def make(
        verdict: str = "pass", *, name: str = "BHM period", value: str = "250.0", upper: str = "260", **changes: Any
    ) -> dict[str, Any]:
        check: dict[str, Any] = {
            "step": 1,
            "name": name,
            "kind": "numeric",
            "criterion": {"kind": "upper", "lower": None, "upper": upper, "unit": "ms", "text": f"<= {upper} ms", "rounding": "full-value"},
            "value": {"v": value, "unit": "ms", "U": "0.14", "k": "2", "p": "0.95", "n": 3, "min": value, "mean": value, "max": value},
            "observed": f"{value} ms",
            "expected": f"<= {upper} ms",
            "decision": {
                "rule": "SIMPLE", "w": "0", "acceptance_lower": None, "acceptance_upper": upper, "conformity": "pass", "p_conform": "1.0",
            },
            "verdict": verdict,
            "reason": None,
            "severity": "failure",
            "note": "",
            "frames": [3],
            "t_s": "1.250000",
            "findings": [],
            "occurrences": 0,
        }  # fmt: skip
        return {**check, **changes}

    return make


@pytest.fixture
def make_record(make_check: Build) -> Build:
    def make(case_id: str, verdict: str = "pass", *, attempt: int = 1, **changes: Any) -> dict[str, Any]:
        evidence = {
            "link": "charge", "path": f"evidence/{case_id}/{attempt}/charge.blf", "format": "blf", "sha256": "ef" * 32,
            "t0_s": "0.000000", "t1_s": "2.000000", "frames": 12,
        }  # fmt: skip
        record: dict[str, Any] = {
            "schema": "precert-record/1",
            "id": case_id,
            "suite": "demo",
            "attempt": attempt,
            "execution": {
                "state": "completed", "attempt": attempt, "started_at": f"2026-07-01T09:0{attempt}:00.000+08:00",
                "ended_at": f"2026-07-01T09:0{attempt}:30.000+08:00", "bus_time_s": "2.000000000", "operator": None, "site": None,
            },
            "steps": [{"n": 1, "state": "done", "verdict": "pass", "t_s": "0.000000", "checks": [0]}],
            "checks": [make_check()],
            "verdict": verdict,
            "reason": "" if verdict == "pass" else f"because of {attempt}",
            "reason_code": "" if verdict == "pass" else {"fail": "EXPECTATION", "error": "EXCEPTION"}.get(verdict, "PRECONDITION"),
            "findings": [],
            "deviations": [],
            "performed_by": "self",
            "scope_status": "not-accredited",
            "bench_mode": "simulation",
            "evidence": [evidence],
            "equipment": [],
            "tester": {"jitter_s": "0.000000000"},
            "failure": None,
            "session": None,
        }  # fmt: skip
        return {**record, **changes}

    return make


SUITE_FILES = {
    "suite.toml": """\
schema = 1
name = "demo-suite"
version = "1.2.0"
title = {en = "Demo", zh = "示例"}
standard = "demo"
method = "Demo method"
link = "charge"
suts = {truck = ["vehicle"]}
profile = "profile.toml"
prove = ["virtual-truck.yaml"]
""",
    "requirements.toml": """\
schema = 1
[requirements."DEMO-1:1/a"]
summary_en = "It answers."
summary_zh = "应答。"
source = "S1"
confidence = "high"
[requirements."DEMO-1:2/b"]
summary_en = "It stops."
summary_zh = "停止。"
source = "S1"
confidence = "low"
""",
    "pics.toml": """\
schema = 1
pics."V.DC" = {en = "DC inlet?", zh = "直流插座?"}
pics."V.AUX" = {en = "Auxiliary supply?", zh = "辅助电源?"}
pixit.vin = {en = "VIN", zh = "车辆识别代号"}
""",
    "texts.zh.toml": """\
schema = 1
[cases."DEMO-001"]
title = "应答"
purpose = "目的"
steps = [["发送", "收到"], ["等待", "无"]]
[cases."DEMO-002"]
title = "停止"
purpose = "目的"
steps = [["停止", "停止"]]
""",
    "profile.toml": """\
schema = 1
name = "demo"
title = "Limits of the demo"
[limits.answer]
upper = 5.0
unit = "s"
source = "S1"
ref = "DEMO-1:2/b"
confidence = "high"
text = "Time to the answer"
""",
    "test_answers.py": """\
from harness.case import case

@case("DEMO-001", title="Answer", purpose="It answers", refs=["DEMO-1:1/a"], basis="derived", confidence="high",
      pics="V.DC AND NOT V.AUX", faults=["never_answers"], pixit=["vin"], duration_s=3)
def test_answer(bench, step, truck):
    with step(1, "Send", expect="An answer"):
        bench.expect(truck.pixit("vin"), within=truck.limit("answer"))
    with step(2, "Wait", expect="Nothing"):
        pass

@case("DEMO-002", title="Stop", purpose="It stops", refs=["DEMO-1:2/b"], basis="project", confidence="low",
      pics="V.DC", faults=["never_stops"], duration_s=12.5)
def test_stop(bench, step):
    with step(1, "Stop", expect="A stop"):
        pass
""",
}


@pytest.fixture
def suite_folder(tmp_path: Path) -> Build:
    """Writes a correct suite of two cases; *changes* replace text in its files: ``{file: (old, new)}``."""

    def make(changes: dict[str, tuple[str, str]] | None = None, name: str = "demo_suite") -> Path:
        folder = tmp_path / name
        folder.mkdir()
        for file, text in SUITE_FILES.items():
            old, new = (changes or {}).get(file, ("", ""))
            assert old in text
            (folder / file).write_text(text.replace(old, new) if old else text, encoding="utf-8")
        return folder

    return make
