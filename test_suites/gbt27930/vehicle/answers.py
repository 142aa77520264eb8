"""What a case checks of the vehicle: that it goes on, ends, stops with the right reason, opens its contactors."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from harness.core import Inconclusive, Message, Reason

from ..words import Where, bits_set
from .approach import BEM_BITS
from .stimuli import Stimuli

BST_REASONS = ("soc_reached", "voltage_reached", "cell_voltage_reached", "charger_stopped")
BST_FAULTS = (
    "insulation_fault",
    "connector_over_temp",
    "component_over_temp",
    "connector_fault",
    "battery_over_temp",
    "relay_fault",
    "cp2_fault",
    "other_fault",
    "over_current_error",
    "voltage_error",
)


class Answers(Stimuli):
    """Checks of the vehicle's messages and contactors."""

    def intervals(self, messages: Sequence[Message], until: Message) -> None:
        """Check the shortest and the longest interval of the cyclic *messages*, the time from the last one to *until* included.

        Where *until* is the sender's own, ``tail.<message>`` is added to the last interval: one cycle may end before the next begins.
        """
        name = messages[0].name if messages else ""
        gaps = [(after.start_ns - before.start_ns, after) for before, after in pairwise(messages)]
        if not gaps:
            return  # Too few of them is a matter of their count.
        limit = self._truck.limit(f"period.{name}")
        slack_ns = self._truck.limit(f"tail.{name}").upper_ns if until.sender == messages[0].sender else 0
        longest = max([*gaps, (until.start_ns - messages[-1].start_ns - slack_ns, messages[-1])], key=lambda gap: gap[0])
        shortest = min(gaps, key=lambda gap: gap[0])
        self._check_time(f"{name} interval, shortest", shortest[0], limit, message=shortest[1], note=f"of {len(gaps)}", cyclic=True)
        told = f"of {len(gaps)}, up to {until.name}"
        self._check_time(f"{name} interval, longest", longest[0], limit, message=longest[1], note=told, cyclic=True)

    def keeps_pace(self, name: str, *, since: Message | int) -> None:
        """Check that the longest interval of *name* since then is one that its period permits."""
        times = [message.start_ns for message in self._bench.messages(name, since=since)]
        longest_ns = max((after - before for before, after in pairwise(times)), default=0)
        self._check_time(f"{name} longest interval", longest_ns, self._truck.limit(f"period.{name.removesuffix('.RTS')}"), cyclic=True)

    def goes_on(
        self, during_ns: int, *, since: Message | int, stops: Where | None = None, names: Sequence[str] = ("BCL", "BCS.RTS", "BSM")
    ) -> None:
        """Let *during_ns* pass and check that charging goes on in it, and that the vehicle did not end it since *since*.

        *stops* tells which CST of the tester would have ended it; any does if not given. *names* come every period.
        """
        start_ns = self._bench.now_ns
        self._bench.run_for(during_ns)
        for name in ("BST", "BEM"):
            found = self._bench.messages(name, since=since)
            self._check(f"{name} while charging", len(found), equals=0, message=found[0] if found else None)
        self._bench.withheld("CST", since=since, where=stops, what="end of charging by CST")
        for name in names:
            period = self._truck.limit(f"period.{name.removesuffix('.RTS')}")
            count = len(self._bench.messages(name, since=start_ns))
            self._check(f"{name} count", count, at_least=during_ns // period.upper_ns, note=f"in {during_ns / 1e9:g} s")
        if self._bench.level("k5k6") is not None:
            self._check("contactors while charging", "closed" if self._bench.level("k5k6") else "open", equals="closed")

    def ended(self, names: tuple[str, ...], *, after: Message | int) -> None:
        """Check that none of *names* comes any more once its tail of the profile is over."""
        ended_ns = after if isinstance(after, int) else after.t_ns
        tails = {name: self._truck.limit(f"tail.{name.removesuffix('.RTS')}").upper_ns for name in names}
        self._bench.run_for(max(0, ended_ns + max(tails.values()) + self.watch_ns - self._bench.now_ns))
        for name, tail_ns in tails.items():
            late = self._bench.messages(name, since=ended_ns + tail_ns)
            self._check(
                f"{name} ended",
                "none" if not late else f"{len(late)} more",
                equals="none",
                message=late[0] if late else None,
                note=f"watched for {self.watch_ns / 1e9:g} s",
            )

    def announced_until(self, bem: Message, name: str, *, since: Message, refused: bool = False) -> None:
        """Check that the vehicle announced *name* again and again after the announcement *since*, until *bem*.

        In each period if the tester *refused* it by an abort; without any answer the vehicle may wait T3 of the transport first.
        """
        again = [message for message in self._bench.messages(f"{name}.RTS", since=since) if message.t_ns < bem.t_ns]
        period_ns = self._truck.limit(f"period.{name}").upper_ns
        elapsed_ns, waits_ns = bem.start_ns - since.start_ns, self._truck.limit("transport.T3").lower_ns
        least = elapsed_ns // period_ns - 1 if refused else elapsed_ns // (waits_ns + period_ns)
        self._check(f"{name}.RTS repeated", len(again), at_least=least, message=again[0] if again else since)

    def names(self, bem: Message, bit: str) -> None:
        """Check that *bem* tells *bit* and nothing else."""
        self._check("BEM timeout", bits_set(bem, BEM_BITS), equals=bit, message=bem)

    def stopped_for(self, bst: Message, *reasons: str) -> None:
        """Check that *bst* tells one of *reasons* or more, and nothing else. What the edition does not know is told by no bit."""
        reasons = tuple(reason if reason in bst.values else "none" for reason in reasons)
        told, wanted = bits_set(bst, (*BST_REASONS, *BST_FAULTS)), " or ".join(reasons)
        self._check("BST tells", wanted if set(told.split("+")) <= set(reasons) else told, equals=wanted, message=bst, note=told)

    def stops_with(self, reason: str, *, since: Message | int) -> None:
        """Check that every BST since then tells *reason*, no other one and no fault.

        A reason that the edition does not know is told by no bit at all.
        """
        stops = self._bench.messages("BST", since=since)
        reason = "none" if stops and reason not in stops[0].values else reason
        for name, bits, wanted in (("BST reason", BST_REASONS, reason), ("BST faults and errors", BST_FAULTS, "none")):
            wrong = [stop for stop in stops if bits_set(stop, bits) != wanted]
            shown = wrong[0] if wrong else stops[0] if stops else None
            self._check(name, bits_set(shown, bits) if shown else "no BST", equals=wanted, message=shown, note=f"{len(stops)} BST")

    def not_charging(self, *, since: Message | int = 0) -> None:
        """Check that the vehicle neither demanded anything since then nor closed its contactors, as far as the rig sees them."""
        for name in ("BCL", "BCS.RTS", "BSM"):
            found = self._bench.messages(name, since=since)
            self._check(f"{name} before charging", len(found), equals=0, message=found[0] if found else None)
        since_ns = since if isinstance(since, int) else since.t_ns
        closed = [t_ns for t_ns, level in self._bench.level_changes("k5k6") if level == 1 and t_ns > since_ns]
        if self._bench.level("k5k6") is not None:
            note = f"at t={closed[0] / 1e9:.6f} s" if closed else ""
            self._check("contactors", "closed" if closed else "open", equals="open", note=note)

    def contactors_open(self, *, after: Message) -> None:
        """Check that the contactors, which must have been closed, open in time; a rig without that line leaves it unobserved."""
        if self._bench.level("k5k6") is None:
            return
        limit = self._truck.limit("response.contactors")
        self._bench.wait_level("k5k6", 0, within=limit)
        changes = self._bench.level_changes("k5k6")
        closed = [t_ns for t_ns, level in changes if level == 1]
        if not closed:
            raise Inconclusive(Reason.PRECONDITION, "the contactors were never seen closed")
        opened = [t_ns for t_ns, level in changes if level == 0 and t_ns > closed[-1]]
        if opened:
            self._check_time("contactors open", max(0, opened[0] - after.t_ns), limit)
        else:
            self._check("contactors open", "closed", equals="open", note=f"watched for {limit.criterion()}")
