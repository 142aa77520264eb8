"""The vehicle as originator of multi-packet messages, and the deviations that a behaviour can give it."""

from __future__ import annotations

from itertools import pairwise

import pytest

from harness.core import Frame, ms, s
from harness.protocols.gbt27930.behaviour import Behaviour, Broadcast, Refrain, TransportHabit, TransportStall, TransportTime
from harness.protocols.gbt27930.messages import CHARGER, MESSAGES, VEHICLE
from harness.protocols.gbt27930.vehicle import VehiclePhase
from harness.protocols.j1939 import TP_CM, TP_DT, GrantPolicy, Transport, build_id

BRM = MESSAGES["BRM"].pgn
ABORT, BAM, RTS = 0xFF, 0x20, 0x10


@pytest.fixture
def recognised(make_vehicle):
    """A vehicle in RECOGNITION whose charger answers BRM by a policy (``None``: grant everything)."""

    def make(policy: GrantPolicy | None, *effects, **options):
        vehicle = make_vehicle(behaviour=Behaviour(effects), **options)
        vehicle._peer = Transport(CHARGER, grants=policy)
        vehicle.reach(VehiclePhase.RECOGNITION)
        return vehicle

    return make


def control(vehicle, byte: int, to: int = CHARGER) -> list[int]:
    """Instants in ms of the TP.CM frames that begin with *byte*."""
    can_id = build_id(TP_CM, VEHICLE, to, 7)
    return [t_ns // ms(1) for t_ns, frame in vehicle.sent if frame.can_id == can_id and frame.data[0] == byte]


def packets(vehicle) -> list[tuple[int, int]]:
    """Instant in ms and number of the packets."""
    can_id = build_id(TP_DT, VEHICLE, CHARGER, 7)
    return [(t_ns // ms(1), frame.data[0]) for t_ns, frame in vehicle.sent if frame.can_id == can_id]


def gaps(times: list[int]) -> set[int]:
    return {after - before for before, after in pairwise(times)}


def test_unanswered_message_is_announced_in_every_period(recognised) -> None:
    vehicle = recognised(GrantPolicy.never())
    vehicle.run_for(s(2))
    assert gaps(control(vehicle, RTS)) == {250}
    assert control(vehicle, ABORT) == []


def test_held_message_is_not_announced_again(recognised) -> None:
    vehicle = recognised(GrantPolicy.hold(ms(1500), ms(400)))
    vehicle.run_for(ms(1000))
    assert len(control(vehicle, RTS)) == 1
    assert packets(vehicle) == []


def test_message_without_acknowledgement_is_announced_in_the_next_period(recognised) -> None:
    vehicle = recognised(GrantPolicy.unacknowledged())
    vehicle.run_for(s(1))
    assert gaps(control(vehicle, RTS)) == {250}


def test_behaviour_may_announce_nothing_anew_until_the_timer_is_over(recognised) -> None:
    vehicle = recognised(GrantPolicy.never(), Refrain("announce_anew"))
    begin = vehicle.now_ns // ms(1)
    vehicle.run_for(s(1.2))
    assert len(control(vehicle, RTS)) == 1
    vehicle.run_for(s(1))
    assert control(vehicle, ABORT) == [begin + 20 + 1250]


def test_behaviour_may_announce_anew_what_is_held(recognised) -> None:
    vehicle = recognised(GrantPolicy.hold(ms(1500), ms(400)), Refrain("spare_transfers"))
    vehicle.run_for(s(1))
    assert gaps(control(vehicle, RTS)) == {250}


def test_behaviour_may_have_other_times(recognised) -> None:
    vehicle = recognised(GrantPolicy.never(), TransportTime("t3_ns", ms(100)))
    vehicle.run_for(ms(200))
    assert control(vehicle, ABORT)[0] - control(vehicle, RTS)[0] == 100


def test_behaviour_may_broadcast(recognised) -> None:
    vehicle = recognised(None, Broadcast("BRM"))
    vehicle.run_for(s(2))
    assert control(vehicle, RTS) == []
    times = control(vehicle, BAM, to=0xFF)
    assert len(times) >= 3
    assert min(gaps(times)) >= 250


def test_behaviour_may_stall_before_a_packet(recognised) -> None:
    vehicle = recognised(None, TransportStall(BRM, 3, ms(70)))
    vehicle.run_for(ms(200))
    times = [t for t, _ in packets(vehicle)][:7]
    assert [after - before for before, after in pairwise(times)] == [10, 80, 10, 10, 10, 10]


def test_behaviour_may_have_bad_habits(recognised) -> None:
    vehicle = recognised(GrantPolicy.never(), TransportHabit("unasked_data"))
    vehicle.run_for(ms(200))
    assert [number for _, number in packets(vehicle)] == [1, 2, 3, 4, 5, 6, 7]


def test_limit_of_packets_per_grant_is_announced_and_kept(recognised) -> None:
    vehicle = recognised(GrantPolicy.above_limit(5), max_per_cts=2)
    vehicle.run_for(ms(200))
    announced = [frame.data[4] for _, frame in vehicle.sent if isinstance(frame, Frame) and frame.data[:1] == bytes((RTS,))]
    assert announced[:1] == [2]
    assert [number for _, number in packets(vehicle)] == [1, 2]


@pytest.mark.parametrize(("effects", "left"), [((), 0), ((Refrain("forget_reconnects"),), 1)])
def test_reconnects_are_forgotten_with_the_session(make_vehicle, effects, left) -> None:
    vehicle = make_vehicle(behaviour=Behaviour(effects))
    vehicle.reach(VehiclePhase.ERROR)
    vehicle.say("CRM(00)")
    vehicle.plant.change(vehicle.now_ns, is_awake=False)
    vehicle.act()
    vehicle.plant.change(vehicle.now_ns, is_awake=True, wakes=2)
    vehicle.act()
    assert vehicle.vehicle._state.reconnects == left
