"""The charger side of GB/T 27930-2015: the tester's charger, and the simulated one, as a sans-IO machine.

Theory of operation (clauses 5 to 8, timeouts in ``timers``, tables in ``table``):

* IDLE until ``begin``.
* HANDSHAKE: CHM every 250 ms. The first BHM starts the insulation test; when it is over: RECOGNITION.
* RECOGNITION: CRM(00) every 250 ms until a complete BRM (TC1, 5 s). IDENTIFIED: CRM(AA) every 250 ms until a
  complete BCP (TC2, 5 s).
* CONFIGURATION: CML every 250 ms, CTS every 500 ms, until BRO(AA) (TC3, 5 s to any BRO; TC4, 60 s).
* READY: CRO every 250 ms, 00 while the output is pre-charged (TC5 between BRO(AA)), then AA, until BCL and a
  complete BCS arrived after it (TC6, 1 s; TC7, 5 s).
* CHARGING: CCS every 50 ms, the output follows BCL (TC8, 1 s; TC9, 5 s). An abnormal BSM stops, a BSM that
  forbids charging pauses (TC13, 10 min).
* STOPPING on BST or ``stop``: CST every 10 ms, the output ramps down, until BSD (TC11, 5 s to BST; TC12, 10 s
  to BSD). STATISTICS: CSD every 250 ms, a few times, then ENDED.
* With the option ``timeouts`` an expired TC leads to ERROR: CEM every 250 ms, then recognition is repeated, at
  most three times and never after TC11 and TC12; BEM does the same without CEM. Without it (a tester) the TC
  are not armed, and BEM only takes the output down.

A phase ends when all facts that its row needs are there and it is not held; the facts stay, so that a phase
that is held longer ends at once when it is released. Cycles are re-armed from their deadline, and go on
unseen while their message is withheld.

CRO says AA only while the vehicle's last BRO does; from the first CRO(AA) on BRO is not awaited any more. The
deviations of a simulated charger come from a ``Behaviour`` only.
"""

from __future__ import annotations

from collections.abc import Mapping

from harness.core import Frame, Pdu, Value, s
from harness.protocols.gbt27930.behaviour import Behaviour, Log
from harness.protocols.gbt27930.charger.content import CONTENT, ChargerState
from harness.protocols.gbt27930.charger.options import ChargerOptions
from harness.protocols.gbt27930.charger.rules import demand_is_too_small, is_abnormal, is_normal, number_of
from harness.protocols.gbt27930.charger.sequence import ACTIVE, ChargerSequence
from harness.protocols.gbt27930.charger.table import CANCELLED, REARMED, ChargerPhase, Fact
from harness.protocols.gbt27930.codec import Codec
from harness.protocols.gbt27930.messages import BY_PGN
from harness.protocols.j1939 import Transport

__all__ = ["ChargerMachine"]


