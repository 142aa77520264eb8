"""The vehicle side of GB/T 27930-2015: the BMS of a truck as a sans-IO machine.

Theory of operation (reference: GB/T 27930-2015 clauses 5 to 8, timeouts in ``timers``; the tables are in
``vehicle_table``):

* UNPLUGGED -> WAITING on wake-up. TB1b (60 s) runs until the charger's first message.
* WAITING -> HANDSHAKE on the first CHM: BHM every 250 ms; TB1 (30 s) waits for CRM(00). CRM(00) without CHM
  is a charger of the 2011 edition and leads to RECOGNITION directly.
* RECOGNITION on CRM(00): BRM every 250 ms by transport protocol; TB2 (5 s) from the first BRM. CRM(AA) counts
  once the charger has granted a BRM.
* PARAMETERS on CRM(AA): BCP every 500 ms; TB3 (5 s) from the first BCP. CTS alone does not end it.
* READY on CML: BRO(00) every 250 ms while the inlet is pre-charged and K5/K6 close, then BRO(AA); TB4 (5 s,
  again with each CRO) and TB5 (60 s) from the first BRO(AA).
* CHARGING on CRO(AA): BCL every 50 ms, BCS and BSM every 250 ms, optional BMV, BMT, BSP. TB6 (1 s) from each
  CCS; before the first CCS TB6a.
* STOPPING on CST, on the target state of charge or on a fault: BST every 10 ms; TB7 (5 s) waits for CST, TB8
  (10 s) for CSD. When CST was heard, enough BST left and K5/K6 are open below 5 A: STATISTICS with BSD every
  250 ms until CSD, then ENDED.
* Every timeout goes to ERROR (BEM every 250 ms, K5/K6 open) and waits TB9 (30 s) for CRM(00), at most three
  times; those of the end of charging go to FAILED, from which nothing leads back. CEM gives SUSPENDED: the
  same wait without BEM.
* A new wake-up resets everything.

Timers run in integer ns. Cycles are re-armed from their deadline; timeouts are due before messages of the
same instant, so a cycle that ends with a timeout does not send once more. Deviations come from a
``Behaviour`` only.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from harness.core import Frame, Pdu, Value, ms, s
from harness.protocols.gbt27930.behaviour import Behaviour, Log, Moment
from harness.protocols.gbt27930.codec import Codec, codec_2015
from harness.protocols.gbt27930.messages import MESSAGES
from harness.protocols.gbt27930.plant import VehiclePlant
from harness.protocols.gbt27930.schedule import Timers, next_on_grid
from harness.protocols.gbt27930.timers import VEHICLE_TIMERS
from harness.protocols.gbt27930.vehicle_content import CONTENT, VehicleState, content_length
from harness.protocols.gbt27930.vehicle_options import VehicleOptions
from harness.protocols.gbt27930.vehicle_table import (
    ARMED_BY_SENDING,
    CANCELLED,
    PHASES,
    REARMED,
    STOP_REASONS,
    TRANSITIONS,
    VehicleEvent,
    VehiclePhase,
)
from harness.protocols.gbt27930.wire import SESSION_ORDER, Wire, single_frame
from harness.protocols.j1939 import Control, Transport

__all__ = ["VehicleMachine"]

_OPTIONAL = (("BMV", "bmv", ms(1_140)), ("BMT", "bmt", ms(2_140)), ("BSP", "bsp", ms(3_140)))
"""Optional messages with the option that switches them on and their offset behind the first BCL."""
_ERRORS = frozenset((VehiclePhase.ERROR, VehiclePhase.FAILED))
_OVER = _ERRORS | {VehiclePhase.SUSPENDED, VehiclePhase.ENDED, VehiclePhase.FINISHED}


class VehicleMachine:
    """BMS on the charging CAN. Drive it as a ``Node``; *plant* is the truck around it.

    Args:
        options: what the vehicle tells and how its maker set it up.
        plant: battery, contactors and inlet.
        behaviour: deviations from the standard; healthy if not given.
        timers_ns: other lengths of single timeouts, by name.
        periods_ns: other periods of single messages, by name.
    """

    def __init__(
        self,
        options: VehicleOptions,
        plant: VehiclePlant,
        *,
        name: str = "bms",
        behaviour: Behaviour | None = None,
        codec: Codec | None = None,
        timers_ns: Mapping[str, int] | None = None,
        periods_ns: Mapping[str, int] | None = None,
    ) -> None:
        self.name = name
        self.options = options
        self.plant = plant
        self.phase = VehiclePhase.UNPLUGGED
        self._behaviour = behaviour or Behaviour()
        self._codec = codec or codec_2015()
        self._codec.prepare(row.name for row in MESSAGES.values() if row.mandatory)
        self._wire = Wire("vehicle")
        self._response_ns = s(options.response_s)
        self._over_current_ns = s(options.over_current_s)
        self._silence_ns = s(options.restart_after_silence_s)
        self._timer_ns = {row.name: row.value_ns for row in VEHICLE_TIMERS.values()}
        self._timer_ns |= {"PRECHARGE": s(options.precharge_s), "OPEN_LIMIT": s(options.open_limit_s), **(timers_ns or {})}
        self._period_ns = {row.name: row.period_ns or 0 for row in MESSAGES.values()} | dict(periods_ns or {})
        self._timers = Timers((*self._timer_ns, *SESSION_ORDER))
        self._transport = Transport(self._wire.own_address, faults=self._behaviour.transport_faults(), dt_gap_ns=s(options.dt_gap_s))
        self._state = VehicleState(options, plant)
        self._log = Log()
        self._now_ns = 0
        self._phase_since_ns = 0
        self._heard_ns = 0
        self._wakes = -1
        self._revision = -1

    # Node

    def start(self, now_ns: int) -> list[Pdu]:
        """Begin with what the plant says: asleep, or awake since now."""
        self._now_ns = now_ns
        return self._follow_plant(now_ns)

    def receive(self, now_ns: int, pdu: Pdu) -> list[Pdu]:
        """Take a frame; what the charger does not send to us in the right form is ignored."""
        self._now_ns = now_ns
        if not self.plant.is_awake or not isinstance(pdu, Frame):
            return []
        if self._wire.is_transport(pdu):
            self._note_grant(pdu)
            return list(self._transport.receive(now_ns, pdu))
        row = self._wire.identify(pdu)
        if row is None:
            return []
        values = self._codec.decode(row.name, pdu.data)
        if self._behaviour.concerns(row.name) and self._behaviour.is_deaf(row.name, values, self._moment(now_ns)):
            return []
        if self._is_new_visit(now_ns, row.name):
            self._forget_session()
            self._enter(now_ns, VehiclePhase.WAITING)
        self._heard_ns = now_ns
        self._log.heard[row.name] = values
        return self._hear(now_ns, row.name, values)

    def next_deadline_ns(self) -> int | None:
        """The earliest timer, cycle, transport deadline, or the instant of a change of the plant."""
        deadlines = [t for t in (self._timers.next_deadline_ns(), self._transport.next_deadline_ns()) if t is not None]
        if self.plant.revision != self._revision:
            deadlines.append(max(self.plant.changed_ns, self._now_ns))
        return min(deadlines, default=None)

    def handle_timers(self, now_ns: int) -> list[Pdu]:
        """Fire what is due, one by one: an earlier one may cancel a later one."""
        self._now_ns = now_ns
        out = self._follow_plant(now_ns) if self.plant.revision != self._revision else []
        while (due := self._timers.take_due(now_ns)) is not None:
            name, deadline_ns = due
            out += self._cycle(now_ns, name, deadline_ns) if name in CONTENT else self._expire(now_ns, name)
        deadline = self._transport.next_deadline_ns()
        if deadline is not None and deadline <= now_ns:
            out += self._transport.handle_timers(now_ns)
        self._transport.take_events()
        return out

    # Input

    def _is_new_visit(self, now_ns: int, name: str) -> bool:
        """Whether a CHM tells of a new plug-in that the truck had no other way to see."""
        return name == "CHM" and self.phase in _OVER and 0 < self._silence_ns <= now_ns - self._heard_ns

    def _hear(self, now_ns: int, name: str, values: Mapping[str, Value]) -> list[Pdu]:
        mistaken = self._behaviour.mistaken_for(name) if self._behaviour.concerns(name) else None
        if mistaken is not None:
            return self._on(now_ns, VehicleEvent(mistaken))
        match name:
            case "CRM" if values["recognition"] in (0x00, 0xAA):
                return self._on(now_ns, VehicleEvent.CRMAA if values["recognition"] else VehicleEvent.CRM00)
            case "CRO" if values["ready"] in (0x00, 0xAA):
                return self._on(now_ns, VehicleEvent.CROAA if values["ready"] else VehicleEvent.CRO00)
            case "CML":
                self._state.capability = values
            case "CCS":
                return self._on_ccs(now_ns, values)
            case "CRM" | "CRO":
                return []
        return self._on(now_ns, VehicleEvent(name))

    def _on_ccs(self, now_ns: int, values: Mapping[str, Value]) -> list[Pdu]:
        voltage_v, current_a = cast(float, values["voltage_v"]), -cast(float, values["current_a"])
        self.plant.charger_reports(now_ns, voltage_v, current_a)
        self._revision = self.plant.revision
        out = self._on(now_ns, VehicleEvent.CCS)
        if voltage_v > self.options.max_voltage_v * 1.01:
            return out + self._on(now_ns, VehicleEvent.OVER_VOLTAGE)
        if current_a <= max(self._state.demand_a + 10, self._state.demand_a * 1.1):
            self._state.excess_since_ns = None
        elif self._state.excess_since_ns is None:
            self._state.excess_since_ns = now_ns
        elif now_ns - self._state.excess_since_ns >= self._over_current_ns:
            return out + self._on(now_ns, VehicleEvent.OVER_CURRENT)
        return out

    def _note_grant(self, frame: Frame) -> None:
        """CRM(AA) is believed only after a CTS for BRM."""
        data = frame.data
        if len(data) == 8 and data[0] == Control.CTS and data[1] and int.from_bytes(data[5:8], "little") == MESSAGES["BRM"].pgn:
            self._state.brm_granted = True

    def _follow_plant(self, now_ns: int) -> list[Pdu]:
        plant = self.plant
        plant.advance(now_ns)
        self._revision = plant.revision
        if (plant.wakes != self._wakes or not plant.is_awake) and not self._behaviour.refrains("reset", self._moment(now_ns)):
            self._wakes = plant.wakes
            self._forget_session()
            return self._enter(now_ns, VehiclePhase.WAITING if plant.is_awake else VehiclePhase.UNPLUGGED)
        self._open_when_low(now_ns)
        return []

    # State

    def _on(self, now_ns: int, event: VehicleEvent) -> list[Pdu]:
        key = (self.phase, event)
        for timer in REARMED.get(key, ()):
            if timer == "TB6" or self._timers.is_armed(timer):
                self._arm(now_ns, timer)
        self._timers.cancel(*CANCELLED.get(key, ()))
        if event is VehicleEvent.CST and self.phase in (VehiclePhase.READY, VehiclePhase.CHARGING, VehiclePhase.STOPPING):
            self._state.cst_heard = True
            self._timers.cancel("TB7")
        target = TRANSITIONS.get(key)
        if target is None or not self._may(key):
            return []
        if reason := STOP_REASONS.get(event):
            self._state.stop_reasons = {reason}
        if target in _ERRORS and event.value in VEHICLE_TIMERS:
            error = VEHICLE_TIMERS[event.value].error
            self._state.errors = {self._behaviour.error(error)} if error else set()
        return self._enter(now_ns, target)

    def _may(self, key: tuple[VehiclePhase, VehicleEvent]) -> bool:
        match key:
            case (VehiclePhase.RECOGNITION, VehicleEvent.CRMAA):
                return self._state.brm_granted
            case (VehiclePhase.READY, VehicleEvent.CROAA):
                return self._state.is_ready
            case (VehiclePhase.ERROR | VehiclePhase.SUSPENDED, VehicleEvent.CRM00):
                self._state.reconnects += 1
                return self._state.reconnects <= self.options.max_reconnects
        return True

    def _enter(self, now_ns: int, phase: VehiclePhase) -> list[Pdu]:
        row, behaviour = PHASES[phase], self._behaviour
        lingering = [name for name in CONTENT if self._timers.is_armed(name) and behaviour.lingers(name, phase.name, self._moment(now_ns))]
        kept = {*row.carries, *lingering, "OPEN_LIMIT"}
        for name in self._timers.armed():
            if name not in kept:
                self._timers.cancel(name)
                # A transfer under way is carried to its end; one that nobody answered is given up.
                if name in MESSAGES and self._transport.is_unanswered(MESSAGES[name].pgn, self._wire.peer_address):
                    self._transport.cancel(now_ns, MESSAGES[name].pgn)
        self.phase, self._phase_since_ns = phase, now_ns
        self._log.sent_in_phase = {}
        if phase is VehiclePhase.RECOGNITION:
            self._state.brm_granted, self._state.is_ready, self._state.errors = False, False, set()
        for timer in row.arms:
            self._arm(now_ns, timer)
        self._start_messages(now_ns, row.sends)
        if row.opens:
            self._prepare_opening(now_ns)
        return []

    def _start_messages(self, now_ns: int, sends: tuple[tuple[str, int], ...]) -> None:
        if self.phase is VehiclePhase.CHARGING:
            sends += tuple((name, offset_ns) for name, option, offset_ns in _OPTIONAL if getattr(self.options, option))
        sends += tuple((name, 0) for name in self._behaviour.premature(self.phase.name))
        for name, offset_ns in sends:
            delay_ns = self._response_ns + offset_ns + self._behaviour.delay_ns(name)
            self._timers.arm(name, now_ns + delay_ns)

    # Timers and cycles

    def _arm(self, now_ns: int, timer: str) -> None:
        length_ns = self._behaviour.timer_ns(timer, self._timer_ns[timer])
        if length_ns is not None:
            self._timers.arm(timer, now_ns + length_ns)

    def _expire(self, now_ns: int, timer: str) -> list[Pdu]:
        if timer == "PRECHARGE":
            self._state.opening = False
            self._timers.cancel("OPEN_LIMIT")
            if not self._behaviour.refrains("close_contactors", self._moment(now_ns)):
                self.plant.close_contactors(now_ns)
            return []
        if timer == "OPEN_LIMIT":
            self._open(now_ns)
            return []
        return self._on(now_ns, VehicleEvent(timer))

    def _cycle(self, now_ns: int, name: str, deadline_ns: int) -> list[Pdu]:
        """One turn of the cycle of *name*: what must be looked at before it is sent, then the message."""
        self.plant.advance(now_ns)
        period_ns = self._behaviour.period_ns(name, self._period_ns[name])
        self._timers.arm(name, next_on_grid(deadline_ns, period_ns, now_ns))
        event = self._event_before(now_ns, name)
        if event is not None:
            return self._on(now_ns, event)
        return self._send(now_ns, name)

    def _event_before(self, now_ns: int, name: str) -> VehicleEvent | None:
        if name == "BCL" and self.phase is VehiclePhase.CHARGING and self._is_full(now_ns):
            return VehicleEvent.FULL
        if name == "BRO":
            self._state.is_ready = self.plant.contactors_closed
        if self.phase is VehiclePhase.STOPPING and name == "BST":
            self._open_when_low(now_ns)
            enough = self._log.sent_in_phase.get("BST", 0) >= self.options.min_bst
            if self._state.cst_heard and enough and not self.plant.contactors_closed:
                return VehicleEvent.STOPPED
        return None

    def _is_full(self, now_ns: int) -> bool:
        full = self.plant.soc_pct >= min(self.options.target_soc_pct, self.plant.driver_target_pct)
        return full and not self._behaviour.refrains("stop_charging", self._moment(now_ns))

    def _send(self, now_ns: int, name: str) -> list[Pdu]:
        behaviour, state, log = self._behaviour, self._state, self._log
        values: Mapping[str, Value] = CONTENT[name](state)
        length = content_length(name, state)
        log.first.setdefault(name, values)
        suppressed = False
        if behaviour.concerns(name):
            moment = self._moment(now_ns)
            suppressed = behaviour.suppresses(name, moment)
            values = behaviour.values(name, values, moment)
            data = behaviour.data(name, self._codec.encode(name, values, length=length, strict=False))
        else:
            data = self._codec.encode(name, values, length=length)
        log.sent[name] = log.sent.get(name, 0) + 1
        self._arm_by_sending(now_ns, name)
        return [] if suppressed else self._transmit(now_ns, name, data)

    def _arm_by_sending(self, now_ns: int, name: str) -> None:
        marker = "BRO(AA)" if name == "BRO" and self._state.is_ready else name
        self._log.sent_in_phase[marker] = self._log.sent_in_phase.get(marker, 0) + 1
        if self._log.sent_in_phase[marker] == 1:
            for timer in ARMED_BY_SENDING.get(marker, ()):
                if not (timer == "TB7" and self._state.cst_heard):
                    self._arm(now_ns, timer)

    def _transmit(self, now_ns: int, name: str, data: bytes) -> list[Pdu]:
        row = MESSAGES[name]
        if len(data) <= 8:
            return [self._behaviour.frame(name, single_frame(name, data))]
        peer = self._wire.peer_address
        if self._transport.is_sending(row.pgn, peer):
            if not self._transport.is_unanswered(row.pgn, peer):
                return []  # Held or under way: a new RTS would throw away what the charger already granted.
            self._transport.cancel(now_ns, row.pgn, peer)
        return list(self._transport.send(now_ns, row.pgn, peer, data))

    # Contactors

    def _prepare_opening(self, now_ns: int) -> None:
        self.plant.charger_silent(now_ns)
        self._state.is_ready = False
        if not self._state.opening:
            self._state.opening = True
            self._arm(now_ns, "OPEN_LIMIT")
        self._open_when_low(now_ns)

    def _open_when_low(self, now_ns: int) -> None:
        if self._state.opening and self.plant.current_a < self.options.low_current_a:
            self._open(now_ns)

    def _open(self, now_ns: int) -> None:
        self._timers.cancel("OPEN_LIMIT")
        if not self._behaviour.refrains("open_contactors", self._moment(now_ns)):
            self._state.opening = False
            self.plant.open_contactors(now_ns)

    # Session

    def _forget_session(self) -> None:
        self._timers.clear()
        self._transport.reset()
        self._state = VehicleState(self.options, self.plant)
        self._log = Log()

    def _moment(self, now_ns: int) -> Moment:
        log = self._log
        return Moment(now_ns, self.phase.name, self._phase_since_ns, log.sent, log.heard, log.first)
