"""Sessions of the simulated charger and truck in every edition, and between editions."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.case.suites.profile import load_profile
from harness.core import ConfigError, JudgeContext, TimeBase, Verdict, ms, resource, s
from harness.protocols.gbt27930 import STANDARD
from harness.protocols.gbt27930.charger import ChargerPhase
from harness.protocols.gbt27930.class_c.machines import AGREED, FALLEN_BACK
from harness.protocols.gbt27930.editions import EDITIONS
from harness.protocols.gbt27930.vehicle import VehiclePhase
from harness.sim.charger import dc_charger
from harness.sim.faults.charger.editions import EDITION_FAULTS as OF_CHARGER
from harness.sim.faults.vehicle.editions import EDITION_FAULTS as OF_VEHICLE
from harness.sim.truck import heavy_truck

EDITED = ("2011", "2015", "2023A")


def speaking(edition: str, **more: object) -> dict[str, object]:
    return {"edition": edition, **more}


def complete(pair, seconds: float = 3.0) -> None:
    pair.charge(seconds)
    pair.order(pair.charger.stop)
    pair.run_for(s(3))


@pytest.mark.parametrize("edition", EDITED)
def test_session_of_one_edition_ends_regularly_with_its_lengths(make_pair, edition) -> None:
    pair = make_pair(truck=speaking(edition), charger=speaking(edition))
    complete(pair)
    assert (pair.charger.phase, pair.bms.phase) == (ChargerPhase.ENDED, VehiclePhase.ENDED)
    seen = {message.name: len(message.data) for message in pair.messages() if message.name in EDITIONS[edition].messages}
    rows = EDITIONS[edition].messages
    assert seen["CCS"] == (EDITIONS[edition].ccs_length or 8)
    assert {name: length for name, length in seen.items() if not rows[name].min_length <= length <= rows[name].length} == {}
    assert {name for name, row in rows.items() if row.mandatory} - {"BEM", "CEM"} <= set(seen)


@pytest.mark.parametrize("edition", EDITED)
def test_session_of_one_edition_breaks_no_rule_of_its_profile(make_pair, edition) -> None:
    pair = make_pair(truck=speaking(edition), charger=speaking(edition))
    complete(pair)
    records = list(pair.kernel.trace)
    decoder = STANDARD.decoder(edition)
    messages = [message for record in records for message in decoder.feed(record)]
    limits = load_profile(Path(resource("test_suites", "gbt27930", f"profile-{edition}.toml")))
    checks = STANDARD.judge(messages, records, JudgeContext(limits, TimeBase("virtual", 1, 0.0, 0.0), edition=edition))
    assert [(check.name, check.observed) for check in checks if check.verdict > Verdict.PASS] == []
    assert {"F2 BRM length", "F2 CCS length", "F3 BRM version"} <= {check.name for check in checks}


def test_2011_begins_with_crm_and_tells_version_1_0(make_pair) -> None:
    pair = make_pair(truck=speaking("2011"), charger=speaking("2011"))
    complete(pair)
    assert pair.order_of_messages()[:3] == ["CRM", "BRM", "BCP"]
    assert pair.messages("BRM")[0]["protocol_version"] == b"\x00\x01\x00"
    assert pair.messages("CRM")[0].data == bytes.fromhex("0001FFFFFFFFFFFF")
    assert "charger_stopped" not in pair.messages("BST")[0].values


def test_2011_charger_that_is_held_in_the_handshake_sends_nothing(make_pair) -> None:
    pair = make_pair(truck=speaking("2011"), charger=speaking("2011"))
    pair.plug_in()
    pair.order(lambda: pair.charger.hold("handshake"), lambda: pair.charger.begin("handshake"))
    pair.run_for(s(2))
    assert pair.messages() == []
    pair.order(lambda: pair.charger.hold("recognition"))
    pair.run_for(s(1))
    assert pair.order_of_messages() == ["CRM", "BRM"]


def test_2011_truck_does_not_know_chm(make_pair) -> None:
    pair = make_pair(truck=speaking("2011"))
    pair.plug_in()
    pair.begin()
    pair.run_for(s(5))
    assert pair.order_of_messages() == ["CHM"]


def test_2011_truck_takes_no_cml_of_2015(make_pair) -> None:
    pair = make_pair(truck=speaking("2011"))
    pair.plug_in()
    pair.begin("recognition")
    pair.run_for(s(10))
    assert pair.messages("CML")
    assert pair.messages("BRO") == []
    assert pair.messages("BEM")[0]["timeout_cml"] == 1


def test_truck_of_2015_answers_a_2011_charger_in_its_own_form(make_pair) -> None:
    pair = make_pair(charger=speaking("2011"))
    pair.plug_in()
    pair.begin()
    pair.run_for(s(1))
    assert len(pair.messages("BRM")[0].data) == 49


def test_truck_that_also_speaks_2011_does_so_after_crm_as_the_first_message(make_pair) -> None:
    pair = make_pair(truck={"also_2011": True}, charger=speaking("2011"))
    complete(pair)
    assert len(pair.messages("BRM")[0].data) == 41
    assert pair.bms.edition == "2011"
    assert pair.bms.phase is VehiclePhase.ENDED


def test_truck_that_also_speaks_2011_stays_with_2015_after_chm(make_pair) -> None:
    pair = make_pair(truck={"also_2011": True})
    complete(pair)
    assert len(pair.messages("BRM")[0].data) == 49
    assert pair.bms.edition == "2015"


def test_truck_speaks_its_own_edition_again_after_replugging(make_pair) -> None:
    pair = make_pair(truck={"also_2011": True}, charger=speaking("2011"))
    complete(pair)
    pair.order(pair.cable.unplug)
    pair.run_for(s(1))
    pair.charger.speak("2015")
    complete(pair)
    assert [len(brm.data) for brm in pair.messages("BRM")][-1] == 49
    assert len(pair.messages("CML")[-1].data) == 8


def test_charger_that_also_speaks_2011_goes_on_without_bhm(make_pair) -> None:
    pair = make_pair(truck=speaking("2011"), charger={"also_2011": True, "no_bhm_s": 3.0})
    pair.plug_in()
    pair.begin()
    pair.run_for(s(10))
    first = {name: pair.messages(name)[0].t_ns for name in ("CHM", "CRM")}
    assert s(3) <= first["CRM"] - first["CHM"] < s(3) + ms(10)
    assert len(pair.messages("CML")[0].data) == 6
    assert pair.charger.phase is ChargerPhase.CHARGING


def test_charger_of_2015_keeps_chm_up_without_bhm(make_pair) -> None:
    pair = make_pair(truck=speaking("2011"))
    pair.plug_in()
    pair.begin()
    pair.run_for(s(20))
    assert pair.order_of_messages() == ["CHM"]


def test_steering_takes_the_edition_of_a_case(make_pair) -> None:
    pair = make_pair(truck=speaking("2011"))
    pair.charger.speak("2011")
    complete(pair)
    assert pair.charger.edition == "2011"
    assert pair.charger.phase is ChargerPhase.ENDED


def test_charger_of_2023_sends_ccs_of_seven_bytes_whatever_its_option_says(make_pair) -> None:
    pair = make_pair(charger=speaking("2023A", ccs_length=8))
    pair.charge()
    assert {len(ccs.data) for ccs in pair.messages("CCS")} == {7}


@pytest.mark.parametrize(("edition", "reacts"), [("2015", False), ("2023A", True)])
def test_only_2023_ends_the_charge_when_bsm_stays_away(make_pair, edition, reacts) -> None:
    pair = make_pair(charger=speaking(edition, timeouts=True))
    pair.charge(1)
    pair.bms.withhold("BSM")
    pair.run_for(s(12))
    bsm, cem = pair.messages("BSM"), pair.messages("CEM")
    assert bool(cem) is reacts
    if reacts:
        assert s(5) <= cem[0].t_ns - bsm[-1].t_ns < s(5) + ms(60)
        assert pair.charger.phase is ChargerPhase.ENDED
        assert pair.messages("CRM")[-1].t_ns < bsm[-1].t_ns


@pytest.mark.parametrize(("edition", "stops"), [("2015", False), ("2023A", True)])
def test_only_2023_stops_at_a_demand_below_the_smallest_output(make_pair, edition, stops) -> None:
    pair = make_pair(truck={"max_current_a": 20.0}, charger=speaking(edition, min_current_a=30.0))
    pair.charge(2)
    assert bool(pair.messages("CST")) is stops


def test_before_2023_a_demand_of_zero_gets_the_smallest_output(make_pair) -> None:
    pair = make_pair(truck={"max_current_a": 0.0}, charger={"min_current_a": 5.0})
    pair.charge(2)
    assert [bcl["current_a"] for bcl in pair.messages("BCL")[-1:]] == [0.0]
    assert pair.messages("CCS")[-1]["current_a"] == -5.0


@pytest.mark.parametrize(("edition", "stops"), [("2015", False), ("2023A", True)])
def test_only_2023_sends_cml_and_cst_to_a_battery_out_of_range(make_pair, edition, stops) -> None:
    pair = make_pair(charger=speaking(edition, max_voltage_v=500.0))
    pair.charge(2)
    assert bool(pair.messages("CST")) is stops
    if stops:
        names = pair.order_of_messages()
        assert names.index("CML") < names.index("CST")
        assert "CRO" not in names


@pytest.mark.parametrize("model", [dc_charger, heavy_truck])
def test_unknown_edition_is_refused_by_the_model(model) -> None:
    with pytest.raises(ConfigError, match=r"option 'edition' must be one of 2011, 2015, 2023A, not '2016'"):
        model({"edition": "2016"})


def test_charger_number_of_2011_has_one_byte() -> None:
    with pytest.raises(ConfigError, match="charger_number"):
        dc_charger({"edition": "2011", "charger_number": 256})


def test_old_versions_of_class_c_lead_to_a_session_of_2015(make_pair) -> None:
    pair = make_pair(truck={"class_c": "1.1.0"}, charger={"class_c": "2.0.0"})
    complete(pair)
    assert pair.order_of_messages()[:3] == ["VC", "CHM", "BHM"]
    assert (pair.charger.phase, pair.bms.phase) == (ChargerPhase.ENDED, VehiclePhase.ENDED)
    assert pair.charger.note == FALLEN_BACK
    assert {vc.sender for vc in pair.messages("VC")} == {"charger", "vehicle"}


def test_truck_without_class_c_is_charged_as_of_2015(make_pair) -> None:
    pair = make_pair(charger={"class_c": "2.0.0"})
    pair.charge(8)
    assert pair.charger.phase is ChargerPhase.CHARGING
    assert {vc.sender for vc in pair.messages("VC")} == {"charger"}


def test_charger_without_class_c_is_answered_as_of_2015(make_pair) -> None:
    pair = make_pair(truck={"class_c": "2.0.0"})
    pair.charge()
    assert pair.charger.phase is ChargerPhase.CHARGING
    assert pair.messages("VC") == []


def test_agreed_class_c_ends_with_a_note_and_nothing_else(make_pair) -> None:
    pair = make_pair(truck={"class_c": "2.1.0"}, charger={"class_c": "2.0.0"})
    pair.charge(8)
    assert pair.order_of_messages() == ["VC"]
    assert (pair.charger.note, pair.bms.note) == (AGREED, AGREED)
    assert (pair.charger.phase, pair.bms.phase) == (ChargerPhase.ENDED, VehiclePhase.FINISHED)
    assert pair.messages("VC")[-1].t_ns < s(1)


def test_class_c_is_negotiated_again_after_replugging(make_pair) -> None:
    pair = make_pair(truck={"class_c": "1.1.0"}, charger={"class_c": "1.1.0"})
    complete(pair)
    before = len(pair.messages("VC"))
    pair.order(pair.cable.unplug)
    pair.run_for(s(1))
    complete(pair)
    assert len(pair.messages("VC")) > before
    assert pair.bms.phase is VehiclePhase.ENDED


@pytest.mark.parametrize("model", [dc_charger, heavy_truck])
def test_version_of_class_c_must_be_one(model) -> None:
    with pytest.raises(ConfigError, match=r"option 'class_c': '2' is no version like 2\.0\.0"):
        model({"class_c": "2"})


def told(pair) -> list[tuple[int, str, bytes]]:
    return [(message.t_ns, message.name, message.data) for message in pair.messages()]


@pytest.mark.parametrize("fault", OF_VEHICLE, ids=lambda fault: fault.name)
def test_fault_of_an_edition_shows_there_and_nowhere_else(make_pair, fault) -> None:
    seen = {}
    for edition in ("2011", "2015"):
        pairs = [make_pair(truck=speaking(edition, faults=faults), charger=speaking(edition)) for faults in ([], [fault.name])]
        for pair in pairs:
            complete(pair)
        seen[edition] = told(pairs[0]) != told(pairs[1])
    assert seen["2011"]
    assert not seen["2015"] or fault.name == "brm_49_in_2011"


@pytest.mark.parametrize("fault", OF_CHARGER, ids=lambda fault: fault.name)
def test_fault_of_a_charger_shows_in_its_edition(make_pair, fault) -> None:
    edition = "2023A" if fault.name in ("ccs_8_in_2023", "output_above_the_demand") else "2011"
    pairs = [make_pair(truck=speaking(edition), charger=speaking(edition, faults=faults)) for faults in ([], [fault.name])]
    for pair in pairs:
        complete(pair)
    assert told(pairs[0]) != told(pairs[1])
