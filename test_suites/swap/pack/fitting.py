"""A pack that was just fitted, and what the truck makes of it: taken, refused, shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from harness.case import CaseBench, Sut
from harness.core import Check, Inconclusive, Limit, Message, Reason

from ..swap import Swap

__all__ = ["Fitting", "TimedSwap"]

_DIGITS = 3
"""Of a number that was told in steps: what a computer adds behind them goes."""


@dataclass(frozen=True, slots=True)
class TimedSwap:
    """One swap of many."""

    time_ns: int
    cycles: int
    """Unlockings that the lock counted."""
    stopped: str = ""
    """What did not come; empty for a whole swap."""


@dataclass(frozen=True, slots=True)
class _Sequel:
    """What must come of an order."""

    message: str
    limit: str
    values: Mapping[str, str]
    order: tuple[str, str]
    """How the order is seen: ``STA_CMD`` and its word, another message, or ``line`` and its name."""


class Fitting:
    """The end of a swap, from the new pack in its place on."""

    def __init__(self, bench: CaseBench, truck: Sut, swap: Swap, check: Callable[..., Check], check_time: Callable[..., Check]) -> None:
        self._bench, self._truck, self._swap, self._check, self._check_time = bench, truck, swap, check, check_time
        self._before: dict[str, str] | None = None
        """What the DM1 of each controller told before the first new pack was checked."""

    # Ways

    def checked_from(self) -> Message:
        """A new pack is locked in its place, and the station commands PostCheck; the command."""
        self._swap.locked()
        if self._before is None:
            self._before = {dm1.sender: str(dm1["dtcs"]) for dm1 in self._bench.messages("DM1")}
        return self._swap.order("post_check")

    def next_swap(self) -> None:
        """Another swap may begin behind one that came to its end."""
        self._swap.stand_at("awake")

    def give_up(self) -> None:
        """The station ends a swap whose pack was refused; another one may begin."""
        self._swap.order("failed")
        self._bench.run_for(self._truck.limit("approach.settle").nominal_ns)
        self._swap.stand_at("awake")

    def mated_ns(self) -> int:
        """When the truck told for the last time that a pack is mated which was not before.

        Raises:
            Inconclusive: it never did (reason PRECONDITION).
        """
        before: object = None
        found = None
        for status in self._swap.link.messages("LOCK_STS"):
            if status["ElecConn"] == "mated" and before == "open":
                found = status.t_ns
            before = status["ElecConn"]
        if found is None:
            raise Inconclusive(Reason.PRECONDITION, "no LOCK_STS shows that a pack was mated")
        return found

    def timed_swap(self, name: str) -> TimedSwap:
        """A whole swap to the pack *name*: how long it took from the first command on, and what the lock counted."""
        before, begin_ns = self._cycles(), self._bench.now_ns
        since_ns = begin_ns
        for order, sequel in self._course(name):
            ordered_ns = self._bench.now_ns
            order()
            found = self._came_of(sequel, since_ns)
            if found is None:
                self._was_given(sequel, ordered_ns)
                return TimedSwap(self._bench.now_ns - begin_ns, 0, f"no {sequel.message} with {dict(sequel.values)} within {sequel.limit}")
            since_ns = found.t_ns
        return TimedSwap(since_ns - begin_ns, (self._cycles() - before) % int(self.number("endurance.cycle_counts")))

    @staticmethod
    def is_like(swap: TimedSwap, first: TimedSwap, drift: Limit) -> bool:
        """Whether *swap* was whole, as long as the *first*, and counted alike."""
        return not swap.stopped and swap.cycles == first.cycles and abs(swap.time_ns - first.time_ns) <= drift.upper_ns

    def _course(self, name: str) -> Iterator[tuple[Callable[[], object], _Sequel]]:
        """Every order of a swap with what must come of it. The ways of ``Swap`` record each of these as a check; a hundred swaps would
        drown the rest."""
        station, yard = self._swap.station, self._swap.yard

        def command(word: str, message: str, limit: str, **values: str) -> tuple[Callable[[], object], _Sequel]:
            return lambda: station.command(word), _Sequel(message, limit, values, ("STA_CMD", word))

        def line(name: str, order: Callable[[], object], limit: str, **values: str) -> tuple[Callable[[], object], _Sequel]:
            return order, _Sequel("LOCK_STS", limit, values, ("line", name))

        yield command("session_open", "ACK", "timer.T_ACK", AckCmd="session_open", AckResult="done")
        if self._truck.pics("S.AUTH"):
            yield self._swap.challenge, _Sequel("AUTH_RSP", "timer.T_AUTH", {}, ("AUTH_CHAL", ""))
        yield command("prepare_swap", "VEH_STS", "timer.T_PREP", SwapPermit="permitted", VehSwapMode="swap_ready")
        yield command("unlock", "LOCK_STS", "timer.T_UNLOCK", LockState="unlocked")
        yield command("pack_removing", "ACK", "timer.T_ACK", AckCmd="pack_removing")
        yield line("pack_present", yard.remove_pack, "timer.T_REMOVE", PackPresent="no")
        yield command("pack_installing", "ACK", "timer.T_ACK", AckCmd="pack_installing")
        yield line("pack_seated", lambda: yard.seat(name), "timer.T_INSTALL", PackSeated="yes")
        yield command("pack_placed", "ACK", "timer.T_ACK", AckCmd="pack_placed")
        yield line("elec_conn", yard.mate, "timer.T_MATE", ElecConn="mated")
        yield command("lock", "LOCK_STS", "timer.T_LOCK", LockState="locked")
        yield command("post_check", "ACK", "timer.T_INS", AckCmd="post_check", AckResult="done")
        yield command("success", "VEH_STS", "timer.T_READY", VehSwapMode="restored")

    def _came_of(self, sequel: _Sequel, since_ns: int) -> Message | None:
        """The message of the truck that shows *sequel*; ``None`` if it does not come in time."""

        def is_it(message: Message) -> bool:
            return all(message[name] == value for name, value in sequel.values.items())

        until_ns = self._bench.now_ns + self._truck.limit(sequel.limit).upper_ns
        return self._swap.link.wait(sequel.message, since=since_ns, until_ns=until_ns, where=is_it)

    def _cycles(self) -> int:
        return int(self._swap.latest("LOCK_STS").number("LockCycles"))

    # Limits

    def number(self, key: str) -> float:
        """The value of a limit."""
        return float(self._truck.limit(key).value or Decimal(0))

    # Whether the tester did what a step needs

    def stated(self, name: str, what: str, **values: object) -> None:
        """Make sure that the pack has told these values in *name* since it was mated.

        Raises:
            Inconclusive: it has not; the truck is not to blame (reason PRECONDITION).
        """

        def is_it(message: Message) -> bool:
            return all(message[signal] == value for signal, value in values.items())

        since_ns = self.mated_ns()
        until_ns = self._bench.now_ns + self._truck.limit("timer.T_ID").upper_ns
        self._bench.wait(name, since=since_ns, until_ns=until_ns, where=is_it)
        self._bench.given(name, since=since_ns, where=is_it, what=what)

    def _was_given(self, sequel: _Sequel, since_ns: int) -> None:
        """Make sure that the order which *sequel* should come of was on its link or line."""
        kind, name = sequel.order
        if kind != "line":
            self._swap.link.given(kind, since=since_ns - 1, where=lambda sent: not name or sent["SwapCmd"] == name, what=f"{kind} {name}")
        elif not any(t_ns >= since_ns for t_ns, _ in self._bench.level_changes(name)):
            raise Inconclusive(Reason.PRECONDITION, f"line '{name}' did not change; the tester did not do what the step needs")

    def first_voltage_share(self, *, since: Message) -> float:
        """The share of its voltage that the pack gave at first after *since*; 0 if it gave none."""
        given = next((value for t_ns, value in self._bench.level_changes("pack_v") if t_ns > since.t_ns and value > 0), 0.0)
        return given / self._swap.latest("PACK_STS1").number("PackVoltage")

    # What the truck makes of it

    def given_up(self, order: Message, timer: str, silent: str, where: Callable[[Message], bool] | None = None) -> None:
        """Check that the truck goes to mode error when *timer* is over; a pack that told *silent* after all leaves that open."""
        within = self._swap.around(timer, "pack.tolerance")
        until_ns = order.t_ns + within.upper_ns + self._truck.limit("pack.told").upper_ns
        found = self._swap.link.wait("VEH_STS", since=order, until_ns=until_ns, where=lambda status: status["VehSwapMode"] == "error")
        self._bench.withheld(silent, since=self.mated_ns(), where=where)
        if found is None:
            self._check("VehSwapMode", "no error", equals="error", message=order)
        else:
            self._check_time("mode error", found.t_ns - order.t_ns, within, message=found)

    def accepted(self, order: Message) -> None:
        """Check that the truck takes the pack: PostCheck is done, and after Success there is high voltage."""
        self._swap.accepted(order, self._truck.limit("timer.T_INS"))
        success = self._swap.order("success")
        live = self._swap.wait(
            "VEH_STS",
            since=success,
            until_ns=success.t_ns + self._truck.limit("timer.T_PRECHARGE").upper_ns,
            where=lambda status: status["HvBusState"] == "energised",
        )
        self._check("high voltage", "on" if live else "off", equals="on", message=live or success)

    def refused(self, order: Message) -> None:
        """Check that the truck refuses the pack: PostCheck is not done, Success brings no high voltage, a trouble is told."""
        ack = self._swap.ack("post_check", after=order, within=self._truck.limit("timer.T_INS"))
        result = str(ack["AckResult"]) if ack else "none"
        self._check("check of the pack", "done" if result == "done" else "not done", equals="not done", message=ack or order, note=result)
        self.powerless(order)
        self.troubled(since=order)

    def powerless(self, order: Message) -> None:
        """Check that not even Success makes the truck ask for the contactors."""
        self._swap.order("success")
        self._bench.run_for(self._truck.limit("pack.watch").nominal_ns)
        self._check("highest request for the contactors", self._swap.highest("hv_request", since=order), at_most=0)

    def troubled(self, *, since: Message | int) -> None:
        """Check that a DM1 after *since* tells a trouble, another one than before the first new pack was checked."""
        before = self._before or {}
        found = self._bench.messages("DM1", since=since, where=self._swap.has_trouble)
        told = [dm1 for dm1 in found if str(dm1["dtcs"]) != before.get(dm1.sender)]
        self._check("trouble in DM1", "told" if told else "none", equals="told", message=told[0] if told else None)

    # What it shows

    def identity(self) -> str:
        """The code of the pack that the truck tells by diagnostics; empty if it tells none."""
        return (self._swap.did("did_pack_identity") or b"").rstrip(b"\xff").decode("ascii", "replace")

    @property
    def soc_step_pct(self) -> float:
        """The step in which the truck tells the state of charge, percent."""
        return float(self._truck.pixit("did_pack_soc_step"))

    def soc(self) -> float | None:
        """The state of charge that it tells, percent; ``None`` if it tells none."""
        told = self._swap.did("did_pack_soc")
        return None if not told or told[0] == 0xFF else round(told[0] * self.soc_step_pct, _DIGITS)

    def current_limits(self) -> tuple[float, float] | None:
        """Highest charge and discharge current that it tells, amperes; ``None`` if it tells none."""
        told = self._swap.did("did_pack_limits")
        if told is None or len(told) != 4 or told == b"\xff" * 4:
            return None
        step_a = float(self._truck.pixit("did_pack_limits_step"))
        charge, discharge = (round(int.from_bytes(part, "big") * step_a, _DIGITS) for part in (told[:2], told[2:]))
        return charge, discharge

    def soc_ns(self, wanted: float, *, until_ns: int) -> int | None:
        """When the truck shows the state of charge *wanted*; ``None`` if it does not until *until_ns*."""
        while self._bench.now_ns <= until_ns:
            shown = self.soc()
            if shown is not None and abs(shown - wanted) <= self.soc_step_pct:
                return self._bench.now_ns
            self._bench.run_for(self._truck.limit("pack.poll").nominal_ns)
        return None
