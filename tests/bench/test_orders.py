"""Orders of a case in the instant at which it had waited: what was there before them, and what came of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.bench.orders import Mark, OrderBook, marks_from
from harness.core import Direction, Level, Trace, s


def carry(trace: Trace, t_ns: int, link: str = "pilot") -> None:
    trace.append(t_ns, t_ns, link, Direction.TX, "charger", Level("plug", len(trace)))


def test_order_with_something_of_its_instant_behind_it_is_told() -> None:
    book = OrderBook(trace := Trace())
    carry(trace, s(1))
    book.stood(s(1))
    book.given(s(1))
    carry(trace, s(1))
    assert marks_from(book.text()) == [Mark(1, s(1), {"pilot": 1})]


def test_order_that_causes_something_later_only_is_not_told() -> None:
    book = OrderBook(trace := Trace())
    carry(trace, s(1))
    book.stood(s(1))
    book.given(s(1))
    carry(trace, s(1) + 1)
    assert book.text() == ""


def test_order_after_a_wait_that_something_ended_is_not_told() -> None:
    """A recording played back stops at the same record."""
    book = OrderBook(trace := Trace())
    carry(trace, s(1))
    book.given(s(1))
    carry(trace, s(1))
    assert book.text() == ""


def test_orders_without_anything_between_them_count_as_the_last() -> None:
    book = OrderBook(trace := Trace())
    book.stood(s(1))
    for _ in range(3):
        book.given(s(1))
    carry(trace, s(1), "charge")
    assert marks_from(book.text()) == [Mark(3, s(1), {})]


@given(
    st.lists(
        st.builds(
            Mark,
            st.integers(1, 99),
            st.integers(0, s(100)),
            st.dictionaries(st.sampled_from(["charge", "pilot", "plc"]), st.integers(1, 9)),
        )
    )
)
def test_marks_come_back(marks: list[Mark]) -> None:
    text = "; ".join(f"{mark.number} {mark.t_ns} {' '.join(f'{link}={count}' for link, count in mark.before.items())}" for mark in marks)
    assert marks_from(text) == marks


def test_other_text_is_refused() -> None:
    with pytest.raises(ValueError, match=r"invalid literal|not enough values"):
        marks_from("nonsense")
