"""The kernel calls nodes when they ask for it, never otherwise, and stops when one of them misbehaves."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.bench.kernel import Kernel
from harness.bench.links import CanLink, LineLink
from harness.core import Direction, Frame, Level, NodeError, RemoteProtocolError, ms, s


@pytest.fixture
def kernel() -> Kernel:
    kernel = Kernel()
    kernel.add_link(CanLink("can"))
    kernel.add_link(LineLink("pilot"))
    return kernel


class Timers:
    """A node with named timers; a list of operations says what each call does with them."""

    def __init__(self, operations: list[tuple[int, int | None]]) -> None:
        self.name = "timers"
        self.operations = iter(operations)
        self.armed: dict[int, int] = {}
        self.fired: list[tuple[int, int, int]] = []
        self.calls: list[tuple[int, int | None]] = []

    def _operate(self, now_ns: int, count: int) -> list[Frame]:
        for timer, delay_ns in itertools.islice(self.operations, count):
            if delay_ns is None:
                self.armed.pop(timer, None)
            else:
                self.armed[timer] = now_ns + delay_ns
        return []

    def start(self, now_ns: int) -> list[Frame]:
        return self._operate(now_ns, 4)

    def receive(self, now_ns: int, pdu: object) -> list[Frame]:
        return self._operate(now_ns, 3)

    def next_deadline_ns(self) -> int | None:
        return min(self.armed.values(), default=None)

    def handle_timers(self, now_ns: int) -> list[Frame]:
        self.calls.append((now_ns, self.next_deadline_ns()))
        for timer in sorted(self.armed):
            # Looked up again: what fired before may have cancelled or moved it.
            if self.armed.get(timer, now_ns + 1) <= now_ns:
                self.fired.append((timer, self.armed.pop(timer), now_ns))
                self._operate(now_ns, 1)
        return []


operations = st.lists(st.tuples(st.integers(0, 3), st.none() | st.integers(0, ms(3))), max_size=60)


@given(operations, st.lists(st.integers(0, ms(20)), max_size=15))
def test_timers_fire_exactly_at_their_deadline_and_never_when_cancelled(plan: list, stimuli: list[int]):
    kernel = Kernel()
    kernel.add_link(LineLink("pilot"))
    node = Timers(plan)
    kernel.attach(node, "pilot")
    sender = Timers([])
    sender_at = kernel.attach(sender, "pilot", role="stimulus")
    for t_ns in stimuli:
        kernel.call_at(t_ns, lambda: sender_at.link.submit(sender_at, Level("x", 1)), "test")
    kernel.start()
    kernel.run_until(s(1))
    assert all(now_ns == deadline_ns for now_ns, deadline_ns in node.calls)
    assert all(due_ns == now_ns for _, due_ns, now_ns in node.fired)
    assert [now_ns for now_ns, _ in node.calls] == sorted(now_ns for now_ns, _ in node.calls)
    assert not node.armed


@given(
    st.lists(st.integers(0, 5), min_size=1, max_size=30),
    st.lists(st.tuples(st.integers(0, 29), st.integers(0, 29)), max_size=30),
)
def test_a_cancelled_event_never_runs_not_even_in_the_same_instant(instants: list[int], cancels: list[tuple[int, int]]):
    """Each event cancels some others when it runs; the first of an instant may cancel the second."""
    kernel = Kernel()
    ran: list[int] = []
    events = {}

    def action(index: int) -> None:
        ran.append(index)
        for by, victim in cancels:
            if by == index and victim in events:
                events[victim].cancel()

    for index, t_ns in enumerate(instants):
        events[index] = kernel.call_at(t_ns, lambda index=index: action(index), "test")
    kernel.run_until(10)
    expected: list[int] = []
    void: set[int] = set()
    for index in sorted(events, key=lambda index: (instants[index], index)):
        if index not in void:
            expected.append(index)
            void |= {victim for by, victim in cancels if by == index}
    assert ran == expected
    assert kernel.next_event_ns() is None


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 1)), max_size=30))
def test_events_of_one_instant_run_by_rank_then_in_the_order_of_their_request(rows: list[tuple[int, int]]):
    kernel = Kernel()
    ran: list[int] = []
    for index, (t_ns, rank) in enumerate(rows):
        kernel.call_at(t_ns, lambda index=index: ran.append(index), "test", rank=rank)
    kernel.run_until(10)
    assert ran == sorted(range(len(rows)), key=lambda index: (*rows[index], index))


def test_a_deadline_in_the_past_names_the_node(kernel: Kernel, script):
    node = script("truck")
    kernel.attach(node, "can")
    other = script("charger", [(ms(5), Frame(1))], reply=None)
    kernel.attach(other, "can")
    kernel.start()
    node.plan = [(ms(1), Frame(2))]
    with pytest.raises(NodeError, match=r"node 'truck': deadline 0\.001000000 s lies before the present instant 0\.005") as caught:
        kernel.run_until(s(1))
    assert caught.value.node == "truck"


@pytest.mark.parametrize("deadline", [1e6, "soon"])
def test_a_deadline_that_is_no_integer_names_the_node(kernel: Kernel, script, deadline: object):
    node = script("truck")
    node.next_deadline_ns = lambda: deadline
    kernel.attach(node, "can")
    with pytest.raises(NodeError, match=f"node 'truck': deadline {deadline!r} is no integer"):
        kernel.start()


def test_a_cyclic_node_does_not_drift_in_ten_hours(kernel: Kernel, cyclic):
    kernel.attach(cyclic("truck", ms(500), Frame(0x100, b"\x55")), "can")
    kernel.start()
    kernel.run_until(s(36_000) + ms(1))
    trace = kernel.trace
    assert len(trace) == 72_000
    assert trace[-1].t_ns - trace[0].t_ns == 71_999 * ms(500)


def test_silence_costs_no_events(kernel: Kernel, script):
    waiting = script("truck", [(s(60), Frame(1))])
    kernel.attach(waiting, "can")
    kernel.start()
    steps = 0
    while kernel.step():
        steps += 1
    assert waiting.fired == [s(60)]
    assert steps == 3  # the timer, the arbitration, the end of the frame


def test_time_stands_where_it_was_asked_to_even_if_nothing_happens(kernel: Kernel):
    kernel.start()
    assert kernel.run_until(s(60)) is False
    assert kernel.now_ns == s(60)
    kernel.run_until(s(1))
    assert kernel.now_ns == s(60)


def test_an_event_at_the_end_of_the_span_still_runs(kernel: Kernel, script):
    node = script("truck", [(s(1), Frame(1))])
    kernel.attach(node, "can")
    kernel.start()
    kernel.run_until(s(1) - 1)
    assert node.fired == []
    kernel.run_until(s(1))
    assert node.fired == [s(1)]


def test_a_run_stops_at_the_instant_of_the_record_that_ends_it(kernel: Kernel, cyclic):
    kernel.attach(cyclic("truck", ms(10), Level("x", 1)), "pilot")
    kernel.start()
    assert kernel.run_until(s(1), lambda: len(kernel.trace) == 3) is True
    assert kernel.now_ns == ms(30)
    assert kernel.run_until(s(1), lambda: len(kernel.trace) == 3) is True
    assert kernel.now_ns == ms(30)
    assert kernel.run_until(ms(45), lambda: False) is False
    assert (kernel.now_ns, len(kernel.trace)) == (ms(45), 4)


def test_stop_is_asked_only_when_there_is_something_new(kernel: Kernel, cyclic):
    kernel.attach(cyclic("truck", ms(100), Level("x", 1)), "pilot")
    for n in range(1, 50):
        kernel.call_at(ms(n), lambda: None, "test")
    kernel.start()
    asked: list[int] = []
    kernel.run_until(ms(250), lambda: asked.append(kernel.now_ns) or False)
    assert asked == [0, ms(100), ms(200)]


class Broken:
    """Raises in the member it is told to."""

    def __init__(self, member: str, error: Exception) -> None:
        self.name = "truck"
        self.member, self.error = member, error

    def _call(self, member: str, result: object) -> object:
        if member == self.member:
            raise self.error
        return result

    def start(self, now_ns: int) -> object:
        return self._call("start", [])

    def receive(self, now_ns: int, pdu: object) -> object:
        return self._call("receive", [])

    def next_deadline_ns(self) -> object:
        return self._call("next_deadline_ns", ms(7))

    def handle_timers(self, now_ns: int) -> object:
        return self._call("handle_timers", [])


def _run(kernel: Kernel, node: Broken, script) -> None:
    kernel.attach(node, "can", role="sut")
    kernel.attach(script("charger", [(ms(1), Frame(1))]), "can")
    kernel.start()
    kernel.run_until(s(1))


MEMBERS = ["start", "receive", "next_deadline_ns", "handle_timers"]


@pytest.mark.parametrize("member", MEMBERS)
def test_an_exception_in_a_node_ends_the_run_and_names_it(kernel: Kernel, script, member: str):
    error = AssertionError("no such state")
    with pytest.raises(NodeError, match="node 'sut': AssertionError: no such state") as caught:
        _run(kernel, Broken(member, error), script)
    assert caught.value.__cause__ is error
    assert caught.value.node == "sut"


@pytest.mark.parametrize("member", MEMBERS)
def test_a_violation_by_the_peer_is_passed_on_as_such(kernel: Kernel, script, member: str):
    error = RemoteProtocolError("BRM before CRM", Frame(1))
    with pytest.raises(RemoteProtocolError) as caught:
        _run(kernel, Broken(member, error), script)
    assert caught.value is error


@pytest.mark.parametrize("returned", [None, 3, iter(())])
def test_a_node_that_returns_no_list_is_named(kernel: Kernel, script, returned: object):
    node = script("truck", reply=lambda now_ns, pdu: returned)
    kernel.attach(node, "can", role="sut")
    kernel.attach(script("charger", [(ms(1), Frame(1))]), "can")
    kernel.start()
    with pytest.raises(NodeError, match=r"node 'sut': returned .* where a list of PDUs is due"):
        kernel.run_until(s(1))


def test_a_node_without_progress_is_named(script):
    kernel = Kernel(events_per_instant=50)
    kernel.add_link(CanLink("can"))
    node = script("truck")
    node.next_deadline_ns = lambda: ms(3)
    kernel.attach(script("charger"), "can")
    kernel.attach(node, "can")
    kernel.start()
    with pytest.raises(NodeError, match=r"node 'truck': 50 events at t = 0\.003000 s without progress") as caught:
        kernel.run_until(s(1))
    assert caught.value.node == "truck"
    assert 50 <= len(node.fired) <= 52


def test_two_nodes_that_answer_each_other_without_delay_are_named(script):
    kernel = Kernel(events_per_instant=50)
    kernel.add_link(LineLink("pilot"))
    for name in ("truck", "charger"):
        kernel.attach(script(name, [(ms(1), Level("x", 0))], reply=lambda now_ns, pdu: [pdu]), "pilot")
    kernel.start()
    with pytest.raises(NodeError) as caught:
        kernel.run_until(s(1))
    assert caught.value.node in ("truck", "charger")


def test_progress_of_time_resets_the_guard(script):
    kernel = Kernel(events_per_instant=5)
    kernel.add_link(LineLink("pilot"))
    node = script("truck", [(n, Level("x", n)) for n in range(1, 100)])
    kernel.attach(node, "pilot")
    kernel.start()
    kernel.run_until(s(1))
    assert len(kernel.trace) == 99


def test_a_late_drive_does_not_disarm_the_guard(script):
    """Two nodes behind the clock that alternate between two past instants make no progress either."""
    kernel = Kernel(strict=False, events_per_instant=50)
    kernel.add_link(LineLink("pilot"))
    for name, deadline_ns in (("truck", 5), ("charger", 6)):
        node = script(name)
        node.next_deadline_ns = lambda deadline_ns=deadline_ns, node=node: deadline_ns + len(node.fired) % 2
        kernel.attach(node, "pilot")
    kernel.start()

    def turn() -> None:
        for _ in range(1_000):
            kernel.step(ms(100))

    with pytest.raises(NodeError, match="without progress"):
        turn()


def test_a_node_hears_what_its_filter_accepts_and_never_itself(kernel: Kernel, script):
    deaf, picky, open_ = script("deaf"), script("picky"), script("open")
    sender = script("sender", [(ms(1), Frame(1)), (ms(2), Frame(2))])
    kernel.attach(deaf, "can", accept=lambda pdu: False)
    kernel.attach(picky, "can", accept=lambda pdu: pdu.can_id == 2)
    kernel.attach(open_, "can")
    kernel.attach(sender, "can")
    kernel.attach(other := script("elsewhere"), "pilot")
    kernel.start()
    kernel.run_until(s(1))
    assert [len(node.heard) for node in (deaf, picky, open_, sender, other)] == [0, 1, 2, 0, 0]
    assert picky.heard[0][1] == Frame(2)
    assert len(kernel.trace) == 2


def test_the_trace_names_role_and_direction_of_the_sender(kernel: Kernel, script):
    kernel.attach(script("bms", [(ms(1), Frame(1))]), "can", role="sut", direction=Direction.RX)
    kernel.attach(script("charger", [(ms(2), Frame(2))]), "can")
    kernel.start()
    kernel.run_until(s(1))
    assert [(record.sender, record.direction) for record in kernel.trace] == [("sut", "rx"), ("charger", "tx")]


def test_a_steered_node_acts_at_the_present_instant(kernel: Kernel, script):
    node = script("charger")
    kernel.attach(node, "pilot")
    kernel.start()
    kernel.run_until(ms(10))
    node.plan = [(0, Level("plug", 1))]
    kernel.poke(node)
    assert len(kernel.trace) == 0
    kernel.run_until(ms(10))
    assert [(record.t_ns, record.pdu) for record in kernel.trace] == [(ms(10), Level("plug", 1))]


def test_a_steered_node_may_be_called_before_it_acts(kernel: Kernel, script):
    """A delivery of the same instant lies between the steering and the node's turn."""
    node, other = script("charger"), script("truck")
    kernel.attach(node, "pilot")
    attached = kernel.attach(other, "pilot")
    kernel.start()
    kernel.run_until(ms(10))
    attached.link.submit(attached, Level("k5k6", 1))
    node.plan = [(ms(1), Level("plug", 1))]
    kernel.poke(node)
    kernel.run_until(ms(11))
    assert [record.pdu for record in kernel.trace] == [Level("k5k6", 1), Level("plug", 1)]
    assert node.heard == [(ms(10), Level("k5k6", 1))]
    assert node.fired == [ms(10)]


