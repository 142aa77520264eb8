"""What a case makes sure that the tester did: without it a step proves nothing."""

from __future__ import annotations

from itertools import pairwise

from harness.core import Inconclusive, Limit, Message, Reason

from .approach import Approach


class Stimuli(Approach):
    """Own messages of the tester in their window, number and interval; what was not given makes the case inconclusive."""

    def in_window(self, own: Message, *, since: Message | int, window: Limit) -> None:
        """Make sure that *own* message of the tester came in *window* after *since*."""
        since_ns = since if isinstance(since, int) else since.start_ns
        elapsed_ns = own.t_ns - since_ns
        text = f"{elapsed_ns / 1e9:.3f} s"
        if not window.lower_ns <= elapsed_ns <= window.upper_ns:
            raise Inconclusive(Reason.PRECONDITION, f"{own.name} of the tester came after {text}, the step needs {window.criterion()}")
        self._check(f"{own.name} in its window", "in it", equals="in it", message=own, note=f"{text}, {window.criterion()}")

    def framed(self, can_id: int, *, since: Message | int, at_least: int) -> None:
        """Make sure that the tester's frames with this identifier, which no decoder takes for a message, were on the bus."""
        count = len(self._bench.frames(can_id, since=since))
        if count < at_least:
            raise Inconclusive(Reason.PRECONDITION, f"{count} frames {can_id:X} of the tester on the bus, the step needs {at_least}")
        self._check(f"frames {can_id:X} given", count, at_least=at_least)

    def varied(self, name: str, *, since: Message | int) -> None:
        """Make sure that the tester's own *name* came in clearly different intervals since then."""
        times = [message.t_ns for message in self._bench.messages(name, since=since)]
        gaps = [after - before for before, after in pairwise(times)]
        spread_ns = max(gaps, default=0) - min(gaps, default=0)
        if spread_ns < self._truck.limit("stimulus.jitter_spread").lower_ns:
            raise Inconclusive(Reason.PRECONDITION, f"intervals of {name} differ by {spread_ns / 1e6:.1f} ms only")
        self._check(f"{name} varied", "varied", equals="varied", note=f"{len(gaps)} intervals, {spread_ns / 1e6:.1f} ms apart at most")

    def silent(self, *, since: int) -> None:
        """Make sure that the tester sent nothing at all since then."""
        start_ns = since + self._truck.limit("tail.tester").upper_ns
        for name in sorted({message.name for message in self._bench.all_messages() if message.sender == "charger"}):
            self._bench.withheld(name, since=start_ns)
