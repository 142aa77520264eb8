"""A tester that does not do what a case asks of it blames nobody: neither PASS nor FAIL, but INCONC."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.protocols.gbt27930.charger.steering import ChargerSteering
from harness.protocols.gbt27930.vehicle.steering import VehicleSteering

pytestmark = pytest.mark.slow

RIGS = Path(__file__).resolve().parents[3] / "rigs"

TRUCK_OF_THE_TESTER = {
    "withhold": "DP.1001 DP.1002 DP.1003 DN.1001 DP.2001 DN.2001 DN.2003 DN.2007 DP.3003 DN.3001 DN.3002 DN.3005 DN.3006 DP.3006 DP.3007 "
    "DN.3009 DN.4001 DN.4003",
    "send_instead": "DN.2004 DN.2008 DN.3004 DN.3008 DN.3010 DN.4002 DN.4004",
    "carry": "DN.1002 DN.2002 DN.3003 DN.3007",
    "hold": "DN.1003 DN.1004 DN.2006 DP.2003 DN.2010 DN.3009 DN.3010 DP.4001",
    "set_ready": "DP.2002 DN.2005 DN.2009",
    "send_once": "DP.3002 DP.4002",
    "override": "DP.3001 DP.3003 DP.3004 DP.3005",
    "stop": "DP.3006 DP.4001 DP.4002 DN.4001 DN.4002",
}
"""Orders to the truck of the tester, with cases that depend on them."""
CHARGER_OF_THE_TESTER = {
    "withhold": "VP.203 VN.201 VN.202 VN.214 VN.301 VN.302 VN.304 VN.310 VB.301 VP.308 VP.401 VP.402 VN.402 VN.406",
    "silence": "VN.103 VN.104 VN.105 VN.106 VN.204 VN.206 VN.303 VN.309",
    "hold": "VP.103 VP.105 VB.103 VP.201 VP.202 VP.203 VP.204 VP.205 VN.201 VN.202 VN.211 VT.501 VT.502 VT.503",
    "set_ready": "VP.206 VN.205 VN.206 VB.201",
    "override": "VP.107 VN.106 VN.207 VN.208 VN.209 VB.202 VN.306 VN.307 VB.303 VB.304 VP.310",
    "override_data": "VN.107 VN.109 VP.204 VN.210 VN.212 VN.305",
    "stop": "VN.213 VP.309 VP.310 VB.304 VP.402 VN.402",
    "pause": "VP.305",
    "limit": "VP.302 VP.307 VB.304",
    "keep_current": "VN.404",
    "also_send": "VN.211 VN.214 VN.304 VN.309 VP.310 VN.403 VN.404",
    "also_send_random": "VN.312",
    "stop_sending": "VN.211",
    "pace": "VB.302",
    "vary": "VB.103",
    "readdress": "VN.108",
    "grant": "VN.105 VT.501 VT.502 VT.503 VT.504 VT.506 VT.507",
    "never_grant": "VN.104 VN.113 VN.203 VN.308 VT.505 VT.508",
}
"""Orders to the charger of the tester likewise."""
HELD_IN_2011 = "VP.102 VP.104 VN.103 VN.105 VB.101 VP.201 VN.201 VN.211 VP.302 VN.302 VP.401 VP.405 VT.501 VT.508"
"""Cases that depend on ``hold`` towards a vehicle of 2011, which answers CRM(00) without CHM."""
HELD_IN_THE_HANDSHAKE = "VP.101 VP.105 VB.103 VX.607"
"""Cases that depend on ``hold`` where the tester's charger goes on with CRM(00) by itself at once."""


@pytest.mark.parametrize(
    ("steering", "order", "names", "rig"),
    [
        *((VehicleSteering, order, names, "virtual-charger.yaml") for order, names in TRUCK_OF_THE_TESTER.items()),
        *((ChargerSteering, order, names, "virtual-truck.yaml") for order, names in CHARGER_OF_THE_TESTER.items()),
    ],
)
def test_order_that_is_not_carried_out_is_inconclusive(
    play: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, steering: type, order: str, names: str, rig: str
) -> None:
    assert order in vars(steering)
    monkeypatch.setattr(steering, order, lambda *_, **__: None)
    cases = [f"GBT-{name}" for name in names.split()]
    verdicts = {record["id"]: record["verdict"] for record in play(cases, rig, "")}
    assert verdicts == dict.fromkeys(cases, "inconc")


def test_edition_without_handshake_is_not_blamed_for_a_tester_that_goes_on(
    play: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ChargerSteering, "hold", lambda *_, **__: None)
    cases = [f"GBT-{name}" for name in HELD_IN_2011.split()]
    verdicts = {record["id"]: record["verdict"] for record in play(cases, "virtual-truck-2011.yaml", "")}
    assert verdicts == dict.fromkeys(cases, "inconc")


@pytest.mark.parametrize("insulation_s", [0.0, 0.6])
def test_tester_that_ends_the_handshake_at_once_blames_nobody(
    play: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, insulation_s: float
) -> None:
    monkeypatch.setattr(ChargerSteering, "hold", lambda *_, **__: None)
    text = (RIGS / "virtual-truck.yaml").read_text(encoding="utf-8").replace("pics: pics/", f"pics: {RIGS}/pics/")
    short = text.replace("{timeouts: false}", f"{{timeouts: false, insulation_s: {insulation_s}}}")
    assert short != text
    (tmp_path / "rig.yaml").write_text(short, encoding="utf-8")
    cases = [f"GBT-{name}" for name in HELD_IN_THE_HANDSHAKE.split()]
    verdicts = {record["id"]: record["verdict"] for record in play(cases, str(tmp_path / "rig.yaml"), "")}
    assert verdicts == dict.fromkeys(cases, "inconc")