def test_steering_excuses_one_late_deadline_only(kernel: Kernel, script):
    node = script("charger")
    kernel.attach(node, "pilot")
    kernel.start()
    kernel.run_until(ms(10))
    node.next_deadline_ns = lambda: ms(1)
    kernel.poke(node)
    with pytest.raises(NodeError, match="lies before the present instant"):
        kernel.run_until(ms(11))
    assert node.fired == [ms(10)]


def test_a_steered_node_that_wants_nothing_any_more_is_not_called(kernel: Kernel, script):
    node = script("charger", [(ms(20), Level("plug", 1))])
    kernel.attach(node, "pilot")
    kernel.start()
    kernel.run_until(ms(10))
    node.plan = []
    kernel.poke(node)
    kernel.run_until(ms(30))
    assert (node.fired, len(kernel.trace)) == ([], 0)


def test_a_late_drive_keeps_the_instant_for_which_a_timer_was_meant(script):
    kernel = Kernel(strict=False)
    kernel.add_link(LineLink("pilot"))
    node = script("charger", [(ms(10), Level("plug", 1))])
    kernel.attach(node, "pilot")
    kernel.start()
    kernel.step(ms(14))
    assert (kernel.due_ns, kernel.now_ns, node.fired) == (ms(10), ms(14), [ms(14)])


