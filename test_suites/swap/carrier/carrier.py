"""Lock, couplers and link of the truck under test as their cases see them: orders to the break-out box, checks of what follows."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from harness.case import CaseBench, Sut
from harness.core import Check, Inconclusive, Limit, Message, Reason

from ..swap import Swap

__all__ = ["Carrier"]

_LEVELS = {None: -1.0, "intermediate": 0.0, "unlocked": 1.0, "locked": 2.0}
_ENTRY = re.compile(r"(SPN \d+ FMI \d+)(?: x(\d+))?")


class Carrier:
    """Orders and checks beside those of ``Swap``."""

    def __init__(self, bench: CaseBench, truck: Sut, swap: Swap, check: Callable[..., Check]) -> None:
        self._bench, self._truck, self._swap, self._check = bench, truck, swap, check

    # Orders

    @property
    def point(self) -> int:
        """Number of the lock point that is forced."""
        return min(int(self._truck.limit("stimulus.point").value or 0), int(self._truck.pixit("lock_points")))

    def force(self, point: int, state: str | None) -> int:
        """Have the feedback of a lock point say *state*; ``None``: what is so. The instant.

        Raises:
            Inconclusive: the break-out box did not do it (reason PRECONDITION).
        """
        return self._swap.set_line(f"force_point_{point}", _LEVELS[state], lambda: self._swap.yard.force_point(point, state))

    def hold_link(self, voltage: Limit) -> None:
        """Have a supply hold the link at a voltage.

        Raises:
            Inconclusive: it does not (reason PRECONDITION).
        """
        volts = float(voltage.value or 0)
        self._swap.set_line("hold_link_v", volts, lambda: self._swap.yard.hold_link(volts))

    def presses_on(self) -> None:
        """Command Lock, PostCheck and Success, whatever the truck answers, each with time to be done."""
        for word, key in (("lock", "timer.T_LOCK"), ("post_check", "timer.T_BMS_FIRST"), ("success", "timer.T_PRECHARGE")):
            self._swap.order(word)
            self._bench.run_for(self._truck.limit(key).nominal_ns)

    def needs_level(self, line: str, value: float) -> None:
        """What follows is about a truck whose line of the tester is at *value*.

        Raises:
            Inconclusive: it is not (reason PRECONDITION).
        """
        if (level := self._swap.level(line)) != value:
            raise Inconclusive(
                Reason.PRECONDITION, f"line '{line}' is at {level:g}, not at {value:g}; the tester did not do what the step needs"
            )

    # What the lines say

    def below_ns(self, line: str, level: float, *, since: Message) -> int | None:
        """The instant from *since* on at which a line is below *level* first; ``None`` if it never is."""
        self._swap.level(line)
        changes = self._bench.level_changes(line)
        before = [value for t_ns, value in changes if t_ns <= since.t_ns]
        if before and before[-1] < level:
            return since.t_ns
        return next((t_ns for t_ns, value in changes if t_ns > since.t_ns and value < level), None)

    def lowest(self, line: str, *, since: int) -> float:
        """The lowest level of a line from the instant *since* on."""
        self._swap.level(line)
        changes = self._bench.level_changes(line)
        before = [value for t_ns, value in changes if t_ns <= since]
        return min([*before[-1:], *(value for t_ns, value in changes if t_ns > since)])

    def level_at(self, line: str, t_ns: int) -> float:
        """The level of a line at an instant.

        Raises:
            Inconclusive: it had none (reason PRECONDITION).
        """
        before = [value for at_ns, value in self._bench.level_changes(line) if at_ns <= t_ns]
        if not before:
            raise Inconclusive(Reason.PRECONDITION, f"line '{line}' had no level then")
        return before[-1]

    # Checks

    def moves_to(self, state: str, order: Message, within: Limit) -> None:
        """Check that every lock point comes to *state* in time after *order*, and that the ACK says done then and no earlier."""
        swap, bench = self._swap, self._bench
        moved = swap.link.expect("LOCK_STS", within=within, after=order, where=lambda sts: _all_are(sts, state), what=f"lock {state}")
        if ack := swap.answered(order, "done", within):
            told = "after the feedback" if ack.t_ns >= moved.t_ns else "before the feedback"
            self._check("ACK that says done", told, equals="after the feedback", message=ack)
        bench.run_for(self._truck.limit("approach.settle").nominal_ns)
        status = swap.latest("LOCK_STS")
        self._check("LockState", status["LockState"], equals=state, message=status)

    # Fault memory

    def entries(self) -> Mapping[str, int]:
        """Entries of the truck's fault memory by DM1 and DM2, and how often each occurred.

        Raises:
            Inconclusive: the truck tells neither (reason PRECONDITION).
        """
        bench, since_ns = self._bench, self._bench.now_ns
        self._swap.station.request("DM2", to="vcu")
        bench.run_for(self._truck.limit("troubles.told").upper_ns)
        found: dict[str, int] = {}
        for name in ("DM1", "DM2"):
            told = bench.messages(name, since=since_ns, where=lambda message: message.sender in ("vcu", "bsc"))
            if not told:
                raise Inconclusive(Reason.PRECONDITION, f"the truck sends no {name}")
            for entry, count in _ENTRY.findall(str(told[-1]["dtcs"])):
                found[entry] = max(found.get(entry, 0), int(count or 0))
        return found

    @staticmethod
    def added(before: Mapping[str, int], after: Mapping[str, int]) -> str:
        """What *after* has more than *before*: ``1 with 1 occurrence``."""
        news = {entry: count - before.get(entry, 0) for entry, count in after.items() if count != before.get(entry)}
        occurrences = ", ".join(f"{count} occurrence{'s' if count != 1 else ''}" for count in news.values())
        return f"{len(news)} with {occurrences}" if news else "none"


def _all_are(status: Message, state: str) -> bool:
    points = [status[f"LockPoint{number}"] for number in range(1, 9)]
    return {point for point in points if point != "not_fitted"} == {state}
