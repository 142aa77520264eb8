"""A bench that plays back a recording: the same trace at the same instants, and nobody to steer.

What a case asks of the trace is answered from the recording. Orders to the tester's machines go nowhere: what
they made the machines do is in the recording. What a machine would have answered is not, so using an answer
raises ``NotRecorded``.
"""

from __future__ import annotations

import json
import math
from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import NoReturn, TypeVar

from harness.bench.can_access import Heard
from harness.bench.orders import Mark, marks_from
from harness.case.expectations import CaseBench
from harness.core import Frame, HarnessError, Inconclusive, Level, Limit, Reason, Record, Trace
from harness.protocols.canbus.confinement import Confinement
from harness.rig import LinkSpec, Rig
from harness.rig.build import lines_of

__all__ = ["NotRecorded", "RecordedBench", "RecordedCaseBench"]

T = TypeVar("T")


class NotRecorded(HarnessError):
    """The case asks for something that no recording holds."""


class RecordedBench:
    """The bench of one attempt, as far as its recording tells."""

    def __init__(
        self,
        rig: Rig,
        records: Sequence[Record],
        *,
        end_ns: int | None,
        jitter_ns: int = 0,
        dropped: int = 0,
        info: Mapping[str, str] | None = None,
    ) -> None:
        """*records* are those of all links in the order of time; *end_ns* is when the case ended, ``None`` if that is only
        known to the clock of the host."""
        self.trace = Trace()
        self.info: Mapping[str, str] = info or {}
        self._rig = rig
        self._records = records
        self._waiting = deque(records)
        self._end_ns = end_ns
        self._now_ns = 0
        self._jitter_ns, self._dropped = jitter_ns, dropped
        self._outages: dict[str, list[tuple[int, int]]] = {}
        self._marks = marks_from(self.info.get("orders", ""))
        self._given = 0
        self._readings: deque[list[int]] = deque(json.loads(self.info.get("readings", "[]")))

    def order(self) -> None:
        """The case gives an order: what came of it in the same instant may be seen from now on."""
        self._given += 1

    def start(self) -> None:
        """Nothing is opened."""

    def close(self) -> None:
        """What the recording holds beyond the end of the case belongs to it too."""
        while self._waiting:
            self._play(self._waiting[0])

    def nodes(self, role: str) -> tuple[object, ...]:
        """One silent machine for each link of a role that the rig's own process played.

        Raises:
            KeyError: there was none.
        """
        spec = self._rig.roles[role]
        if not self._rig.is_in_process(spec):
            raise KeyError(role)
        return tuple(object() for _ in spec.links)

    def links(self) -> Collection[str]:
        """Names of the links."""
        return tuple(self._rig.links)

    def lines_of(self, link: str) -> Collection[str]:
        """Line links that belong to *link*."""
        return lines_of(self._rig, link)

    def now_ns(self) -> int:
        """Up to where the recording was played."""
        return self._now_ns

    def call(self, role: str, action: Callable[[], T]) -> T:
        """There is nobody to call; see ``RecordedCaseBench.control``."""
        raise NotRecorded(f"the state of '{role}' is in no recording")

    def run_until(self, t_ns: int, stop: Callable[[], bool] | None = None) -> bool:
        """Play the recording up to *t_ns*, or until *stop* says so after a record.

        Raises:
            NotRecorded: the case ended earlier than that.
        """
        if stop is not None and stop():
            return True
        while (record := self._next(t_ns)) is not None:
            self._play(record)
            if stop is not None and stop():
                return True
        if self._end_ns is not None and t_ns > self._end_ns:
            raise NotRecorded(f"the case goes on to t={t_ns / 1e9:.9f} s, its record ends at t={self._end_ns / 1e9:.9f} s")
        self._now_ns = max(self._now_ns, t_ns)
        return False

    def short(self, link: str, for_ns: int) -> tuple[int, int]:
        """When the link was shorted: from now on, for so long.

        Raises:
            Inconclusive: the rig could not (reason NO_LINE).
        """
        if not self._rig.links[link].is_simulated:
            raise Inconclusive(Reason.NO_LINE, f"the rig has no means to short the link '{link}'")
        outage = (self._now_ns, self._now_ns + for_ns)
        self._outages.setdefault(link, []).append(outage)
        return outage

    def outages(self, link: str) -> tuple[tuple[int, int], ...]:
        """Begin and end of every time in which *link* was shorted."""
        return tuple(self._outages.get(link, ()))

    def can(self, link: str, tester: str) -> RecordedCan:
        """What was read from a CAN bus beyond frames."""
        return RecordedCan(self, self._rig.links[link], self._readings)

    def next_level(self, line: str) -> float | None:
        """The level that *line* takes next in the recording, ``None`` if it does not change any more.

        What an order of this instant caused may have been played already, so this instant counts.
        """
        coming = (record.pdu for record in self._records if record.t_ns >= self._now_ns)
        return next((pdu.value for pdu in coming if isinstance(pdu, Level) and pdu.line == line), None)

    def tester_jitter_ns(self) -> int:
        """As recorded."""
        return self._jitter_ns

    def dropped(self) -> int:
        """As recorded."""
        return self._dropped

    def _next(self, until_ns: int) -> Record | None:
        """The next record up to *until_ns*, without what an order caused that the case has yet to give in that instant."""
        mark = next((mark for mark in self._marks if mark.number > self._given), None)
        for record in self._waiting:
            if record.t_ns > until_ns:
                return None
            if mark is None or until_ns > mark.t_ns or not _came_of(mark, record):
                return record
        return None

    def _play(self, record: Record) -> None:
        self._waiting.remove(record)  # The first one, or one of the same instant.
        self._now_ns = max(self._now_ns, record.t_ns)
        self.trace.append(record.t_ns, record.host_ns, record.link, record.direction, record.sender, record.pdu)


