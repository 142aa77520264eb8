"""Builders of small run documents: a plan with cases A, B, C..., records and checks of them."""

from __future__ import annotations

from collections.abc import Callable
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
