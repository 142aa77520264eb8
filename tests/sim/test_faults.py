"""Every registered fault changes what can be observed, and nothing else does."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from harness.core import ms, s
from harness.protocols.gbt27930.behaviour import Behaviour, Change, Moment, Suppress, TimerEffect
from harness.protocols.j1939 import AbortReason, GrantPolicy
from harness.sim.faults import VEHICLE_FAULTS, Fault, behaviour_of, register
from harness.sim.faults.vehicle.editions import EDITION_FAULTS
from harness.sim.faults.vehicle.end import END_FAULTS
from harness.sim.faults.vehicle.heavy import HEAVY_FAULTS
from harness.sim.faults.vehicle.inside import INSIDE_END_FAULTS
from harness.sim.faults.vehicle.transport import TRANSPORT_FAULTS


def _charger_stops(pair) -> None:
    pair.charge(1.5)
    pair.order(pair.charger.stop)
    pair.run_for(s(2.5))


def _vehicle_stops(pair) -> None:
    pair.charge(1)
    pair.order(pair.cable.ask_vehicle_to_stop)
    pair.run_for(s(3))


def _held(phase: str, seconds: float, *, begin: str = "handshake") -> Callable[..., None]:
    def scenario(pair) -> None:
        pair.order(lambda: pair.charger.hold(phase))
        pair.plug_in()
        pair.begin(begin)
        pair.run_for(s(seconds))

    return scenario


def _never_charging_ready(pair) -> None:
    pair.order(lambda: pair.charger.set_ready(False))
    _held("ready", 75)(pair)


def _silent_in_ready(pair) -> None:
    pair.order(lambda: pair.charger.hold("configuration"))
    pair.plug_in()
    pair.begin()
    pair.run_for(s(5))
    pair.order(pair.charger.silence)
    pair.run_for(s(10))


def _without_cts(pair) -> None:
    pair.order(lambda: pair.charger.withhold("CTS"))
    _held("configuration", 4)(pair)


def _cts_not_supplied(pair) -> None:
    pair.order(lambda: pair.charger.override_data("CTS", b"\xff" * 7))
    _held("configuration", 4)(pair)


def _only_cts(pair) -> None:
    pair.order(lambda: pair.charger.withhold("CML"))
    _held("configuration", 9)(pair)


def _no_region(pair) -> None:
    pair.order(lambda: pair.charger.override("CRM", region_code=b"\xff\xff\xff"))
    _held("recognition", 3)(pair)


def _no_grant(pair) -> None:
    pair.order(lambda: pair.charger.grant("BRM", GrantPolicy.never()))
    _held("recognition", 4)(pair)


def _no_csd(pair) -> None:
    pair.charge(1)
    pair.order(lambda: pair.charger.withhold("CSD"), pair.charger.stop)
    pair.run_for(s(3))


def _no_ccs(pair) -> None:
    pair.charge(1)
    pair.order(lambda: pair.charger.withhold("CCS"))
    pair.run_for(s(5))


def _charger_of_2011_and_again(pair) -> None:
    _held("recognition", 3, begin="recognition")(pair)
    pair.order(pair.cable.unplug)
    pair.run_for(s(0.5))
    _held("recognition", 3)(pair)


def _nothing(pair) -> None:
    pair.plug_in()
    pair.run_for(s(62))


def _plugged_anew(pair) -> None:
    pair.order(pair.charger.silence, pair.cable.unplug)
    pair.run_for(s(0.5))
    pair.order(pair.charger.revert)
    pair.charge(1)


def _odd(phase: str, *orders: Callable[..., None], seconds: float = 2) -> Callable[..., None]:
    """In *phase* one order after the other, some time for each, then an ordinary session."""

    def scenario(pair) -> None:
        _held(phase, 3)(pair)
        for order in orders:
            pair.order(functools.partial(order, pair.charger))
            pair.run_for(s(seconds))
        _plugged_anew(pair)

    return scenario


def _refused(pair) -> None:
    pair.order(lambda: pair.charger.grant("BRM", GrantPolicy.refuse(AbortReason.RESOURCES)))
    _held("recognition", 10)(pair)


def _version_2(pair) -> None:
    pair.order(lambda: pair.charger.override_data("CHM", b"\x02\x00\x00"))
    _held("handshake", 2)(pair)
    _plugged_anew(pair)


def _crm_aa_unasked(pair) -> None:
    pair.order(lambda: pair.charger.grant("BRM", GrantPolicy.never()))
    _odd("recognition", lambda charger: charger.override("CRM", recognition=0xAA))(pair)


def _reconnected_after(seconds: float) -> Callable[..., None]:
    def scenario(pair) -> None:
        pair.order(lambda: pair.charger.silence_after("BEM"))
        _held("recognition", 8 + seconds)(pair)
        pair.order(pair.charger.revert, lambda: pair.charger.begin("recognition"))
        pair.run_for(s(3))
        _plugged_anew(pair)

    return scenario


def _never_recognised(pair) -> None:
    _held("recognition", 40)(pair)
    _plugged_anew(pair)


def _late_crm(pair) -> None:
    _held("handshake", 29)(pair)
    pair.order(lambda: pair.charger.hold("recognition"))
    pair.run_for(s(2))


def _crm_after_bem(pair) -> None:
    _held("handshake", 33)(pair)
    pair.order(lambda: pair.charger.hold("recognition"))
    pair.run_for(s(2))


def _recognised_late(pair) -> None:
    _held("recognition", 6.5)(pair)
    pair.order(lambda: pair.charger.hold("identified"))
    pair.run_for(s(1))


def _jitter(pair) -> None:
    pair.order(lambda: pair.charger.vary("CHM", ms(225), ms(275)), lambda: pair.charger.vary("CRM", ms(225), ms(275)))
    _held("handshake", 4)(pair)
    pair.order(lambda: pair.charger.hold("recognition"))
    pair.run_for(s(4))


def _charging(*orders: Callable[..., None], seconds: float = 3, before: Callable[..., None] | None = None) -> Callable[..., None]:
    """In a running charge one order after the other, some time for each, then an ordinary session; *before* it begins, another one."""

    def scenario(pair) -> None:
        if before is not None:
            pair.order(functools.partial(before, pair.charger))
        pair.charge(1)
        for order in orders:
            pair.order(functools.partial(order, pair.charger))
            pair.run_for(s(seconds))
        _plugged_anew(pair)

    return scenario


def _vehicle_pauses(pair) -> None:
    pair.charge(1)
    for on in (True, False):
        pair.order(functools.partial(pair.cable.ask_vehicle_to_pause, on))
        pair.run_for(s(2))


def _stopped_during_bmv(pair) -> None:
    pair.charge(0)
    while not pair.messages("BMV.RTS"):
        pair.run_for(ms(5))
    pair.run_for(ms(30))
    pair.order(pair.charger.stop)
    pair.run_for(s(2))


def _with_optional_messages(pair) -> None:
    pair.charge(14)
    pair.order(lambda: pair.charger.grant("BMV", GrantPolicy.refuse(AbortReason.BUSY)))
    pair.run_for(s(10))


def _ccs_lost_again_and_again(pair) -> None:
    pair.charge(1)
    for _ in range(2):
        pair.order(lambda: pair.charger.withhold("CCS"))
        pair.run_for(s(4))
        pair.order(pair.charger.revert, lambda: pair.charger.begin("recognition"))
        pair.run_for(s(6))


def _cem(pair) -> None:
    pair.charge(1)
    pair.order(lambda: pair.charger.also_send("CEM", every_ns=ms(250), timeout_bcs=1))
    pair.run_for(s(3))
    pair.order(pair.charger.silence)
    pair.run_for(s(10))
    pair.order(pair.charger.revert, lambda: pair.charger.begin("recognition"))
    pair.run_for(s(3))


def _told(**signals: float) -> Callable[..., None]:
    return _charging(lambda charger: charger.override("CCS", **signals))


def _from_bcp(before: Callable[..., None], *orders: Callable[..., None], seconds: float = 4) -> Callable[..., None]:
    """After BCP the order *before*, and the charger goes on for *seconds*; then the other orders, then an ordinary session."""

    def scenario(pair) -> None:
        _held("identified", 3)(pair)
        pair.order(functools.partial(before, pair.charger), lambda: pair.charger.hold(None))
        pair.run_for(s(seconds))
        for order in orders:
            pair.order(functools.partial(order, pair.charger))
            pair.run_for(s(8))
        _plugged_anew(pair)

    return scenario


def _offering(**signals: float) -> Callable[..., None]:
    return _from_bcp(lambda charger: charger.override("CML", **signals))


def _telling(message: str, data: str) -> Callable[..., None]:
    return _from_bcp(lambda charger: charger.override_data(message, bytes.fromhex(data)), seconds=8)


def _waits(charger) -> None:
    """No order: time passes."""


def _cro_before_cml(charger) -> None:
    charger.also_send("CRO", every_ns=ms(250), ready=0xAA)


def _cml_at_last(charger) -> None:
    charger.stop_sending("CRO")
    charger.hold("configuration")


def _cem_for_crm(charger) -> None:
    charger.withhold("CRM")
    charger.also_send("CEM", every_ns=ms(250), timeout_bcp=1)


def _recognition_anew(charger) -> None:
    charger.revert()
    charger.begin("recognition")


_CST_UNTRUSTED = b"\xaa\xaa\xfa\xfa"
_CCS_OF_6 = bytes.fromhex("9A18DC050000")

TRUCKS = {name: {"bmv": True, "bmt": True, "bsp": True, "dt_gap_s": 0.002} for name in ("optional messages", "stopped during BMV")}
"""Options of the truck in a scenario that needs them."""

SCENARIOS = {
    "charger stops": _charger_stops,
    "vehicle stops": _vehicle_stops,
    "no CCS": _no_ccs,
    "no CSD": _no_csd,
    "long handshake": _held("handshake", 40),
    "no CRM(AA)": _held("recognition", 10),
    "no CML": _held("identified", 12),
    "only CTS": _only_cts,
    "without CTS": _without_cts,
    "CTS not supplied": _cts_not_supplied,
    "no region": _no_region,
    "no grant": _no_grant,
    "silent in READY": _silent_in_ready,
    "2011": _charger_of_2011_and_again,
    "nothing": _nothing,
    "BRM refused": _refused,
    "CRM undefined": _odd("recognition", lambda charger: charger.override("CRM", recognition=0x55), seconds=6),
    "CRM short": _odd("recognition", lambda charger: charger.override_data("CRM", bytes((0xAA, 1, 0, 0, 0, 0x30, 0x30)))),
    "CRM misaddressed": _odd(
        "recognition",
        lambda charger: charger.readdress("CRM", 0x456, extended=False),
        lambda charger: charger.override("CRM", recognition=0xAA),
        lambda charger: charger.readdress("CRM", 0x1801F457),
    ),
    "CRM of low priority": _odd(
        "recognition",
        lambda charger: charger.readdress("CRM", 0x1C01F456),
        lambda charger: charger.override("CRM", recognition=0xAA),
    ),
    "CHM unknown": _version_2,
    "CRM(AA) unasked": _crm_aa_unasked,
    "reconnect": _reconnected_after(25),
    "late reconnect": _reconnected_after(31),
    "never recognised": _never_recognised,
    "late CRM": _late_crm,
    "CRM after BEM": _crm_after_bem,
    "recognised late": _recognised_late,
    "jitter": _jitter,
    "never ready": _never_charging_ready,
    "first CCS missing": _charging(seconds=0, before=lambda charger: charger.withhold("CCS")),
    "first CCS missing for long": _charging(lambda charger: None, seconds=9, before=lambda charger: charger.withhold("CCS")),
    "pause": _charging(lambda charger: charger.pause(), lambda charger: charger.pause(False), seconds=21),
    "vehicle pauses": _vehicle_pauses,
    "derated": _charging(lambda charger: charger.limit(50), seconds=6),
    "nearly nothing delivered": _charging(lambda charger: charger.limit(6)),
    "untrusted": _charging(
        lambda charger: charger.override("CCS", permitted=2),
        lambda charger: charger.also_send("CST", every_ns=ms(10), data=_CST_UNTRUSTED),
    ),
    "optional messages": _with_optional_messages,
    "stopped during BMV": _stopped_during_bmv,
    "CCS of 7 bytes": _charging(lambda charger: charger.override_data("CCS", _CCS_OF_6 + b"\xfd")),
    "CCS of 6 bytes": _charging(lambda charger: charger.override_data("CCS", _CCS_OF_6)),
    "CCS of too much voltage": _told(voltage_v=735.0),
    "CCS of the largest voltage": _told(voltage_v=6553.5),
    "CCS of no voltage": _told(voltage_v=0.0),
    "CCS of too much current": _told(current_a=-300.0),
    "CCS of 600 min": _told(elapsed_min=600),
    "CCS of more than 600 min": _told(elapsed_min=601),
    "CCS missing for a while": _charging(lambda charger: charger.withhold("CCS"), lambda charger: charger.resume("CCS"), seconds=0.85),
    "CCS slow": _charging(lambda charger: charger.pace("CCS", ms(200))),
    "CML for CCS": _charging(
        lambda charger: charger.withhold("CCS"), lambda charger: charger.also_send("CML", every_ns=ms(50)), seconds=0.8
    ),
    "BCS not granted": _charging(lambda charger: charger.never_grant("BCS")),
    "CEM": _cem,
    "CCS lost again and again": _ccs_lost_again_and_again,
    "foreign traffic": _charging(lambda charger: charger.also_send_random(500)),
    "CML of too little voltage": _offering(max_voltage_v=620.0),
    "CML of too much voltage": _offering(min_voltage_v=640.0),
    "CML without current": _offering(max_current_a=0.0),
    "CML of a discharge": _offering(max_current_a=0.1),
    "CML of 400 A": _offering(max_current_a=-400.0),
    "CML of 6553.5 V": _offering(max_voltage_v=6553.5),
    "CML exchanged": _offering(max_current_a=-20.0, min_current_a=-100.0),
    "CML of 6 bytes": _telling("CML", "1C257C01DC05"),
    "CTS in binary": _telling("CTS", "2D1E080106E907"),
    "CTS of 31 February": _telling("CTS", "00001231022520"),
    "CTS of the year 0": _telling("CTS", "00001201060000"),
    "CRO(FF)": _telling("CRO", "FF"),
    "CRO(55)": _telling("CRO", "55"),
    "CRO stops": _from_bcp(lambda charger: charger.set_ready(False), lambda charger: charger.silence()),
    "CRO before CML": _odd("identified", _cro_before_cml, _cml_at_last, lambda charger: charger.hold(None)),
    "late CML": _odd("identified", _waits, lambda charger: charger.hold(None), seconds=3.7),
    "CML after BEM": _odd("identified", _waits, lambda charger: charger.hold(None), seconds=6),
    "late CRO(AA)": _from_bcp(lambda charger: charger.set_ready(False), lambda charger: charger.set_ready(True), seconds=59),
    "CRO(AA) after BEM": _from_bcp(lambda charger: charger.set_ready(False), lambda charger: charger.set_ready(True), seconds=65),
    "CST in configuration": _odd("configuration", lambda charger: charger.stop(), seconds=3),
    "CEM in configuration": _odd("identified", _cem_for_crm, _recognition_anew, seconds=3),
}


SHOWN: dict[str, list[str]] = tomllib.loads(Path(__file__).with_name("faults-shown.toml").read_text(encoding="utf-8"))["shown"]
"""Scenario -> the faults that show in it."""
_OTHER_TRUCKS = frozenset(fault.name for fault in (*HEAVY_FAULTS, *EDITION_FAULTS, *END_FAULTS, *TRANSPORT_FAULTS, *INSIDE_END_FAULTS)) | {
    name for name in VEHICLE_FAULTS if name.startswith("dual_")
}
"""Faults that show on a truck with two inlets, a large pack or a swapped one, or of 2011 only;
those of the end and of the transport are played in test_faults_end."""


@pytest.mark.parametrize(("scenario", "fault"), [(scenario, fault) for scenario, faults in SHOWN.items() for fault in faults])
def test_fault_can_be_observed(shows, scenario, fault) -> None:
    assert shows(SCENARIOS[scenario], fault, truck=TRUCKS.get(scenario))


def test_every_fault_is_looked_for() -> None:
    looked_for = [fault for faults in SHOWN.values() for fault in faults]
    assert sorted(looked_for) == sorted(VEHICLE_FAULTS.keys() - _OTHER_TRUCKS)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_healthy_truck_does_the_same_every_time(shows, scenario) -> None:
    assert not shows(SCENARIOS[scenario], truck=TRUCKS.get(scenario))


def test_faults_combine(make_pair) -> None:
    pair = make_pair(truck={"faults": ["bhm_length_3", "bst_period_50ms"]})
    _charger_stops(pair)
    assert {len(message.data) for message in pair.messages("BHM")} == {3}
    assert {round((b.t_ns - a.t_ns) / 1e6) for a, b in pairwise(pair.messages("BST"))} == {50}


def test_every_fault_says_what_it_does() -> None:
    assert all(fault.text and fault.text[0].isalnum() for fault in VEHICLE_FAULTS.values())


def test_two_faults_of_one_name_are_refused() -> None:
    fault = Fault("a", "text", (Suppress("BHM"),))
    with pytest.raises(ValueError, match="two faults are named 'a'"):
        register(fault, fault)


def test_fault_without_effect_is_refused() -> None:
    with pytest.raises(ValueError, match="'a' has no effect"):
        register(Fault("a", "text", ()))


def test_healthy_behaviour_changes_nothing() -> None:
    behaviour = Behaviour()
    assert not behaviour.concerns("BHM")
    assert behaviour.timer_ns("TB1", 5, Moment(0, "WAITING", 0, {}, {}, {})) == 5
    assert behaviour.error("timeout_ccs") == "timeout_ccs"
    assert behaviour.options() == {}


def test_effects_keep_the_order_of_the_registry() -> None:
    registry = register(Fault("one", "text", (Change("BSM", {"permitted": 0}),)), Fault("two", "text", (TimerEffect("TB1", None),)))
    assert behaviour_of(["two", "one"], registry).effects == (*registry["one"].effects, *registry["two"].effects)
