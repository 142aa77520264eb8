"""The battery swap controller: session, authentication, the commands of the station and their acknowledgements, lock."""

from __future__ import annotations

from collections.abc import Mapping

from harness.core import Value, ms
from harness.protocols.swap.vehicle.commands import COMMANDS, GIVE_UP, MOVEMENTS, Ack, Row
from harness.protocols.swap.vehicle.context import Context
from harness.protocols.swap.vehicle.lock import LockView
from harness.protocols.swap.vehicle.process import Process
from harness.protocols.swap.vehicle.retreat import Retreat
from harness.protocols.swap.vehicle.vcu import Vcu

__all__ = ["Bsc"]

_REPEAT = ms(100)
_MOVING = {"unlocking": "unlocked", "locking": "locked"}


class Bsc:
    """Steps at every event, after the VCU."""

    def __init__(self, ctx: Context, vcu: Vcu) -> None:
        self._ctx, self._vcu = ctx, vcu
        self.lock = LockView(ctx)
        self._retreat = Retreat(ctx, vcu, self.lock)
        self._process = Process(ctx, vcu, self.lock, self._retreat)
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
            self._end(self._job, "fault", "operator_abort" if ack.command in GIVE_UP else "none")
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
        if command in GIVE_UP:
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
                "station_ready": (self._station.get("StationReady", "yes") == "yes", "communication"),
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

    @property
    def is_busy(self) -> bool:
        """A command is being carried out."""
        return self._job is not None

    def look(self, now_ns: int) -> None:
        """Read the lock; before the VCU steps, which goes by it."""
        self.lock.step(now_ns)

    def step(self, now_ns: int) -> None:
        """Act."""
        ctx = self._ctx
        self._watch_station(now_ns)
        self._watch_lock(now_ns)
        if self._job is not None and now_ns >= self._job.due_ns:
            self._work(now_ns, self._job)
        elif self._job is None and ctx.phase in _MOVING and self.lock.points_say == _MOVING[ctx.phase]:
            self._retreat.moved(now_ns, _MOVING[ctx.phase])
        for ack in (self._job, self._past):
            if ack is not None and self._is_to_be_told(now_ns, ack):
                ack.said_ns = now_ns
                self.acks.append(ack)

    @staticmethod
    def _is_to_be_told(now_ns: int, ack: Ack) -> bool:
        if not ack.is_open:
            return ack.said_ns is None
        return now_ns >= ack.due_ns and (ack.said_ns is None or now_ns - ack.said_ns >= _REPEAT)

    def _work(self, now_ns: int, ack: Ack) -> None:
        """Carry the present command out."""
        ctx = self._ctx
        if not ack.begun:
            ack.begun = True
            if ctx.phase in COMMANDS[ack.command].past and not (ack.command in MOVEMENTS and ctx.overlooks("repetition")):
                ack.end("done")
            elif ack.command == "session_open":
                if ctx.session is None or ctx.overlooks("other_session"):
                    self._open()
            else:
                self._process.begin(now_ns, ack)
        if ack.is_open:
            self._process.step(now_ns, ack)
        if not ack.is_open:
            self._end(ack, ack.result, ack.reason)

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

    def _end(self, ack: Ack, result: str, reason: str = "none") -> None:
        ack.end(result, reason)
        if ack is self._job:
            self._job, self._ctx.moment.command = None, ""
        if self._past is not None and self._past.said_ns is None:
            self.acks.append(self._past)
        self._past = ack

    # Watch

    def _watch_station(self, now_ns: int) -> None:
        ctx = self._ctx
        if ctx.phase == "relocking":
            self._retreat.step(now_ns)
            return
        if ctx.session is None or self._station_ns is None or ctx.overlooks("station_link"):
            return
        silent_ns = now_ns - self._station_ns
        lost = silent_ns > ctx.timer_ns("T_LINK_LOST")
        hot = self._is_hot
        if (lost or hot) and ctx.does("hold"):
            self.lock.hold(now_ns)
        elif not lost and not hot and ctx.does("go_on"):
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
            self._retreat.give_up(now_ns, "communication")

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
