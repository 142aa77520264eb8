"""A swap as the cases see it: ways to its phases, orders to station, packs, robot and driver, and what the truck tells."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from harness.case import CaseBench, Sut
from harness.core import Check, Inconclusive, Limit, Message, Reason, ns_in

__all__ = ["Pack", "Swap"]

_NONCE = 0x1234ABCD
Where = Callable[[Message], bool]


class Pack:
    """Orders to a pack: the methods of ``harness.protocols.swap.pack.PackBms``, and two of its plant."""

    def __init__(self, station: Any, yard: Callable[[], Any], name: str) -> None:
        self._station, self._yard, self._name = station, yard, name

    def change(self, message: str, **values: object) -> None:
        """Say these values in *message* from now on."""
        self._station.to_pack(self._name, "change", message, **values)

    def silent(self, silent: bool) -> None:
        """Send nothing any more, or speak again."""
        self._station.to_pack(self._name, "silent", silent)

    def start_after(self, delay_ns: int) -> None:
        """Send the first frame so long after the supply came."""
        self._station.to_pack(self._name, "start_after", delay_ns)

    def identity(self, code: str | None, *, drop_packet: int | None = None, gap_ns: int | None = None) -> None:
        """Tell *code*; ``None``: none, asked or not. *drop_packet* of the transfer never leaves."""
        self._station.to_pack(self._name, "identity", code, drop_packet=drop_packet, gap_ns=gap_ns)

    def limits(self, *, charge: float | None = None, discharge: float | None = None, voltage: float | None = None) -> None:
        """Tell these limits."""
        self._station.to_pack(self._name, "limits", charge=charge, discharge=discharge, voltage=voltage)

    def thermal(self, **values: object) -> None:
        """Tell these values of temperatures and coolant."""
        self._station.to_pack(self._name, "thermal", **values)

    def imd(self, on: bool) -> None:
        """Have the pack's insulation monitor on, or off."""
        self._station.to_pack(self._name, "imd", on)

    def weld(self) -> None:
        """The positive main contactor is welded."""
        self._yard().weld(self._name)

    def stick_precharge(self, share: float | None) -> None:
        """In precharge the link reaches only this share of the pack's voltage."""
        self._yard().stick_precharge(self._name, share)

    def revert(self) -> None:
        """Say again what is true."""
        self._station.to_pack(self._name, "revert")


