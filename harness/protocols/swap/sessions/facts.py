"""What the parties of a swap told each other, printable."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness.core.message import Message
from harness.protocols.swap.identity import pack_crc
from harness.protocols.swap.messages import SwapProfile
from harness.protocols.swap.sessions.course import Course

__all__ = ["codes_of", "expected_crc", "facts_of", "lock_cycles"]

_POINTS = tuple(f"LockPoint{number}" for number in range(1, 9))
_NO_CODE = 0xFFFF


def facts_of(course: Course, messages: Sequence[Message], profile: SwapProfile) -> dict[str, str]:
    """Facts of one swap; *messages* are all of the link, since a pack tells its code before the session is opened."""
    return dict(_facts(course, messages, profile))


def _facts(course: Course, messages: Sequence[Message], profile: SwapProfile) -> Iterator[tuple[str, str]]:
    yield "message profile", f"{profile.title_en} ({profile.status}, no conformity to a named standard is claimed)"
    sessions = dict.fromkeys(str(order.session) for order in course.orders if order.session is not None)
    if sessions:
        yield "session", ", ".join(sessions)
    if stations := _values(messages, "STA_STS", "StationId"):
        yield "station", ", ".join(stations)
    if vins := _vins(messages):
        yield "VIN", ", ".join(vins)
    old, new = codes_of(course, messages)
    if old:
        yield "pack before", old
    if new:
        yield "pack after", new
    yield from _expected(course, new)
    if charges := _charges(course, messages):
        yield "state of charge", charges
    points = _points(course)
    if points:
        yield "lock points", str(points)
    if (cycles := lock_cycles(course)) is not None:
        yield "lock cycles", f"{cycles[0]} to {cycles[1]}"


def codes_of(course: Course, messages: Sequence[Message]) -> tuple[str, str]:
    """Codes of the packs before and after the couplers opened; empty for one that was not told."""
    opened_ns = next((one.t_ns for one, before, state in course.changes("LOCK_STS", "ElecConn") if state == "open"), None)
    old = new = ""
    for message in messages:
        if message.name != "PACK_ID" or "Code" not in message.values or message.t_ns > course.messages[-1].t_ns:
            continue
        if opened_ns is None or message.t_ns < opened_ns:
            old = str(message.values["Code"])
        else:
            new = str(message.values["Code"])
    return old, new


def lock_cycles(course: Course) -> tuple[int, int] | None:
    """How many cycles the lock counted before and after; ``None`` where it tells none."""
    told = [value for one in course.messages if one.name == "LOCK_STS" and isinstance(value := one.values.get("LockCycles"), int)]
    return (told[0], told[-1]) if told else None


def _values(messages: Sequence[Message], name: str, signal: str) -> list[str]:
    found = (message.values.get(signal) for message in messages if message.name == name)
    return list(dict.fromkeys(str(value) for value in found if value is not None))


def _vins(messages: Sequence[Message]) -> list[str]:
    streamed = (message.values["vin"] for message in messages if "vin" in message.values)
    told = (message.data.rstrip(b"*\xff").decode("ascii", "replace") for message in messages if message.name == "VI")
    return list(dict.fromkeys([*(str(vin) for vin in streamed), *told]))


def expected_crc(course: Course) -> int | None:
    """The checksum by which the station names the pack that it expects; ``None`` if it names none."""
    told = (order.message.values.get("ExpectedPackCrc") for order in reversed(course.orders))
    return next((value for value in told if isinstance(value, int) and value != _NO_CODE), None)


def _expected(course: Course, new: str) -> Iterator[tuple[str, str]]:
    wanted = expected_crc(course)
    if wanted is not None:
        own = f", that of the pack after is {pack_crc(new):04X}" if new else ""
        yield "expected pack", f"checksum {wanted:04X}{own}"


def _charges(course: Course, messages: Sequence[Message]) -> str:
    end_ns = course.messages[-1].t_ns
    told = [
        (message.t_ns, value)
        for message in messages
        if message.name == "PACK_STS1" and message.t_ns <= end_ns and isinstance(value := message.values.get("SOC"), int | float)
    ]
    before = [value for t_ns, value in told if t_ns <= course.start_ns] or [value for _, value in told[:1]]
    return f"{before[-1]:g} % to {told[-1][1]:g} %" if told else ""


def _points(course: Course) -> int:
    told = next((message for message in course.messages if message.name == "LOCK_STS"), None)
    return 0 if told is None else sum(told.values.get(point) not in (None, "not_fitted") for point in _POINTS)
