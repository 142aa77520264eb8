"""Whatever a server is asked, it answers with what is defined or not at all, and remembers no more than before."""

from __future__ import annotations

import tracemalloc

from hypothesis import given, settings
from hypothesis import strategies as st

from harness.core import Frame, ms
from harness.protocols.isotp import functional_fixed, normal_fixed
from harness.protocols.uds.server import Endpoint
from harness.protocols.uds.services import SERVICES, Nrc

from .conftest import Bench

_KNOWN = st.sampled_from(sorted(SERVICES))
_REQUEST = st.one_of(st.binary(max_size=40), st.builds(lambda sid, rest: bytes((sid,)) + rest, _KNOWN, st.binary(max_size=9)))
_STEP = st.tuples(_REQUEST, st.booleans(), st.integers(0, ms(6000)))


def is_defined(request: bytes, answer: bytes) -> bool:
    """A refusal of the service with a code of the table, or its positive answer."""
    if answer[0] == 0x7F:
        return len(answer) == 3 and answer[1] == request[0] and answer[2] in set(Nrc)
    return answer[0] == request[0] + 0x40


@given(st.lists(_STEP, max_size=30))
@settings(max_examples=300, deadline=None)
def test_every_request_brings_a_defined_answer_or_none(steps: list[tuple[bytes, bool, int]]) -> None:
    bench = Bench()
    for data, functional, pause_ns in steps:
        bench.run(pause_ns)
        for answer in bench.ask(data.hex(), functional=functional):
            assert is_defined(data, bytes.fromhex(answer))
    bench.run(ms(6000))
    assert bench.server.state.session == 1, "without requests the default session comes back"


@given(st.lists(st.tuples(st.booleans(), st.binary(max_size=8), st.integers(0, ms(1500))), max_size=60))
@settings(max_examples=200, deadline=None)
def test_frames_of_any_kind_do_no_harm(frames: list[tuple[bool, bytes, int]]) -> None:
    bench = Bench()
    endpoint = Endpoint(bench.server, 0x27)
    endpoint.start(0)
    now_ns = 0
    for functional, data, pause_ns in frames:
        can_id = functional_fixed(0x33, 0xF1) if functional else normal_fixed(0x27, 0xF1).send_id
        endpoint.receive(now_ns, Frame(can_id, data))
        now_ns += pause_ns
        while (due_ns := endpoint.next_deadline_ns()) is not None and due_ns <= now_ns:
            endpoint.handle_timers(max(due_ns, 0))
    while endpoint.next_deadline_ns() is not None and (due_ns := endpoint.next_deadline_ns() or 0) <= now_ns + ms(20_000):
        endpoint.handle_timers(due_ns)
    now_ns += ms(20_000)
    frames_of_answer = endpoint.receive(now_ns, Frame(normal_fixed(0x27, 0xF1).send_id, bytes.fromhex("023E00CCCCCCCCCC")))
    frames_of_answer += endpoint.handle_timers(now_ns + ms(10))
    assert [frame.data[:3].hex() for frame in frames_of_answer] == ["027e00"], "after all that it answers"


def test_memory_does_not_grow_with_requests() -> None:
    bench = Bench()
    endpoint = Endpoint(bench.server, 0x27)
    endpoint.start(0)
    own = normal_fixed(0x27, 0xF1).send_id
    frames = [Frame(own, bytes((3, 0x22, 0xF1, did & 0xFF, 0, 0, 0, 0))) for did in range(128)]
    frames += [Frame(own, bytes.fromhex(data)) for data in ("0210030000000000", "0227010000000000", "1014221122334455", "01BA")]
    now_ns = 0

    def all_of_them() -> None:
        nonlocal now_ns
        for frame in frames:
            endpoint.receive(now_ns, frame)
            now_ns += ms(20)
            while (due_ns := endpoint.next_deadline_ns()) is not None and due_ns <= now_ns:
                endpoint.handle_timers(due_ns)

    tracemalloc.start()
    all_of_them()
    before, _ = tracemalloc.get_traced_memory()
    for _ in range(20):
        all_of_them()
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert after - before < 16_384, "20 times 132 requests leave nothing behind"
