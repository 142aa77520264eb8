"""The swap truck on its links, sans-IO: frames in, frames out, around VCU and swap controller.

Theory of operation::

    every event --> Vcu.step, Bsc.step --> frames that are due, acknowledgements, answers
    S0 idle -> session -> authenticated -> preparing -> prepared -> unlocking -> unlocked -> removing -> removed -> installing -> placing
       -> mated -> locking -> locked -> checking -> checked -> energising -> restored
    lock late or stopped: stuck; swap given up: relocking -> restored, or disabled without a pack that could be locked
"""

from __future__ import annotations

from collections.abc import Mapping

from harness.core import Frame, Value, ms
from harness.protocols.j1939 import GLOBAL, Transport, build_id
from harness.protocols.j1939.groups import BY_NAME
from harness.protocols.swap.messages import SwapProfile
from harness.protocols.swap.vehicle.behaviour import Behaviour, Moment
from harness.protocols.swap.vehicle.bsc import Bsc
from harness.protocols.swap.vehicle.commands import COMMANDS, Ack
from harness.protocols.swap.vehicle.context import Context
from harness.protocols.swap.vehicle.options import VehicleOptions
from harness.protocols.swap.vehicle.plant import VehiclePlant
from harness.protocols.swap.vehicle.speech import Ear, Mouth
from harness.protocols.swap.vehicle.vcu import Vcu

__all__ = ["SwapVehicle"]

_REQUEST = BY_NAME["Request"].pgn
_BOOT = ms(200)
_TICK = ms(50)
_NS_PER_MS = 1_000_000


