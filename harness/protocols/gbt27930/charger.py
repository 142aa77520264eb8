"""The charger side of GB/T 27930-2015: the tester's charger, and the simulated one, as a sans-IO machine.

Theory of operation (clauses 5 to 8, timeouts in ``timers``, tables in ``charger_table``):

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
from harness.protocols.gbt27930.charger_content import CONTENT, ChargerState
from harness.protocols.gbt27930.charger_deviations import ChargerDeviations
from harness.protocols.gbt27930.charger_options import ChargerOptions
from harness.protocols.gbt27930.charger_output import OutputStage
from harness.protocols.gbt27930.charger_rules import demand_is_too_small, is_out_of_range, wanted_current_a
from harness.protocols.gbt27930.charger_table import ARMED_BY_SENDING, CANCELLED, PHASES, REARMED, ChargerPhase, Fact
from harness.protocols.gbt27930.codec import Codec
from harness.protocols.gbt27930.editions import Rule
from harness.protocols.gbt27930.messages import BY_PGN, MESSAGES
from harness.protocols.gbt27930.schedule import Timers
from harness.protocols.gbt27930.speech import Speech
from harness.protocols.gbt27930.timers import CHARGER_TIMERS, CHARGER_TIMERS_2023A
from harness.protocols.gbt27930.wire import SESSION_ORDER, Wire, single_frame
from harness.protocols.j1939 import Grants, Transport

__all__ = ["ChargerMachine"]

_ACTIVE = frozenset(ChargerPhase) - {
    ChargerPhase.IDLE,
    ChargerPhase.STOPPING,
    ChargerPhase.STATISTICS,
    ChargerPhase.ENDED,
    ChargerPhase.ERROR,
}
_TIMEOUTS = {**CHARGER_TIMERS, **CHARGER_TIMERS_2023A}
_NO_BIT = ""
"""Error of CEM whose bit is not public."""
_BSM_STATES = ("cell_voltage_state", "soc_state", "over_current", "over_temp", "insulation", "connector")
_BSM_TWO_SIDED = ("cell_voltage_state", "soc_state")
"""States in which 10 means too low; in the others it means untrusted."""


class ChargerMachine(ChargerDeviations):
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
        super().__init__(Grants(), seed)
        self.name = name
        self.options = options or ChargerOptions()
        self.output = OutputStage(self.options)
        self.phase = ChargerPhase.IDLE
        self.last: dict[str, Mapping[str, Value]] = {}
        """Last decoded values of each message of the vehicle."""
        self.send_log: list[tuple[int, str]] = []
        """Scheduled instant and name of every cyclic message that was sent."""
        self._wire = Wire("charger", any_length=not self.options.strict_length)
        self._speech = Speech(self.options.edition, self._wire, codec)
        self._timer_ns = {row.name: row.value_ns for row in _TIMEOUTS.values()}
        self._timer_ns |= {
            "NO_BHM": s(self.options.no_bhm_s),
            "INSULATION": s(self.options.insulation_s),
            "OUTPUT_READY": s(self.options.ready_s),
            "PAUSE": s(self.options.pause_s),
            "RECONNECT": s(self.options.error_s),
            **(timers_ns or {}),
        }
        self._period_ns = {row.name: row.period_ns or 0 for row in MESSAGES.values()} | dict(periods_ns or {})
        self._timers = Timers((*self._timer_ns, *SESSION_ORDER))
        self._behaviour = behaviour or Behaviour()
        self._log = Log()
        self._transport = Transport(self._wire.own_address, grants=self.grants, faults=self._behaviour.transport_faults())
        self._state = ChargerState(self.options, self.output)
        self._facts: set[Fact] = set()
        self._paused_by: set[str] = set()
        self._sent_in_phase: dict[str, int] = {}
        self._settle_ns = s(self.options.settle_s)
        self._reaction_ns = s(self.options.reaction_s)
        self._phase_since_ns = 0
        self._now_ns = 0

    @property
    def ratings(self) -> Mapping[str, float]:
        """What the output may reach at most, by option; a rig with ``safety`` refuses more than its bounds."""
        return {"max_voltage_v": self.options.max_voltage_v, "max_current_a": self.options.max_current_a}

    # Edition

    def speak(self, edition: str) -> None:
        """Speak *edition* from now on; what is under way is not begun anew.

        Raises:
            LocalProtocolError: there is no such edition.
        """
        self._speech.settle_on(edition)

    @property
    def edition(self) -> str:
        """Edition that is spoken at present."""
        return self._speech.edition.name

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
            self.output.test(now_ns, _number(values, "max_voltage_v"))
        return []

    def _on_brm(self, now_ns: int, values: Mapping[str, Value]) -> list[Pdu]:
        if self.phase is ChargerPhase.RECOGNITION:
            self._facts.add(Fact.BRM)
            if self.options.also_2011 and self._speech.is_of_2011(values):
                self._speech.yield_to("2011")
        return []

    def _on_bcp(self, now_ns: int, values: Mapping[str, Value]) -> list[Pdu]:
        self.output.battery_v = _number(values, "voltage_v")
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

    def _follow(self, now_ns: int, demand: Mapping[str, Value]) -> None:
        self.output.follow(now_ns, _number(demand, "voltage_v"), wanted_current_a(self._speech.edition, self.options, demand))

    def _on_bcs(self, now_ns: int, values: Mapping[str, Value]) -> list[Pdu]:
        if self.phase is ChargerPhase.READY and self._state.aa_sent:
            self._facts.add(Fact.BCS)
        return []

    def _on_bsm(self, now_ns: int, values: Mapping[str, Value]) -> list[Pdu]:
        if self.phase is not ChargerPhase.CHARGING:
            return []
        if any(values[name] == 1 for name in _BSM_STATES) or any(values[name] == 2 for name in _BSM_TWO_SIDED):
            return self._stop(now_ns, "fault", False)
        normal = all(values[name] == 0 for name in _BSM_STATES)
        return self._pause(now_ns, values["permitted"] == 0, "vehicle") if normal and values["permitted"] in (0, 1) else []

    def _on_bst(self, now_ns: int, values: Mapping[str, Value]) -> list[Pdu]:
        if self.phase in _ACTIVE:
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
        if self.options.timeouts and self.phase in _ACTIVE and not late:
            return self._fail(now_ns, None)
        return []

    # State

    def _begin(self, now_ns: int, phase: ChargerPhase) -> list[Pdu]:
        self._speech.renew()
        return self._enter(now_ns, phase) + self._proceed(now_ns)

    def _proceed(self, now_ns: int) -> list[Pdu]:
        out: list[Pdu] = []
        while self.phase is not self._held:
            row = PHASES[self.phase]
            if row.needs is None or row.next is None or not row.needs <= self._facts:
                break
            out += self._enter(now_ns, row.next)
        return out

    def _enter(self, now_ns: int, phase: ChargerPhase) -> list[Pdu]:
        state, lingering = self._state, self._lingering(now_ns, phase)
        self._timers.clear()
        if self.phase is ChargerPhase.CHARGING and state.charging_since_ns is not None:
            state.charged_ns += now_ns - state.charging_since_ns
            state.charging_since_ns = None
        self.phase, self._phase_since_ns, self._sent_in_phase = phase, now_ns, {}
        if phase in (ChargerPhase.HANDSHAKE, ChargerPhase.RECOGNITION):
            self._restart(now_ns)
            if not self._speech.edition.has_handshake:
                self._facts.add(Fact.INSULATED)
        fresh = phase in (ChargerPhase.HANDSHAKE, ChargerPhase.RECOGNITION)
        state.is_identified = phase is ChargerPhase.IDENTIFIED or (state.is_identified and not fresh)
        self._set_output(now_ns, phase)
        row = PHASES[phase]
        for timer in row.arms:
            self._arm(now_ns, timer)
        for name in (*row.sends, *self._behaviour.premature(phase.name)):
            if self._is_due(name):
                late_ns = self._reaction_ns if name == "CEM" else 0
                if self._behaviour.concerns(name):
                    late_ns += self._behaviour.delay_ns(name, self._moment(now_ns))
                self._timers.arm(name, now_ns + late_ns)
        for name, deadline_ns in lingering.items():
            self._timers.arm(name, deadline_ns)
        out: list[Pdu] = []
        while (due := self._timers.take_due(now_ns)) is not None:
            out += self._cycle(now_ns, *due) if due[0] in CONTENT else self._expire(now_ns, due[0])
        return out

    def _is_due(self, name: str) -> bool:
        """Whether a message of the phase that is entered is sent at all."""
        if name == "CTS":
            return self.options.cts
        return self._speech.has(name) and not (name == "CEM" and self._state.error is None)

    def _shut(self, now_ns: int) -> None:
        if not self.refrains("shut_output"):
            self.output.shut(now_ns)

    def _restart(self, now_ns: int) -> None:
        """Facts of an earlier recognition do not count any more."""
        self._facts.clear()
        self._state.output_ready = self._state.aa_sent = False
        self._state.stop_reason = ""
        self._state.error = None
        self._paused_by.clear()
        self.output.paused = False

    def _set_output(self, now_ns: int, phase: ChargerPhase) -> None:
        if phase is ChargerPhase.READY:
            # Pre-charge stays a few volts below the battery, so that no current flows into it when K1/K2 close.
            self.output.test(now_ns, max(0.0, self.output.battery_v - 5.0))
        elif phase is ChargerPhase.CHARGING:
            self._state.charging_since_ns = now_ns
            self._follow(now_ns, self.last.get("BCL", {}))
        elif phase is not ChargerPhase.HANDSHAKE:
            self._shut(now_ns)

    def _stop(self, now_ns: int, reason: str, pause_first: bool) -> list[Pdu]:
        if self.phase not in _ACTIVE:
            return []
        self._state.stop_reason = reason
        if pause_first and self.phase is ChargerPhase.CHARGING:
            self.output.paused = True
            self._arm(now_ns, "PAUSE")
            return []
        self._facts.add(Fact.STOP)
        return self._enter(now_ns, ChargerPhase.STOPPING)

    def _pause(self, now_ns: int, on: bool, by: str = "operator") -> list[Pdu]:
        if on and self.refrains("pause"):
            return []
        (self._paused_by.add if on else self._paused_by.discard)(by)
        paused = bool(self._paused_by)
        if paused is not self.output.paused and not self._timers.is_armed("PAUSE"):
            self.output.advance(now_ns)
            self.output.paused = paused
            if paused:
                self._arm(now_ns, "TC13")
            else:
                self._timers.cancel("TC13")
        return []

    def _limit(self, now_ns: int, current_a: float | None) -> list[Pdu]:
        self.output.advance(now_ns)
        self.output.current_limit_a = self.options.max_current_a if current_a is None else current_a
        return []

    def _keep_current(self, now_ns: int, current_a: float | None) -> list[Pdu]:
        self.output.advance(now_ns)
        self.output.kept_a = current_a
        return []

    def _fail(self, now_ns: int, error: str | None) -> list[Pdu]:
        self._state.error = self._behaviour.error(error) if error else error
        return self._enter(now_ns, ChargerPhase.ERROR)

    # Timers and cycles

    def _arm(self, now_ns: int, timer: str) -> None:
        if timer in _TIMEOUTS and not self.options.timeouts:
            return
        if timer in CHARGER_TIMERS_2023A and not self._speech.demands(Rule.BSM_TIMEOUT):
            return
        if timer == "NO_BHM" and not self.options.also_2011:
            return
        length_ns: int | None = self._timer_ns[timer]
        if self._behaviour.effects:
            length_ns = self._behaviour.timer_ns(timer, self._timer_ns[timer], self._moment(now_ns))
        if length_ns is not None:
            self._timers.arm(timer, now_ns + length_ns)

    def _expire(self, now_ns: int, timer: str) -> list[Pdu]:
        match timer:
            case "INSULATION" | "NO_BHM":
                self._facts.add(Fact.INSULATED)
                self.output.shut(now_ns)
                return self._proceed(now_ns)
            case "OUTPUT_READY":
                self._state.output_ready = True
                return []
            case "PAUSE" | "TC13":
                return self._stop(now_ns, self._state.stop_reason or "condition", False)
            case "RECONNECT":
                return self._reconnect(now_ns)
        if not _TIMEOUTS[timer].reconnect:
            self._state.reconnects = self.options.max_reconnects
        return self._fail(now_ns, _TIMEOUTS[timer].error or _NO_BIT)

    def _reconnect(self, now_ns: int) -> list[Pdu]:
        state = self._state
        if state.reconnects >= self.options.max_reconnects:
            return self._enter(now_ns, ChargerPhase.ENDED)
        state.reconnects += 1
        return self._enter(now_ns, ChargerPhase.RECOGNITION)

    def _cycle(self, now_ns: int, name: str, deadline_ns: int) -> list[Pdu]:
        period_ns = self._period_ns[name]
        if self._behaviour.concerns(name):
            period_ns = self._behaviour.period_ns(name, period_ns, self._moment(now_ns))
        self._timers.arm(name, self._traffic.next_ns(name, deadline_ns, period_ns, now_ns))
        state = self._state
        # A vehicle that took its BRO(AA) back is not to be started.
        may_start = state.output_ready and (state.aa_sent or Fact.VEHICLE_READY in self._facts)
        state.is_ready = may_start if self._ready is None else self._ready
        count = self._sent_in_phase.get(name, 0) + 1
        if name == "CML" and count > 1 and is_out_of_range(self._speech.edition, self.options, self.output.battery_v):
            return self._stop(now_ns, "condition", False)
        self._sent_in_phase[name] = count
        out: list[Pdu] = []
        if name not in self._withheld and not self._silent and (frame := self._frame(now_ns, name)) is not None:
            out.append(self._traffic.addressed(name, frame))
            self.send_log.append((deadline_ns, name))
        marker = name
        if name == "CRO" and state.is_ready:
            marker, first = "CRO(AA)", not state.aa_sent
            state.aa_sent = True
            self._timers.cancel("TC5")
        else:
            first = count == 1
        if first:
            for timer in ARMED_BY_SENDING.get((self.phase, marker), ()):
                self._arm(now_ns, timer)
        if name == "CSD" and count >= self.options.csd_count:
            self._facts.add(Fact.TOLD)
            out += self._proceed(now_ns)
        return out

    def _frame(self, now_ns: int, name: str) -> Frame | None:
        """The frame that leaves at a turn of *name*, ``None`` if a deviation keeps it back."""
        behaviour, log = self._behaviour, self._log
        log.sent[name] = log.sent.get(name, 0) + 1
        if not behaviour.concerns(name) or name in self._data:
            return single_frame(name, self._payload(name))
        values = self._content(name)
        log.first.setdefault(name, values)
        log.ever.setdefault(name, values)
        self._rearm(now_ns, name)
        moment = self._moment(now_ns)
        if behaviour.suppresses(name, moment):
            return None
        values = behaviour.values(name, {**values, **self._signals.get(name, {})}, moment)
        data = behaviour.data(name, self._encode(name, values, strict=False))
        return behaviour.frame(name, single_frame(name, data))

    def _payload(self, name: str) -> bytes:
        if name in self._data:
            return self._data[name]
        values = self._content(name)
        if name in self._signals:
            return self._encode(name, {**values, **self._signals[name]}, strict=False)
        return self._encode(name, values)

    def _content(self, name: str) -> Mapping[str, Value]:
        return self._speech.content(name, CONTENT[name](self._state))

    def _encode(self, name: str, values: Mapping[str, Value], *, strict: bool = True) -> bytes:
        return self._speech.encode(name, values, length=self.options.ccs_length if name == "CCS" else None, strict=strict)

    def _extra(self, name: str, data: bytes | None, signals: Mapping[str, Value]) -> Frame:
        if data is None:
            data = self._encode(name, {**self._content(name), **signals}, strict=False)
        return single_frame(name, data)

    def _speak(self, out: list[Pdu]) -> list[Pdu]:
        return [] if self._silent else out

    def _tick(self, now_ns: int) -> None:
        self._now_ns = self._state.now_ns = now_ns
        self.output.advance(now_ns)


def _number(values: Mapping[str, Value], signal: str) -> float:
    """The value of *signal*, 0 where a short frame does not carry it."""
    value = values.get(signal)
    return value if isinstance(value, int | float) else 0.0
