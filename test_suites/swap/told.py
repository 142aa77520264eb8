"""What the truck under test tells: its messages, its lines, its diagnostics."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from harness.case import CaseBench, Sut
from harness.core import Check, Inconclusive, Limit, Message, Reason, ns_in

__all__ = ["Told", "Where"]

Where = Callable[[Message], bool]


class Told:
    """The truck as the tester sees it. Nothing here judges."""

    def __init__(self, bench: CaseBench, truck: Sut, station: Any, check: Callable[..., Check]) -> None:
        self.bench, self._truck, self.station, self._check = bench, truck, station, check
        self.link = bench.on("station") if truck.pics("S.STREAM") else bench
        """Where the messages of truck and station are: on the bus, or on the stream of the station link."""

    # Messages

    def latest(self, name: str) -> Message:
        """The latest *name* of the truck or a pack.

        Raises:
            Inconclusive: there was none (reason PRECONDITION).
        """
        found = self.link.last(name) or self.bench.last(name)
        if found is None:
            raise Inconclusive(Reason.PRECONDITION, f"no {name} was seen")
        return found

    def wait(self, name: str, *, since: Message | int, until_ns: int, where: Where, on: CaseBench | None = None) -> Message | None:
        """Wait until *name* comes that is as wanted, at most until *until_ns* and a little; the first after *since*."""
        return (on or self.link).wait(name, since=since, until_ns=until_ns, where=where)

    def wait_spoiled(self, count: int, *, since: int, until_ns: int) -> None:
        """Wait until so many commands of the station with a wrong checksum were on the link, at most until *until_ns*."""
        while self.bench.now_ns < until_ns and len(self.link.messages("SWAP.ERROR", since=since, where=self.link.is_ours)) < count:
            self.bench.run_for(self._truck.limit("approach.poll").nominal_ns)

    def listen(self, key: str) -> int:
        """Let the time *key* pass; the instant at which it began."""
        since_ns = self.bench.now_ns
        self.bench.run_for(self._truck.limit(key).nominal_ns)
        return since_ns

    def heard(self) -> None:
        """Both controllers of the truck send something, whatever it says.

        Raises:
            Inconclusive: they do not (reason PRECONDITION).
        """
        controllers = {"VEH_STS", "LOCK_STS"}
        until_ns = self.bench.now_ns + self._truck.limit("approach.awake").upper_ns

        def told() -> set[str]:
            own = [message for message in self.link.all_messages() if not self.link.is_ours(message)]
            return {str(message["about"]) if message.name == "SWAP.ERROR" else message.name for message in own}

        while not controllers <= told():
            if self.bench.now_ns > until_ns:
                raise Inconclusive(Reason.PRECONDITION, "VEH_STS or LOCK_STS was not seen")
            self.bench.run_for(self._truck.limit("approach.settle").nominal_ns)

    def mode(self) -> str:
        """The latest ``VehSwapMode``."""
        return str(self.latest("VEH_STS")["VehSwapMode"])

    # The lock

    def points(self) -> list[str]:
        """The latest states of the lock points that are fitted."""
        status = self.latest("LOCK_STS")
        states = [str(status[f"LockPoint{number}"]) for number in range(1, 9)]
        return [state for state in states if state != "not_fitted"]

    def lock_states(self, *, since: Message | int) -> list[str]:
        """The states of the lock after *since*, each as often as it changed."""
        states: list[str] = []
        for status in self.link.messages("LOCK_STS", since=since):
            if not states or states[-1] != status["LockState"]:
                states.append(str(status["LockState"]))
        return states

    def moved(self, *, since: Message | int) -> str:
        """What the lock did after *since*: its states, ``no movement`` if it and its points stayed as they were, locked or unlocked."""
        states = self.lock_states(since=since)
        if not states:
            return "nothing told"
        if states not in (["locked"], ["unlocked"]):
            return " > ".join(states)
        points = {tuple(told[f"LockPoint{number}"] for number in range(1, 9)) for told in self.link.messages("LOCK_STS", since=since)}
        return "no movement" if len(points) == 1 else f"{states[0]}, but its points moved"

    def movements(self, *, since: int) -> int:
        """How often a lock point left an end position after the instant *since*."""
        begun, told = 0, None
        for status in self.link.messages("LOCK_STS"):
            if told is not None and status.t_ns > since:
                pairs = [(told[f"LockPoint{number}"], status[f"LockPoint{number}"]) for number in range(1, 9)]
                begun += sum(before in ("locked", "unlocked") and now != before for before, now in pairs)
            told = status
        return begun

    def last_movement(self, *, since: Message) -> int:
        """How long after *since* a lock point was told in another state for the last time; 0 if none was."""
        told, last_ns = "", 0
        for status in self.link.messages("LOCK_STS"):
            states = " ".join(str(status[f"LockPoint{number}"]) for number in range(1, 9))
            if status.t_ns > since.t_ns and told not in ("", states):
                last_ns = status.t_ns - since.t_ns
            told = states
        return last_ns

    # Lines

    def level(self, line: str) -> float:
        """The level of a line that the truck works.

        Raises:
            Inconclusive: the rig has no such line (reason NO_LINE).
        """
        level = self.bench.level(line)
        if level is None:
            raise Inconclusive(Reason.NO_LINE, f"the rig has no line '{line}'")
        return level

    def highest(self, line: str, *, since: Message | int) -> float:
        """The highest level of a line of the truck from *since* on.

        Raises:
            Inconclusive: the rig has no such line (reason NO_LINE).
        """
        since_ns = since if isinstance(since, int) else since.t_ns
        self.level(line)
        changes = self.bench.level_changes(line)
        before = [value for t_ns, value in changes if t_ns <= since_ns]
        return max([*before[-1:], *(value for t_ns, value in changes if t_ns > since_ns)])

    def zero_ns(self, line: str, *, since: Message) -> int | None:
        """The instant at which a line of the truck went to 0 after *since*; ``None`` if it did not."""
        return next((t_ns for t_ns, value in self.bench.level_changes(line) if t_ns > since.t_ns and value == 0), None)

    # Troubles and diagnostics

    def dm1(self) -> Message | None:
        """The latest DM1 of the truck, ``None`` without one."""
        told = self.bench.messages("DM1", where=lambda message: message.sender in ("vcu", "bsc"))
        return told[-1] if told else None

    @staticmethod
    def has_trouble(dm1: Message) -> bool:
        """Whether a DM1 of the truck tells a trouble."""
        return dm1.sender in ("vcu", "bsc") and isinstance(dm1["count"], int) and dm1["count"] > 0

    def faults(self) -> int:
        """How many troubles the latest DM1 of the truck tells."""
        told = self.dm1()
        count = told["count"] if told else 0
        return count if isinstance(count, int) else 0

    def uds(self, data: str) -> Message | None:
        """The answer of the truck to a diagnostic request in hex digits."""
        since_ns, request = self.bench.now_ns - 1, bytes.fromhex(data)
        self.station.uds(request)
        until_ns = self.bench.now_ns + self._truck.limit("approach.diagnosis").upper_ns
        while self.bench.now_ns <= until_ns:
            self.bench.run_for(self._truck.limit("approach.poll").nominal_ns)
            for message in self.bench.all_messages()[::-1]:
                if message.start_ns <= since_ns:
                    break
                answers = message.name == "NegativeResponse" or message.name.endswith(".Res")
                if answers and not self.bench.is_ours(message) and message.values.get("sid") == request[0]:
                    return message
        return None

    def did(self, key: str) -> bytes | None:
        """What the truck tells under the data identifier of the PIXIT value *key*; ``None`` if it tells nothing."""
        answer = self.uds("22" + str(self._truck.pixit(key)))
        return answer.data[3:] if answer is not None and answer.data[:1] == b"\x62" else None

    # Limits

    def around(self, timer: str, tolerance: str) -> Limit:
        """The moment at which *timer* is over, give or take *tolerance*."""
        limit = self._truck.limit(timer)
        margin_ns = self._truck.limit(tolerance).nominal_ns
        lower, upper = (ns_in(limit.nominal_ns + sign * margin_ns, limit.unit) for sign in (-1, 1))
        return replace(limit, value=None, lower=lower, upper=upper)
