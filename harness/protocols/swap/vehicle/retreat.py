"""How a swap ends: in order, given up by the station, or abandoned."""

from __future__ import annotations

from harness.protocols.swap.vehicle.context import Context
from harness.protocols.swap.vehicle.lock import LockView
from harness.protocols.swap.vehicle.vcu import Vcu

__all__ = ["Retreat"]

_AFTER_LOCK = ("locked", "checking", "checked", "energising", "stuck")


class Retreat:
    """Ways back to ``idle``, ``restored`` or ``disabled``."""

    def __init__(self, ctx: Context, vcu: Vcu, lock: LockView) -> None:
        self._ctx, self._vcu, self._lock = ctx, vcu, lock
        self._began_ns = 0

    def give_up(self, now_ns: int, reason: str) -> None:
        """Go back to a safe state from wherever the swap stands."""
        ctx, sensors, vcu = self._ctx, self._ctx.sensors, self._vcu
        vcu.permit, ctx.expected_crc = False, None
        if self._lock.points_say == "locked" and not self._lock.way:
            if ctx.phase in _AFTER_LOCK or vcu.check.state != "good":
                self._take_back(now_ns)
            else:
                ctx.error = False
                self._leave("idle")
        elif sensors.seated and sensors.mated and ctx.does("relock"):
            ctx.go("relocking")
            self._began_ns = now_ns
            self._lock.move(now_ns, "lock")
        else:
            self._lock.finish(now_ns)
            self._leave("disabled")
            ctx.trouble(now_ns, "swap_unfinished", True)
            ctx.fail(reason)

    def step(self, now_ns: int) -> None:
        """In the phase ``relocking``: lock, check the pack, come back."""
        ctx, vcu = self._ctx, self._vcu
        if self._lock.way:
            if self._lock.points_say == "locked":
                self.moved(now_ns, "locked")
                self._take_back(now_ns)
            elif now_ns - self._began_ns >= ctx.timer_ns("T_LOCK"):
                self._lock.finish(now_ns, jammed=True)
                ctx.trouble(now_ns, "lock_not_locked", True)
                self._leave("disabled")
                ctx.fail("lock_fault")
        elif vcu.check.state == "good":
            self.restored(now_ns)
        elif vcu.check.state == "bad":
            self._leave("disabled")

    def moved(self, now_ns: int, wanted: str) -> None:
        """The lock has come to its end."""
        ctx = self._ctx
        self._lock.finish(now_ns)
        if wanted == "locked":
            ctx.error, ctx.deny = False, "none"
            for word in ("lock_jammed", "lock_not_locked", "lock_open"):
                ctx.trouble(now_ns, word, False)
        ctx.go(wanted)

    def restored(self, now_ns: int) -> None:
        """The truck is as it was, with a pack that was checked."""
        ctx = self._ctx
        for word in ("swap_unfinished", "lock_jammed", "lock_not_locked", "connector_open"):
            ctx.trouble(now_ns, word, False)
        ctx.error, ctx.deny = False, "none"
        self._leave("restored")

    def _take_back(self, now_ns: int) -> None:
        """The pack is locked; it has to be checked before it is used."""
        self._ctx.go("relocking")
        self._began_ns = now_ns
        if self._vcu.check.state in ("off", "bad"):
            self._vcu.check.begin(now_ns)

    def _leave(self, phase: str) -> None:
        """The session is over."""
        self._ctx.session = None
        self._ctx.go(phase)
