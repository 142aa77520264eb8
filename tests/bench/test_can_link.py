"""The simulated bus: one frame at a time, the right one first, and the same trace whatever the order of attachment."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.bench.kernel import Kernel
from harness.bench.links import CanLink
from harness.core import Datagram, Frame, LocalProtocolError, Pdu, Trace, ms, s
from harness.protocols.canbus.bits import arbitration_key

BITRATE = 250_000
GAP_NS = 12_000


def _bus(nodes: list, bitrate: int = BITRATE, until_ns: int = s(10)) -> tuple[Trace, CanLink]:
    kernel = Kernel()
    link = CanLink("can", bitrate)
    kernel.add_link(link)
    for node in nodes:
        kernel.attach(node, "can")
    kernel.start()
    kernel.run_until(until_ns)
    return kernel.trace, link


def _id_frames(ids: list[int]) -> list[Frame]:
    return [Frame(can_id, bytes([can_id & 0xFF])) for can_id in ids]


requests = st.lists(st.tuples(st.integers(0, ms(3)), st.integers(0, 7), st.integers(0, 3)), max_size=40)


@given(requests)
def test_the_bus_does_what_a_slow_reference_does(rows: list[tuple[int, int, int]]):
    """Requests (instant, identifier, node): the reference looks at all of them for each frame."""
    from_conftest = {node: sorted((t_ns, can_id) for t_ns, can_id, n in rows if n == node) for node in range(4)}
    trace, link = _bus([_Sender(f"n{node}", from_conftest[node]) for node in range(4)])
    waiting = [(t_ns, arbitration_key(frame), frame) for t_ns, can_id, _ in sorted(rows) for frame in [Frame(can_id, bytes([can_id]))]]
    expected: list[tuple[int, Frame]] = []
    free_ns = 0
    while waiting:
        start_ns = max(free_ns, min(t_ns for t_ns, _, _ in waiting))
        chosen = min((row for row in waiting if row[0] <= start_ns), key=lambda row: (row[1], row[0]))
        waiting.remove(chosen)
        end_ns = start_ns + link.frame_ns(chosen[2])
        expected.append((end_ns, chosen[2]))
        free_ns = end_ns + GAP_NS
    assert [(record.t_ns, record.pdu) for record in trace] == expected


@given(requests)
def test_frames_never_overlap_and_the_busy_time_is_their_sum(rows: list[tuple[int, int, int]]):
    trace, link = _bus([_Sender(f"n{node}", sorted((t_ns, can_id) for t_ns, can_id, n in rows if n == node)) for node in range(4)])
    spans = [(record.t_ns - link.frame_ns(record.pdu), record.t_ns) for record in trace]
    assert all(end_ns + GAP_NS <= start_ns for (_, end_ns), (start_ns, _) in itertools.pairwise(spans))
    assert link.busy_ns == sum(end_ns - start_ns + GAP_NS for start_ns, end_ns in spans)
    assert len(spans) == len(rows)


class _Sender:
    """Sends one frame per row (instant, identifier)."""

    def __init__(self, name: str, rows: list[tuple[int, int]]) -> None:
        self.name, self.rows = name, rows

    def start(self, now_ns: int) -> list[Pdu]:
        return []

    def receive(self, now_ns: int, pdu: Pdu) -> list[Pdu]:
        return []

    def next_deadline_ns(self) -> int | None:
        return self.rows[0][0] if self.rows else None

    def handle_timers(self, now_ns: int) -> list[Pdu]:
        due = [row for row in self.rows if row[0] <= now_ns]
        self.rows = self.rows[len(due) :]
        return [Frame(can_id, bytes([can_id])) for _, can_id in due]


@given(st.permutations(range(5)), st.permutations(range(5)))
@settings(max_examples=30)
def test_ties_are_settled_by_arbitration_and_not_by_the_order_of_attachment(script, first: list[int], second: list[int]):
    """All ask at the same instants, answer the same frames, and have identifiers of their own."""

    def digest(order: list[int]) -> str:
        nodes = [
            script(
                f"n{number}",
                [(ms(1) * (1 + k % 3), Frame(0x100 + 16 * number + k)) for k in range(6)],
                lambda now_ns, pdu, number=number: [Frame(0x200 + number)] if pdu.can_id % 16 == number and pdu.can_id < 0x200 else [],
            )
            for number in range(5)
        ]
        return _bus([nodes[index] for index in order])[0].digest()

    assert digest(first) == digest(second)


def test_a_request_of_the_same_instant_still_enters_arbitration(script):
    """Whoever asks first in the order of events has no advantage within the instant."""
    trace, _ = _bus([script("low", [(ms(1), Frame(0x700))]), script("high", [(ms(1), Frame(0x001))])])
    assert [record.pdu.can_id for record in trace] == [0x001, 0x700]


def test_a_running_frame_is_not_interrupted(script):
    link = CanLink("can", BITRATE)
    long = Frame(0x1FFFFFFF, bytes(8))
    end_ns = ms(1) + link.frame_ns(long)
    trace, _ = _bus([script("slow", [(ms(1), long)]), script("high", [(ms(1) + 1, Frame(0))])])
    assert [record.pdu for record in trace] == [long, Frame(0)]
    assert [record.t_ns for record in trace] == [end_ns, end_ns + GAP_NS + link.frame_ns(Frame(0))]


@pytest.mark.parametrize("wait_ns", [0, 1, GAP_NS - 1, GAP_NS, GAP_NS + 1])
def test_intermission_is_kept_even_if_the_bus_has_gone_idle(script, wait_ns: int):
    link = CanLink("can", BITRATE)
    end_ns = ms(1) + link.frame_ns(Frame(1))
    trace, _ = _bus([script("a", [(ms(1), Frame(1))]), script("b", [(end_ns + wait_ns, Frame(2))])])
    assert trace[1].t_ns == end_ns + max(wait_ns, GAP_NS) + link.frame_ns(Frame(2))


def test_equal_identifiers_go_out_in_the_order_of_their_requests(script):
    frames = [Frame(0x100, bytes([n])) for n in range(8)]
    trace, _ = _bus([script("a", [(ms(1), frame) for frame in frames[:4]]), script("b", [(ms(1) + 10, frame) for frame in frames[4:]])])
    assert [record.pdu for record in trace] == frames


def test_std_remote_and_extended_frames_of_one_base_identifier_rank_on_the_bus(script):
    base = 0x123
    ranked = [
        Frame(base, b"\x01", extended=False),
        Frame(base, extended=False, remote=True),
        Frame(base << 18),
        Frame(base << 18, remote=True),
    ]
    trace, _ = _bus([script(f"n{index}", [(ms(1), frame)]) for index, frame in enumerate(reversed(ranked))])
    assert [record.pdu for record in trace] == ranked


def test_a_saturated_bus_is_used_completely(script):
    frames = [Frame(0x100 + n % 50, bytes([n % 256] * 8)) for n in range(500)]
    trace, link = _bus([script("a", [(0, frame) for frame in frames])])
    assert trace[-1].t_ns + GAP_NS == link.busy_ns == sum(link.frame_ns(frame) + GAP_NS for frame in frames)


@pytest.mark.parametrize("bitrate", [33_333, 83_333, 666_667])
def test_an_odd_rate_does_not_drift(script, bitrate: int):
    """Each frame is rounded once: a thousand of them end within a thousand half nanoseconds."""
    frame = Frame(0x100, b"\x55" * 8)
    trace, _ = _bus([script("a", [(0, frame)] * 1000)], bitrate, s(60))
    bits = CanLink("can", 1_000_000_000).frame_ns(frame)
    exact_ns = (bits * 1000 + 3 * 999) * 1e9 / bitrate
    assert trace[-1].t_ns == pytest.approx(exact_ns, abs=1_000)


def test_everybody_hears_a_frame_at_its_last_bit(script):
    link = CanLink("can", BITRATE)
    listeners = [script("a"), script("b")]
    _bus([script("sender", [(ms(1), Frame(5))]), *listeners])
    assert [node.heard for node in listeners] == [[(ms(1) + link.frame_ns(Frame(5)), Frame(5))]] * 2


def test_what_is_no_frame_is_refused_with_the_name_of_its_sender(script):
    with pytest.raises(LocalProtocolError, match="'truck' sent a Datagram to the CAN link 'can'"):
        _bus([script("truck", [(ms(1), Datagram(b"x"))])])


@pytest.mark.parametrize("rates", [(0, None), (-1, None), (500_000, 0), (500_000, -5)])
def test_a_rate_must_be_positive(rates: tuple[int, int | None]):
    with pytest.raises(ValueError, match="link 'can': a bit rate must be positive"):
        CanLink("can", *rates)


PROGRAM = """
from harness.bench.kernel import Kernel
from harness.bench.links import CanLink
from harness.core import Frame, ms, s

