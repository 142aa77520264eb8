"""Transport sessions as the period rule needs them: when they were finished, and which of them overlap."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from harness.core.message import Message

__all__ = ["Transfers"]

_LONGEST_NS = 5_000_000_000
"""A transport session that takes longer is no longer held against the intervals around it."""


class Transfers:
    """Spans of the transport sessions in a trace."""

    def __init__(self, messages: Sequence[Message]) -> None:
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

    def others(self, name: str, from_ns: int, to_ns: int) -> bool:
        """Whether a session of another message was open between *from_ns* and *to_ns*."""
        index = bisect_left(self._spans, (to_ns, 0, ""))
        while index > 0:
            index -= 1
            start_ns, end_ns, other = self._spans[index]
            if start_ns < from_ns - _LONGEST_NS:
                return False
            if other != name and end_ns > from_ns:
                return True
        return False