class ChargerMachine(ChargerSequence):
    """Charger on the charging CAN. Drive it as a ``Node``, steer it as ``ChargerSteering`` says.

    Args:
        options: ratings and habits.
        timers_ns: other lengths of single timeouts, by name.
        periods_ns: other periods of single messages, by name.
        seed: of everything random that it is asked to send.
        behaviour: deviations from the standard; healthy if not given.
    """

    def __init__(
        self,
        options: ChargerOptions | None = None,
        *,
        name: str = "charger",
        codec: Codec | None = None,
        timers_ns: Mapping[str, int] | None = None,
        periods_ns: Mapping[str, int] | None = None,
        seed: int = 0,
        behaviour: Behaviour | None = None,
    ) -> None:
        super().__init__(options or ChargerOptions(), codec, behaviour or Behaviour(), seed, timers_ns or {}, periods_ns or {})
        self.name = name
        self._transport = Transport(self._wire.own_address, grants=self.grants, faults=self._behaviour.transport_faults())
        self._settle_ns = s(self.options.settle_s)

    @property
    def ratings(self) -> Mapping[str, float]:
        """What the output may reach at most, by option; a rig with ``safety`` refuses more than its bounds."""
        return {"max_voltage_v": self.options.max_voltage_v, "max_current_a": self.options.max_current_a}

    @property
    def may_begin(self) -> bool:
        """Whether a start is accepted: after a session only once the connector was out."""
        return self.phase is ChargerPhase.IDLE or (self.phase is ChargerPhase.ENDED and self.refrains("refuse_restart"))

    # Node

    def start(self, now_ns: int) -> list[Pdu]:
        """Stand idle, or begin if the options say so."""
        self._tick(now_ns)
        return self._speak(self._begin(now_ns, ChargerPhase.HANDSHAKE)) if self.options.autostart else []

    def receive(self, now_ns: int, pdu: Pdu) -> list[Pdu]:
        """Take a frame; what the vehicle does not send to us is ignored."""
        self._tick(now_ns)
        if not isinstance(pdu, Frame):
            return []
        if self._wire.is_transport(pdu):
            out = [*self._take_half(now_ns, pdu), *self._transport.receive(now_ns, pdu)]
            for message in self._transport.take_received():
                row = BY_PGN.get(message.pgn)
                if row is not None and row.sender == "vehicle":
                    out += self._hear(now_ns, row.name, message.data)
            self._transport.take_events()
            return self._speak(out)
        row = self._wire.identify(pdu)
        return self._speak(self._take_half(now_ns, pdu) if row is None else self._hear(now_ns, row.name, pdu.data))

    def next_deadline_ns(self) -> int | None:
        """The earliest timer, cycle or transport deadline; the present instant if there are orders to carry out."""
        if self._orders:
            return self._now_ns
        parts = (self._timers, self._transport, self._traffic)
        return min((t for part in parts if (t := part.next_deadline_ns()) is not None), default=None)

    def handle_timers(self, now_ns: int) -> list[Pdu]:
        """Carry out orders, then fire what is due, one by one: an earlier one may cancel a later one."""
        self._tick(now_ns)
        out: list[Pdu] = []
        while self._orders:
            out += self._orders.pop(0)(now_ns)
        out += self._traffic.take_due(now_ns)
        while (due := self._timers.take_due(now_ns)) is not None:
            name, deadline_ns = due
            out += self._cycle(now_ns, name, deadline_ns) if name in CONTENT else self._expire(now_ns, name)
        deadline = self._transport.next_deadline_ns()
        if deadline is not None and deadline <= now_ns:
            out += self._transport.handle_timers(now_ns)
            self._transport.take_events()
        return self._speak(out)

    def reset(self) -> None:
        """Forget the session: the connector is out. Orders about messages stay."""
        if self.refrains("reset"):
            return
        self._timers.clear()
        self._transport.reset()
        self._traffic.end()
        self._orders.clear()
        self.output.shut(self._now_ns)
        self._state = ChargerState(self.options, self.output, self._now_ns)
        self._facts.clear()
        self.last.clear()
        self._log = Log(ever=self._log.ever)
        self.phase = ChargerPhase.IDLE

    def _tick(self, now_ns: int) -> None:
        self._now_ns = self._state.now_ns = now_ns
        self.output.advance(now_ns)

    # Input

    def _hear(self, now_ns: int, name: str, data: bytes) -> list[Pdu]:
        values = self._speech.decode(name, data)
        mistaken = None
        if self._behaviour.concerns(name):
            moment = self._moment(now_ns)
            if self._behaviour.is_deaf(name, values, moment):
                return []
            self._rearm(now_ns, name)
            values = self._behaviour.misread(name, values, moment)
            mistaken = self._behaviour.mistaken_for(name, values, moment)
        self.last[name] = self._log.heard[name] = values
        self._log.heard_ns[name] = now_ns
        if name in self._silencing:
            self.silence()
        out = self._take(now_ns, name, values)
        if mistaken is not None:
            out += self._take_as(now_ns, mistaken)
        return out + self._proceed(now_ns)

    def _take(self, now_ns: int, name: str, values: Mapping[str, Value]) -> list[Pdu]:
        event = "BRO(AA)" if name == "BRO" and values["ready"] == 0xAA else name
        for timer in REARMED.get((self.phase, event), ()):
            self._arm(now_ns, timer)
        self._timers.cancel(*CANCELLED.get((self.phase, name), ()))
        handler = getattr(self, f"_on_{name.lower()}", None)
        out: list[Pdu] = handler(now_ns, values) if handler is not None else []
        return out

    def _on_bhm(self, now_ns: int, values: Mapping[str, Value]) -> list[Pdu]:
        self._timers.cancel("NO_BHM")
        if self.phase is ChargerPhase.HANDSHAKE and not self._timers.is_armed("INSULATION") and Fact.INSULATED not in self._facts:
            self._arm(now_ns, "INSULATION")
            self.output.test(now_ns, number_of(values, "max_voltage_v"))
        return []

    def _on_brm(self, now_ns: int, values: Mapping[str, Value]) -> list[Pdu]:
        if self.phase is ChargerPhase.RECOGNITION:
            self._facts.add(Fact.BRM)
            if self.options.also_2011 and self._speech.is_of_2011(values):
                self._speech.yield_to("2011")
        return []

    def _on_bcp(self, now_ns: int, values: Mapping[str, Value]) -> list[Pdu]:
        self.output.battery_v = number_of(values, "voltage_v")
        if self.phase is ChargerPhase.IDENTIFIED:
            self._facts.add(Fact.BCP)
        return []

    def _on_bro(self, now_ns: int, values: Mapping[str, Value]) -> list[Pdu]:
        if values["ready"] == 0xAA:
            self._timers.cancel("TC4")
            self._facts.add(Fact.VEHICLE_READY)
        else:
            self._facts.discard(Fact.VEHICLE_READY)
        return []

    def _on_bcl(self, now_ns: int, values: Mapping[str, Value]) -> list[Pdu]:
        if self.phase is ChargerPhase.READY and self._state.aa_sent:
            self._facts.add(Fact.BCL)
        if self.phase is ChargerPhase.CHARGING:
            if demand_is_too_small(self._speech.edition, self.options, values):
                return self._stop(now_ns, "condition", False)
            self._follow(now_ns, values)
        return []

    def _on_bcs(self, now_ns: int, values: Mapping[str, Value]) -> list[Pdu]:
        if self.phase is ChargerPhase.READY and self._state.aa_sent:
            self._facts.add(Fact.BCS)
        return []

    def _on_bsm(self, now_ns: int, values: Mapping[str, Value]) -> list[Pdu]:
        if self.phase is not ChargerPhase.CHARGING:
            return []
        if is_abnormal(values):
            return self._stop(now_ns, "fault", False)
        if is_normal(values) and values["permitted"] in (0, 1):
            return self._pause(now_ns, values["permitted"] == 0, "vehicle")
        return []

    def _on_bst(self, now_ns: int, values: Mapping[str, Value]) -> list[Pdu]:
        if self.phase in ACTIVE:
            self._state.stop_reason = self._state.stop_reason or "bms_stopped"
            self._facts.add(Fact.STOP)
            self._shut(now_ns)
        return []

    def _on_bsd(self, now_ns: int, values: Mapping[str, Value]) -> list[Pdu]:
        if self.phase is ChargerPhase.STOPPING:
            self._facts.add(Fact.BSD)
        return []

    def _on_bem(self, now_ns: int, values: Mapping[str, Value]) -> list[Pdu]:
        self._shut(now_ns)
        # Right after a reconnect a BEM may still come that was on its way before CRM(00).
        late = self.phase is ChargerPhase.RECOGNITION and now_ns - self._phase_since_ns < self._settle_ns
        if self.options.timeouts and self.phase in ACTIVE and not late:
            return self._fail(now_ns, None)
        return []