class SwapVehicle:
    """VCU and swap controller of one truck."""

    def __init__(self, profile: SwapProfile, options: VehicleOptions, behaviour: Behaviour, plant: VehiclePlant) -> None:
        moment = Moment()
        ear, mouth = Ear(profile, behaviour, moment), Mouth(profile, behaviour, moment)
        self.ctx = Context(profile, options, behaviour, plant, moment, ear, mouth)
        self.vcu = Vcu(self.ctx)
        self.bsc = Bsc(self.ctx, self.vcu)
        self.transport = Transport(profile.address("vcu"))
        """Of the VCU, for groups that fit no frame."""
        self.is_on = False
        self._due: dict[str, int] = {}
        self._boot_ns: int | None = None
        self._others = frozenset(profile.address(role) for role in ("bms", "sta"))

    def start(self, now_ns: int) -> None:
        """24 V come; a while later the controllers run."""
        self._boot_ns = now_ns + _BOOT

    def stop(self) -> None:
        """24 V go; nothing is remembered but the troubles."""
        ctx = self.ctx
        self.is_on, self._boot_ns = False, None
        self._due.clear()
        ctx.ear.reset()
        ctx.mouth.reset()
        ctx.pending.clear()
        self.transport.reset()

    def receive(self, now_ns: int, frame: Frame) -> list[Frame]:
        """A frame of somebody else, on whichever link."""
        if not self.is_on:
            return []
        out = self.transport.receive(now_ns, frame)
        self._long(now_ns)
        taken = self.ctx.ear.take(now_ns, frame, self._others)
        if taken is None:
            return out
        message, values = taken
        if message == "STA_CMD":
            self.bsc.command(now_ns, values)
        elif message == "AUTH_CHAL":
            self.bsc.challenge(now_ns, values)
        else:
            self.vcu.pack.take(message)
            return out
        return [*out, *self.step(now_ns)]

    def step(self, now_ns: int) -> list[Frame]:
        """Something has changed: look at everything; what has to be said at once."""
        if not self.is_on:
            return []
        ctx = self.ctx
        ctx.moment.now_ns, ctx.moment.speed_kmh = now_ns, ctx.sensors.speed_kmh
        self.bsc.look(now_ns)
        self.vcu.step(now_ns)
        self.bsc.step(now_ns)
        return [*self._answers(now_ns), *self._ask(now_ns)]

    def next_deadline_ns(self) -> int | None:
        """When ``handle_timers`` wants to be called."""
        if self._boot_ns is not None:
            return self._boot_ns
        if not self.is_on:
            return None
        return min((each for each in (self.transport.next_deadline_ns(), *self._due.values()) if each is not None), default=None)

    def handle_timers(self, now_ns: int) -> list[Frame]:
        """Do what is due."""
        out: list[Frame] = []
        if self._boot_ns is not None and now_ns >= self._boot_ns:
            self._begin(now_ns)
        if not self.is_on:
            return out
        out += self.transport.handle_timers(now_ns)
        self.transport.take_events()
        if self._due and min(self._due.values()) <= now_ns:
            out += self.step(now_ns)
            out += self._cyclic(now_ns, "VEH_STS", "vcu")
            out += self._cyclic(now_ns, "LOCK_STS", "bsc")
            if self.bsc.is_busy:
                # What has been told counts as feedback: acknowledgements follow at once.
                self.bsc.step(now_ns)
                out += self._answers(now_ns)
            if self._due["tick"] <= now_ns:
                self._due["tick"] += _TICK
        return out

    def broadcast(self, now_ns: int, pgn: int, data: bytes) -> list[Frame]:
        """Tell a group of the VCU to everybody, by the transport protocol if it is long."""
        address = self.ctx.profile.address("vcu")
        if len(data) <= 8:
            return [Frame(build_id(pgn, address, GLOBAL), data)]
        return [] if self.transport.is_sending(pgn) else self.transport.send(now_ns, pgn, GLOBAL, data)

    def _begin(self, now_ns: int) -> None:
        ctx = self.ctx
        self._boot_ns, self.is_on = None, True
        ctx.moment.starts += 1
        ctx.moment.now_ns = now_ns
        self.bsc.start(now_ns)
        self.vcu.start(now_ns)
        self._due = {message: now_ns for message in ("VEH_STS", "LOCK_STS") if ctx.profile.has(message)} | {"tick": now_ns}

    def _cyclic(self, now_ns: int, message: str, sender: str) -> list[Frame]:
        ctx, due_ns = self.ctx, self._due.get(message)
        cycle_ns = ctx.profile.cycle_ns(message) if due_ns is not None else None
        if due_ns is None or cycle_ns is None or due_ns > now_ns:
            return []
        self._due[message] = due_ns + max(ms(1), ctx.behaviour.cycle_ns(message, cycle_ns, ctx.moment))
        values = self.vcu.status() if message == "VEH_STS" else self.bsc.status()
        return ctx.mouth.say(message, values, sender)

    def _long(self, now_ns: int) -> None:
        """Groups of several packets: the identity of the pack."""
        ctx = self.ctx
        received = self.transport.take_received()
        self.transport.take_events()
        for message in received:
            if not ctx.profile.has("PACK_ID") or message.pgn != ctx.profile.pgn("PACK_ID"):
                continue
            decoded = ctx.profile.content("PACK_ID", message.data, message.source)
            read = None if decoded.fault else ctx.behaviour.heard("PACK_ID", decoded.values, ctx.moment)
            if read is not None:
                self.vcu.pack.identity = str(read.get("Code") or "")

    def _answers(self, now_ns: int) -> list[Frame]:
        ctx = self.ctx
        acks, self.bsc.acks = self.bsc.acks, []
        responses, self.bsc.responses = self.bsc.responses, []
        out = [frame for values in responses for frame in ctx.mouth.say("AUTH_RSP", values, "bsc")]
        for ack in acks:
            sender = COMMANDS[ack.command].sender
            out += ctx.mouth.say("ACK", self._ack(now_ns, ack, sender), sender)
        return out

    def _ack(self, now_ns: int, ack: Ack, sender: str) -> Mapping[str, Value]:
        return {
            "AckCmd": ack.command,
            "AckSeq": ack.sequence,
            "AckResult": ack.result,
            "AckSource": self.ctx.profile.address(sender),
            "AckReason": ack.reason,
            "ElapsedMs": min((now_ns - ack.began_ns) // _NS_PER_MS, 655_000),
        }

    def _ask(self, now_ns: int) -> list[Frame]:
        """Ask the pack for what did not come."""
        ctx = self.ctx
        if not self.vcu.check.asks:
            return []
        self.vcu.check.asks = False
        source, pack = ctx.profile.address("vcu"), ctx.profile.address("bms")
        wanted = [name for name in ("PACK_ID", "PACK_VER") if ctx.profile.has(name)]
        return [Frame(build_id(_REQUEST, source, pack), ctx.profile.pgn(name).to_bytes(3, "little")) for name in wanted]
