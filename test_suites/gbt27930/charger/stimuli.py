"""What a case makes sure that the tester's truck did: without it a step proves nothing."""

from __future__ import annotations

from harness.core import Inconclusive, Message, Reason

from ..words import is_ready
from .approach import Approach

SINGLE_FRAMES = {"BCS": 0x1C1156F4}
"""Identifiers under which a multi-packet message never comes."""


class Stimuli(Approach):
    """Own messages of the truck, or others in their place; what was not given makes the case inconclusive."""

    def replaced(self, name: str, other: str, *, since: Message | int) -> None:
        """Make sure that *other* was sent at the turns of *name* since then."""
        start_ns = since if isinstance(since, int) else since.t_ns
        least = (self._bench.now_ns - start_ns) // self._truck.limit(f"period.{name}").upper_ns - 1
        self._bench.given(other, since=since, at_least=max(1, least), what=f"{other} in the place of {name}")
        self._bench.withheld(name, since=since)

    def substituted(self, name: str, other: str, *, since: Message) -> None:
        """Make sure that *name* did not come since then, and *other* did in its place; it began a phase later.

        A charger that answers it by CSD ends the stimulus itself.
        """
        csds = self._bench.messages("CSD", since=since)
        during_ns = csds[0].start_ns - since.start_ns if csds else self._truck.limit("timeout.TC12").lower_ns
        least = max(1, during_ns // self._truck.limit(f"period.{name}").upper_ns // 2)
        self._bench.given(other, since=since, at_least=least, what=f"{other} in the place of {name}")
        self._bench.withheld(name, since=since)

    def framed(self, name: str, *, since: Message) -> None:
        """Make sure that multi-packet *name* was on the bus as single frames, which no decoder takes for the message."""
        count = len(self._bench.frames(SINGLE_FRAMES[name], since=since))
        if not count:
            raise Inconclusive(Reason.PRECONDITION, f"no single frame of {name} on the bus; the tester did not do what the step needs")
        self._check(f"{name} as single frames given", count, at_least=1)

    def last_own(self, name: str) -> Message:
        """The last *name* of the truck, once what was on its way has left."""
        self._bench.run_for(self._truck.limit("tail.tester").upper_ns)
        last = self._bench.last(name)
        if last is None:
            raise Inconclusive(Reason.PRECONDITION, f"the truck sent no {name}")
        return last

    def last_bro(self) -> Message:
        """The last BRO(AA), once what was on its way has left."""
        self._bench.run_for(self._truck.limit("tail.tester").upper_ns)
        return self._bench.messages("BRO", where=is_ready)[-1]
