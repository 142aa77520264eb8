"""The families and the cases of discovery, transport and handshake: marks of the reference, limits of SAFE-STOP, and who is to blame."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from harness.core import s
from harness.protocols.iso15118.station import StationMachine
from harness.protocols.iso15118.vehicle import VehicleMachine

RIG = "virtual-ccs.yaml"
RIGS = Path(__file__).resolve().parents[3] / "rigs"
GROUPS = {
    "SDP": 11, "TP": 8, "TCP": 2, "TLS": 6, "SAP": 6, "SES": 6, "SEQ": 3, "SVC": 5, "AUT": 3, "CPD": 5, "SCH": 7, "CAB": 6, "PRE": 5,
    "PWR": 2, "CUR": 15, "END": 12, "MCS": 7, "SLC": 17, "CP": 9, "PP": 2, "SECC": 30,
}  # fmt: skip
"""Cases of the reference outside of the families."""
BASES = {
    "quoted": "SDP-01 SDP-02 SDP-03 SDP-05 SDP-06 SDP-07 TP-01 TP-02 TP-07 SAP-01 SAP-04 SAP-05 SAP-06 SES-01 SES-02 SES-03 SES-05 SES-06 "
    "SEQ-01",
    "derived": "TP-06 TCP-01 TCP-02 SAP-02 SAP-03 SES-04 SEQ-02 SEQ-03",
    "project": "SDP-04 SDP-09 SDP-10 SDP-11 TP-03 TP-04 TP-05 TP-08",
}
"""As the rows of the reference say."""
ORDERS = {
    "withhold": "DIN-EVCC-SessionSetup-NORESP I2-EVCC-CurrentDemand-NORESP I20-EVCC-SessionStop-NORESP TP-01 TP-04",
    "code": "DIN-EVCC-SupportedAppProtocol-FAILRC I2-EVCC-PreCharge-FAILRC I20-EVCC-DC_ChargeLoop-FAILRC SAP-04 SAP-05 SES-03",
    "session_id": "DIN-EVCC-SessionSetup-BADSID I2-EVCC-Authorization-BADSID I20-EVCC-PowerDelivery_stop-BADSID SES-04",
    "answer_with": "DIN-EVCC-SupportedAppProtocol-WRONGMSG I2-EVCC-CurrentDemand-WRONGMSG I20-EVCC-ScheduleExchange-WRONGMSG",
    "raw": "TP-02 TP-04 TP-05 TP-06 TP-07 TP-08",
    "header": "TP-02",
    "segments": "TP-03",
    "accept_after": "TCP-02 SES-02",
    "delay": "SES-02 SEQ-03",
    "reset_tcp": "TCP-01",
    "change": "SAP-03",
    "sdp_silent": "SDP-02 SDP-03 SDP-04",
    "sdp_raw": "SDP-05",
    "sdp_header": "SDP-06 SDP-07",
    "sdp_answer": "SDP-09 SDP-10",
    "sdp_second": "SDP-11",
    "user_pause": "SES-05 SES-06",
    "forget_session": "SES-06",
    "notify": "SEQ-01 SEQ-02 SEQ-03 I2-EVCC-WeldingDetection-NORESP",
    "plug": "SDP-01 SDP-03 SEQ-01 DIN-EVCC-CableCheck-NORESP",
}
"""Orders to the station of the tester, with cases that depend on them."""
INSIDE = [
    ("cp_b_s", 0.23, "DIN-EVCC-CableCheck-FAILRC", "pass"),
    ("cp_b_s", 0.27, "DIN-EVCC-CableCheck-FAILRC", "fail"),
    ("cp_b_s", 1.45, "I2-EVCC-CurrentDemand-FAILRC", "pass"),
    ("cp_b_s", 1.55, "I2-EVCC-CurrentDemand-FAILRC", "fail"),
    ("close_s", 4.9, "I20-EVCC-SessionSetup-WRONGMSG", "pass"),
    ("close_s", 5.1, "I20-EVCC-SessionSetup-WRONGMSG", "fail"),
    ("close_s", 4.9, "DIN-EVCC-PreCharge-NORESP", "pass"),
    ("close_s", 5.4, "DIN-EVCC-PreCharge-NORESP", "fail"),
    ("sdp_interval_s", 0.45, "SDP-02", "pass"),
    ("sdp_interval_s", 0.55, "SDP-02", "fail"),
    ("sdp_interval_s", 0.15, "SDP-02", "fail"),
]
"""Option of the truck, value, case, what becomes of it."""

Play = Callable[..., Any]


@pytest.fixture
def cases(catalogue_of: Callable[[str], list[dict[str, Any]]]) -> dict[str, dict[str, Any]]:
    """The cases of the suite by their ids."""
    return {row["id"]: row for row in catalogue_of("iso15118")}


@pytest.fixture
def rig_with(tmp_path: Path) -> Callable[..., str]:
    """The shipped rig with other options of the truck, or without its pilot."""

    def make(*, pilot: bool = True, **options: object) -> str:
        rig = yaml.safe_load((RIGS / RIG).read_text(encoding="utf-8"))
        for role in rig["roles"].values():
            if "pics" in role:
                role["pics"] = str(RIGS / role["pics"])
                role["options"] = {**role.get("options", {}), **options}
            if not pilot:
                role["links"] = ["charge"]
                role["options"] = {**role.get("options", {}), "pilot": False}
        if not pilot:
            del rig["links"]["pilot"]
        file = tmp_path / "rig.yaml"
        file.write_text(yaml.safe_dump(rig), encoding="utf-8")
        return str(file)

    return make


def named(names: str) -> list[str]:
    return [f"HV-{name}" for name in names.split()]


def test_catalogue_is_that_of_the_reference(cases: dict[str, dict[str, Any]]) -> None:
    families = [name for name in cases if "-EVCC-" in name]
    assert len([name for name in families if not name.startswith("HV-MCS-")]) == 169
    assert len([name for name in families if name.startswith("HV-MCS-")]) == 63
    assert Counter(name.split("-")[1] for name in cases if name not in families) == GROUPS
    assert sum(GROUPS.values()) == 167
    assert len(cases) == 399


def test_cases_have_the_basis_of_the_reference(cases: dict[str, dict[str, Any]]) -> None:
    expected = {name: basis for basis, names in BASES.items() for name in named(names)}
    assert {name: cases[name]["basis"] for name in expected} == expected
    assert len(expected) == 35
    for name, row in cases.items():
        if "-EVCC-" in name:
            weaker = name.endswith("-BADSID") or name.startswith("HV-MCS-")
            assert row["basis"] == ("derived" if weaker else "quoted"), name


@pytest.mark.slow
@pytest.mark.parametrize("order", ORDERS)
def test_order_that_is_not_carried_out_is_inconclusive(play: Play, monkeypatch: pytest.MonkeyPatch, order: str) -> None:
    assert callable(getattr(StationMachine, order))
    monkeypatch.setattr(StationMachine, order, lambda *_, **__: None)
    names = named(ORDERS[order])
    verdicts = {(record["id"], record["edition"]): record["verdict"] for record in play(names, RIG, "")}
    assert {name for name, _ in verdicts} == set(names)
    assert set(verdicts.values()) == {"inconc"}, verdicts


@pytest.mark.slow
def test_dead_truck_passes_no_case(play: Play, monkeypatch: pytest.MonkeyPatch, cases: dict[str, dict[str, Any]]) -> None:
    for name in ("start", "receive", "handle_timers"):
        monkeypatch.setattr(VehicleMachine, name, lambda *_: [])
    monkeypatch.setattr(VehicleMachine, "next_deadline_ns", lambda _: None)
    names = [name for name in cases if "-EVCC-" in name or name in {f"HV-{one}" for ones in BASES.values() for one in ones.split()}]
    records = play(names, RIG, "")
    assert len({record["id"] for record in records}) == 169 + 34
    assert {record["verdict"] for record in records} <= {"fail", "inconc"}


@pytest.mark.slow
@pytest.mark.parametrize(("option", "value", "name", "verdict"), INSIDE)
def test_limits_are_kept_to_the_last_part(
    play: Play, rig_with: Callable[..., str], option: str, value: float, name: str, verdict: str
) -> None:
    records = play([f"HV-{name}"], rig_with(**{option: value}), "")
    assert {record["verdict"] for record in records} == {verdict}, [record["reason"] for record in records]


@pytest.mark.slow
def test_slow_truck_within_the_limits_is_not_blamed(play: Play, rig_with: Callable[..., str], cases: dict[str, dict[str, Any]]) -> None:
    slow = rig_with(think_s=1.0, close_s=4.0, cp_b_s=0.2, repeat_s=0.8, contactor_s=0.2)
    names = [name for name in cases if name.startswith(("HV-DIN-", "HV-I20-")) or name.split("-")[1] in ("SDP", "TP", "TCP", "SES", "SEQ")]
    outcomes = {(record["id"], record["verdict"], record["reason_code"]) for record in play(names, slow, "")}
    # Of the setup time less is left to it than it needs.
    late = {("HV-TCP-02", "inconc", "PRECONDITION"), ("HV-SES-02", "inconc", "PRECONDITION")}
    assert {outcome for outcome in outcomes if outcome[1] != "pass"} == late


@pytest.fixture
def polite(monkeypatch: pytest.MonkeyPatch) -> None:
    """A truck that sends SessionStopReq before it leaves after a fault."""
    leave = VehicleMachine._leave

    def stop_first(self: VehicleMachine, reason: str) -> None:
        if self.phase.name != "TALKING" or self.exchange == "SessionStop":
            leave(self, reason)
            return
        self._present("B")
        self._prepare_opening()
        self._timers.cancel("response", "loop", "ongoing")
        self._go("SessionStop", s(1))

    monkeypatch.setattr(VehicleMachine, "_leave", stop_first)


@pytest.mark.slow
@pytest.mark.usefixtures("polite")
@pytest.mark.parametrize(("close_s", "verdict"), [(4.9, "pass"), (5.1, "fail")])
@pytest.mark.parametrize(
    "name",
    ["DIN-EVCC-CableCheck-FAILRC", "I2-EVCC-ServiceDiscovery-WRONGMSG", "I2-EVCC-CurrentDemand-FAILRC", "I20-EVCC-Authorization-BADSID"],
)
def test_session_stop_is_allowed_and_restarts_the_time(
    play: Play, rig_with: Callable[..., str], name: str, close_s: float, verdict: str
) -> None:
    [record] = play([f"HV-{name}"], rig_with(close_s=close_s), "")
    assert record["verdict"] == verdict, record["reason"]
    if verdict == "fail":
        assert record["reason"].startswith("TCP connection ended by the vehicle")


@pytest.mark.slow
def test_without_a_pilot_line_the_rest_is_judged(play: Play, rig_with: Callable[..., str]) -> None:
    rig = rig_with(pilot=False)
    [record] = play(["HV-DIN-EVCC-CableCheck-WRONGMSG"], rig, "")
    assert (record["verdict"], record["reason_code"]) == ("inconc", "NO_LINE")
    assert {"pass", "inconc"} == {check["verdict"] for check in record["checks"]}
    [record] = play(["HV-DIN-EVCC-CableCheck-WRONGMSG"], rig, "keeps_tcp_open.CableCheck")
    assert (record["verdict"], record["reason_code"]) == ("fail", "EXPECTATION")
    assert record["reason"].startswith("TCP connection ended by the vehicle")
