"""The charger of the tester: phases, their messages, and the orders of a case."""

from __future__ import annotations

from itertools import pairwise

import pytest

from harness.core import Frame, LocalProtocolError, ms, s
from harness.protocols.gbt27930.charger.table import ARMED_BY_SENDING, CANCELLED, PHASES, REARMED, ChargerPhase, Fact
from harness.protocols.gbt27930.codec import codec_2015
from harness.protocols.gbt27930.messages import MESSAGES
from harness.protocols.gbt27930.timers import CHARGER_TIMERS, CHARGER_TIMERS_2023A
from harness.protocols.j1939 import GrantPolicy


def test_table_names_known_messages_and_timers_only() -> None:
    own = {"NO_BHM", "INSULATION", "OUTPUT_READY", "PAUSE", "RECONNECT"}
    armed = {timer for row in PHASES.values() for timer in row.arms}
    armed |= {timer for table in (ARMED_BY_SENDING, REARMED, CANCELLED) for timers in table.values() for timer in timers}
    assert armed - own == (set(CHARGER_TIMERS) | set(CHARGER_TIMERS_2023A)) - {"TC13"}
    assert {name for row in PHASES.values() for name in row.sends} == {name for name, row in MESSAGES.items() if row.sender == "charger"}


def test_every_fact_ends_a_phase() -> None:
    assert {fact for row in PHASES.values() for fact in row.needs or ()} == set(Fact)


def test_idle_charger_is_silent(charger) -> None:
    charger.run_until(s(60))
    assert charger.sent == []
    assert charger.charger.phase is ChargerPhase.IDLE


def test_session_runs_through_all_phases(charger) -> None:
    charger.walk_to_charging()
    charger.run_for(s(1))
    charger.charger.stop()
    charger.act()
    charger.say("BRO(00)")
    charger.run_for(ms(300))
    charger.hear(_vehicle("BSD"))
    charger.run_for(s(3))
    assert charger.names() == ["CHM", "CRM", "CTS", "CML", "CRO", "CCS", "CST", "CSD"]
    assert charger.charger.phase is ChargerPhase.ENDED
    assert len(charger.times("CSD")) == 5


def test_orders_are_due_at_once(charger) -> None:
    charger.run_until(s(5))
    charger.charger.begin()
    assert charger.machine.next_deadline_ns() <= s(5)
    charger.act()
    assert charger.times("CHM") == [s(5)]


def test_recognition_may_begin_without_handshake(charger) -> None:
    charger.charger.begin("recognition")
    charger.run_for(s(1))
    assert charger.names() == ["CRM"]


def test_insulation_test_lasts_as_long_as_the_option_says(make_charger) -> None:
    charger = make_charger(insulation_s=17.0)
    charger.charger.begin()
    charger.run_until(s(1))
    charger.say("BHM")
    charger.run_until(s(18) - 1)
    assert charger.names() == ["CHM"]
    charger.run_for(1)
    assert charger.names() == ["CHM", "CRM"]


_STATES = ("cell_voltage_state", "soc_state", "over_current", "over_temp", "insulation", "connector")


def _vehicle(name: str, **changes: int) -> Frame:
    """A single frame of the vehicle: no reason, no fault, charging permitted."""
    values = {signal.name: int(signal.name not in _STATES) for signal in codec_2015().layout(name).signals}
    if name == "BST":
        values = dict.fromkeys(values, 0)
    return Frame(MESSAGES[name].can_id, codec_2015().encode(name, {**values, **changes}, strict=False))


HELD = [
    (ChargerPhase.HANDSHAKE, "CHM"),
    (ChargerPhase.RECOGNITION, "CRM"),
    (ChargerPhase.IDENTIFIED, "CRM"),
    (ChargerPhase.CONFIGURATION, "CML"),
    (ChargerPhase.READY, "CRO"),
    (ChargerPhase.CHARGING, "CCS"),
    (ChargerPhase.STOPPING, "CST"),
    (ChargerPhase.STATISTICS, "CSD"),
]


def _walk(charger) -> None:
    """All that a vehicle does in a session, at the instants at which a healthy one does it."""
    charger.walk_to_charging()
    charger.run_for(ms(200))
    charger.hear(_vehicle("BST"))
    charger.run_for(ms(100))
    charger.hear(_vehicle("BSD"))
    charger.run_for(s(3))


