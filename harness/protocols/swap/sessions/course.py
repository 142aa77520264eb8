"""The messages of a link parted into swaps: from the opening of a session until the truck is as it was, or to the next opening."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from harness.core.message import Message, Value
from harness.protocols.swap.orders import Order

__all__ = ["UNDER_WAY", "Course", "courses_of"]

UNDER_WAY = ("swap_requested", "swap_ready", "swap_active", "post_swap_check")
"""Modes of a truck in a swap."""
_SETTLED = ("normal", "restored")
_LAST_ORDERS = ("success", "abort", "failed")


@dataclass(slots=True)
class Course:
    """One swap."""

    messages: list[Message] = field(default_factory=list)
    """From its first one to the last before the next swap."""
    orders: list[Order] = field(default_factory=list)
    over_ns: int | None = None
    """When it came to an end; ``None`` if the recording does not show one."""

    @property
    def start_ns(self) -> int:
        """Its first message."""
        return self.messages[0].t_ns

    @property
    def end_ns(self) -> int:
        """Its end, or the last message that belongs to it."""
        return self.messages[-1].t_ns if self.over_ns is None else max(self.over_ns, self.start_ns)

    @property
    def begins_midway(self) -> bool:
        """Whether the recording misses the opening of the session."""
        return not self.orders or self.orders[0].command != "session_open"

    @property
    def mode_at_start(self) -> Value:
        """The mode that the truck told first."""
        return next((message.values["VehSwapMode"] for message in self.messages if "VehSwapMode" in message.values), None)

    @property
    def told(self) -> list[Message]:
        """Its messages up to its end."""
        end_ns = self.end_ns
        return [message for message in self.messages if message.t_ns <= end_ns]

    def order(self, *commands: str) -> Order | None:
        """The last order with one of these commands that was not rejected; else the last one with them."""
        found = [order for order in self.orders if order.command in commands]
        return next((order for order in reversed(found) if order.result != "rejected"), found[-1] if found else None)

    def until(self, order: Order) -> int:
        """When the next order after *order* came, the end if none did."""
        return next((each.t_ns for each in self.orders if each.t_ns > order.t_ns), self.end_ns)

    def first(self, name: str, since_ns: int = 0, **values: Value) -> Message | None:
        """The first message *name* from an instant on that says these values."""
        for message in self.messages:
            if message.t_ns >= since_ns and message.name == name and all(message.values.get(key) == each for key, each in values.items()):
                return message
        return None

    def changes(self, name: str, signal: str) -> Iterator[tuple[Message, Value, Value]]:
        """Messages that say another value than the one before: the message, what was said before (``None`` at first), what it says."""
        before: Value = None
        for message in self.told:
            if message.name == name and signal in message.values:
                value = message.values[signal]
                if value != before:
                    yield message, before, value
                before = value


def courses_of(messages: Sequence[Message], orders: Sequence[Order]) -> list[Course]:
    """The swaps among *messages*, by their beginning; *orders* are those that they give."""
    reader = _Reader({id(order.message): order for order in orders})
    for message in messages:
        reader.feed(message)
    return reader.courses


class _Reader:
    """Goes through the messages once."""

    def __init__(self, orders: Mapping[int, Order]) -> None:
        self.courses: list[Course] = []
        self._orders = orders
        self._mode: Value = None

    def feed(self, message: Message) -> None:
        order = self._orders.get(id(message))
        if (order is not None and self._opens(order)) or (not self.courses and message.values.get("VehSwapMode") in UNDER_WAY):
            self.courses.append(Course())
        if not self.courses:
            return
        course = self.courses[-1]
        course.messages.append(message)
        if order is not None:
            course.orders.append(order)
            course.over_ns = None
        if message.name == "VEH_STS":
            self._mode_told(course, message)
        elif message.name == "ACK":
            self._answered(course, message)

    def _opens(self, order: Order) -> bool:
        """Whether another swap begins with *order*."""
        if not self.courses:
            return True
        course = self.courses[-1]
        if order.command != "session_open":
            # A command under no session, or under one that is over, is told by itself.
            return course.over_ns is not None and order.session != self._session(course)
        only_opened = all(each.command == "session_open" and each.session == order.session for each in course.orders)
        return course.over_ns is not None or not (order.result == "rejected" or (only_opened and bool(course.orders)))

    @staticmethod
    def _session(course: Course) -> Value:
        return course.orders[-1].session if course.orders else None

    def _mode_told(self, course: Course, message: Message) -> None:
        mode, before, self._mode = message.values.get("VehSwapMode"), self._mode, message.values.get("VehSwapMode")
        settles = mode in _SETTLED and before not in _SETTLED and before is not None
        # A truck that turns an order down may say ``normal`` again; it stays in the session.
        turned_down = course.orders and course.orders[-1].command not in _LAST_ORDERS and mode == "normal"
        if settles and not turned_down and course.over_ns is None:
            course.over_ns = message.t_ns

    @staticmethod
    def _answered(course: Course, message: Message) -> None:
        order = course.orders[-1] if course.orders else None
        if order is not None and order.command in _LAST_ORDERS and message.values.get("AckResult") == "done" and order.last is message:
            course.over_ns = message.t_ns
