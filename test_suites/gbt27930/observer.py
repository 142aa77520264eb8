"""What both roles make sure of and check in the same way."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from harness.case import CaseBench, Sut
from harness.core import Check, Message

from .words import Where, bits_set


class Observer:
    """Watches one connector of the bench for a case."""

    _error: str
    """Message by which the SUT reports an error."""
    _tester_error: str
    """Message by which the tester would report one."""
    _error_bits: Sequence[str]
    """Its fields that tell which timeout it was."""

    def __init__(self, bench: CaseBench, truck: Sut, check: Callable[..., Check], check_time: Callable[..., Check]) -> None:
        self._bench, self._truck, self._check, self._check_time = bench, truck, check, check_time
        self.watch_ns = truck.limit("stimulus.watch").nominal_ns

    def held(self, name: str, *, since: Message | int, where: Where | None = None, what: str = "") -> None:
        """Make sure that the tester's cyclic *name* was kept up since then."""
        start_ns = since if isinstance(since, int) else since.t_ns
        least = (self._bench.now_ns - start_ns) // self._truck.limit(f"period.{name.removesuffix('.RTS')}").upper_ns - 1
        self._bench.given(name, since=since, at_least=max(1, least), where=where, what=f"{what or name} kept up")

    def repeats(self, name: str, during_ns: int, *, where: Where | None = None, severity: str = "failure") -> list[Message]:
        """Let *during_ns* pass and check that *name* came as often as its longest permitted period allows."""
        found = self._bench.collect(name, during=during_ns, where=where)
        self.came_every_period(name, found, during_ns, severity=severity)
        return found

    def came_every_period(self, name: str, found: Sequence[Message], during_ns: int, *, severity: str = "failure") -> None:
        """Check that *found* are as many *name* as its longest permitted period allows in *during_ns*."""
        period = self._truck.limit(f"period.{name.removesuffix('.RTS')}")
        self._check(f"{name} count", len(found), at_least=during_ns // period.upper_ns, note=f"in {during_ns / 1e9:g} s", severity=severity)

    def no_error(self, *, since: Message | int = 0) -> None:
        """Check that the SUT reported no error since then."""
        errors = self._bench.messages(self._error, since=since)
        self._check(f"{self._error} seen", len(errors), equals=0, message=errors[0] if errors else None)

    def reports(self, error: Message, bit: str, *, severity: str = "warning") -> None:
        """Check that BEM or CEM tells *bit* and nothing else, then that it is repeated every 250 ms.

        In the field it comes once, in bursts of five, or for seconds; only where the catalogue asks for the repetition does
        its lack fail the case (*severity*).
        """
        self.repeats(self._error, self.watch_ns, severity=severity)
        for message in self._bench.messages(self._error, since=error.start_ns - 1):
            told = bits_set(message, self._error_bits)
            if told != bit or message is error:
                self._check(f"{self._error} timeout", told, equals=bit, message=message)
            if told != bit:
                return

    def wait_until(self, t_ns: int) -> None:
        """Let time pass until *t_ns*; nothing if that is over."""
        self._bench.run_for(max(0, t_ns - self._bench.now_ns))

    def await_error(self, timer: str, *, after: Message | int) -> None:
        """Let time pass until BEM or CEM comes or the window of *timer* is over, and judge nothing.

        What the tester did meanwhile is made sure of next, and judged is last: a tester that did nothing blames nobody.

        Raises:
            Inconclusive: the tester reported an error of its own meanwhile, which ends the session too.
        """
        start_ns = after if isinstance(after, int) else after.start_ns
        until_ns = start_ns + self._truck.limit(f"timeout.{timer}").upper_ns
        while self._bench.now_ns < until_ns and not self._bench.messages(self._error, since=start_ns):
            self._bench.run_for(self._truck.limit("period.CCS").nominal_ns)
        self._bench.withheld(self._tester_error, since=start_ns)
