"""The phases of a swap, by what the station orders and what the truck tells of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from harness.core.durations import format_s
from harness.core.message import Message
from harness.core.standard import Phase
from harness.protocols.swap.orders import FEEDBACK, Order
from harness.protocols.swap.sessions.course import Course

__all__ = ["phases_of"]

_BY_COMMAND = {
    "session_open": "session",
    "prepare_swap": "prepare",
    "unlock": "unlock",
    "pack_removing": "pack out",
    "pack_installing": "pack in",
    "pack_placed": "mate",
    "lock": "lock",
    "post_check": "check",
    "success": "re-energise",
    "failed": "abort",
    "abort": "abort",
}
_SHOWN = {
    "prepare_swap": "permit",
    "unlock": "unlocked",
    "pack_removing": "pack gone",
    "pack_installing": "pack seated",
    "pack_placed": "mated",
    "lock": "locked",
    "success": "high voltage on",
}
"""How it is told that an order was carried out."""
_CONTACTORS = ("MainPos", "MainNeg", "Precharge")


@dataclass(frozen=True, slots=True)
class _Begin:
    name: str
    message: Message
    order: Order | None = None


def phases_of(course: Course) -> tuple[Phase, ...]:
    """The phases in their order; a phase lasts until the next one begins. An order that the truck turns down begins none."""
    begins = sorted(_begins(course), key=lambda begin: begin.message.t_ns)
    if not begins or begins[0].message.t_ns > course.start_ns:
        begins.insert(0, _Begin("under way", course.messages[0]))
    kept = [begin for index, begin in enumerate(begins) if not index or begins[index - 1].name != begin.name]
    ends = [*(begin.message.t_ns for begin in kept[1:]), course.end_ns]
    return tuple(
        Phase(begin.name, begin.message.t_ns, max(begin.message.t_ns, end), begin.message.frames[0], ", ".join(_texts(begin, course, end)))
        for begin, end in zip(kept, ends, strict=True)
    )


def _begins(course: Course) -> Iterator[_Begin]:
    for order in course.orders:
        name = _BY_COMMAND.get(order.command)
        if name is not None and (order.result != "rejected" or order is course.orders[0]):
            yield _Begin(name, order.message, order)
    told = course.told
    opened = course.order("session_open")
    if opened is not None and (challenge := next((one for one in told if one.name == "AUTH_CHAL" and one.t_ns >= opened.t_ns), None)):
        yield _Begin("authentication", challenge)
    prepared, success = course.order("prepare_swap"), course.order("success")
    if prepared is not None and prepared.result != "rejected":
        falling = _falls(told, prepared.t_ns, course.until(prepared))
        yield from (() if falling is None else (_Begin("high voltage off", falling),))
    if success is not None:
        restored = [one for one, before, mode in course.changes("VEH_STS", "VehSwapMode") if mode == "restored" and before]
        yield from (_Begin("restored", one) for one in restored[-1:] if one.t_ns >= success.t_ns)


def _falls(told: list[Message], since_ns: int, until_ns: int) -> Message | None:
    """The first message by which the contactors of a live pack are open; where no pack speaks, by which the link is without voltage."""
    was_closed = False
    for message in told:
        if message.name == "PACK_STS2":
            closed = any(message.values.get(each) == "closed" for each in _CONTACTORS)
            if was_closed and not closed and since_ns <= message.t_ns < until_ns:
                return message
            was_closed = closed
    if any(message.name == "PACK_STS2" for message in told):
        return None
    was_live = False
    for message in told:
        if message.name == "VEH_STS":
            state = message.values.get("HvBusState")
            if was_live and state == "de_energised" and since_ns <= message.t_ns < until_ns:
                return message
            was_live = state == "energised"
    return None


def _texts(begin: _Begin, course: Course, end_ns: int) -> Iterator[str]:
    order, since_ns = begin.order, begin.message.t_ns
    if begin.name == "authentication":
        answer = course.first("AUTH_RSP", since_ns)
        yield f"answered after {format_s(answer.t_ns - since_ns)} s" if answer is not None else "no answer"
    elif begin.name == "high voltage off":
        yield from _voltage(course, since_ns, end_ns)
    elif begin.name == "restored":
        yield "the truck tells that the swap is over"
    if order is None:
        return
    if (feedback := FEEDBACK.get(order.command)) is not None:
        name, signal, value = feedback
        shown = course.first(name, since_ns, **{signal: value})
        if shown is not None and shown.t_ns <= course.until(order):
            yield f"{_SHOWN[order.command]} after {format_s(shown.t_ns - since_ns)} s"
    if order.command == "failed" and (reason := order.message.values.get("StaFailReason")) not in (None, "none", "sna"):
        yield f"station says {reason!s}"
    if order.command in ("post_check", "lock"):
        codes = [one for one in course.messages if one.name == "PACK_ID" and since_ns <= one.t_ns <= end_ns]
        yield from (f"pack {one.values['Code']!s}" for one in codes[:1] if "Code" in one.values)
    yield f"ACK {order.result}{f' ({order.reason})' if order.reason else ''}" if order.result else "no ACK"


def _voltage(course: Course, since_ns: int, end_ns: int) -> Iterator[str]:
    told = [
        voltage
        for message in course.messages
        if message.name == "VEH_STS" and since_ns <= message.t_ns <= end_ns
        if isinstance(voltage := message.values.get("LinkVoltage"), int | float)
    ]
    if told:
        yield f"link from {told[0]:g} V to {told[-1]:g} V"
