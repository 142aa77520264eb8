"""Faults are seen where they belong: each case has one of its own, and what fails elsewhere too has a reason."""

from __future__ import annotations

import random
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

CROSS: dict[str, Any] = tomllib.loads(Path(__file__).with_name("cross.toml").read_text(encoding="utf-8"))
RIGS = {"V": "virtual-truck.yaml", "D": "virtual-charger-quick.yaml"}
DRAWN = 8


def phase(case: str) -> str:
    """Side and phase of a case: ``V2`` of GBT-VN.204."""
    return case[4] + case.partition(".")[2][0]


def test_every_case_has_a_fault_that_no_case_of_another_phase_fails_on(golden: dict[str, Any]) -> None:
    assert set(CROSS["only"]) == set(golden["kills"])
    assert not CROSS["shared"]


def test_a_fault_of_its_own_is_named_by_the_case_and_by_none_of_another_phase(golden: dict[str, Any]) -> None:
    for case, fault in CROSS["only"].items():
        naming = {other for other, faults in golden["kills"].items() if fault in faults}
        assert case in naming
        assert {phase(other) for other in naming} == {phase(case)}
        assert not {other for other in CROSS["unnamed"].get(fault, {}) if phase(other) != phase(case)}


def test_every_unexpected_kill_has_a_reason() -> None:
    unexplained = {
        (fault, case, check)
        for fault, cases in CROSS["unnamed"].items()
        for case, check in cases.items()
        if not check.startswith(tuple(CROSS["reasons"]))
    }
    assert not unexplained


def drawn(pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return sorted(random.Random(27930).sample(sorted(pairs), DRAWN))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("case", "fault"), drawn([(case, fault) for fault, cases in CROSS["unnamed"].items() for case in cases if "@" not in fault])
)
def test_sample_of_the_unexpected_kills_is_as_written(play: Callable[..., list[dict[str, Any]]], case: str, fault: str) -> None:
    (record,) = play([case], RIGS[case[4]], fault)
    assert record["verdict"] == "fail"
    assert record["reason"].startswith(CROSS["unnamed"][fault][case])


@pytest.mark.slow
@pytest.mark.parametrize(("case", "fault"), drawn([(case, fault) for case, fault in CROSS["only"].items() if "@" not in fault]))
def test_sample_of_the_own_faults_leaves_other_phases_alone(play: Callable[..., list[dict[str, Any]]], case: str, fault: str) -> None:
    others = {
        "V": ["GBT-VP.103", "GBT-VP.207", "GBT-VP.303", "GBT-VP.402", "GBT-VT.502"],
        "D": ["GBT-DN.1001", "GBT-DN.2010", "GBT-DN.3002"],
    }
    cases = [other for other in others[case[4]] if phase(other) != phase(case)]
    assert not {record["id"] for record in play(cases, RIGS[case[4]], fault) if record["verdict"] == "fail"}
