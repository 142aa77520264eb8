"""What the truck answered, and what it did: checks that several cases make."""

from __future__ import annotations

from harness.core import Inconclusive, Limit, Message, Reason

from .orders import NONCE, Orders

__all__ = ["Answers"]


class Answers(Orders):
    """Checks behind an order."""

    def ack(self, command: str, *, after: Message | int, within: Limit, final: bool = True) -> Message | None:
        """The ACK of *command*, the one that ends it if *final*; of the number of the command that *after* is. ``None``: none came."""
        start_ns = after.t_ns if isinstance(after, Message) else after
        number = after["CmdSeq"] if isinstance(after, Message) and after.name == "STA_CMD" else None

        def is_it(ack: Message) -> bool:
            answers = ack["AckCmd"] == command and number in (None, ack["AckSeq"])
            return answers and not (final and ack["AckResult"] == "in_progress")

        return self.wait("ACK", since=start_ns, until_ns=start_ns + within.upper_ns, where=is_it)

    def answered(self, order: Message, result: str, within: Limit) -> Message | None:
        """Check that the ACK which ends the command *order* says *result*; that ACK."""
        word = str(order["SwapCmd"])
        ack = self.ack(word, after=order, within=within)
        self._check(f"ACK of {word}", ack["AckResult"] if ack else "none", equals=result, message=ack or order)
        return ack

    def ends(self, order: Message, result: str, within: Limit) -> None:
        """Wait until the command *order* ends with *result*, as what follows needs.

        Raises:
            Inconclusive: it does not (reason PRECONDITION).
        """
        word = str(order["SwapCmd"])
        ack = self.ack(word, after=order, within=within)
        if ack is None or ack["AckResult"] != result:
            raise Inconclusive(Reason.PRECONDITION, f"the ACK of {word} says {ack['AckResult'] if ack else 'nothing'!s}, not {result}")

    def accepted(self, order: Message, within: Limit) -> None:
        """Check that the truck carries out the command *order*: its ACK says done."""
        self.answered(order, "done", within)

    def rejected(self, order: Message, *, reason: str = "") -> None:
        """Check that the truck rejects the command *order* within T_ACK, with *reason* if one is given."""
        ack = self.answered(order, "rejected", self._truck.limit("timer.T_ACK"))
        if reason:
            told = ack["AckReason"] if ack else "none told"
            self._check(f"reason in the ACK of {order['SwapCmd']!s}", told, equals=reason, message=ack or order)

    def not_obeyed(
        self, order: Message, *, since: Message | None = None, reason: str = "", state: str = "", watch: str = "com.watch"
    ) -> None:
        """Check that the truck rejects the command *order*, and that the lock has not moved after *since* (else *order*) when the time
        *watch* is over; it is in *state* if one is given."""
        self.rejected(order, reason=reason)
        self.bench.run_for(self._truck.limit(watch).nominal_ns)
        self.still(since=since or order, state=state)

    def refuses_permit(self, reason: str = "") -> None:
        """Command PrepareSwap and check that no permit comes, that the ACK does not say done, and that *reason* is told."""
        order = self.order("prepare_swap")
        self.bench.run_for(self._truck.limit("timer.T_PREP").nominal_ns + self._truck.limit("permit.longer").nominal_ns)
        given = self.link.messages("VEH_STS", since=order, where=lambda sts: sts["SwapPermit"] != "not_permitted")
        self._check("states with a permit", len(given), equals=0, message=given[0] if given else self.latest("VEH_STS"))
        acks = self.link.messages("ACK", since=order, where=lambda ack: ack["AckCmd"] == "prepare_swap")
        done = [ack for ack in acks if ack["AckResult"] == "done"]
        self._check("ACK that says done", len(done), equals=0, message=done[0] if done else order)
        told = self.latest("VEH_STS")
        if reason:
            self._check("DenyReason", told["DenyReason"], equals=reason, message=told)

    def challenged(self, nonce: int = NONCE) -> tuple[Message, Message]:
        """Have the station send a challenge with *nonce* and check that it is answered within T_AUTH; both.

        Raises:
            Inconclusive: the challenge was not on the link (reason PRECONDITION).
        """
        since_ns = self.bench.now_ns - 1
        self.challenge(nonce)
        self.bench.run_for(self._truck.limit("approach.own").nominal_ns)
        self.link.given("AUTH_CHAL", since=since_ns, where=lambda sent: sent["Nonce"] == nonce, what="challenge")
        sent = self.link.messages("AUTH_CHAL", since=since_ns, where=lambda sent: sent["Nonce"] == nonce)[0]
        return sent, self.link.expect("AUTH_RSP", within=self._truck.limit("timer.T_AUTH"), after=sent, what="answer to the challenge")

    def begins_to_unlock(self) -> Message:
        """Command Unlock and wait until the lock begins to move; the command.

        Raises:
            Inconclusive: it does not move (reason PRECONDITION).
        """
        order = self.order("unlock")
        until_ns = order.t_ns + self._truck.limit("com.moving").upper_ns
        if self.wait("LOCK_STS", since=order, until_ns=until_ns, where=lambda sts: sts["LockState"] == "unlocking") is None:
            raise Inconclusive(Reason.PRECONDITION, "the lock does not begin to move when it is commanded")
        return order

    def unheeded(self, *, since: int) -> None:
        """Check that the command Unlock was not obeyed after *since*: no movement, no ACK that takes it."""
        took = ("done", "in_progress")
        taken = self.link.messages("ACK", since=since, where=lambda ack: ack["AckCmd"] == "unlock" and ack["AckResult"] in took)
        self._check("ACK that takes the command", len(taken), equals=0, message=taken[0] if taken else None)
        self.still(since=since)

    def still(self, *, since: Message | int, state: str = "") -> None:
        """Check that the lock has not moved after *since*, and is in *state* if one is given."""
        status = self.latest("LOCK_STS")
        self._check("lock", self.moved(since=since), equals="no movement", message=status)
        if state:
            self._check("LockState", status["LockState"], equals=state, message=status)

    def drives(self) -> None:
        """Check that the truck drives when the driver wants it to."""
        self._check("drive", "possible" if self.drivable() else "not possible", equals="possible")

    def stays_put(self, within: Limit) -> None:
        """Check that the truck does not drive although the driver wants it to for that long."""
        self._check("drive", "possible" if self.drivable(within) else "not possible", equals="not possible")

    def is_without_trouble(self) -> None:
        """Make sure that the latest DM1 of the truck tells no trouble, from which that of the step could not be told.

        Raises:
            Inconclusive: it tells one (reason PRECONDITION).
        """
        if count := self.faults():
            raise Inconclusive(Reason.PRECONDITION, f"DM1 tells {count} troubles already; one more could not be told from them")