@pytest.mark.parametrize(("phase", "name"), HELD, ids=lambda value: getattr(value, "name", ""))
def test_held_phase_goes_on_whatever_the_vehicle_sends(charger, phase, name) -> None:
    charger.charger.hold(phase.name.lower())
    _walk(charger)
    assert charger.charger.phase is phase
    charger.clear()
    charger.run_for(s(1))
    assert name in charger.names()
    assert {b - a for a, b in pairwise(charger.times(name))} == {MESSAGES[name].period_ns}


@pytest.mark.parametrize(("phase", "name"), HELD[:-1], ids=lambda value: getattr(value, "name", ""))
def test_released_phase_ends_at_once_if_its_end_was_seen(charger, phase, name) -> None:
    charger.charger.hold(phase)
    _walk(charger)
    charger.charger.hold(None)
    charger.act()
    assert charger.charger.phase is not phase


@pytest.mark.parametrize(("phase", "name"), HELD, ids=lambda value: getattr(value, "name", ""))
def test_withheld_message_leaves_a_gap_on_its_grid(charger, phase, name) -> None:
    charger.charger.hold(phase)
    charger.charger.withhold(name)
    _walk(charger)
    assert name not in charger.names()
    charger.charger.resume(name)
    charger.run_for(s(1))
    times = charger.times(name)
    assert times
    assert all((b - times[0]) % MESSAGES[name].period_ns == 0 for b in times)


@pytest.mark.parametrize(("phase", "name"), HELD, ids=lambda value: getattr(value, "name", ""))
def test_silence_stops_everything_in_every_phase(charger, phase, name) -> None:
    charger.charger.hold(phase)
    _walk(charger)
    charger.charger.silence()
    charger.clear()
    charger.run_for(s(2))
    charger.tell("BCS")
    assert charger.sent == []
    charger.charger.silence(False)
    charger.run_for(s(1))
    assert name in charger.names()


def test_override_sends_values_out_of_range(charger) -> None:
    charger.charger.override("CRM", recognition=0x55)
    charger.charger.begin("recognition")
    charger.run_for(ms(100))
    assert charger.values("CRM")[0]["recognition"] == 0x55
    charger.charger.override("CRM")
    charger.run_for(ms(300))
    assert charger.values("CRM")[-1]["recognition"] == 0x00


def test_override_data_sends_exactly_these_bytes(charger) -> None:
    charger.charger.override_data("CHM", b"\x02\x00")
    charger.charger.begin()
    charger.act()
    assert charger.sent[0][1].data == b"\x02\x00"
    charger.charger.override_data("CHM", None)
    charger.run_for(ms(250))
    assert charger.sent[1][1].data == b"\x01\x01\x00"


def test_readiness_can_be_forced_either_way(charger) -> None:
    charger.charger.hold("ready")
    charger.charger.set_ready(False)
    charger.charger.begin("recognition")
    charger.act()
    charger.tell("BRM")
    charger.tell("BCP")
    charger.say("BRO(AA)")
    charger.run_for(s(70))
    assert {value["ready"] for value in charger.values("CRO")} == {0x00}
    charger.charger.set_ready(True)
    charger.run_for(ms(250))
    assert charger.values("CRO")[-1]["ready"] == 0xAA
    charger.charger.set_ready(None)
    charger.run_for(ms(250))
    assert charger.values("CRO")[-1]["ready"] == 0xAA


def test_bcl_and_bcs_before_cro_aa_do_not_count(charger) -> None:
    charger.charger.set_ready(False)
    charger.walk_to_charging()
    assert charger.charger.phase is ChargerPhase.READY


def test_bro_00_takes_the_readiness_back(charger) -> None:
    charger.charger.hold("configuration")
    charger.charger.begin("recognition")
    charger.act()
    charger.tell("BRM")
    charger.tell("BCP")
    charger.say("BRO(AA)", "BRO(00)")
    charger.charger.hold(None)
    charger.act()
    assert charger.charger.phase is ChargerPhase.CONFIGURATION


def test_grant_policy_holds_for_one_message_only(charger) -> None:
    charger.charger.grant("BRM", GrantPolicy.never())
    charger.charger.begin("recognition")
    charger.act()
    charger.tell("BRM")
    assert charger.charger.phase is ChargerPhase.RECOGNITION
    charger.charger.grant("BRM", None)
    charger.tell("BRM")
    assert charger.charger.phase is ChargerPhase.IDENTIFIED


