"""What is printed as the result of a case that passed is about its own purpose, not about the session that closes it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from harness.case.run.results import deciding_check

pytestmark = pytest.mark.slow

CLOSED_BY_A_SESSION = {
    "virtual-truck.yaml": "VP.106 VN.107 VN.108 VN.109 VN.110 VN.111 VN.112 VN.113 VB.103 VN.208 VN.209 VN.210 VB.202 VN.214 VN.305 VN.309 "
    "VN.310 VN.311 VP.405 VN.405 VN.406 VX.607",
    "virtual-charger-quick.yaml": "DN.2007 DN.2009 DP.4002",
}
"""Cases that show by a complete session, or by the end of one, that no harm was done."""


@pytest.mark.parametrize("rig", CLOSED_BY_A_SESSION)
def test_closing_session_never_decides_a_case_that_passed(play: Callable[..., list[dict[str, Any]]], rig: str) -> None:
    cases = [f"GBT-{name}" for name in CLOSED_BY_A_SESSION[rig].split()]
    records = play(cases, rig, "")
    assert {record["id"] for record in records} == set(cases)
    for record in records:
        assert record["verdict"] == "pass"
        assert any(check.get("closing") for check in record["checks"])
        check = deciding_check(record)  # type: ignore[arg-type]  # as much of a row as it looks at
        assert check is not None
        assert check["step"] is not None
        assert not check.get("closing")
