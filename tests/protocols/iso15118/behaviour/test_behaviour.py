"""Deviations as data: names that exist, contents changed by path, and a healthy behaviour that changes nothing."""

from __future__ import annotations

import pytest

from harness.core import LocalProtocolError
from harness.protocols.iso15118.behaviour import (
    Act,
    Behaviour,
    Bytes,
    Change,
    Delay,
    Derive,
    Instead,
    Leads,
    Misread,
    Moment,
    OptionEffect,
    Overlook,
    Refrain,
    SessionId,
    Suppress,
    TimerEffect,
    Twice,
    changed,
    leaf,
)
from harness.protocols.iso15118.vehicle.discovery import DISCOVERY
from harness.protocols.iso15118.vehicle.steering import exchanges
from harness.sim.faults.ccs_vehicle import CCS_VEHICLE_FAULTS

NOW = Moment(5, "TALKING", "CableCheck", "iso15118-2", 2, {"CableCheck": 3}, {})
VOLTS = {"Multiplier": 0, "Unit": "V", "Value": 400}
KNOWN = (*exchanges(), DISCOVERY, "")
TIMERS = {"setup", "ongoing", "loop", "ready_to_charge", "discovery", "sdp", "sdp_after_refusal", "cp_b", "close", "open_limit", "response"}


@pytest.mark.parametrize("make", [lambda: Overlook("respons_code"), lambda: Refrain("close"), lambda: Act("CableCheck", "present_d")])
def test_wrong_names_are_refused(make):
    with pytest.raises(ValueError, match="is named"):
        make()


@pytest.mark.parametrize("name", list(CCS_VEHICLE_FAULTS))
def test_faults_name_what_exists(name):
    for effect in CCS_VEHICLE_FAULTS[name].effects:
        assert getattr(effect, "exchange", "") in KNOWN
        if isinstance(effect, TimerEffect):
            kind, _, exchange = effect.name.partition(".")
            assert kind in TIMERS
            assert exchange in (*KNOWN, "cable_check", "pre_charge")
        if isinstance(effect, Leads):
            assert effect.target in (*exchanges(), "again", "leave", "end", "nowhere")
        if isinstance(effect, Instead):
            assert effect.other in exchanges()


def test_healthy_behaviour_changes_nothing():
    healthy, content = Behaviour(), {"a": 1}
    assert healthy.content("CableCheck", content, NOW) is content
    assert healthy.data("CableCheck", b"12", NOW) == b"12"
    assert healthy.misread("CableCheck", content, NOW) is content
    assert healthy.session_id("CableCheck", b"1", NOW) == b"1"
    assert healthy.instead("CableCheck", NOW) == "CableCheck"
    assert healthy.delay_ns("CableCheck", NOW) == 0
    assert healthy.timer_ns("setup", 7, NOW) == 7
    assert healthy.target("CableCheck", NOW) == ""
    assert healthy.actions("CableCheck", NOW) == ()
    assert not healthy.overlooks("session_id", "CableCheck", NOW)
    assert not healthy.refrains("leave", NOW)
    assert healthy.options() == {}


def test_effects_hold_for_their_exchange_and_moment():
    behaviour = Behaviour((
        Change("CableCheck", {"a": 2}), Derive("CableCheck", lambda content, moment: {**content, "b": moment.asked("CableCheck")}),
        Bytes("CableCheck", lambda data: data + b"!"), SessionId("CableCheck", b"x"), Instead("CableCheck", "PreCharge"),
        Delay("CableCheck", 4), Delay("CableCheck", 5, lambda moment: moment.now_ns > 9), Twice("CableCheck"),
        Misread("CableCheck", lambda content, moment: {"said": content}), Overlook("session_id", "CableCheck"),
        Leads("CableCheck", "leave"), TimerEffect("setup", None), Refrain("leave", "CableCheck"), Act("CableCheck", "present_c"),
        OptionEffect("soc_pct", 50.0),
    ))  # fmt: skip
    assert behaviour.content("CableCheck", {"a": 1}, NOW) == {"a": 2, "b": 3}
    assert behaviour.content("PreCharge", {"a": 1}, NOW) == {"a": 1}
    assert behaviour.data("CableCheck", b"12", NOW) == b"12!12!"
    assert behaviour.session_id("CableCheck", b"1", NOW) == b"x"
    assert behaviour.instead("CableCheck", NOW) == "PreCharge"
    assert behaviour.delay_ns("CableCheck", NOW) == 4
    assert behaviour.misread("CableCheck", {"c": 1}, NOW) == {"said": {"c": 1}}
    assert behaviour.overlooks("session_id", "CableCheck", NOW)
    assert not behaviour.overlooks("session_id", "PreCharge", NOW)
    assert behaviour.target("CableCheck", NOW) == "leave"
    assert behaviour.timer_ns("setup", 7, NOW) is None
    assert behaviour.refrains("leave", NOW)
    assert behaviour.actions("CableCheck", NOW) == ("present_c",)
    assert behaviour.options() == {"soc_pct": 50.0}
    assert Behaviour((Suppress("CableCheck"),)).data("CableCheck", b"12", NOW) == b""


def test_leaves_are_changed_by_path():
    content = {"Limit": VOLTS, "Power": {"Exponent": 0, "Value": 5}, "List": [{"Start": 0}, {"Start": 9}], "Code": "OK"}
    told = changed(content, {"Limit": 812.5, "Power": 3_750_000, "List.1.Start": 10, "Code": None, "Status.Ready": True})
    assert told["Limit"] == {"Multiplier": -1, "Unit": "V", "Value": 8125}
    assert told["Power"] == {"Exponent": 3, "Value": 3750}
    assert told["List"] == [{"Start": 0}, {"Start": 10}]
    assert told["Status"] == {"Ready": True}
    assert "Code" not in told
    assert content["List"] == [{"Start": 0}, {"Start": 9}]
    assert leaf(told, "List.1.Start") == 10
    assert leaf(told, "List.2.Start") is None
    assert leaf(told, "Code.x") is None


@pytest.mark.parametrize("path", ["Code.x", "List.2.Start", "List.first", "List.0.Start.x"])
def test_wrong_paths_are_refused(path):
    with pytest.raises(LocalProtocolError, match=r"List|Code"):
        changed({"List": [{"Start": 0}], "Code": "OK"}, {path: 1})
