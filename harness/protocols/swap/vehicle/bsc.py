"""The battery swap controller: session, authentication, the commands of the station and their acknowledgements, lock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from harness.core import Value, ms
from harness.protocols.swap.vehicle.commands import COMMANDS, MOVEMENTS, Row
from harness.protocols.swap.vehicle.context import IN_SWAP, Context
from harness.protocols.swap.vehicle.lock import LockView
from harness.protocols.swap.vehicle.vcu import Vcu

__all__ = ["Ack", "Bsc"]

_REPEAT = ms(100)
_MOVING = {"unlocking": "unlocked", "locking": "locked"}
_GIVE_UP = frozenset(("abort", "failed"))


@dataclass(slots=True)
class Ack:
    """A command and what has become of it."""

    command: str
    sequence: int
    began_ns: int
    result: str = "in_progress"
    reason: str = "none"
    said_ns: int | None = None
    """When that was told last."""
    due_ns: int = 0
    """It is carried out no earlier."""
    begun: bool = False


class Bsc:
    """Steps at every event, after the VCU."""

    def __init__(self, ctx: Context, vcu: Vcu) -> None:
        self._ctx, self._vcu = ctx, vcu
        self.lock = LockView(ctx)
        self.acks: list[Ack] = []
        """To be told now; whoever tells them takes them away."""
        self.responses: list[Mapping[str, Value]] = []
        """Answers to challenges, likewise."""
        self._job: Ack | None = None
        self._past: Ack | None = None
        self._seen: tuple[object, ...] = ()
        self._station_ns: int | None = None
        self._station: Mapping[str, Value] = {}
        self._lost = False

    def start(self, now_ns: int) -> None:
        """Power came: the swap stands where the sensors say."""
        ctx = self._ctx
        self.acks, self.responses = [], []
        self._job = self._past = self._station_ns = None
        self._seen, self._station, self._lost = (), {}, False
        ctx.session, ctx.expected_crc, ctx.emergency, ctx.error, ctx.deny = None, None, False, False, "none"
        self.lock.start()
        ctx.go("idle" if self.lock.state == "locked" else "disabled")
        if ctx.phase == "disabled":
            ctx.fail("lock_fault")

    # What the station says

    def command(self, now_ns: int, values: Mapping[str, Value]) -> None:
        """A good STA_CMD came."""
        ctx = self._ctx
        self._station_ns, self._station = now_ns, values
        ctx.emergency = values.get("EmergencyStop") == "yes" and not ctx.overlooks("emergency")
        crc = values.get("ExpectedPackCrc")
        ctx.expected_crc = crc if isinstance(crc, int) and crc != 0xFFFF else None
        word, sequence = values.get("SwapCmd"), values.get("CmdSeq")
        seen, self._seen = self._seen, (word, sequence, values.get("SessionId"))
        if self._seen == seen or word not in COMMANDS or not isinstance(sequence, int):
            return
        past = self._job or self._past
        if past is not None and (past.command, past.sequence) == (word, sequence) and not ctx.overlooks("repetition"):
            past.said_ns = None
            return
        self._take(now_ns, Ack(str(word), sequence, now_ns))

    def challenge(self, now_ns: int, values: Mapping[str, Value]) -> None:
        """A good AUTH_CHAL came."""
        ctx = self._ctx
        if ctx.session is None or (values.get("SessionId") != ctx.session and not ctx.overlooks("fresh_challenge")):
            return
        nonce = values.get("Nonce")
        response = (nonce if isinstance(nonce, int) else 0) ^ ctx.options.auth_mask
        self.responses.append({"Response": response, "AlgorithmId": values.get("AlgorithmId"), "Result": 0})
        if ctx.phase == "session":
            self._enter()

    # Commands

    def _take(self, now_ns: int, ack: Ack) -> None:
        """Take a new command, or refuse it."""
        ctx = self._ctx
        refusal = self._refusal(ack.command)
        if refusal is not None:
            self._end(ack, "rejected", refusal)
            return
        if self._job is not None:
            self._end(self._job, "fault", "operator_abort" if ack.command in _GIVE_UP else "none")
        self._job, ctx.moment.command = ack, ack.command
        ack.due_ns = now_ns + ctx.behaviour.delay_ns(ack.command, ctx.moment)

    def _refusal(self, command: str) -> str | None:
        """Why *command* is not taken; ``None`` if it is."""
        ctx, row = self._ctx, COMMANDS[command]
        session = self._station.get("SessionId")
        if command == "session_open":
            other = ctx.session is not None and session != ctx.session
            if (other and not ctx.overlooks("other_session")) or session == 0:
                return "communication"
            return None if ctx.session is not None or ctx.does("recover") or not ctx.error else "communication"
        if (ctx.session is None or session != ctx.session) and not ctx.overlooks("session"):
            return "communication"
        if command in _GIVE_UP:
            return None
        if ctx.phase == "session" and not ctx.overlooks("authentication"):
            return "authentication"
        if command in MOVEMENTS:
            if ctx.emergency:
                return "operator_abort"
            if self._is_hot:
                return "pack_fault"
        if ctx.phase not in row.phases | row.past and not ctx.overlooks("order"):
            return ctx.deny
        return self._unguarded(row) if ctx.phase not in row.past or (command in MOVEMENTS and ctx.overlooks("repetition")) else None

    def _unguarded(self, row: Row) -> str | None:
        """The first guard of *row* that does not hold, as a reason."""
        ctx, sensors = self._ctx, self._ctx.sensors
        told = ctx.mouth.said.get("VEH_STS", {})
        for guard in row.guards:
            if guard == "driver":
                if reason := self._vcu.condition(ctx.moment.now_ns, driver_only=True):
                    ctx.deny = reason
                    return reason
                continue
            volts = told.get("LinkVoltage", 0.0)
            holds, reason = {
                "permit": (told.get("SwapPermit", "permitted") == "permitted" and self._vcu.permit, ctx.deny),
                "speed": (told.get("VehSpeed", 0.0) == 0, "speed"),
                "link": (isinstance(volts, int | float) and volts < ctx.options.hv_limit_v, "hv_present"),
                "station_ready": (self._station.get("StationReady") == "yes", "communication"),
                "seat": (sensors.seated, "lock_fault"),
                "connector": (sensors.mated, "lock_fault"),
            }[guard]
            if not holds and not ctx.overlooks(guard):
                return reason
        return None

    @property
    def _is_hot(self) -> bool:
        return self._vcu.pack.word("PACK_THM", "ThermalRunaway") == "yes" and not self._ctx.overlooks("runaway")

    def _enter(self) -> None:
        """The session is authenticated: go on where the sensors say that the truck stands."""
        ctx, sensors = self._ctx, self._ctx.sensors
        if self.lock.points_say == "locked":
            ctx.go("authenticated")
        else:
            ctx.go("unlocked" if sensors.present else "removed")

    # Time

    def step(self, now_ns: int) -> None:
        """Look at everything and act."""
        ctx = self._ctx
        self.lock.step(now_ns)
        self._watch_station(now_ns)
        self._watch_lock(now_ns)
        if self._job is not None and now_ns >= self._job.due_ns:
            self._work(now_ns, self._job)
        elif self._job is None and ctx.phase in _MOVING and self.lock.points_say == _MOVING[ctx.phase]:
            self._moved(now_ns, _MOVING[ctx.phase])
        for ack in (self._job, self._past):
            if ack is not None and self._is_to_be_told(now_ns, ack):
                ack.said_ns = now_ns
                self.acks.append(ack)

    @staticmethod
    def _is_to_be_told(now_ns: int, ack: Ack) -> bool:
        if ack.result != "in_progress":
            return ack.said_ns is None
        return now_ns >= ack.due_ns and (ack.said_ns is None or now_ns - ack.said_ns >= _REPEAT)

    def _work(self, now_ns: int, ack: Ack) -> None:
        ctx, row = self._ctx, COMMANDS[ack.command]
        if not ack.begun:
            ack.begun = True
            again = ack.command in MOVEMENTS and ctx.overlooks("repetition")
            if ctx.phase in row.past and not again:
                self._end(ack, "done")
                return
            self._begin(now_ns, ack)
        if ack.result != "in_progress":
            return
        if ctx.emergency and ack.command in MOVEMENTS and ctx.does("hold"):
            self._broken_off(now_ns, ack)
            return
        self._progress(now_ns, ack)
        overdue = row.timer and now_ns - ack.began_ns >= ctx.timer_ns(row.timer)
        if ack.result == "in_progress" and overdue and ctx.does("time_out", ack.command):
            self._overdue(now_ns, ack)

    def _begin(self, now_ns: int, ack: Ack) -> None:
        """What a command starts."""
        ctx = self._ctx
        match ack.command:
            case "session_open" if ctx.session is None or ctx.overlooks("other_session"):
                self._open()
            case "prepare_swap":
                ctx.go("preparing")
            case "unlock" | "lock":
                ctx.go("unlocking" if ack.command == "unlock" else "locking")
                self.lock.move(now_ns, ack.command)
            case "pack_removing" | "pack_installing":
                ctx.go("removing" if ack.command == "pack_removing" else "installing")
            case "pack_placed":
                ctx.go("placing")
            case "post_check":
                ctx.go("checking")
                self._vcu.check.begin(now_ns)
            case "success":
                ctx.go("energising")
            case "abort" | "failed":
                if ctx.does("abort"):
                    self._give_up(now_ns, "operator_abort")
                else:
                    self._end(ack, "done")

    def _open(self) -> None:
        ctx = self._ctx
        session = self._station.get("SessionId")
        ctx.session = session if isinstance(session, int) else None
        ctx.error, ctx.deny = False, "none"
        self.lock.forgive()
        self._vcu.power.unblock()
        ctx.go("session")
        if not ctx.options.authentication:
            self._enter()

    def _progress(self, now_ns: int, ack: Ack) -> None:
        """See whether a command is done, or has failed."""
        ctx, sensors, vcu = self._ctx, self._ctx.sensors, self._vcu
        told = ctx.mouth.said.get("LOCK_STS", {})
        soon = ctx.overlooks("feedback")
        match ack.command:
            case "session_open":
                self._end(ack, "done")
            case "prepare_swap":
                self._prepare(now_ns, ack)
            case "unlock" | "lock":
                wanted = "unlocked" if ack.command == "unlock" else "locked"
                if self.lock.points_say == wanted and told.get("LockState") == wanted:
                    self._moved(now_ns, wanted)
                    self._end(ack, "done")
                elif soon:
                    self._end(ack, "done")
            case "pack_removing" if soon or (told.get("PackPresent") == "no" and not (sensors.present or sensors.seated or sensors.mated)):
                ctx.go("removed")
                self._end(ack, "done")
            case "pack_installing" if soon or (sensors.seated and told.get("PackSeated") == "yes"):
                self._end(ack, "done")
            case "pack_placed":
                mated = sensors.mated or ctx.overlooks("connector")
                closed = sensors.interlock or ctx.overlooks("interlock")
                cooled = sensors.cooled or ctx.overlooks("coolant")
                if mated and closed and cooled and (soon or told.get("ElecConn") == "mated" or ctx.overlooks("connector")):
                    ctx.go("mated")
                    self._end(ack, "done")
            case "post_check" if vcu.check.state in ("good", "bad"):
                good = vcu.check.state == "good"
                ctx.go("checked" if good else "locked")
                self._end(ack, "done" if good else "fault", "none" if good else ctx.deny)
            case "success":
                self._energise(now_ns, ack)
            case "abort" | "failed" if ctx.phase not in IN_SWAP:
                self._end(ack, "done")

    def _prepare(self, now_ns: int, ack: Ack) -> None:
        ctx, vcu = self._ctx, self._vcu
        if reason := vcu.condition(now_ns, driver_only=True):
            ctx.deny = reason
            ctx.go("authenticated")
            self._end(ack, "rejected", reason)
            return
        ctx.deny = vcu.condition(now_ns) or "none"
        if now_ns - ack.began_ns >= ctx.timer_ns("T_HV_DOWN") and not ctx.overlooks("link"):
            ctx.trouble(now_ns, "link_not_discharged", not vcu.power.is_dead)
        ready = ctx.deny == "none" and now_ns - ack.began_ns >= ctx.behaviour.delay_ns("permit", ctx.moment)
        if ready and not vcu.permit:
            ctx.trouble(now_ns, "link_not_discharged", False)
            vcu.permit = True
        if vcu.permit and ctx.mouth.said.get("VEH_STS", {}).get("SwapPermit") == "permitted":
            ctx.go("prepared")
            self._end(ack, "done")

    def _energise(self, now_ns: int, ack: Ack) -> None:
        ctx, vcu = self._ctx, self._vcu
        if ctx.phase == "restored":
            if ctx.mouth.said.get("VEH_STS", {}).get("VehSwapMode", "restored") == "restored":
                self._end(ack, "done")
        elif vcu.power.state == "on" and vcu.pack.word("PACK_STS1", "PackState") == "hv_active" and ctx.does("restore"):
            self._restored(now_ns)
        elif "precharge_failed" in ctx.troubles:
            ctx.go("locked")
            ctx.fail("pack_fault")
            self._end(ack, "fault", "pack_fault")

    def _moved(self, now_ns: int, wanted: str) -> None:
        ctx = self._ctx
        self.lock.finish(now_ns)
        if wanted == "locked":
            ctx.error, ctx.deny = False, "none"
            for word in ("lock_jammed", "lock_not_locked", "lock_open"):
                ctx.trouble(now_ns, word, False)
        ctx.go(wanted)

    def _overdue(self, now_ns: int, ack: Ack) -> None:
        """A command has taken too long."""
        ctx = self._ctx
        if ack.command in MOVEMENTS:
            self.lock.finish(now_ns, jammed=True)
            ctx.go("stuck")
            ctx.trouble(now_ns, "lock_jammed" if ack.command == "unlock" else "lock_not_locked", True)
            ctx.fail("lock_fault")
            self._end(ack, "timeout", "lock_fault")
            return
        if ack.command == "prepare_swap":
            self._vcu.permit = False
            ctx.go("authenticated")
        elif ack.command == "pack_placed":
            sensors = ctx.sensors
            open_one = "connector_open" if not sensors.mated else "interlock_open" if not sensors.interlock else "coolant_open"
            ctx.trouble(now_ns, open_one, True)
            ctx.fail("pack_fault")
        elif ack.command == "success":
            ctx.fail("pack_fault")
        else:
            ctx.go("unlocked" if ack.command == "pack_removing" else "removed")
        self._end(ack, "timeout", ctx.deny)

    def _broken_off(self, now_ns: int, ack: Ack) -> None:
        """An emergency stop breaks a movement off; the station may command it anew, or abort."""
        ctx = self._ctx
        self.lock.finish(now_ns)
        ctx.go("stuck")
        ctx.deny = "operator_abort"
        self._end(ack, "fault", "operator_abort")

    def _end(self, ack: Ack, result: str, reason: str = "none") -> None:
        ack.result, ack.reason, ack.said_ns = result, reason, None
        if ack is self._job:
            self._job, self._ctx.moment.command = None, ""
        if self._past is not None and self._past.said_ns is None:
            self.acks.append(self._past)
        self._past = ack

    # End of a swap

    def _give_up(self, now_ns: int, reason: str) -> None:
        """Go back to a safe state from wherever the swap stands."""
        ctx, sensors, vcu = self._ctx, self._ctx.sensors, self._vcu
        vcu.permit, ctx.expected_crc = False, None
        if self.lock.points_say == "locked" and not self.lock.way:
            if ctx.phase in ("locked", "checking", "checked", "energising", "stuck") or vcu.check.state != "good":
                self._take_back(now_ns)
            else:
                ctx.error = False
                self._leave("idle")
        elif sensors.seated and sensors.mated and ctx.does("relock"):
            ctx.go("relocking")
            self._began_ns = now_ns
            self.lock.move(now_ns, "lock")
        else:
            self.lock.finish(now_ns)
            self._leave("disabled")
            ctx.trouble(now_ns, "swap_unfinished", True)
            ctx.fail(reason)

    _began_ns = 0

    def _take_back(self, now_ns: int) -> None:
        """The pack is locked; it has to be checked before it is used."""
        self._ctx.go("relocking")
        self._began_ns = now_ns
        if self._vcu.check.state in ("off", "bad"):
            self._vcu.check.begin(now_ns)

    def _relock(self, now_ns: int) -> None:
        """After a swap that was given up: lock, check the pack, come back."""
        ctx, vcu = self._ctx, self._vcu
        if self.lock.way:
            if self.lock.points_say == "locked":
                self._moved(now_ns, "locked")
                self._take_back(now_ns)
            elif now_ns - self._began_ns >= ctx.timer_ns("T_LOCK"):
                self.lock.finish(now_ns, jammed=True)
                ctx.trouble(now_ns, "lock_not_locked", True)
                self._leave("disabled")
                ctx.fail("lock_fault")
        elif vcu.check.state == "good":
            self._restored(now_ns)
        elif vcu.check.state == "bad":
            self._leave("disabled")

    def _restored(self, now_ns: int) -> None:
        ctx = self._ctx
        for word in ("swap_unfinished", "lock_jammed", "lock_not_locked", "connector_open"):
            ctx.trouble(now_ns, word, False)
        ctx.error, ctx.deny = False, "none"
        self._leave("restored")

    def _leave(self, phase: str) -> None:
        """The session is over."""
        self._ctx.session = None
        self._ctx.go(phase)

    # Watch

    def _watch_station(self, now_ns: int) -> None:
        ctx = self._ctx
        if ctx.phase == "relocking":
            self._relock(now_ns)
            return
        if ctx.session is None or self._station_ns is None or ctx.overlooks("station_link"):
            return
        silent_ns = now_ns - self._station_ns
        lost = silent_ns > ctx.timer_ns("T_LINK_LOST")
        hot = self._is_hot
        if (lost or hot) and ctx.does("hold"):
            self.lock.hold(now_ns)
        elif not lost and not hot:
            self.lock.go_on(now_ns)
        if lost is not self._lost:
            self._lost = lost
            if lost and ctx.does("tell_lost_station"):
                ctx.deny = "communication"
            elif not lost and ctx.deny == "communication":
                ctx.deny = "none"
        if silent_ns >= ctx.timer_ns("T_ABANDON") and ctx.does("abandon"):
            if self._job is not None:
                self._end(self._job, "fault", "communication")
            self._give_up(now_ns, "communication")

    def _watch_lock(self, now_ns: int) -> None:
        """A lock that is open although nobody opened it."""
        ctx = self._ctx
        closed = ctx.phase in ("idle", "restored", "session", "authenticated", "preparing", "locked", "checking", "checked", "energising")
        open_alone = closed and ctx.moment.lock not in ("locked", "error") and not self.lock.way
        if closed or ctx.phase == "disabled":
            was_open = "lock_open" in ctx.troubles
            ctx.trouble(now_ns, "lock_open", open_alone or (ctx.phase == "disabled" and ctx.moment.lock == "intermediate" and was_open))
        if ctx.moment.lock == "error" and not ctx.error:
            ctx.fail("lock_fault")

    # What it tells

    def status(self) -> Mapping[str, Value]:
        """Values of LOCK_STS."""
        sensors, inhibit = self._ctx.sensors, self._inhibit()
        return {
            "LockState": self.lock.state,
            "LockCmdEcho": self.lock.way or "none",
            "UnlockPathSafe": "safe" if inhibit == "none" else "unsafe",
            **self.lock.points(),
            "PackPresent": _yes(sensors.present),
            "PackSeated": _yes(sensors.seated),
            "ElecConn": "mated" if sensors.mated else "open",
            "CoolConn": "mated" if sensors.cooled else "open",
            "ChargeCoupler": "plugged" if sensors.plugged else "free",
            "HvilLoop": "closed" if sensors.interlock else "open",
            "UnlockInhibit": inhibit,
            "LockCycles": self.lock.cycles & 0xFFFF,
        }

    def _inhibit(self) -> str:
        ctx = self._ctx
        if not self._vcu.power.is_dead:
            return "hv_present"
        if ctx.sensors.speed_kmh > 0:
            return "speed"
        if ctx.phase == "session":
            return "not_authenticated"
        return "none" if self._vcu.permit else "no_permit"


def _yes(value: bool) -> str:
    return "yes" if value else "no"
