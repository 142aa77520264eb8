"""How a controller gets an address, keeps it, loses it, and tells of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.core import Frame, ms
from harness.protocols.j1939.claim import ADDRESS_CLAIMED, Claimant, ClaimFaults, ClaimState, ClaimTiming
from harness.protocols.j1939.ids import GLOBAL, NULL, build_id, split_id
from harness.protocols.j1939.name import Name

OWN = Name(identity=100, manufacturer=300, function=9, arbitrary_address_capable=True)
LOWER, HIGHER = replace(OWN, identity=99), replace(OWN, identity=101)
FIXED = replace(OWN, arbitrary_address_capable=False)


def claim(name: Name, address: int) -> Frame:
    return Frame(build_id(ADDRESS_CLAIMED, address, GLOBAL), name.data)


def hear(claimant: Claimant, now_ns: int, frame: Frame) -> list[Frame]:
    return claimant.receive(now_ns, split_id(frame.can_id), frame.data)


def request(destination: int) -> Frame:
    return Frame(build_id(0xEA00, 0xF9, destination), ADDRESS_CLAIMED.to_bytes(3, "little"))


def claimed(name: Name = OWN, *addresses: int, **options: object) -> Claimant:
    """A claimant that has its first address."""
    claimant = Claimant(name, addresses or (0x80, 0x81), **options)  # type: ignore[arg-type]
    claimant.start(0)
    claimant.handle_timers(ms(250))
    return claimant


def test_address_is_claimed_at_once_and_used_after_250_ms() -> None:
    claimant = Claimant(OWN, [0x80])
    assert claimant.start(0) == [claim(OWN, 0x80)]
    assert not claimant.may_send
    assert claimant.next_deadline_ns() == ms(250)
    assert claimant.handle_timers(ms(250)) == []
    assert claimant.may_send


def test_address_of_the_low_range_may_be_used_at_once_where_the_edition_lets_it() -> None:
    for address, may_send in ((0x10, True), (0x80, False), (250, True)):
        claimant = Claimant(OWN, [address], timing=ClaimTiming(at_once=True))
        claimant.start(0)
        assert claimant.may_send == may_send


def test_higher_name_is_answered_with_the_own_claim() -> None:
    claimant = claimed()
    assert hear(claimant, ms(300), claim(HIGHER, 0x80)) == [claim(OWN, 0x80)]
    assert (claimant.state, claimant.address) == (ClaimState.CLAIMED, 0x80)


def test_lower_name_wins_and_the_next_address_is_claimed() -> None:
    claimant = claimed()
    assert hear(claimant, ms(300), claim(LOWER, 0x80)) == [claim(OWN, 0x81)]
    assert claimant.state is ClaimState.CLAIMING
    assert claimant.next_deadline_ns() == ms(550)


@pytest.mark.parametrize(("name", "addresses"), [(FIXED, (0x80, 0x81)), (OWN, (0x80,))])
def test_without_another_address_it_tells_after_a_random_delay_that_it_cannot_claim(name: Name, addresses: tuple[int, ...]) -> None:
    delays = set()
    for seed in range(20):
        claimant = claimed(name, *addresses, seed=seed)
        assert hear(claimant, ms(300), claim(replace(name, identity=99), 0x80)) == []
        assert claimant.state is ClaimState.CANNOT
        due_ns = claimant.next_deadline_ns()
        assert due_ns is not None
        assert claimant.handle_timers(due_ns) == [claim(name, NULL)]
        assert claimant.next_deadline_ns() is None
        delays.add(due_ns - ms(300))
    assert len(delays) > 10
    assert min(delays) > 0
    assert max(delays) < ms(153)


@pytest.mark.parametrize("destination", [GLOBAL, 0x80])
def test_request_is_answered_with_the_claim(destination: int) -> None:
    assert hear(claimed(), ms(300), request(destination)) == [claim(OWN, 0x80)]


def test_request_to_somebody_else_and_of_something_else_is_not_answered() -> None:
    claimant = claimed()
    assert hear(claimant, ms(300), request(0x81)) == []
    assert hear(claimant, ms(300), Frame(build_id(0xEA00, 0xF9, 0x80), bytes.fromhex("ECFE00"))) == []


def test_commanded_address_is_taken_by_the_name_that_is_meant() -> None:
    claimant = claimed()
    ident = split_id(build_id(0xFED8, 0xF9))
    assert claimant.receive(ms(300), ident, HIGHER.data + b"\x90") == []
    assert claimant.address == 0x80
    assert claimant.receive(ms(300), ident, OWN.data + b"\x90") == [claim(OWN, 0x90)]


def test_claim_of_another_address_and_the_own_echo_change_nothing() -> None:
    claimant = claimed()
    assert hear(claimant, ms(300), claim(LOWER, 0x81)) == []
    assert hear(claimant, ms(300), claim(OWN, 0x80)) == []
    assert claimant.may_send


def test_controller_without_power_says_nothing() -> None:
    claimant = claimed()
    claimant.stop()
    assert hear(claimant, ms(300), request(GLOBAL)) == []
    assert claimant.next_deadline_ns() is None
    assert claimant.start(ms(400)) == [claim(OWN, 0x80)]


def test_every_fault_shows_on_the_bus() -> None:
    def after_loss(faults: ClaimFaults) -> tuple[list[Frame], Claimant]:
        claimant = claimed(FIXED, faults=faults)
        return hear(claimant, ms(300), claim(replace(FIXED, identity=99), 0x80)), claimant

    frames, claimant = after_loss(ClaimFaults(keeps_address=True))
    assert (frames, claimant.address, claimant.may_send) == ([], 0x80, True)
    assert after_loss(ClaimFaults(cannot_at_once=True))[0] == [claim(FIXED, NULL)]
    frames, claimant = after_loss(ClaimFaults(silent_loss=True))
    assert (frames, claimant.next_deadline_ns()) == ([], None)
    assert hear(claimed(faults=ClaimFaults(yields_always=True)), ms(300), claim(HIGHER, 0x80)) == [claim(OWN, 0x81)]
    assert hear(claimed(faults=ClaimFaults(deaf_to_requests=True)), ms(300), request(GLOBAL)) == []
    command = split_id(build_id(0xFED8, 0xF9))
    assert claimed(faults=ClaimFaults(takes_any_command=True)).receive(ms(300), command, HIGHER.data + b"\x90") == [claim(OWN, 0x90)]
