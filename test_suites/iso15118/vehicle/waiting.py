"""How long a vehicle waits for a station that is busy, and where the control pilot and the contactor were meanwhile."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from harness.core import Inconclusive, Limit, Message, Reason, Record, ms, ns_in, s
from harness.protocols.iso15118.message import VEHICLE, V2gMessage

from ..words import request_of, where_of
from .leaving import Leaving, is_close

_LOOK_NS = ms(50)


class Waiting(Leaving):
    """Checks of a vehicle that waits, and of one that must not connect its battery."""

    def gives_up(self, first: V2gMessage, exchange: str, window: Limit, *, begins: tuple[int, int]) -> None:
        """Check that the vehicle repeats the request of *exchange*, from *first* on, for the time of *window*, then leaves (SAFE-STOP).

        Its timer begins between the two instants of *begins*. Its wait ends with the first thing that it does but for that request: another
        message, the end of the connection, another level of the control pilot or the contactor.
        """
        earliest_ns, latest_ns = begins
        self._await_close(latest_ns + window.upper_ns, since=first)
        signs = [(t_ns, sign) for t_ns, sign in self._signs(first) if sign != first.name]
        if not signs:
            self._check("end of the wait", "none", equals=f"after {window.criterion()}", message=first)
            return
        left_ns, sign = min(signs)
        least, most = replace(window, upper=None), replace(window, lower=None)
        self._check_time(f"wait until {sign}, at least", left_ns - earliest_ns, least, message=first)
        self._check_time(f"wait until {sign}, at most", left_ns - latest_ns, most, message=first)
        repeats = [message for message in self._after(first) if message.name == first.name and message.sender == VEHICLE]
        self._check(f"repeated {first.name}", len(repeats), at_least=1, message=first)
        self.safe_stop(left_ns, exchange=exchange, since=left_ns - 1)

    def window_of(self, exchange: str, *, early_ns: int | None = None, late_ns: int | None = None) -> Limit:
        """The time that the vehicle waits in *exchange* with the tolerances of the profile, or with those given."""
        timer = self._truck.limit(f"loop.{exchange}")
        early_pct = self._truck.limit("tolerance.early").upper or Decimal(0)
        shorter_ns = round(timer.upper_ns * early_pct / 100) if early_ns is None else early_ns
        longer_ns = self._truck.limit("tolerance.transmission").upper_ns if late_ns is None else late_ns
        return replace(timer, lower=ns_in(timer.upper_ns - shorter_ns, timer.unit), upper=ns_in(timer.upper_ns + longer_ns, timer.unit))

    def next_of(self, exchange: str, *, after: Message, within: Limit) -> V2gMessage:
        """Check that the vehicle goes on to the request of *exchange* within that time of *after*.

        Raises:
            ExpectationFailed: it does not.
        """
        message = self._bench.expect(request_of(exchange), within=within, after=after, where=where_of(exchange), what=f"{exchange} request")
        assert isinstance(message, V2gMessage)
        return message

    def none_of(self, *exchanges: str, since: Message | int) -> None:
        """Check that the vehicle asked for none of these since then."""
        found = [
            message
            for exchange in exchanges
            for message in self._bench.messages(request_of(exchange), since=since, where=where_of(exchange))
        ]
        told = "none" if not found else f"{len(found)}, first {found[0].name}"
        self._check(f"requests of {', '.join(exchanges)}", told, equals="none", message=found[0] if found else None)

    def closes_after(self, message: Message) -> list[Record]:
        """What ended the TCP connection from the vehicle's side after *message*."""
        return self._bench.records(since=message, where=is_close)

    # Pilot and contactor

    def ready_levels(self, since_ns: int) -> list[tuple[int, float]]:
        """When the control pilot went to state C or D since then.

        Raises:
            Inconclusive: the rig tells no level of it (reason NO_LINE).
        """
        changes = self._bench.level_changes("cp_v")
        if not changes:
            raise Inconclusive(Reason.NO_LINE, "the rig has no line 'cp_v'")
        states = (self._truck.limit("pilot.c"), self._truck.limit("pilot.d"))
        return [(t_ns, level) for t_ns, level in changes if t_ns >= since_ns and any(holds(state, level) for state in states)]

    def never_ready(self, since_ns: int) -> None:
        """Check that the control pilot was in C or D at no time since then; a rig without that line leaves it inconclusive."""
        if not self._bench.level_changes("cp_v"):
            self._bench.unobserved("control pilot in C or D", line="cp_v", expected="at no time")
            return
        found = self.ready_levels(since_ns)
        self._check("control pilot in C or D", "never" if not found else f"at t={found[0][0] / 1e9:.3f} s", equals="never")

    def never_connected(self, since_ns: int) -> None:
        """Check that the contactor was closed at no time since then; a rig without that line leaves it inconclusive."""
        changes = self._bench.level_changes("contactor")
        if not changes:
            self._bench.unobserved("contactor closed", line="contactor", expected="at no time")
            return
        found = [t_ns for t_ns, level in changes if t_ns >= since_ns and level]
        self._check("contactor closed", "never" if not found else f"at t={found[0] / 1e9:.3f} s", equals="never")

    def rises(self, line: str, above: float, *, within: Limit) -> int:
        """Let time pass until *line* is above that level, which is the stimulus of the case; the instant.

        Raises:
            Inconclusive: it does not come (reason PRECONDITION), or the rig has no such line (reason NO_LINE).
        """
        began_ns = self._bench.now_ns
        while not (found := self._above(line, above, began_ns)) and self._bench.now_ns < began_ns + within.upper_ns:
            self._bench.run_for(_LOOK_NS)
        if not self._bench.level_changes(line):
            raise Inconclusive(Reason.NO_LINE, f"the rig has no line '{line}'")
        if not found:
            raise Inconclusive(Reason.PRECONDITION, f"'{line}' did not rise above {above:g} within {within.criterion()}")
        self._check(f"{line} above {above:g}", "yes", equals="yes")
        return found[0]

    def _above(self, line: str, above: float, since_ns: int) -> list[int]:
        return [t_ns for t_ns, level in self._bench.level_changes(line) if t_ns >= since_ns and level > above]

    def opens(self, after_ns: int, limit: Limit) -> None:
        """Check that the contactor is open within *limit* of that instant and stays so; a rig without that line leaves it inconclusive."""
        until_ns = after_ns + limit.upper_ns + s(1)
        self._bench.run_for(max(0, until_ns - self._bench.now_ns))
        changes = self._bench.level_changes("contactor")
        if not changes:
            self._bench.unobserved("contactor open", line="contactor", expected=f"within {limit.criterion()}")
        elif changes[-1][1]:
            self._check("contactor", "closed", equals="open", note=f"limit {limit.criterion()}")
        else:
            self._check_time("contactor open", max(0, changes[-1][0] - after_ns), limit)


def holds(limit: Limit, level: float) -> bool:
    """Whether *level* is within *limit*."""
    return (limit.lower is None or level >= limit.lower) and (limit.upper is None or level <= limit.upper)
