"""The timeout tables against the reference, and the named timers of a machine."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core import ms, s
from harness.protocols.gbt27930.codec import codec_2015
from harness.protocols.gbt27930.schedule import Timers, next_on_grid
from harness.protocols.gbt27930.timers import CHARGER_TIMERS, TIMERS, VEHICLE_TIMERS

REFERENCE_S = {
    "TB1": 30, "TB1b": 60, "TB2": 5, "TB3": 5, "TB4": 5, "TB5": 60, "TB6": 1, "TB7": 5, "TB8": 10, "TB9": 30,
    "TC1": 5, "TC2": 5, "TC3": 5, "TC4": 60, "TC5": 5, "TC6": 1, "TC7": 5, "TC8": 1, "TC9": 5, "TC11": 5, "TC12": 10, "TC13": 600,
}  # fmt: skip


@pytest.mark.parametrize(("name", "seconds"), REFERENCE_S.items())
def test_timer_has_the_length_of_the_reference(name: str, seconds: int) -> None:
    assert TIMERS[name].value_ns == s(seconds)


def test_only_the_unclear_start_of_ccs_is_not_in_the_reference() -> None:
    assert set(TIMERS) - set(REFERENCE_S) == {"TB6a"}
    assert TIMERS["TB6a"].confidence == "low"


@pytest.mark.parametrize(("message", "table"), [("BEM", VEHICLE_TIMERS), ("CEM", CHARGER_TIMERS)])
def test_every_error_is_a_signal_of_the_error_message(message: str, table: object) -> None:
    signals = {signal.name for signal in codec_2015().layout(message).signals}
    assert isinstance(table, type(VEHICLE_TIMERS))
    assert {row.error for row in table.values() if row.error} <= signals


@pytest.mark.parametrize("row", TIMERS.values(), ids=lambda row: row.name)
def test_row_names_its_source_and_condition(row: object) -> None:
    assert all(getattr(row, name) for name in ("armed_by", "waits_for", "source", "confidence", "clause"))


def test_end_of_charging_allows_no_reconnect() -> None:
    assert {row.name for row in TIMERS.values() if row.error and not row.reconnect} == {"TB7", "TB8", "TC11", "TC12"}


def test_timer_is_due_at_its_deadline_and_not_before() -> None:
    timers = Timers(("a",))
    timers.arm("a", 100)
    assert timers.take_due(99) is None
    assert timers.take_due(100) == ("a", 100)
    assert timers.take_due(100) is None


def test_cancelled_timer_never_becomes_due() -> None:
    timers = Timers(("a", "b"))
    timers.arm("a", 100)
    timers.arm("b", 100)
    assert timers.take_due(100) == ("a", 100)
    timers.cancel("b")
    assert timers.take_due(1_000) is None
    assert timers.next_deadline_ns() is None


def test_order_decides_between_equal_deadlines() -> None:
    timers = Timers(("first", "second"))
    timers.arm("second", 5)
    timers.arm("first", 5)
    assert [timers.take_due(5), timers.take_due(5)] == [("first", 5), ("second", 5)]


def test_unknown_timer_is_refused() -> None:
    with pytest.raises(KeyError, match="no timer is named 'x'"):
        Timers(("a",)).arm("x", 1)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 50), st.booleans())), st.integers(0, 60))
def test_timers_come_in_the_order_of_time_and_none_twice(steps: list[tuple[str, int, bool]], now_ns: int) -> None:
    timers = Timers("abc")
    expected: dict[str, int] = {}
    for name, deadline, arm in steps:
        if arm:
            timers.arm(name, deadline)
            expected[name] = deadline
        else:
            timers.cancel(name)
            expected.pop(name, None)
    taken = []
    while (due := timers.take_due(now_ns)) is not None:
        taken.append(due)
    assert taken == sorted(((name, at) for name, at in expected.items() if at <= now_ns), key=lambda item: (item[1], item[0]))
    assert timers.next_deadline_ns() == min((at for at in expected.values() if at > now_ns), default=None)


@given(st.integers(0, 10**12), st.integers(1, 10**9), st.integers(0, 10**12))
def test_next_cycle_lies_on_the_grid_behind_the_present(deadline: int, period: int, late: int) -> None:
    following = next_on_grid(deadline, period, deadline + late)
    assert following > deadline + late
    assert (following - deadline) % period == 0
    assert following - period <= deadline + late


def test_missed_cycles_are_not_made_up() -> None:
    assert next_on_grid(0, ms(10), ms(35)) == ms(40)