def test_a_steered_node_is_due_now_in_a_late_drive_too(script):
    kernel = Kernel(strict=False)
    kernel.add_link(LineLink("pilot"))
    kernel.attach(node := script("charger"), "pilot")
    kernel.start()
    kernel.now_ns = ms(50)
    node.plan = [(0, Level("plug", 1))]
    kernel.poke(node)
    assert kernel.next_event_ns() == ms(50)


def test_only_due_events_run_on_a_clock(script):
    kernel = Kernel(strict=False)
    kernel.add_link(LineLink("pilot"))
    kernel.attach(script("charger", [(ms(10), Level("plug", 1))]), "pilot")
    kernel.start()
    assert kernel.step(ms(9)) is False
    assert kernel.step(ms(10)) is True


def test_a_node_attached_later_is_started_then(kernel: Kernel, script):
    kernel.start()
    kernel.run_until(ms(10))
    late = script("late", [(ms(12), Level("x", 1))])
    kernel.attach(late, "pilot")
    assert late.started == [ms(10)]
    kernel.run_until(ms(20))
    assert [record.t_ns for record in kernel.trace] == [ms(12)]


def test_links_have_different_names(kernel: Kernel):
    with pytest.raises(ValueError, match="two links are named 'can'"):
        kernel.add_link(CanLink("can"))


def test_a_call_into_one_node_of_a_device_may_move_the_deadline_of_the_other(kernel: Kernel, script):
    """Two nodes of one role stand around the same plant: what one hears, the other acts on."""
    pilot = script("pilot")
    bus = script("bus", reply=lambda now_ns, pdu: pilot.plan.append((now_ns + ms(2), Level("k5k6", 1))) or [])
    kernel.attach(bus, "can", role="truck")
    kernel.attach(pilot, "pilot", role="truck")
    kernel.attach(script("charger", [(ms(1), Frame(1))]), "can")
    kernel.start()
    kernel.run_until(ms(10))
    assert pilot.fired == [bus.heard[0][0] + ms(2)]


def test_no_node_is_asked_for_anything_before_it_is_started(kernel: Kernel, script):
    asked: list[str] = []
    nodes = [script("bus"), script("pilot")]
    for node in nodes:
        node.next_deadline_ns = lambda node=node: asked.append(f"{node.name}: {len(node.started)} starts")
    kernel.attach(nodes[0], "can", role="truck")
    kernel.attach(nodes[1], "pilot", role="truck")
    kernel.poke(nodes[1])
    kernel.start()
    assert asked
    assert all(row.endswith("1 starts") for row in asked)