def test_stop_sends_cst_every_10_ms_with_its_reason(charger) -> None:
    charger.walk_to_charging()
    charger.run_for(s(1))
    charger.charger.stop("emergency")
    charger.run_for(ms(100))
    assert {b - a for a, b in pairwise(charger.times("CST"))} == {ms(10)}
    assert {name for name, value in charger.values("CST")[0].items() if value == 1} == {"emergency_stop"}


def test_stop_may_be_preceded_by_a_pause(charger) -> None:
    charger.walk_to_charging()
    charger.run_for(s(1))
    charger.charger.stop("manual", pause_first=True)
    charger.clear()
    charger.act()
    charger.run_for(s(1) - 1)
    assert {value["permitted"] for value in charger.values("CCS")} == {0}
    assert charger.times("CST") == []
    charger.run_for(1)
    assert len(charger.times("CST")) == 1


def test_bst_of_the_vehicle_is_answered_as_such(charger) -> None:
    charger.walk_to_charging()
    charger.hear(_vehicle("BST"))
    assert {name for name, value in charger.values("CST")[0].items() if value == 1} == {"bms_stopped"}


@pytest.mark.parametrize("state", ["insulation", "cell_voltage_state", "over_temp"])
def test_abnormal_battery_state_stops_charging(charger, state) -> None:
    charger.walk_to_charging()
    charger.hear(_vehicle("BSM", **{state: 1}))
    assert charger.charger.phase is ChargerPhase.STOPPING


def test_untrusted_battery_state_changes_nothing(charger) -> None:
    charger.walk_to_charging()
    charger.hear(_vehicle("BSM", insulation=2, permitted=0))
    assert charger.charger.phase is ChargerPhase.CHARGING
    assert not charger.charger.output.paused


def test_battery_may_pause_and_resume(charger) -> None:
    charger.walk_to_charging()
    charger.hear(_vehicle("BSM", permitted=0))
    charger.run_for(ms(50))
    assert charger.values("CCS")[-1]["permitted"] == 0
    charger.hear(_vehicle("BSM"))
    charger.run_for(ms(50))
    assert charger.values("CCS")[-1]["permitted"] == 1


@pytest.mark.parametrize("length", [7, 8])
def test_ccs_has_the_length_of_the_option(make_charger, length) -> None:
    charger = make_charger(ccs_length=length)
    charger.walk_to_charging()
    assert {len(frame.data) for _, frame in charger.sent if charger.name(frame) == "CCS"} == {length}


def test_send_log_holds_the_schedule_of_what_was_sent(charger) -> None:
    charger.charger.begin()
    charger.act()
    deadline = charger.machine.next_deadline_ns()
    charger.now_ns = deadline + ms(3)
    charger.act()
    assert charger.charger.send_log == [(0, "CHM"), (ms(250), "CHM")]


def test_clock_of_cts_is_bcd_and_runs_with_the_session(make_charger) -> None:
    charger = make_charger(date="2024-12-31T23:59:58")
    charger.charger.hold("configuration")
    charger.charger.begin("recognition")
    charger.run_for(s(3))
    charger.tell("BRM")
    charger.tell("BCP")
    first = charger.values("CTS")[0]
    assert [first[name] for name in ("year", "month", "day", "hour", "minute", "second")] == [0x2025, 1, 1, 0, 0, 1]


@pytest.mark.parametrize(
    ("order", "text"),
    [
        (lambda c: c.begin("charging"), "a session does not begin with 'charging'"),
        (lambda c: c.hold("recogniton"), "did you mean 'recognition'"),
        (lambda c: c.withhold("BHM"), "the charger sends no 'BHM'"),
        (lambda c: c.override("CCX", voltage_v=1), "the charger sends no 'CCX'"),
        (lambda c: c.override_data("CHM", bytes(9)), "9 bytes do not fit"),
        (lambda c: c.grant("BHM", None), "'BHM' is no multi-packet message"),
        (lambda c: c.stop("manuel"), "did you mean 'manual'"),
    ],
)
def test_impossible_order_is_refused_with_a_hint(charger, order, text) -> None:
    with pytest.raises(LocalProtocolError, match=text):
        order(charger.charger)


def test_reset_forgets_the_session_and_keeps_the_orders(charger) -> None:
    charger.charger.withhold("CTS")
    charger.walk_to_charging()
    charger.charger.reset()
    assert charger.machine.next_deadline_ns() is None
    assert charger.charger.last == {}
    charger.clear()
    charger.walk_to_charging()
    assert "CTS" not in charger.names()
