"""A swap as the cases see it: ways to its phases."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from harness.case import CaseBench, Sut
from harness.core import Check, Message

from .answers import Answers
from .told import Where

__all__ = ["Swap"]


class Swap(Answers):
    """The truck under test, and the station around it.

    A way to a phase goes through those before it. None of them judges: a truck that does not get there leaves the case inconclusive.
    """

    def __init__(self, bench: CaseBench, truck: Sut, station: Any, check: Callable[..., Check]) -> None:
        super().__init__(bench, truck, station, check)
        self._at = 0
        """Number of the phase behind which the truck stands."""

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
        self.challenge()
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
