"""How the commands of a station are carried out, phase by phase."""

from __future__ import annotations

from harness.protocols.swap.vehicle.commands import COMMANDS, MOVEMENTS, Ack
from harness.protocols.swap.vehicle.context import IN_SWAP, Context
from harness.protocols.swap.vehicle.lock import LockView
from harness.protocols.swap.vehicle.retreat import Retreat
from harness.protocols.swap.vehicle.vcu import Vcu

__all__ = ["Process"]

_PHASES = {
    "prepare_swap": "preparing",
    "pack_removing": "removing",
    "pack_installing": "installing",
    "pack_placed": "placing",
    "success": "energising",
}
"""Where a command leads that begins with nothing else."""


class Process:
    """Begins commands, sees how far they are, ends them with their ``Ack``."""

    def __init__(self, ctx: Context, vcu: Vcu, lock: LockView, retreat: Retreat) -> None:
        self._ctx, self._vcu, self._lock, self._retreat = ctx, vcu, lock, retreat

    def begin(self, now_ns: int, ack: Ack) -> None:
        """What a command starts."""
        ctx = self._ctx
        match ack.command:
            case "unlock" | "lock":
                ctx.go("unlocking" if ack.command == "unlock" else "locking")
                self._lock.move(now_ns, ack.command)
            case "post_check":
                ctx.go("checking")
                self._vcu.check.begin(now_ns)
            case "abort" | "failed":
                if ctx.does("abort"):
                    self._retreat.give_up(now_ns, "operator_abort")
                else:
                    ack.end("done")
            case _:
                ctx.go(_PHASES.get(ack.command, ctx.phase))

    def step(self, now_ns: int, ack: Ack) -> None:
        """See whether a command is done, has failed, or takes too long."""
        ctx, row = self._ctx, COMMANDS[ack.command]
        if ctx.emergency and ack.command in MOVEMENTS and ctx.does("hold"):
            # The station may command it anew, or abort.
            self._lock.finish(now_ns)
            ctx.go("stuck")
            ctx.deny = "operator_abort"
            ack.end("fault", "operator_abort")
            return
        self._progress(now_ns, ack)
        overdue = row.timer and now_ns - ack.began_ns >= ctx.timer_ns(row.timer)
        if ack.is_open and overdue and ctx.does("time_out", ack.command):
            self._overdue(now_ns, ack)

    def _progress(self, now_ns: int, ack: Ack) -> None:
        ctx, sensors, soon = self._ctx, self._ctx.sensors, self._ctx.overlooks("feedback")
        match ack.command:
            case "session_open":
                ack.end("done")
            case "prepare_swap":
                self._prepare(now_ns, ack)
            case "unlock" | "lock":
                self._moving(now_ns, ack, "unlocked" if ack.command == "unlock" else "locked")
            case "pack_removing":
                gone = not (sensors.present or sensors.seated or sensors.mated)
                if soon or (gone and self._told("PackPresent", "no")):
                    ctx.go("removed")
                    ack.end("done")
            case "pack_installing":
                if soon or (sensors.seated and self._told("PackSeated", "yes")):
                    ack.end("done")
            case "pack_placed":
                self._placing(ack)
            case "post_check":
                if (state := self._vcu.check.state) in ("good", "bad"):
                    ctx.go("checked" if state == "good" else "locked")
                    ack.end(*(("done",) if state == "good" else ("fault", ctx.deny)))
            case "success":
                self._energising(now_ns, ack)
            case _ if ctx.phase not in IN_SWAP:
                ack.end("done")

    def _told(self, signal: str, word: str) -> bool:
        """Whether the latest LOCK_STS has told *word*; a profile without the signal tells nothing, and is not waited for."""
        return self._ctx.mouth.said.get("LOCK_STS", {}).get(signal, word) == word

    def _prepare(self, now_ns: int, ack: Ack) -> None:
        ctx, vcu = self._ctx, self._vcu
        if reason := vcu.condition(now_ns, driver_only=True):
            ctx.deny = reason
            ctx.go("authenticated")
            ack.end("rejected", reason)
            return
        ctx.deny = vcu.condition(now_ns) or "none"
        if now_ns - ack.began_ns >= ctx.timer_ns("T_HV_DOWN") and not ctx.overlooks("link"):
            ctx.trouble(now_ns, "link_not_discharged", not vcu.power.is_dead)
        if ctx.deny == "none" and not vcu.permit and now_ns - ack.began_ns >= ctx.behaviour.delay_ns("permit", ctx.moment):
            ctx.trouble(now_ns, "link_not_discharged", False)
            vcu.permit = True
        if vcu.permit and ctx.mouth.said.get("VEH_STS", {}).get("SwapPermit") == "permitted":
            ctx.go("prepared")
            ack.end("done")

    def _moving(self, now_ns: int, ack: Ack, wanted: str) -> None:
        if self._lock.points_say == wanted and self._told("LockState", wanted):
            self._retreat.moved(now_ns, wanted)
            ack.end("done")
        elif self._ctx.overlooks("feedback"):
            ack.end("done")

    def _placing(self, ack: Ack) -> None:
        ctx, sensors = self._ctx, self._ctx.sensors
        couplers = (("connector", sensors.mated), ("interlock", sensors.interlock), ("coolant", sensors.cooled))
        mated = all(closed or ctx.overlooks(check) for check, closed in couplers)
        if mated and (ctx.overlooks("feedback") or ctx.overlooks("connector") or self._told("ElecConn", "mated")):
            ctx.go("mated")
            ack.end("done")

    def _energising(self, now_ns: int, ack: Ack) -> None:
        ctx, vcu = self._ctx, self._vcu
        if ctx.phase == "restored":
            if ctx.mouth.said.get("VEH_STS", {}).get("VehSwapMode", "restored") == "restored":
                ack.end("done")
        elif vcu.power.state == "on" and vcu.pack.word("PACK_STS1", "PackState") in ("hv_active", None) and ctx.does("restore"):
            self._retreat.restored(now_ns)
        elif "precharge_failed" in ctx.troubles:
            ctx.go("locked")
            ctx.fail("pack_fault")
            ack.end("fault", "pack_fault")

    def _overdue(self, now_ns: int, ack: Ack) -> None:
        """A command has taken too long."""
        ctx = self._ctx
        match ack.command:
            case "unlock" | "lock":
                self._lock.finish(now_ns, jammed=True)
                ctx.go("stuck")
                ctx.trouble(now_ns, "lock_jammed" if ack.command == "unlock" else "lock_not_locked", True)
                ctx.fail("lock_fault")
            case "prepare_swap":
                self._vcu.permit = False
                ctx.go("authenticated")
            case "pack_placed":
                sensors = ctx.sensors
                coupler = "connector_open" if not sensors.mated else "interlock_open" if not sensors.interlock else "coolant_open"
                ctx.trouble(now_ns, coupler, True)
                ctx.fail("pack_fault")
            case "success":
                ctx.fail("pack_fault")
            case _:
                ctx.go("unlocked" if ack.command == "pack_removing" else "removed")
        ack.end("timeout", ctx.deny)
