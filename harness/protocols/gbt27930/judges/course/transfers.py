"""Transport sessions as the period rule needs them: when they were finished, whose time they took, which of them overlap."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from harness.core.message import Message
from harness.core.trace import Record
from harness.protocols.gbt27930.messages import MESSAGES

__all__ = ["Transfers"]


class Transfers:
    """Spans of the transport sessions in a trace.

    Args:
        messages: those of the decoder for *records*.
        records: the trace.
        longest_ns: a session that takes longer is no longer held against the intervals around it; ``None``: any is.
    """

    def __init__(self, messages: Sequence[Message], records: Sequence[Record], longest_ns: int | None) -> None:
        self._longest_ns = longest_ns
        self._taken = _taken_by_sender(messages, records)
        self._finished: dict[tuple[str, int], int] = {}
        self._spans: list[tuple[int, int, str]] = []
        open_since: dict[str, int] = {}
        last_ns = messages[-1].t_ns if messages else 0
        for message in messages:
            if message.name.endswith(".RTS"):
                name = message.name.removesuffix(".RTS")
                self._close(open_since, name, message.t_ns)
                open_since[name] = message.t_ns
            elif message.name in ("TP.EOMA", "TP.ABORT"):
                name = str(message.values.get("message"))
                if name in open_since and message.name == "TP.EOMA":
                    self._finished[name, open_since[name]] = message.t_ns
                self._close(open_since, name, message.t_ns)
        for name in list(open_since):
            self._close(open_since, name, last_ns)
        self._spans.sort()

    def _close(self, open_since: dict[str, int], name: str, now_ns: int) -> None:
        if name in open_since:
            self._spans.append((open_since.pop(name), now_ns, name))

    def finished_ns(self, name: str, start_ns: int) -> int | None:
        """When the session of *name* announced at *start_ns* was acknowledged; ``None`` if it never was."""
        return self._finished.get((name, start_ns))

    def taken_ns(self, name: str, start_ns: int) -> int:
        """How much of that session was spent on packets that were granted and not yet sent; the rest is the peer's."""
        return self._taken.get((name, start_ns), 0)

    def others(self, name: str, from_ns: int, to_ns: int) -> bool:
        """Whether a session of another message was open between *from_ns* and *to_ns*."""
        index = bisect_left(self._spans, (to_ns, 0, ""))
        while index > 0:
            index -= 1
            start_ns, end_ns, other = self._spans[index]
            if self._longest_ns is not None and start_ns < from_ns - self._longest_ns:
                return False
            if other != name and end_ns > from_ns:
                return True
        return False


def _taken_by_sender(messages: Sequence[Message], records: Sequence[Record]) -> dict[tuple[str, int], int]:
    """By name and instant of the announcement: the time before every packet, from the packet or grant before it on."""
    complete = [message for message in messages if message.name in MESSAGES and len(message.frames) > 1]
    wanted = {frame for message in complete for frame in message.frames}
    times = {record.number: record.t_ns for record in records if record.number in wanted}
    grants: dict[str, list[int]] = {}
    for message in messages:
        if message.name == "TP.CTS":
            grants.setdefault(str(message.values.get("message")), []).append(message.t_ns)
    taken: dict[tuple[str, int], int] = {}
    for message in complete:
        granted, previous_ns, total_ns = grants.get(message.name, []), message.start_ns, 0
        for frame in message.frames[1:]:
            now_ns = times.get(frame, previous_ns)
            index = bisect_right(granted, now_ns)
            since_ns = max(previous_ns, granted[index - 1]) if index else previous_ns
            total_ns += max(0, now_ns - since_ns)
            previous_ns = now_ns
        taken[message.name, message.start_ns] = total_ns
    return taken
