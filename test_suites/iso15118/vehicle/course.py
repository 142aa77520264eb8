"""What a vehicle does one after the other: the next request after a message, and the level of a line at an instant."""

from __future__ import annotations

from harness.case import CaseBench, Sut
from harness.core import Inconclusive, Limit, Message, Reason
from harness.protocols.iso15118.message import V2gMessage


def next_request(bench: CaseBench, after: V2gMessage, within: Limit) -> V2gMessage | None:
    """The first request behind *after* on the same connection; ``None`` if none comes *within* that time from now."""

    def found() -> list[V2gMessage]:
        return [
            message
            for message in bench.all_messages()
            if isinstance(message, V2gMessage)
            and message.is_request
            and message.frame > after.frame
            and message.connection == after.connection
        ]

    bench.wait_record(lambda _: bool(found()), since=after.t_ns - 1, until_ns=bench.now_ns + within.upper_ns)
    return next(iter(found()), None)


def requests_between(bench: CaseBench, name: str, first: Message, last: Message | None) -> list[V2gMessage]:
    """Every request *name* from *first* to *last*, both left out; without *last* up to now."""
    return [
        message
        for message in bench.all_messages()
        if isinstance(message, V2gMessage)
        and message.name == name
        and message.frame > first.frames[-1]
        and (last is None or message.frame < last.frames[-1])
    ]


def drive(bench: CaseBench, truck: Sut, line: str, value: float) -> None:
    """Make sure that the tester's station drives *line* so.

    Raises:
        Inconclusive: the rig has no such line (reason NO_LINE), or the station does not.
    """
    if bench.level(line) is None:
        raise Inconclusive(Reason.NO_LINE, f"the rig has no line '{line}'")
    if bench.wait_level(line, value, within=truck.limit("approach.own")) is None:
        raise Inconclusive(Reason.PRECONDITION, f"the tester did not set '{line}' to {value:g}")


def level_at(bench: CaseBench, line: str, t_ns: int) -> float | None:
    """Level of *line* at *t_ns*, ``None`` if the rig had told none by then."""
    told = [level for at_ns, level in bench.level_changes(line) if at_ns <= t_ns]
    return told[-1] if told else None
