"""Every registered fault changes what can be observed, and nothing else does."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest

from harness.core import s
from harness.protocols.gbt27930.behaviour import Behaviour, Change, Moment, Suppress, TimerEffect
from harness.protocols.j1939 import GrantPolicy
from harness.sim.faults import VEHICLE_FAULTS, Fault, behaviour_of, register


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
    "never ready": _never_charging_ready,
}


def _observed(make_pair, scenario: str, faults: tuple[str, ...]) -> str:
    pair = make_pair(truck={"faults": list(faults)})
    SCENARIOS[scenario](pair)
    return pair.kernel.trace.digest()


@pytest.fixture(scope="module")
def healthy() -> Callable[..., str]:
    """What the healthy truck does in a scenario, played once."""
    known: dict[str, str] = {}

    def remembered(make_pair, scenario: str) -> str:
        if scenario not in known:
            known[scenario] = _observed(make_pair, scenario, ())
        return known[scenario]

    return remembered


@pytest.mark.parametrize("name", VEHICLE_FAULTS)
def test_fault_can_be_observed(make_pair, healthy, name) -> None:
    assert any(_observed(make_pair, scenario, (name,)) != healthy(make_pair, scenario) for scenario in SCENARIOS)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_healthy_truck_does_the_same_every_time(make_pair, healthy, scenario) -> None:
    assert _observed(make_pair, scenario, ()) == healthy(make_pair, scenario)


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
