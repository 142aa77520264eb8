"""What a tester sends besides, or otherwise than, its part of the session: extra messages, foreign frames, other paces.

A charger carries one ``Traffic``. It knows frames and instants only; what a message says is the machine's
business. Everything random comes from one seed, so that two runs are equal.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace

from harness.core import Frame, Pdu, s
from harness.protocols.gbt27930.messages import CHARGER, VEHICLE
from harness.protocols.gbt27930.schedule import next_on_grid

__all__ = ["Traffic"]

_MAX_ID = 1 << 29


@dataclass(slots=True)
class _Cycle:
    make: Callable[[], list[Pdu]]
    every_ns: int | None
    """``None``: once."""
    due_ns: int


class Traffic:
    """Extra cycles by key, and deviations of the machine's own cycles by message name."""

    def __init__(self, seed: int = 0) -> None:
        self._random = random.Random(seed)
        self._cycles: dict[str, _Cycle] = {}
        self._paces: dict[str, tuple[int, int]] = {}
        self._readdressed: dict[str, tuple[int, bool]] = {}

    # Extra frames

    def add(self, key: str, make: Callable[[], list[Pdu]], every_ns: int | None, now_ns: int) -> None:
        """Send what *make* gives, first at *now_ns*, then every *every_ns*; another cycle of the same key ends."""
        self._cycles[key] = _Cycle(make, every_ns, now_ns)

    def add_noise(self, key: str, per_s: float, now_ns: int) -> None:
        """Foreign extended frames, so many per second: random identifiers and data, never to or from the two parties."""
        self.add(key, lambda: [self._foreign()], round(s(1) / per_s), now_ns)

    def end(self, *keys: str) -> None:
        """End these cycles, all of them if none is named."""
        for key in keys or tuple(self._cycles):
            self._cycles.pop(key, None)

    def next_deadline_ns(self) -> int | None:
        """The earliest extra frame."""
        return min((cycle.due_ns for cycle in self._cycles.values()), default=None)

    def take_due(self, now_ns: int) -> list[Pdu]:
        """The extra frames that are due by *now_ns*."""
        out: list[Pdu] = []
        for key, cycle in tuple(self._cycles.items()):
            if cycle.due_ns > now_ns:
                continue
            if cycle.every_ns is None:
                del self._cycles[key]
            else:
                cycle.due_ns = next_on_grid(cycle.due_ns, cycle.every_ns, now_ns)
            out += cycle.make()
        return out

    def _foreign(self) -> Frame:
        while True:
            can_id = self._random.randrange(_MAX_ID)
            if not {can_id & 0xFF, can_id >> 8 & 0xFF} & {CHARGER, VEHICLE}:
                return Frame(can_id, self._random.randbytes(8))

    def clear(self) -> None:
        """End every extra cycle and every deviation of the own ones."""
        self._cycles.clear()
        self._paces.clear()
        self._readdressed.clear()

    # Own cycles

    def pace(self, name: str, lower_ns: int | None, upper_ns: int | None = None) -> None:
        """Let *name* follow itself after *lower_ns*, or after anything from *lower_ns* to *upper_ns*; ``None``: as usual."""
        if lower_ns is None:
            self._paces.pop(name, None)
        else:
            self._paces[name] = (lower_ns, lower_ns if upper_ns is None else upper_ns)

    def next_ns(self, name: str, deadline_ns: int, period_ns: int, now_ns: int) -> int:
        """When *name*, due at *deadline_ns*, is due again."""
        if name not in self._paces:
            return next_on_grid(deadline_ns, period_ns, now_ns)
        return next_on_grid(deadline_ns, self._random.randint(*self._paces[name]), now_ns)

    def readdress(self, name: str, can_id: int | None, extended: bool = True) -> None:
        """Send *name* under another identifier; ``None``: its own."""
        if can_id is None:
            self._readdressed.pop(name, None)
        else:
            self._readdressed[name] = (can_id, extended)

    def addressed(self, name: str, frame: Frame) -> Frame:
        """*frame* of *name* under the identifier that it is to have."""
        if name not in self._readdressed:
            return frame
        can_id, extended = self._readdressed[name]
        return replace(frame, can_id=can_id, extended=extended)
