"""Orders to the tester on the bus of a truck, and what of them is seen there."""

from __future__ import annotations

import pytest

from harness.core import Frame, ms, s
from harness.protocols.j1939 import GLOBAL, GrantPolicy, build_id, split_id
from harness.protocols.j1939.name import Name
from harness.protocols.vehicle.tester import BusTester, BusTesterOptions


@pytest.fixture
def tester() -> BusTester:
    """A tester that has its address."""
    made = BusTester(BusTesterOptions())
    made.start(0)
    made.handle_timers(ms(250))
    return made


def sent(tester: BusTester, until_ns: int = s(1)) -> list[tuple[int, Frame]]:
    """What it sends up to an instant; an order of this moment goes out at once."""
    out, now_ns = [], ms(250)
    while (due_ns := tester.next_deadline_ns()) is not None and due_ns <= until_ns:
        now_ns = max(now_ns, due_ns)
        out += [(now_ns, frame) for frame in tester.handle_timers(now_ns) if isinstance(frame, Frame)]
    return out


def test_tester_claims_its_address_and_says_nothing_by_itself() -> None:
    made = BusTester(BusTesterOptions())
    (claim,) = made.start(0)
    assert isinstance(claim, Frame)
    assert (split_id(claim.can_id).pgn, split_id(claim.can_id).source) == (0xEE00, 0xF9)
    assert sent(made) == []


def test_request_goes_out_once(tester: BusTester) -> None:
    tester.request_pgn(0xFEEC, 0x27)
    tester.request_pgn(0xFEEC, length=2)
    assert [frame for _, frame in sent(tester)] == [
        Frame(build_id(0xEA00, 0xF9, 0x27), bytes.fromhex("ECFE00")),
        Frame(build_id(0xEA00, 0xF9, GLOBAL), bytes.fromhex("ECFE")),
    ]
    assert sent(tester) == []


def test_frames_are_sent_under_the_address_of_somebody_else(tester: BusTester) -> None:
    tester.send(0xFEF1, bytes(8), source=0x27)
    tester.send_frame(0x123, b"x", extended=False)
    tester.claim(Name(1, 2), 0x27)
    assert [frame for _, frame in sent(tester)] == [
        Frame(build_id(0xFEF1, 0x27), bytes(8)),
        Frame(0x123, b"x", extended=False),
        Frame(build_id(0xEE00, 0x27), Name(1, 2).data),
    ]


def test_flood_keeps_its_rate_and_ends(tester: BusTester) -> None:
    tester.flood([Frame(1), Frame(2)], per_s=100, for_ns=ms(95))
    rows = sent(tester)
    assert [frame.can_id for _, frame in rows] == [1, 2] * 5
    assert [t_ns - rows[0][0] for t_ns, _ in rows] == [ms(10 * index) for index in range(10)]
    assert tester.next_deadline_ns() is None


def test_transfer_and_its_grants_follow_the_orders(tester: BusTester) -> None:
    tester.transfer(0xFED8, bytes(9), 0x27)
    assert sent(tester)[0][1].data[:1] == b"\x10"
    tester.grant(GrantPolicy.never())
    assert tester.receive(s(2), Frame(build_id(0xEC00, 0x27, 0xF9), bytes.fromhex("10120003FFECFE00"))) == []
    tester.grant(GrantPolicy.chunks(1))
    (cts,) = tester.receive(s(5), Frame(build_id(0xEC00, 0x27, 0xF9), bytes.fromhex("10120003FFECFE00")))
    assert isinstance(cts, Frame)
    assert cts.data == bytes.fromhex("110101FFFFECFE00")


def test_random_frames_follow_the_seed() -> None:
    first, again, other = (BusTester(BusTesterOptions(seed=seed)).random_frames(20) for seed in (1, 1, 2))
    assert first == again != other
    assert {split_id(frame.can_id).pgn for frame in BusTester(BusTesterOptions()).random_frames(20, groups=[0xFEF1])} == {0xFEF1}
