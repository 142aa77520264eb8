"""A bench without pilot lines: what needs one is inconclusive and says so, what does not is judged as ever."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

pytestmark = pytest.mark.slow

RIGS = Path(__file__).resolve().parents[3] / "rigs"


@pytest.fixture
def without_lines(tmp_path: Path) -> Callable[[str], str]:
    """A shipped rig without any link but the CAN ones."""

    def make(name: str) -> str:
        rig = yaml.safe_load((RIGS / f"{name}.yaml").read_text(encoding="utf-8"))
        rig["links"] = {link: value for link, value in rig["links"].items() if value.get("kind") != "line"}
        for role in rig["roles"].values():
            role["links"] = [link for link in role["links"] if link in rig["links"]]
            role["options"] = {**role.get("options", {}), "pilot": False}
            if "pics" in role:
                role["pics"] = str(RIGS / role["pics"])
        file = tmp_path / "rig.yaml"
        file.write_text(yaml.safe_dump(rig), encoding="utf-8")
        return str(file)

    return make


NEEDED = {
    "virtual-truck": "VP.106 VP.308 VP.401 VP.405 VN.107 VN.108 VN.109 VN.111 VN.112 VN.113 VN.208 VN.209 VN.210 VN.212 VN.305 VN.311 "
    "VN.401 VN.403 VN.404 VN.405 VN.406 VB.101 VB.102 VB.201 VB.202 VB.303 VX.607",
    "virtual-truck-aux": "VN.101 VP.404",
    "virtual-truck-dual": "",
    "virtual-charger": "DP.1001 DP.1002 DN.2001 DP.3007 DP.4002",
    "virtual-charger-2011": "DP.1003",
}
"""Cases that ask more than CAN can tell."""
ENOUGH = {
    "virtual-truck": "VP.101 VP.102 VP.104 VP.203 VP.207 VP.301 VP.302 VP.305 VP.309 VP.402 VP.403 VN.103 VN.201 VN.302 VN.310 VN.402 "
    "VT.501 VT.508",
}
"""Cases that CAN suffices for."""


@pytest.mark.parametrize("rig", NEEDED)
def test_no_case_blames_the_sut_for_the_want_of_a_line(
    play: Callable[..., Any], without_lines: Any, catalogue: list[dict[str, Any]], rig: str
) -> None:
    records = play([row["id"] for row in catalogue], without_lines(rig), "")
    assert records
    assert {record["verdict"] for record in records} <= {"pass", "inconc"}
    outcomes = {record["id"]: record["reason_code"] or record["verdict"] for record in records}
    assert set(outcomes.values()) <= {"NO_LINE", "pass"}
    for names, outcome in ((NEEDED[rig], "NO_LINE"), (ENOUGH.get(rig, ""), "pass")):
        cases = [f"GBT-{name}" for name in names.split()]
        assert {case: outcomes[case] for case in cases} == dict.fromkeys(cases, outcome)
    assert all("the rig has no" in record["reason"] for record in records if record["reason_code"] == "NO_LINE")


@pytest.fixture
def without_supply(tmp_path: Path) -> str:
    """The rig of a truck that needs the auxiliary supply, whose station has none to give."""
    rig = yaml.safe_load((RIGS / "virtual-truck-aux.yaml").read_text(encoding="utf-8"))
    del rig["roles"]["charger"]["options"]["aux_voltage_v"]
    rig["roles"]["truck"]["pics"] = str(RIGS / rig["roles"]["truck"]["pics"])
    file = tmp_path / "rig.yaml"
    file.write_text(yaml.safe_dump(rig), encoding="utf-8")
    return str(file)


def test_vehicle_is_not_blamed_for_a_supply_that_stays_off(play: Callable[..., Any], without_supply: str) -> None:
    records = play(["GBT-VP.101", "GBT-VN.101", "GBT-VN.102", "GBT-VP.404"], without_supply, "")
    assert {record["id"]: record["reason_code"] for record in records} == dict.fromkeys(
        ("GBT-VP.101", "GBT-VN.101", "GBT-VN.102", "GBT-VP.404"), "PRECONDITION"
    )
    assert all("V.AUX" in record["reason"] and "aux_voltage_v" in record["reason"] for record in records)
