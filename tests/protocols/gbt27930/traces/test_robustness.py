"""Whatever is on the wire, reading and judging never raise and always say the same."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.core import Direction, Frame, JudgeContext, Record, TimeBase, Verdict
from harness.protocols.gbt27930 import STANDARD
from harness.protocols.gbt27930.messages import MESSAGES

IDS = [*(row.can_id for row in MESSAGES.values()), 0x1CEC56F4, 0x1CECF456, 0x1CEB56F4, 0x1CEBF456, 0x1CECFFF4, 0x18F00456, 0x1C2756F4]
PGNS = [b"\x00\x02\x00", b"\x00\x11\x00", b"\x00\x15\x00", b"\x34\x12\x00"]


def control(kind: int, a: int, b: int, c: int, d: int, pgn: bytes) -> bytes:
    return bytes((kind, a, b, c, d)) + pgn


byte = st.integers(0, 255)
payloads = st.one_of(
    st.binary(max_size=8),
    st.builds(control, st.sampled_from([16, 17, 19, 32, 255]), byte, st.integers(0, 3), byte, byte, st.sampled_from(PGNS)),
    st.builds(lambda number, rest: bytes((number,)) + rest, st.integers(0, 9), st.binary(min_size=7, max_size=7)),
    st.sampled_from([b"\x00", b"\xaa", bytes.fromhex("0400F0F0"), bytes.fromhex("F4F0F0FC"), bytes.fromhex("AA01010101313233")]),
)
frames = st.builds(Frame, st.sampled_from(IDS), payloads)
steps = st.one_of(st.integers(0, 400_000_000), st.integers(-1_000_000, 70_000_000_000))


def records_of(items):
    now_ns, records = 0, []
    for number, (step, frame) in enumerate(items, 1):
        now_ns += step
        records.append(Record(number, now_ns, now_ns, "can0", Direction.RX, "", frame))
    return records


def judged(records, limits, **more):
    decoder = STANDARD.decoder()
    messages = [message for record in records for message in decoder.feed(record)]
    context = JudgeContext(limits, TimeBase("recording", 1000, 1e6, 100), **more)
    return STANDARD.sessions(messages, records), STANDARD.judge(messages, records, context)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.lists(st.tuples(steps, frames), max_size=60))
def test_random_traffic_is_read_and_judged_without_an_exception(limits, items):
    records = records_of(items)
    STANDARD.recognise(records)
    sessions, checks = judged(records, limits)
    for session in sessions:
        assert session.phases
        assert session.end_reason
    assert len({check.name for check in checks}) == len(checks)
    assert all(check.verdict in (Verdict.PASS, Verdict.FAIL, Verdict.INCONC) for check in checks)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.data())
def test_damaged_session_is_read_and_judged_without_an_exception(tape, limits, data):
    tape.frames.clear()
    items = sorted(tape.session().frames, key=lambda item: item[0])
    for _ in range(data.draw(st.integers(1, 12))):
        index = data.draw(st.integers(0, len(items) - 1))
        at_ms, frame = items[index]
        match data.draw(st.sampled_from(["drop", "double", "data", "cut", "time"])):
            case "drop":
                del items[index]
            case "double":
                items.insert(index, items[index])
            case "data":
                items[index] = (at_ms, Frame(frame.can_id, data.draw(st.binary(max_size=8))))
            case "cut":
                items[index] = (at_ms, Frame(frame.can_id, frame.data[: data.draw(st.integers(0, 8))]))
            case "time":
                items[index] = (at_ms + data.draw(st.integers(-5000, 5000)), frame)
    records = [Record(n, int(t * 1e6), 0, "can0", Direction.RX, "", frame) for n, (t, frame) in enumerate(items, 1)]
    sessions, checks = judged(records, limits)
    assert sessions
    assert {check.name.split()[0] for check in checks} >= {"F1", "F2", "F5", "F8"}


def test_judging_twice_gives_the_same(tape, limits):
    records = tape.session().records
    assert judged(records, limits)[1] == judged(records, limits)[1]
