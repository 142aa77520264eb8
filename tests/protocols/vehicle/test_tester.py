"""Orders to the tester on the bus of a truck, and what of them is seen there."""

from __future__ import annotations

import pytest

from harness.core import Frame, ms, s
from harness.protocols.isotp import FlowPolicy, IsoTpFaults
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


def answered(tester: BusTester, frame: Frame, now_ns: int = ms(300)) -> list[bytes]:
    """Data of the frames that a frame of a unit brings."""
    return [out.data for out in tester.receive(now_ns, frame) if isinstance(out, Frame)]


FIRST = Frame(0x18DAF127, bytes.fromhex("101462F1904C5A5A"))
FURTHER = Frame(0x18DAF127, bytes.fromhex("21544553543031CC"))


def test_request_goes_to_one_unit_or_to_all(tester: BusTester) -> None:
    tester.uds(bytes.fromhex("22F190"), 0x27)
    tester.uds(bytes.fromhex("3E00"), 0x27, functional=True)
    assert [frame for _, frame in sent(tester)] == [
        Frame(0x18DA27F1, bytes.fromhex("0322F190CCCCCCCC")),
        Frame(0x18DB33F1, bytes.fromhex("023E00CCCCCCCCCC")),
    ]


def test_first_frame_of_a_unit_is_answered_by_the_policy(tester: BusTester) -> None:
    assert answered(tester, FIRST) == [bytes.fromhex("300000CCCCCCCCCC")]
    tester.flow(FlowPolicy(block_size=1, st_min=20))
    assert answered(tester, FIRST) == [bytes.fromhex("300114CCCCCCCCCC")]
    assert answered(tester, FURTHER) == [bytes.fromhex("300114CCCCCCCCCC")]
    tester.flow(FlowPolicy(silent=True))
    assert answered(tester, FIRST) == []
    assert answered(tester, Frame(0x18DAF927, FIRST.data)) == [], "another tester is meant"


def test_new_request_gives_up_the_one_under_way(tester: BusTester) -> None:
    tester.uds(bytes.fromhex("22F190F188F195"), 0x27)
    tester.uds(bytes(9), 0x27)
    tester.uds(bytes.fromhex("3E00"), 0x27)
    frames = [frame.data[:2].hex() for _, frame in sent(tester)]
    assert frames == ["0722", "1009", "023e"]


def test_long_request_to_all_goes_out_though_the_standard_forbids_it(tester: BusTester) -> None:
    tester.uds(bytes(9), 0x27, functional=True)
    ((_, frame),) = sent(tester, ms(300))
    assert (frame.can_id, frame.data[:2].hex()) == (0x18DB33F1, "1009")


def test_tester_present_is_told_until_it_is_ended(tester: BusTester) -> None:
    tester.tester_present(ms(200), 0x27)
    told = sent(tester, s(1))
    assert {frame.data[:3].hex() for _, frame in told} == {"023e80"}
    assert [t_ns for t_ns, _ in told] == [ms(450), ms(650), ms(850)]
    tester.tester_present(0, 0x27)
    assert sent(tester, s(2)) == []


def test_deviations_of_the_tester_reach_its_frames(tester: BusTester) -> None:
    tester.isotp(IsoTpFaults(edit=lambda out: (out.data[:2],)))
    tester.uds(bytes.fromhex("3E00"), 0x27)
    assert [frame.data.hex() for _, frame in sent(tester)] == ["023e"]
