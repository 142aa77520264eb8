"""The cases about matching, pilot and proximity: marks of the reference, an idle tester blames nobody, a dead truck passes nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from harness.protocols.iso15118.slac.station import EvseMatching
from harness.protocols.iso15118.station import StationMachine

RIGS = Path(__file__).resolve().parents[3] / "rigs"
CCS, SLAC = "virtual-ccs.yaml", "virtual-ccs-slac.yaml"
MATCHING = [f"HV-SLC-{number:02}" for number in range(1, 18)]
PILOT = [f"HV-CP-{number:02}" for number in range(1, 10)]
PROXIMITY = ["HV-PP-01", "HV-PP-02"]
DERIVED = {"HV-SLC-09", "HV-CP-01", "HV-CP-03", "HV-CP-04", "HV-CP-05", *PROXIMITY}
"""The reference derives these from the description of the protocol; the others it finds in a public source."""
ORDERS = [
    (EvseMatching, "withhold", SLAC, "HV-SLC-02 HV-SLC-06 HV-SLC-11 HV-SLC-14 HV-CP-08"),
    (EvseMatching, "change", SLAC, "HV-SLC-03 HV-SLC-08 HV-SLC-10 HV-SLC-12"),
    (EvseMatching, "attenuation", SLAC, "HV-SLC-10"),
    (EvseMatching, "add_station", SLAC, "HV-SLC-09"),
    (EvseMatching, "join", SLAC, "HV-SLC-13"),
    (EvseMatching, "link", SLAC, "HV-SLC-13 HV-SLC-15"),
    (EvseMatching, "amplitude_map", SLAC, "HV-SLC-16"),
    (StationMachine, "plug", SLAC, " ".join(MATCHING)),
    (StationMachine, "plug", CCS, " ".join([*PILOT[:7], PILOT[8], *PROXIMITY])),
    (StationMachine, "duty", CCS, "HV-CP-02 HV-CP-03 HV-CP-09"),
    (StationMachine, "frequency", CCS, "HV-CP-04"),
    (StationMachine, "cp_open", CCS, "HV-CP-05"),
    (StationMachine, "cp_source", CCS, "HV-CP-06 HV-CP-07"),
    (StationMachine, "cp_source", SLAC, "HV-CP-08"),
    (StationMachine, "pp", CCS, "HV-PP-01 HV-PP-02"),
]
"""Orders to the station of the tester, with cases that depend on them."""

Play = Callable[..., Any]


def test_catalogue_has_every_row_with_the_basis_of_the_reference(catalogue_of: Callable[[str], list[dict[str, Any]]]) -> None:
    cases = {row["id"]: row for row in catalogue_of("iso15118")}
    expected = {name: "derived" if name in DERIVED else "quoted" for name in (*MATCHING, *PILOT, *PROXIMITY)}
    assert {name: cases[name]["basis"] for name in expected} == expected
    assert all(cases[name]["faults"] for name in expected)


@pytest.mark.slow
@pytest.mark.parametrize(("machine", "order", "rig", "names"), ORDERS)
def test_order_that_is_not_carried_out_is_inconclusive(
    play: Play, monkeypatch: pytest.MonkeyPatch, machine: type, order: str, rig: str, names: str
) -> None:
    assert callable(getattr(machine, order))
    monkeypatch.setattr(machine, order, lambda *_, **__: None)
    verdicts = {(record["id"], record["edition"]): record["verdict"] for record in play(names.split(), rig, "")}
    assert {name for name, _ in verdicts} == set(names.split())
    assert set(verdicts.values()) == {"inconc"}, verdicts


@pytest.fixture
def changed_rig(tmp_path: Path) -> Callable[..., str]:
    """A shipped rig without some links, with other options for both roles."""

    def make(name: str, *, without: tuple[str, ...] = (), **options: object) -> str:
        rig = yaml.safe_load((RIGS / name).read_text(encoding="utf-8"))
        for link in without:
            del rig["links"][link]
        for role in rig["roles"].values():
            role["links"] = [link for link in role["links"] if link not in without]
            role["options"] = {**role.get("options", {}), **options}
        rig["roles"]["truck"]["pics"] = str(RIGS / rig["roles"]["truck"]["pics"])
        file = tmp_path / "rig.yaml"
        file.write_text(yaml.safe_dump(rig), encoding="utf-8")
        return str(file)

    return make


@pytest.mark.slow
def test_bench_without_a_power_line_blames_nobody(play: Play, changed_rig: Callable[..., str]) -> None:
    records = play([*MATCHING, "HV-CP-08"], changed_rig(SLAC, without=("plc",), plc=False), "")
    assert {record["id"] for record in records} == {*MATCHING, "HV-CP-08"}
    assert {record["reason_code"] for record in records} == {"NO_LINE"}
    assert {record["verdict"] for record in records} == {"inconc"}


@pytest.mark.slow
def test_bench_without_a_pilot_blames_nobody(play: Play, changed_rig: Callable[..., str]) -> None:
    names = [*PILOT[:7], PILOT[8], *PROXIMITY]
    records = play(names, changed_rig(CCS, without=("pilot",), pilot=False), "")
    assert {record["id"] for record in records} == set(names)
    assert {record["verdict"] for record in records} == {"inconc"}
    assert {record["reason_code"] for record in records} == {"NO_LINE"}


@pytest.mark.slow
def test_truck_that_reads_no_oscillation_passes_nothing_but_its_circuit(play: Play) -> None:
    records = play([*MATCHING, *PILOT, *PROXIMITY], SLAC, "no_hlc_at_any_duty")
    passed = {record["id"] for record in records if record["verdict"] == "pass"}
    assert passed == {"HV-CP-01"}