class Swap:
    """The truck under test, and the station around it.

    A way to a phase goes through those before it. None of them judges: a truck that does not get there leaves the case inconclusive.
    """

    def __init__(self, bench: CaseBench, truck: Sut, station: Any, check: Callable[..., Check]) -> None:
        self.bench, self._truck, self.station, self._check = bench, truck, station, check
        self.link = bench.on("station") if truck.pics("S.STREAM") else bench
        """Where the messages of truck and station are: on the bus, or on the stream of the station link."""
        self._at = 0
        self._order: Message | None = None

    # Ways to a phase; each gives the message that shows it

    def awake(self) -> Message:
        """S0: the truck tells its states, the lock is locked, the pack is heard."""
        self._reach("LOCK_STS", "approach.awake", lambda sts: sts["LockState"] == "locked" and sts["ElecConn"] == "mated", "lock locked")
        return self._reach("VEH_STS", "approach.awake", lambda sts: sts["VehSwapMode"] in ("normal", "restored"), "mode normal")

    def live(self) -> Message:
        """S0 with high voltage on, as a truck is whose key is on."""
        self._to(self.awake, 1)
        return self._reach("VEH_STS", "approach.live", lambda sts: sts["HvBusState"] == "energised", "high voltage on")

    def session(self) -> Message:
        """S1: a session is open; the ACK."""
        if self._at < 1:
            self.live()
        return self._done("session_open", "timer.T_ACK", 2)

    def authenticated(self) -> Message:
        """S2: the station is authenticated, where the truck asks for that; the answer to the challenge, else the ACK of S1."""
        opened = self._to(self.session, 2)
        self._at = 3
        if not self._truck.pics("S.AUTH"):
            return opened or self.latest("ACK")
        since_ns = self.bench.now_ns - 1
        self.station.challenge(_NONCE)
        return self._reach("AUTH_RSP", "timer.T_AUTH", lambda answer: answer.t_ns > since_ns, "answer to the challenge")

    def prepared(self) -> Message:
        """S3: the truck gives its permit."""
        self._to(self.authenticated, 3)
        self.order("prepare_swap")
        permitted = self._reach("VEH_STS", "timer.T_PREP", lambda sts: sts["SwapPermit"] == "permitted", "permit")
        self._at = 4
        return permitted

    def hv_down(self) -> Message:
        """S4: the link is below the limit, the truck is ready for the swap."""
        self._to(self.prepared, 4)
        touchable = float(self._truck.limit("voltage.touchable").value or 0)

        def is_down(sts: Message) -> bool:
            return sts["VehSwapMode"] == "swap_ready" and sts.number("LinkVoltage") < touchable

        down = self._reach("VEH_STS", "timer.T_HV_DOWN", is_down, "ready for the swap without high voltage")
        self._at = 5
        return down

    def unlocked(self) -> Message:
        """S5: every lock point is unlocked."""
        self._to(self.hv_down, 5)
        self.order("unlock")
        unlocked = self._reach("LOCK_STS", "timer.T_UNLOCK", lambda sts: sts["LockState"] == "unlocked", "lock unlocked")
        self._at = 6
        return unlocked

    def removed(self) -> Message:
        """S6: the old pack is gone."""
        self._to(self.unlocked, 6)
        self.order("pack_removing")
        self.yard.remove_pack()
        gone = self._reach("LOCK_STS", "timer.T_REMOVE", lambda sts: sts["PackPresent"] == "no", "pack gone")
        self._at = 7
        return gone

    def seated(self, name: str = "new") -> Message:
        """S7: a pack sits on the truck, its couplers are open."""
        self._to(self.removed, 7)
        self.order("pack_installing")
        self.yard.seat(name)
        seated = self._reach("LOCK_STS", "timer.T_INSTALL", lambda sts: sts["PackSeated"] == "yes", "pack seated")
        self._at = 8
        return seated

    def mated(self, *, cool: bool = True, hvil: bool = True) -> Message:
        """S8: its couplers are mated; without *cool* or *hvil* but these."""
        self._to(self.seated, 8)
        self.order("pack_placed")
        self.yard.mate(cool=cool, hvil=hvil)
        mated = self._reach("LOCK_STS", "timer.T_MATE", lambda sts: sts["ElecConn"] == "mated", "couplers mated")
        self._at = 9
        return mated

    def locked(self) -> Message:
        """S9: every lock point is locked."""
        self._to(self.mated, 9)
        self.order("lock")
        locked = self._reach("LOCK_STS", "timer.T_LOCK", lambda sts: sts["LockState"] == "locked", "lock locked")
        self._at = 10
        return locked

    def handshake(self) -> Message:
        """S10: the check after the swap has begun."""
        self._to(self.locked, 10)
        self.order("post_check")
        begun = self._reach("VEH_STS", "timer.T_BMS_FIRST", lambda sts: sts["VehSwapMode"] == "post_swap_check", "check after the swap")
        self._at = 11
        return begun

    def checked(self) -> Message:
        """S11: the check after the swap is done; its ACK."""
        self._to(self.handshake, 11)
        done = self._reach("ACK", "timer.T_INS", self._is_answer("done"), "check after the swap done")
        self._at = 12
        return done

    def energised(self) -> Message:
        """S12: high voltage is on again."""
        self._to(self.checked, 12)
        self.order("success")
        live = self._reach("VEH_STS", "timer.T_PRECHARGE", lambda sts: sts["HvBusState"] == "energised", "high voltage on")
        self._at = 13
        return live

    def restored(self) -> Message:
        """S13: the truck is as it was before, with another pack."""
        self._to(self.energised, 13)
        restored = self._reach("VEH_STS", "timer.T_READY", lambda sts: sts["VehSwapMode"] == "restored", "swap over")
        self._at = 14
        return restored

    def whole(self) -> Message:
        """A whole swap, from where the truck stands."""
        return self.restored()

    def again(self) -> None:
        """Another swap or session may begin: the truck stands in S0."""
        self._at = 0

    def stand_at(self, phase: str) -> None:
        """The truck stands in *phase* (the name of its way): the next way begins behind it."""
        ways = "awake session authenticated prepared hv_down unlocked removed seated mated locked handshake checked energised restored"
        self._at = ways.split().index(phase) + 1

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

    def greet(self) -> None:
        """Have a session opened and the station authenticated, whatever the truck answers."""
        self.order("session_open")
        self.bench.run_for(self._truck.limit("timer.T_ACK").nominal_ns)
        self.station.challenge(_NONCE)
        self.bench.run_for(self._truck.limit("timer.T_AUTH").nominal_ns)

    # Orders

    @property
    def yard(self) -> Any:
        """The robot, the driver, the break-out box.

        Raises:
            Inconclusive: the rig has no lines (reason NO_LINE).
        """
        return self.bench.control("station", 1)

    def pack(self, name: str) -> Pack:
        """The pack ``old``, which is on the truck, or ``new``."""
        return Pack(self.station, lambda: self.yard, name)

    def order(self, word: str, **fields: object) -> Message:
        """Have the station command *word*; the first such command on the link.

        Raises:
            Inconclusive: it was not there (reason PRECONDITION).
        """
        since_ns = self.bench.now_ns - 1
        self.station.command(word, **fields)
        return self.commanded(word, since_ns)

    def commanded(self, word: str, since_ns: int) -> Message:
        """The first command *word* of the number under which it is on the link now, after an order given at *since_ns*.

        Raises:
            Inconclusive: it was not there (reason PRECONDITION).
        """
        self.bench.run_for(self._truck.limit("approach.own").nominal_ns)
        self.link.given("STA_CMD", since=since_ns, where=lambda command: command["SwapCmd"] == word, what=f"command {word}")
        seen = self.link.messages("STA_CMD", since=since_ns, where=lambda command: command["SwapCmd"] == word)
        self._order = next(command for command in seen if command["CmdSeq"] == seen[-1]["CmdSeq"])
        return self._order

    def under(self, order: Message, session: int) -> None:
        """Make sure that the station gave *order* under this session.

        Raises:
            Inconclusive: it did not (reason PRECONDITION).
        """
        if order["SessionId"] != session:
            raise Inconclusive(
                Reason.PRECONDITION, f"the command stands under session {order['SessionId']!r}, not {session}; the tester did not change it"
            )

    def set_line(self, line: str, value: float, order: Callable[[], None]) -> int:
        """Have *order* bring *line* of the tester to *value*; the instant.

        Raises:
            Inconclusive: it has another level (reason PRECONDITION).
        """
        order()
        self.bench.run_for(self._truck.limit("approach.own").nominal_ns)
        changes = self.bench.level_changes(line)
        if not changes or changes[-1][1] != value:
            level = changes[-1][1] if changes else None
            raise Inconclusive(
                Reason.PRECONDITION, f"line '{line}' is at {level}, not at {value}; the tester did not do what the step needs"
            )
        return changes[-1][0]

    # What the truck tells

    def latest(self, name: str) -> Message:
        """The latest *name* of the truck or a pack.

        Raises:
            Inconclusive: there was none (reason PRECONDITION).
        """
        found = self.link.last(name) or self.bench.last(name)
        if found is None:
            raise Inconclusive(Reason.PRECONDITION, f"no {name} was seen")
        return found

    def ack(self, command: str, *, after: Message | int, within: Limit, final: bool = True) -> Message | None:
        """The ACK of *command*, the one that ends it if *final*; of the number of the command that *after* is. ``None``: none came."""
        start_ns = after.t_ns if isinstance(after, Message) else after
        number = after["CmdSeq"] if isinstance(after, Message) and after.name == "STA_CMD" else None

        def is_it(ack: Message) -> bool:
            answers = ack["AckCmd"] == command and number in (None, ack["AckSeq"])
            return answers and not (final and ack["AckResult"] == "in_progress")

        return self.wait("ACK", since=start_ns, until_ns=start_ns + within.upper_ns, where=is_it)

    def wait(self, name: str, *, since: Message | int, until_ns: int, where: Where, on: CaseBench | None = None) -> Message | None:
        """Wait until *name* comes that is as wanted, at most until *until_ns* and a little; the first after *since*."""
        return (on or self.link).wait(name, since=since, until_ns=until_ns, where=where)

    def wait_spoiled(self, count: int, *, since: int, until_ns: int) -> None:
        """Wait until so many commands of the station with a wrong checksum were on the link, at most until *until_ns*."""
        while self.bench.now_ns < until_ns and len(self.link.messages("SWAP.ERROR", since=since, where=self.link.is_ours)) < count:
            self.bench.run_for(self._truck.limit("approach.poll").nominal_ns)

    def mode(self) -> str:
        """The latest ``VehSwapMode``."""
        return str(self.latest("VEH_STS")["VehSwapMode"])

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

    def movements(self, *, since: int) -> int:
        """How often a lock point left an end position after the instant *since*."""
        begun, told = 0, None
        for status in self.link.messages("LOCK_STS"):
            if told is not None and status.t_ns > since:
                pairs = [(told[f"LockPoint{number}"], status[f"LockPoint{number}"]) for number in range(1, 9)]
                begun += sum(before in ("locked", "unlocked") and now != before for before, now in pairs)
            told = status
        return begun

    def zero_ns(self, line: str, *, since: Message) -> int | None:
        """The instant at which a line of the truck went to 0 after *since*; ``None`` if it did not."""
        return next((t_ns for t_ns, value in self.bench.level_changes(line) if t_ns > since.t_ns and value == 0), None)

    def last_movement(self, *, since: Message) -> int:
        """How long after *since* a lock point was told in another state for the last time; 0 if none was."""
        told, last_ns = "", 0
        for status in self.link.messages("LOCK_STS"):
            states = " ".join(str(status[f"LockPoint{number}"]) for number in range(1, 9))
            if status.t_ns > since.t_ns and told not in ("", states):
                last_ns = status.t_ns - since.t_ns
            told = states
        return last_ns

    def drivable(self, within: Limit | None = None) -> bool:
        """Whether the truck drives when the driver wants it to: key to ready, brake released, gear, pedal. He lets go of it afterwards."""
        torque, limit = 0.0, within or self._truck.limit("approach.drive")
        self.level("torque_nm")
        pedal = float(self._truck.limit("stimulus.pedal").value or 0)
        self.set_line("pedal_percent", pedal, lambda: self.yard.driver(key="ready", brake="released", gear="drive", pedal=pedal))
        until_ns = self.bench.now_ns + limit.upper_ns
        while not torque and self.bench.now_ns <= until_ns:
            self.bench.run_for(self._truck.limit("approach.poll").nominal_ns)
            torque = self.level("torque_nm")
        self.yard.driver(key="on", brake="applied", gear="park", pedal=0.0)
        self.bench.run_for(self._truck.limit("approach.own").nominal_ns)
        return torque > 0

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

    def around(self, timer: str, tolerance: str) -> Limit:
        """The moment at which *timer* is over, give or take *tolerance*."""
        limit = self._truck.limit(timer)
        margin_ns = self._truck.limit(tolerance).nominal_ns
        lower, upper = (ns_in(limit.nominal_ns + sign * margin_ns, limit.unit) for sign in (-1, 1))
        return replace(limit, value=None, lower=lower, upper=upper)

    # Checks

    def rejected(self, order: Message, *, reason: str = "") -> None:
        """Check that the truck rejects the command *order* within T_ACK, with *reason* if one is given."""
        word = str(order["SwapCmd"])
        ack = self.ack(word, after=order, within=self._truck.limit("timer.T_ACK"))
        self._check(f"ACK of {word}", ack["AckResult"] if ack else "none", equals="rejected", message=ack or order)
        if reason:
            self._check(f"reason in the ACK of {word}", ack["AckReason"] if ack else "none told", equals=reason, message=ack or order)

    def accepted(self, order: Message, within: Limit) -> None:
        """Check that the truck carries out the command *order*: its ACK says done."""
        word = str(order["SwapCmd"])
        ack = self.ack(word, after=order, within=within)
        self._check(f"ACK of {word}", ack["AckResult"] if ack else "none", equals="done", message=ack or order)

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

    # Behind them

    def _to(self, way: Callable[[], Message], number: int) -> Message | None:
        """Go *way* if the truck does not stand behind it; *number* is that of its phase."""
        if self._at >= number:
            return None
        message = way()
        self._at = max(self._at, number)
        return message

    def _done(self, word: str, key: str, number: int) -> Message:
        self.order(word)
        done = self._reach("ACK", key, self._is_answer("done"), f"ACK of {word}")
        self._at = number
        return done

    def _is_answer(self, result: str) -> Where:
        order = self._order
        number = order["CmdSeq"] if order else None
        return lambda ack: ack["AckSeq"] == number and ack["AckResult"] == result

    def _reach(self, name: str, key: str, where: Where, what: str) -> Message:
        view, since_ns = (self.link, self._order.t_ns if self._order else 0)
        present = view.last(name)
        if present is not None and present.t_ns > since_ns and where(present):
            return present
        return view.reach(name, within=self._truck.limit(key), where=where, what=what)