class Node:
    def __init__(self, name, number):
        self.name, self.number, self.due = name, number, ms(number % 3)
        self.peers = {f"peer{n}" for n in range(9)}
    def start(self, now_ns):
        return []
    def receive(self, now_ns, pdu):
        return [Frame(0x400 + self.number, bytes([self.number]))] if pdu.can_id == 0x100 + (self.number + 1) % 7 else []
    def next_deadline_ns(self):
        return self.due
    def handle_timers(self, now_ns):
        self.due += ms(5 + self.number % 2 * 5)
        return [Frame(0x100 + self.number, bytes([self.number] * 3))]

kernel = Kernel()
kernel.add_link(CanLink("can"))
nodes = {f"node{number}": number for number in range(7)}
for name in set(nodes):  # in the order of the hash
    kernel.attach(Node(name, nodes[name]), "can")
kernel.start()
kernel.run_until(s(2))
print(kernel.trace.digest(), len(kernel.trace))
"""


def test_the_trace_is_the_same_under_every_hash_seed_and_on_every_run():
    def run(seed: str) -> str:
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        return subprocess.run([sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=True).stdout

    outputs = {run("1"), run("2"), run("2"), run("31")}
    assert len(outputs) == 1
    assert int(outputs.pop().split()[1]) > 1_000
