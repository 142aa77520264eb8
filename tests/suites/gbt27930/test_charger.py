"""The charger part of the suite: ids and marks of the reference, faults in time survive, a dead charger passes nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from harness.sim.faults import CHARGER_FAULTS

RIG = "virtual-charger.yaml"
QUOTED_HIGH = (
    "DP.1001 DP.1002 DP.1003 DN.1001 DN.1002 DN.1003 DN.1004 DP.2001 DP.2002 DP.2003 DN.2001 DN.2002 DN.2003 DN.2004 DN.2005 DN.2006"
)
QUOTED_MEDIUM = "DN.2007 DN.2008 DN.2010"
QUOTED_LOW = "DN.2009"
DERIVED_HIGH = (
    "DP.3001 DP.3002 DP.3003 DP.3004 DP.3005 DP.3006 DP.3007 DN.3005 DN.3006 DN.3007 DN.3008 DN.3009 DN.3010 "
    "DP.4001 DP.4002 DN.4001 DN.4002 DN.4003 DN.4004"
)
DERIVED_MEDIUM = "DN.3001 DN.3002 DN.3003 DN.3004"
IN_TIME = {
    "cem_brm_5400ms": "GBT-DN.1001",
    "cem_bcl_at_start_1150ms": "GBT-DN.2010",
    "cem_bcl_1150ms": "GBT-DN.3006",
    "cst_period_12ms": "GBT-DP.3006",
    "cem_bsd_12s": "GBT-DN.4001",
}
"""Deviations just inside of the limits, with the case that looks at them."""


def charger_cases(catalogue: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [row for row in catalogue if row["id"].startswith(("GBT-DP.", "GBT-DN."))]


def test_catalogue_has_every_row_of_the_charger(catalogue: list[dict[str, Any]]) -> None:
    table = (
        (QUOTED_HIGH, "quoted", "high"),
        (QUOTED_MEDIUM, "quoted", "medium"),
        (QUOTED_LOW, "quoted", "low"),
        (DERIVED_HIGH, "derived", "high"),
        (DERIVED_MEDIUM, "derived", "medium"),
    )
    expected = {f"GBT-{name}": (basis, confidence) for names, basis, confidence in table for name in names.split()}
    assert {row["id"]: (row["basis"], row["confidence"]) for row in charger_cases(catalogue)} == expected
    assert len(expected) == 43


def test_every_fault_of_the_charger_is_named_by_a_case_or_in_time(catalogue: list[dict[str, Any]]) -> None:
    named = {fault.partition("@")[0] for row in charger_cases(catalogue) for fault in row["faults"]}
    assert named | IN_TIME.keys() == set(CHARGER_FAULTS)
    assert not named & IN_TIME.keys()


@pytest.mark.slow
@pytest.mark.parametrize("fault", IN_TIME)
def test_deviation_inside_of_the_limits_passes(play: Callable[..., Any], fault: str) -> None:
    (record,) = play([IN_TIME[fault]], RIG, fault)
    assert (record["id"], record["verdict"]) == (IN_TIME[fault], "pass")
