"""Named deadlines: order, cancelling, and the earliest of them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from harness.protocols.iso15118.timers import Timers


def test_first_armed_is_first_due():
    timers = Timers()
    for name in ("b", "a", "c"):
        timers.arm(name, 5)
    timers.arm("b", 5)
    assert [timers.take_due(5) for _ in range(4)] == ["a", "c", "b", None]


def test_cancelled_and_cleared_never_become_due():
    timers = Timers()
    timers.arm("a", 1)
    timers.arm("b", 2)
    timers.cancel("a", "never armed")
    assert timers.next_deadline_ns() == 2
    assert timers.armed() == ("b",)
    timers.clear()
    assert timers.next_deadline_ns() is None
    assert timers.take_due(9) is None


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.one_of(st.none(), st.integers(0, 20))), max_size=30))
def test_earliest_deadline_is_told(steps):
    timers, model = Timers(), {}
    for name, deadline in steps:
        if deadline is None:
            timers.cancel(name)
            model.pop(name, None)
        else:
            timers.arm(name, deadline)
            model[name] = deadline
        assert timers.next_deadline_ns() == min(model.values(), default=None)
        assert all(timers.is_armed(one) is (one in model) for one in "abcd")
    assert timers.take_due(-1) is None
