"""Whatever is on the wire, decoders, rules, tester and units take it: no error, no end of time, tables and buffers within bounds.

Bounds are asserted on the tables themselves, not on the time or memory of this machine.
"""

from __future__ import annotations

from collections.abc import Iterable

from hypothesis import given, settings
from hypothesis import strategies as st

from harness.core import Chunk, Datagram, Direction, Frame, JudgeContext, Message, Pdu, Record, TimeBase, ms, s
from harness.protocols.doip.codec import frame
from harness.protocols.doip.decoder import DoipDecoder
from harness.protocols.doip.tables import PayloadType
from harness.protocols.isotp import Transport, normal_fixed
from harness.protocols.isotp.passive import Listener
from harness.protocols.j1939 import GLOBAL, TP_CM, TP_DT, build_id
from harness.protocols.j1939 import Transport as J1939Transport
from harness.protocols.j1939.frames import Bam, Rts
from harness.protocols.j1939.listener import J1939Listener
from harness.protocols.vehicle.decoder import VehicleDecoder
from harness.protocols.vehicle.judges import judge_all
from harness.protocols.vehicle.tester import BusTester, BusTesterOptions

TESTER, ENTITY = "[fe80::1]:49152", "[fe80::10]:13400"
NOTHING = JudgeContext(limits={}, time_base=TimeBase("virtual", 0, 0, 0))
FIRST_OF_4_GB = bytes.fromhex("1000FFFFFFFF0102")

ADDRESS = st.sampled_from((0x27, 0xF1, 0xF3, 0xF9, 0xFE, 0xFF))
CAN_ID = st.one_of(
    st.builds(lambda kind, to, by: kind | to << 8 | by, st.sampled_from((0x18DA0000, 0x18DB0000)), ADDRESS, ADDRESS),
    st.builds(lambda pgn, by, to: build_id(pgn, by, to, 7), st.sampled_from((TP_CM, TP_DT, 0xEA00, 0xEE00, 0xE800)), ADDRESS, ADDRESS),
    st.builds(build_id, st.sampled_from((0xFECA, 0xFECB, 0xFEEC, 0xFED8, 0xF004)), ADDRESS),
    st.integers(0, (1 << 29) - 1),
)
CONTENT = st.one_of(
    st.binary(max_size=8),
    st.builds(
        lambda first, rest: bytes((first,)) + rest, st.sampled_from((0x02, 0x10, 0x13, 0x21, 0x22, 0x30, 0x32, 0xFF)), st.binary(max_size=7)
    ),
)
FRAMES = st.one_of(
    st.builds(Frame, CAN_ID, CONTENT),
    st.builds(lambda can_id, data: Frame(can_id, data, extended=False), st.sampled_from((0x7DF, 0x7E0, 0x7E8, 0x123)), CONTENT),
    st.builds(
        lambda can_id, data: Frame(can_id, data, fd=True),
        CAN_ID,
        st.sampled_from((0, 8, 12, 64)).flatmap(lambda n: st.binary(min_size=n, max_size=n)),
    ),
)
PAYLOAD = st.one_of(st.binary(max_size=40), st.builds(frame, st.sampled_from(PayloadType), st.binary(max_size=30)))
PDUS = st.one_of(
    st.builds(Datagram, PAYLOAD, st.sampled_from((TESTER, ENTITY)), st.sampled_from((TESTER, ENTITY))),
    st.builds(
        lambda data, to_entity, begin, end, reset: Chunk(
            data, end, TESTER if to_entity else ENTITY, ENTITY if to_entity else TESTER, begin=begin, reset=reset
        ),
        PAYLOAD,
        st.booleans(),
        st.booleans(),
        st.booleans(),
        st.booleans(),
    ),
)


def recorded(pdus: Iterable[tuple[Pdu, bool, int]]) -> list[Record]:
    rows, t_ns = [], 0
    for number, (pdu, is_ours, gap_ns) in enumerate(pdus, 1):
        t_ns += gap_ns
        rows.append(Record(number, t_ns, t_ns, "link", Direction.TX if is_ours else Direction.RX, "", pdu))
    return rows


def rows_of(pdus: st.SearchStrategy[Pdu]) -> st.SearchStrategy[list[Record]]:
    return st.lists(st.tuples(pdus, st.booleans(), st.sampled_from((0, ms(1), ms(300), s(6)))), max_size=60).map(recorded)


@given(rows_of(FRAMES))
@settings(deadline=None, max_examples=100)
def test_any_frames_are_decoded_and_judged(rows: list[Record]) -> None:
    decoder = VehicleDecoder()
    messages = [message for row in rows for message in decoder.feed(row)]
    assert all(isinstance(message, Message) and message.frames for message in messages)
    assert all("source" in dict(message.values) for message in messages), "values are worked out when they are asked for"
    assert all(check.name[:2] in ("N1", "N2", "N3", "N4") for check in judge_all(messages, rows, NOTHING))


@given(rows_of(PDUS))
@settings(deadline=None, max_examples=100)
def test_anything_on_a_network_is_decoded_and_judged(rows: list[Record]) -> None:
    decoder = VehicleDecoder()
    messages = [message for row in rows for message in decoder.feed(row)]
    assert all(isinstance(message, Message) for message in messages)
    assert all(check.name[:2] in ("N3", "N4") for check in judge_all(messages, rows, NOTHING))


