"""The course of a charger through its phases: what begins and ends with each, its timers, its cycles, its output."""

from __future__ import annotations

from collections.abc import Mapping

from harness.core import Pdu, Value, s
from harness.protocols.gbt27930.behaviour import Behaviour
from harness.protocols.gbt27930.charger.content import CONTENT
from harness.protocols.gbt27930.charger.options import ChargerOptions
from harness.protocols.gbt27930.charger.rules import is_out_of_range, number_of, wanted_current_a
from harness.protocols.gbt27930.charger.sender import ChargerSender
from harness.protocols.gbt27930.charger.table import ARMED_BY_SENDING, PHASES, ChargerPhase, Fact
from harness.protocols.gbt27930.codec import Codec
from harness.protocols.gbt27930.editions import Rule
from harness.protocols.gbt27930.messages import MESSAGES
from harness.protocols.gbt27930.schedule import Timers
from harness.protocols.gbt27930.timers import CHARGER_TIMERS, CHARGER_TIMERS_2023A
from harness.protocols.gbt27930.wire import SESSION_ORDER

__all__ = ["ACTIVE", "ChargerSequence"]

ACTIVE = frozenset(ChargerPhase) - {
    ChargerPhase.IDLE,
    ChargerPhase.STOPPING,
    ChargerPhase.STATISTICS,
    ChargerPhase.ENDED,
    ChargerPhase.ERROR,
}
"""Phases in which a stop or an error still leads somewhere else."""
_TIMEOUTS = {**CHARGER_TIMERS, **CHARGER_TIMERS_2023A}
_NO_BIT = ""
"""Error of CEM whose bit is not public."""


class ChargerSequence(ChargerSender):
    """Leads from phase to phase by the table; the machine above it tells what was heard, as facts."""

    def __init__(
        self,
        options: ChargerOptions,
        codec: Codec | None,
        behaviour: Behaviour,
        seed: int,
        timers_ns: Mapping[str, int],
        periods_ns: Mapping[str, int],
    ) -> None:
        super().__init__(options, codec, behaviour, seed)
        self.send_log: list[tuple[int, str]] = []
        """Scheduled instant and name of every cyclic message that was sent."""
        self._timer_ns = {row.name: row.value_ns for row in _TIMEOUTS.values()}
        self._timer_ns |= {
            "NO_BHM": s(options.no_bhm_s),
            "INSULATION": s(options.insulation_s),
            "OUTPUT_READY": s(options.ready_s),
            "PAUSE": s(options.pause_s),
            "RECONNECT": s(options.error_s),
            **timers_ns,
        }
        self._period_ns = {row.name: row.period_ns or 0 for row in MESSAGES.values()} | dict(periods_ns)
        self._timers = Timers((*self._timer_ns, *SESSION_ORDER))
        self._facts: set[Fact] = set()
        self._paused_by: set[str] = set()
        self._sent_in_phase: dict[str, int] = {}
        self._reaction_ns = s(options.reaction_s)

    # Phases

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

    def _restart(self, now_ns: int) -> None:
        """Facts of an earlier recognition do not count any more."""
        self._facts.clear()
        self._state.output_ready = self._state.aa_sent = False
        self._state.stop_reason = ""
        self._state.error = None
        self._paused_by.clear()
        self.output.paused = False

    def _stop(self, now_ns: int, reason: str, pause_first: bool) -> list[Pdu]:
        if self.phase not in ACTIVE:
            return []
        self._state.stop_reason = reason
        if pause_first and self.phase is ChargerPhase.CHARGING:
            self.output.paused = True
            self._arm(now_ns, "PAUSE")
            return []
        self._facts.add(Fact.STOP)
        return self._enter(now_ns, ChargerPhase.STOPPING)

    def _fail(self, now_ns: int, error: str | None) -> list[Pdu]:
        self._state.error = self._behaviour.error(error) if error else error
        return self._enter(now_ns, ChargerPhase.ERROR)

    def _reconnect(self, now_ns: int) -> list[Pdu]:
        state = self._state
        if state.reconnects >= self.options.max_reconnects:
            return self._enter(now_ns, ChargerPhase.ENDED)
        state.reconnects += 1
        return self._enter(now_ns, ChargerPhase.RECOGNITION)

    # Output

    def _set_output(self, now_ns: int, phase: ChargerPhase) -> None:
        if phase is ChargerPhase.READY:
            # Pre-charge stays a few volts below the battery, so that no current flows into it when K1/K2 close.
            self.output.test(now_ns, max(0.0, self.output.battery_v - 5.0))
        elif phase is ChargerPhase.CHARGING:
            self._state.charging_since_ns = now_ns
            self._follow(now_ns, self.last.get("BCL", {}))
        elif phase is not ChargerPhase.HANDSHAKE:
            self._shut(now_ns)

    def _follow(self, now_ns: int, demand: Mapping[str, Value]) -> None:
        self.output.follow(now_ns, number_of(demand, "voltage_v"), wanted_current_a(self._speech.edition, self.options, demand))

    def _shut(self, now_ns: int) -> None:
        if not self.refrains("shut_output"):
            self.output.shut(now_ns)

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
