"""What the parties of a swap told each other, printable."""

from __future__ import annotations

from collections.abc import Iterator

from harness.protocols.swap.identity import pack_crc
from harness.protocols.swap.messages import SwapProfile
from harness.protocols.swap.sessions.course import Course
from harness.protocols.swap.sessions.view import View

__all__ = ["codes_of", "expected_crc", "facts_of", "lock_cycles"]

_POINTS = tuple(f"LockPoint{number}" for number in range(1, 9))
_NO_CODE = 0xFFFF


def facts_of(course: Course, view: View, profile: SwapProfile) -> dict[str, str]:
    """Facts of one swap; *view* is of the whole link, since a pack tells its code before the session is opened."""
    return dict(_facts(course, view, profile))


def _facts(course: Course, view: View, profile: SwapProfile) -> Iterator[tuple[str, str]]:
    yield "message profile", f"{profile.title_en} ({profile.status}, no conformity to a named standard is claimed)"
    sessions = dict.fromkeys(str(order.session) for order in course.orders if order.session is not None)
    told = {"session": ", ".join(sessions), "station": ", ".join(view.stations), "VIN": ", ".join(view.vins)}
    told["pack before"], told["pack after"] = codes_of(course, view)
    yield from ((name, text) for name, text in told.items() if text)
    yield from _expected(course, told["pack after"])
    if charges := _charges(course, view):
        yield "state of charge", charges
    points = _points(course)
    if points:
        yield "lock points", str(points)
    if (cycles := lock_cycles(course)) is not None:
        yield "lock cycles", f"{cycles[0]} to {cycles[1]}"


def codes_of(course: Course, view: View) -> tuple[str, str]:
    """Codes of the packs before and after the couplers opened; empty for one that was not told."""
    begin_ns, end_ns = course.start_ns, course.messages[-1].t_ns
    opened_ns = next((each for each in view.parted_ns if begin_ns <= each <= end_ns), None)
    old = new = ""
    for message in view.codes:
        if message.t_ns > end_ns:
            break
        if opened_ns is None or message.t_ns < opened_ns:
            old = str(message.values["Code"])
        else:
            new = str(message.values["Code"])
    return old, new


def lock_cycles(course: Course) -> tuple[int, int] | None:
    """How many cycles the lock counted before and after; ``None`` where it tells none."""
    told = [value for one in course.messages if one.name == "LOCK_STS" and isinstance(value := one.values.get("LockCycles"), int)]
    return (told[0], told[-1]) if told else None


def expected_crc(course: Course) -> int | None:
    """The checksum by which the station names the pack that it expects; ``None`` if it names none."""
    told = (order.message.values.get("ExpectedPackCrc") for order in reversed(course.orders))
    return next((value for value in told if isinstance(value, int) and value != _NO_CODE), None)


def _expected(course: Course, new: str) -> Iterator[tuple[str, str]]:
    wanted = expected_crc(course)
    if wanted is not None:
        own = f", that of the pack after is {pack_crc(new):04X}" if new else ""
        yield "expected pack", f"checksum {wanted:04X}{own}"


def _charges(course: Course, view: View) -> str:
    told = [(t_ns, charge) for t_ns, charge in view.charges if t_ns <= course.messages[-1].t_ns]
    before = [charge for t_ns, charge in told if t_ns <= course.start_ns] or [charge for _, charge in told[:1]]
    return f"{before[-1]:g} % to {told[-1][1]:g} %" if told else ""


def _points(course: Course) -> int:
    told = next((message for message in course.messages if message.name == "LOCK_STS"), None)
    return 0 if told is None else sum(told.values.get(point) not in (None, "not_fitted") for point in _POINTS)