@given(st.lists(st.tuples(FRAMES, st.sampled_from((0, ms(1), ms(300)))), max_size=60))
@settings(deadline=None, max_examples=60)
def test_tester_takes_any_frames_and_keeps_none(frames: list[tuple[Frame, int]]) -> None:
    tester, now_ns = BusTester(BusTesterOptions()), 0
    tester.start(0)
    for each, pause_ns in frames:
        tester.receive(now_ns, each)
        now_ns += pause_ns
        for _ in range(1000):
            due_ns = tester.next_deadline_ns()
            if due_ns is None or due_ns > now_ns:
                break
            tester.handle_timers(max(due_ns, 0))
        else:
            raise AssertionError("timers without end")
    controller = tester._controller
    assert controller.received == []
    assert controller._transport is None or not (controller._transport.take_events() or controller._transport.take_received())


def test_listener_of_isotp_holds_no_more_than_its_limits() -> None:
    listener = Listener()
    for number in range(1000):
        listener.feed(number, number, Frame(0x18DA0000 | number, bytes.fromhex("1FFF010203040506")))
    assert len(listener._receptions) == 256
    told = listener.feed(1000, 1000, Frame(0x18DAF127, FIRST_OF_4_GB))
    assert "no more than 65536 are put together" in str(told)
    assert all(len(open_.data) <= 1 << 16 and len(open_.frames) <= 1 << 16 for open_ in listener._receptions.values())


def test_transport_of_isotp_refuses_what_it_has_no_room_for() -> None:
    transport = Transport(normal_fixed(0xF1, 0x27), longest=4095)
    for text in ("1000FFFFFFFF0102", "100000001000AABB"):
        (refusal,) = transport.receive(0, Frame(0x18DA27F1, bytes.fromhex(text)))
        assert refusal.data[0] == 0x32
        assert not transport.is_receiving


def test_listener_of_j1939_holds_no_more_than_its_limits() -> None:
    listener, number = J1939Listener(), 0
    for source in range(0, 250, 10):
        for destination in range(0, 250, 5):
            number += 1
            for pgn, data in ((TP_CM, Rts(1785, 255, 255, 0xFEEC).encode()), (TP_DT, bytes((1, *range(7))))):
                pdu = Frame(build_id(pgn, source, destination, 7), data)
                listener.feed(Record(number, number, number, "bus", Direction.RX, "", pdu))
                stray = Frame(build_id(TP_DT, destination, source, 7), data)
                listener.feed(Record(number, number, number, "bus", Direction.RX, "", stray))
    assert len(listener._reassembly._open) == 64
    assert len(listener._reassembly._strays) <= 1024
    assert all(len(open_.parts) <= 255 for open_ in listener._reassembly._open.values())


def test_transport_of_j1939_refuses_what_it_has_no_room_for_and_is_free_again() -> None:
    transport = J1939Transport(0x27)
    refused = 0
    for number in range(300):
        pgn, source = 0xFF00 + number % 100, 0x80 + number // 100
        answers = transport.receive(0, Frame(build_id(TP_CM, source, 0x27, 7), Rts(1785, 255, 255, pgn).encode()))
        refused += any(answer.data[:2] == b"\xff\x02" for answer in answers)
        transport.receive(0, Frame(build_id(TP_CM, source, GLOBAL, 7), Bam(1785, 255, pgn).encode()))
        assert len(transport._inbound) <= 256
        assert len(transport._broadcasts) <= 253
        transport.take_events()
    assert refused == 300 - 256
    for _ in range(100_000):
        if (due_ns := transport.next_deadline_ns()) is None:
            break
        transport.handle_timers(due_ns)
        transport.take_events()
    assert transport.next_deadline_ns() is None
    assert not transport._inbound
    (grant,) = transport.receive(s(60), Frame(build_id(TP_CM, 0x80, 0x27, 7), Rts(9, 2, 255, 0xFEEC).encode()))
    assert grant.data[0] == 17


def test_listener_of_doip_holds_no_more_than_its_limits() -> None:
    decoder = DoipDecoder(longest=4096)
    begun = frame(PayloadType.DIAGNOSTIC, bytes(64), length=4000)
    for number in range(600):
        chunk = Chunk(begun, source=f"[fe80::1]:{10_000 + number}", destination=ENTITY)
        decoder.feed(Record(number, number, number, "net", Direction.RX, "", chunk))
    assert len(decoder._streams) == len(decoder._begun) == 256
    assert all(len(stream._held) <= 4096 + 8 for stream in decoder._streams.values())
    huge = Chunk(frame(PayloadType.DIAGNOSTIC, bytes(64), length=0xFFFFFFFF), source=TESTER, destination=ENTITY)
    (error,) = decoder.feed(Record(1, 1, 1, "net", Direction.RX, "", huge))
    assert (error.name, error["code"]) == ("DoIP.ERROR", 2)
    for number in range(2, 300):
        more = Chunk(bytes(4096), source=TESTER, destination=ENTITY)
        decoder.feed(Record(number, number, number, "net", Direction.RX, "", more))
        assert len(decoder._streams[TESTER, ENTITY]._held) == 0, "what is refused is passed over, not held"