class RecordedCan:
    """What was read from a CAN bus in the order in which the case asks for it; see ``harness.bench.can_access``."""

    def __init__(self, bench: RecordedBench, link: LinkSpec, readings: deque[list[int]]) -> None:
        self._bench, self._link, self._readings = bench, link, readings

    @property
    def bitrates_bps(self) -> tuple[int, int] | None:
        """As recorded."""
        rates = self._next()
        return (rates[0], rates[1]) if rates else None

    def error_frames(self) -> int:
        """As recorded."""
        return self._next()[0]

    def counters(self) -> Confinement:
        """As recorded."""
        transmit, receive, highest, is_off = self._next()
        return Confinement(transmit, receive, highest, bool(is_off))

    def destroy(self, where: Callable[[Frame], bool], for_ns: int) -> None:
        """What came of it is in the recording."""
        self._require()

    def unplug(self, for_ns: int) -> None:
        """What came of it is in the recording."""
        self._require()

    def listen(self, bitrate_bps: int, sample_point_pct: float, for_ns: int) -> Heard:
        """As recorded, after that time."""
        self._require()
        self._bench.run_until(self._bench.now_ns() + for_ns)
        return Heard(*self._next())

    def _next(self) -> list[int]:
        if not self._readings:
            self._require()
            raise NotRecorded(f"the case reads '{self._link.name}' once more than its record tells")
        return self._readings.popleft()

    def _require(self) -> None:
        if not self._link.is_simulated:
            raise Inconclusive(Reason.NO_LINE, f"the rig had no means for this on the link '{self._link.name}'")


def _came_of(mark: Mark, record: Record) -> bool:
    return record.t_ns == mark.t_ns and record.number > mark.before.get(record.link, 0)


class RecordedCaseBench(CaseBench):
    """The recording as a case sees it."""

    def control(self, role: str, node: int = 0) -> object:
        """Takes every order and does nothing. See ``CaseBench.control``."""
        super().control(role, node)
        assert isinstance(self._bench, RecordedBench)
        return _Orders(role, self._bench.order)

    def wait_level(self, line: str, value: float, *, within: Limit) -> int | None:
        """See ``CaseBench.wait_level``. An answer of a machine as *value* is the level that it made the line take: the next one."""
        if isinstance(value, _Untold):
            assert isinstance(self._bench, RecordedBench)
            coming = self._bench.next_level(line)
            value = math.nan if coming is None else coming
        return super().wait_level(line, value, within=within)


def _unnoticed() -> None:
    """What notes no order."""


class _Orders:
    """Takes orders to a machine that is not there."""

    __slots__ = ("_order", "_role")

    def __init__(self, role: str, order: Callable[[], None] = _unnoticed) -> None:
        self._role, self._order = role, order

    def __getattr__(self, name: str) -> _Untold:
        self._order()  # Looking for the method goes through the bench as well, see ``harness.case.expectations``.
        return _Untold(f"{self._role}.{name}", self._order)


class _Untold:
    """What a machine would have answered. It may be called and thrown away, not looked at."""

    __slots__ = ("_order", "_what")

    def __init__(self, what: str, order: Callable[[], None] | None = None) -> None:
        self._what, self._order = what, order

    def __call__(self, *_args: object, **_named: object) -> _Untold:
        if self._order is not None:
            self._order()
        return _Untold(f"{self._what}()")

    def _refuse(self, *_args: object) -> NoReturn:
        raise NotRecorded(f"the case looks at {self._what}, which is in no recording")

    __bool__ = __iter__ = __len__ = __getitem__ = __contains__ = _refuse
    __int__ = __float__ = __index__ = __neg__ = __abs__ = __str__ = __format__ = _refuse
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = _refuse
    __lt__ = __le__ = __gt__ = __ge__ = __eq__ = __ne__ = _refuse
    __hash__ = None  # type: ignore[assignment]

    def __getattr__(self, name: str) -> NoReturn:
        self._refuse()
