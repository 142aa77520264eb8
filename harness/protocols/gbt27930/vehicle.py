"""The vehicle side of GB/T 27930-2015: the BMS of a truck as a sans-IO machine.

Theory of operation (reference: GB/T 27930-2015 clauses 5 to 8, timeouts in ``timers``; the tables are in
``vehicle_table``):

* UNPLUGGED -> WAITING on wake-up, once the BMS is up. TB1b (60 s) runs until the charger's first message.
* WAITING -> HANDSHAKE on the first CHM: BHM every 250 ms; TB1 (30 s) waits for CRM(00). CRM(00) without CHM
  is a charger of the 2011 edition and leads to RECOGNITION directly.
* RECOGNITION on CRM(00): BRM every 250 ms by transport protocol; TB2 (5 s) from the first BRM. CRM(AA) counts
  once the charger has granted a BRM.
* PARAMETERS on CRM(AA): BCP every 500 ms; TB3 (5 s) from the first BCP. CTS alone does not end it.
* READY on CML: BRO(00) every 250 ms while the inlet is pre-charged and K5/K6 close, then BRO(AA); TB4 (5 s,
  again with each CRO) and TB5 (60 s) from the first BRO(AA). While the last CML does not fit the battery,
  BRO stays 00 and the contactors stay open.
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

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import cast

from harness.core import Frame, Pdu, Value, ms, s
from harness.protocols.gbt27930.behaviour import Behaviour, Log, Moment
from harness.protocols.gbt27930.clock import time_of
from harness.protocols.gbt27930.codec import Codec
from harness.protocols.gbt27930.messages import MESSAGES
from harness.protocols.gbt27930.plant import VehiclePlant
from harness.protocols.gbt27930.schedule import Timers, next_on_grid
from harness.protocols.gbt27930.speech import Speech
from harness.protocols.gbt27930.timers import VEHICLE_TIMERS
from harness.protocols.gbt27930.vehicle_content import CONTENT, VehicleState, cell_groups, content_length, is_untrusted
from harness.protocols.gbt27930.vehicle_options import VehicleOptions
from harness.protocols.gbt27930.vehicle_steering import VehicleSteering
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
from harness.protocols.j1939 import GLOBAL, Control, Transport

__all__ = ["VehicleMachine"]

_OPTIONAL = (("BMV", "bmv", ms(1_140)), ("BMT", "bmt", ms(2_140)), ("BSP", "bsp", ms(3_140)))
"""Optional messages with the option that switches them on and their offset behind the first BCL."""
_MULTI_PACKET = tuple(row.name for row in MESSAGES.values() if row.multi_packet)
_ERRORS = frozenset((VehiclePhase.ERROR, VehiclePhase.FAILED))
_OVER = _ERRORS | {VehiclePhase.SUSPENDED, VehiclePhase.ENDED, VehiclePhase.FINISHED}


class VehicleMachine(VehicleSteering):
    """BMS on the charging CAN. Drive it as a ``Node``, steer it as ``VehicleSteering`` says; *plant* is the truck around it.

    Args:
        options: what the vehicle tells and how its maker set it up.
        plant: battery, contactors and inlet.
        behaviour: deviations from the standard; healthy if not given.
        timers_ns: other lengths of single timeouts, by name.
        periods_ns: other periods of single messages, by name.
        beside: what the machine at another inlet of the same truck stands in, for deviations that look at it.
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
        beside: Callable[[], Moment | None] = lambda: None,
    ) -> None:
        super().__init__()
        self.name = name
        self._beside = beside
        self.options = options
        self.plant = plant
        self.phase = VehiclePhase.UNPLUGGED
        self._behaviour = behaviour or Behaviour()
        self._hindered = self._behaviour.hindered()
        self._wire = Wire("vehicle", lenient=self._behaviour.lenient())
        self._speech = Speech(options.edition, self._wire, codec)
        self._response_ns = s(options.response_s)
        self._over_voltage_ns = s(options.over_voltage_s)
        self._over_current_ns = s(options.over_current_s)
        self._silence_ns = s(options.restart_after_silence_s)
        self._timer_ns = {row.name: row.value_ns for row in VEHICLE_TIMERS.values()}
        self._timer_ns |= {"PRECHARGE": s(options.precharge_s), "OPEN_LIMIT": s(options.open_limit_s), "WAKEUP": s(options.wakeup_s)}
        self._timer_ns |= timers_ns or {}
        self._period_ns = {row.name: row.period_ns or 0 for row in MESSAGES.values()} | dict(periods_ns or {})
        self._timers = Timers((*self._timer_ns, *SESSION_ORDER))
        self._transport = Transport(
            self._wire.own_address,
            timing=self._behaviour.transport_timing(),
            faults=self._behaviour.transport_faults(),
            dt_gap_ns=s(options.dt_gap_s),
        )
        self._transport.faults.outgoing.append(self._lose_packet)
        self._state = VehicleState(options, plant)
        self._log = Log()
        self._now_ns = 0
        self._phase_since_ns = 0
        self._heard_ns = 0
        self._wakes = -1
        self._revision = -1

    # Edition

    def speak(self, edition: str) -> None:
        """Speak *edition* from now on.

        Raises:
            LocalProtocolError: there is no such edition.
        """
        self._speech.settle_on(edition)

    @property
    def edition(self) -> str:
        """Edition that is spoken at present."""
        return self._speech.edition.name

    def _content(self, name: str) -> Mapping[str, Value]:
        return self._speech.content(name, CONTENT[name](self._state))

    def _encode(self, name: str, values: Mapping[str, Value], *, strict: bool = True) -> bytes:
        return self._speech.encode(name, values, length=content_length(name, self._state), strict=strict)

    # Node

    def start(self, now_ns: int) -> list[Pdu]:
        """Begin with what the plant says: asleep, or awake since now."""
        self._now_ns = now_ns
        return self._follow_plant(now_ns)

    def receive(self, now_ns: int, pdu: Pdu) -> list[Pdu]:
        """Take a frame; what the charger does not send to us in the right form is ignored."""
        self._now_ns = now_ns
        if not self.plant.is_awake or self.phase is VehiclePhase.UNPLUGGED or not isinstance(pdu, Frame):
            return []
        if self._behaviour.effects:
            pdu = self._behaviour.heard(pdu)
        if self._wire.is_transport(pdu):
            out = self._note_answer(now_ns, pdu)
            return self._speak([*out, *self._transport.receive(now_ns, pdu)])
        row = self._wire.identify(pdu)
        if row is None:
            for name, by_ns in self._hindered.items():
                self._timers.put_off(name, by_ns)
            return []
        values: Mapping[str, Value] = self._speech.decode(row.name, pdu.data)
        if self._behaviour.concerns(row.name):
            moment = self._moment(now_ns)
            if self._behaviour.is_deaf(row.name, values, moment):
                return []
            values = self._behaviour.misread(row.name, values, moment)
        if self._is_new_visit(now_ns, row.name):
            self._forget_session()
            self._enter(now_ns, VehiclePhase.WAITING)
        self._heard_ns = now_ns
        self._log.heard[row.name] = values
        self._rearm(now_ns, row.name)
        out = self._hear(now_ns, row.name, values)
        self._log.heard_ns[row.name] = now_ns
        return out

    def next_deadline_ns(self) -> int | None:
        """The earliest timer, cycle, transport deadline, or the instant of a change of the plant."""
        if self._orders:
            return self._now_ns
        deadlines = [t for t in (self._timers.next_deadline_ns(), self._transport.next_deadline_ns()) if t is not None]
        if self.plant.revision != self._revision:
            deadlines.append(max(self.plant.changed_ns, self._now_ns))
        return min(deadlines, default=None)

    def handle_timers(self, now_ns: int) -> list[Pdu]:
        """Fire what is due, one by one: an earlier one may cancel a later one."""
        self._now_ns = now_ns
        out = self._follow_plant(now_ns) if self.plant.revision != self._revision else []
        while self._orders:
            out += self._orders.pop(0)(now_ns)
        while (due := self._timers.take_due(now_ns)) is not None:
            name, deadline_ns = due
            out += self._cycle(now_ns, name, deadline_ns) if name in CONTENT else self._expire(now_ns, name)
        deadline = self._transport.next_deadline_ns()
        if deadline is not None and deadline <= now_ns:
            out += self._transport.handle_timers(now_ns)
        self._transport.take_events()
        return self._speak(out)

    # Input

    def _is_new_visit(self, now_ns: int, name: str) -> bool:
        """Whether a CHM tells of a new plug-in that the truck had no other way to see."""
        return name == "CHM" and self.phase in _OVER and 0 < self._silence_ns <= now_ns - self._heard_ns

    def _hear(self, now_ns: int, name: str, values: Mapping[str, Value]) -> list[Pdu]:
        mistaken = self._behaviour.mistaken_for(name, values, self._moment(now_ns)) if self._behaviour.concerns(name) else None
        if mistaken is not None:
            return self._on(now_ns, VehicleEvent(mistaken))
        match name:
            case "CRM" if values["recognition"] in (0x00, 0xAA):
                return self._on(now_ns, VehicleEvent.CRMAA if values["recognition"] else VehicleEvent.CRM00)
            case "CRO" if values["ready"] in (0x00, 0xAA):
                return self._on(now_ns, VehicleEvent.CROAA if values["ready"] else VehicleEvent.CRO00)
            case "CST" if is_untrusted(values):
                return []
            case "CML" if self.phase in (VehiclePhase.PARAMETERS, VehiclePhase.READY):
                self._state.capability = values
            case "CTS":
                if (time_s := time_of(values)) is not None:
                    self.plant.take_time(now_ns, time_s)
            case "CCS":
                return self._on_ccs(now_ns, values)
            case "CRM" | "CRO" | "TP.ABORT":
                return []
        return self._on(now_ns, VehicleEvent(name))

    def _on_ccs(self, now_ns: int, values: Mapping[str, Value]) -> list[Pdu]:
        voltage_v, current_a = cast(float, values["voltage_v"]), -cast(float, values["current_a"])
        self.plant.charger_reports(now_ns, voltage_v, current_a)
        self._revision = self.plant.revision
        out = self._on(now_ns, VehicleEvent.CCS)
        highest_v = self.options.max_voltage_v * self.options.over_voltage_share
        if self._lasts(now_ns, "voltage", voltage_v > highest_v, self._over_voltage_ns):
            return out + self._on(now_ns, VehicleEvent.OVER_VOLTAGE)
        highest_a = max(self._state.demand_a + 10, self._state.demand_a * 1.1)
        if self._lasts(now_ns, "current", current_a > highest_a, self._over_current_ns):
            return out + self._on(now_ns, VehicleEvent.OVER_CURRENT)
        return out

    def _lasts(self, now_ns: int, what: str, exceeds: bool, for_ns: int) -> bool:
        """Whether CCS has told too much of *what* for so long."""
        since_ns = self._state.excess_since_ns
        if not exceeds:
            since_ns.pop(what, None)
            return False
        return now_ns - since_ns.setdefault(what, now_ns) >= for_ns

    def _note_answer(self, now_ns: int, frame: Frame) -> list[Pdu]:
        """CRM(AA) is believed only after a CTS for BRM."""
        data = frame.data
        if len(data) == 8 and data[0] == Control.ABORT:
            self._log.heard_ns["TP.ABORT"] = now_ns
            self._rearm(now_ns, "TP.ABORT")
            if self._behaviour.concerns("TP.ABORT"):
                return self._hear(now_ns, "TP.ABORT", {"pgn": int.from_bytes(data[5:8], "little")})
        if len(data) == 8 and data[0] == Control.CTS and data[1] and int.from_bytes(data[5:8], "little") == MESSAGES["BRM"].pgn:
            self._state.brm_granted = True
        return []

    def _follow_plant(self, now_ns: int) -> list[Pdu]:
        plant = self.plant
        plant.advance(now_ns)
        self._revision = plant.revision
        if (plant.wakes != self._wakes or not plant.is_awake) and not self._behaviour.refrains("reset", self._moment(now_ns)):
            self._wakes = plant.wakes
            self._forget_session()
            return self._wake(now_ns) if plant.is_awake else self._enter(now_ns, VehiclePhase.UNPLUGGED)
        self._open_when_low(now_ns)
        return []

    def _wake(self, now_ns: int) -> list[Pdu]:
        if not self.options.wakeup_s:
            return self._enter(now_ns, VehiclePhase.WAITING)
        out = self._enter(now_ns, VehiclePhase.UNPLUGGED)
        self._arm(now_ns, "WAKEUP")
        return out

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
        target = self._target(now_ns, key)
        if target is None or not self._may_leave(event) or not self._may(key):
            return []
        if key == (VehiclePhase.WAITING, VehicleEvent.CRM00) and self.options.also_2011:
            self._speech.yield_to("2011")
        if reason := STOP_REASONS.get(event):
            self._state.stop_reasons = {reason}
        if target in _ERRORS and event.value in VEHICLE_TIMERS:
            error = VEHICLE_TIMERS[event.value].error
            self._state.errors = {self._behaviour.error(error)} if error else set()
        return self._enter(now_ns, target)

    def _target(self, now_ns: int, key: tuple[VehiclePhase, VehicleEvent]) -> VehiclePhase | None:
        target = TRANSITIONS.get(key)
        if not self._behaviour.effects:
            return target
        phase, event = key
        name = self._behaviour.target(phase.name, event.value, target.name if target else None, self._moment(now_ns))
        return VehiclePhase[name] if name else None

    def _may(self, key: tuple[VehiclePhase, VehicleEvent]) -> bool:
        match key:
            case (VehiclePhase.RECOGNITION, VehicleEvent.CRMAA):
                return self._state.brm_granted or self.options.believes_unasked
            case (VehiclePhase.READY, VehicleEvent.CROAA):
                return self._state.is_ready
            case (VehiclePhase.ERROR | VehiclePhase.SUSPENDED, VehicleEvent.CRM00):
                self._state.reconnects += 1
                return self._state.reconnects <= self.options.max_reconnects
        return True

    def _enter(self, now_ns: int, phase: VehiclePhase) -> list[Pdu]:
        row, behaviour = PHASES[phase], self._behaviour
        lingering = [name for name in self._timers.armed() if behaviour.lingers(name, phase.name, self._moment(now_ns))]
        kept = {*row.carries, *lingering, "OPEN_LIMIT"}
        for name in self._timers.armed():
            if name not in kept:
                self._timers.cancel(name)
                # A transfer under way is carried to its end; one that nobody answered is given up.
                if name in MESSAGES and (self._is_unanswered(name) or behaviour.refrains("finish_transfers", self._moment(now_ns))):
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
        if behaviour.effects and behaviour.closes_in(phase.name, self._moment(now_ns)):
            self.plant.close_contactors(now_ns)
        return []

    def _start_messages(self, now_ns: int, sends: tuple[tuple[str, int], ...]) -> None:
        if self.phase is VehiclePhase.CHARGING:
            sends += tuple((name, offset_ns) for name, option, offset_ns in _OPTIONAL if getattr(self.options, option))
        sends += tuple((name, 0) for name in self._behaviour.premature(self.phase.name))
        for name, offset_ns in sends:
            delay_ns = self._response_ns + offset_ns
            if self._behaviour.concerns(name):
                delay_ns += self._behaviour.delay_ns(name, self._moment(now_ns))
            self._timers.arm(name, now_ns + delay_ns)

    # Timers and cycles

    def _arm(self, now_ns: int, timer: str) -> None:
        if timer in VEHICLE_TIMERS and not self.options.timeouts:
            return
        length_ns: int | None = self._timer_ns[timer]
        if self._behaviour.effects:
            length_ns = self._behaviour.timer_ns(timer, self._timer_ns[timer], self._moment(now_ns))
        if length_ns is not None:
            self._timers.arm(timer, now_ns + length_ns)

    def _rearm(self, now_ns: int, message: str) -> None:
        if self._behaviour.concerns(message):
            for timer in self._behaviour.rearms(message, self._moment(now_ns)):
                if self._timers.is_armed(timer):
                    self._arm(now_ns, timer)

    def _expire(self, now_ns: int, timer: str) -> list[Pdu]:
        if timer == "WAKEUP":
            return self._enter(now_ns, VehiclePhase.WAITING)
        if timer == "PRECHARGE":
            if not self._state.charger_fits or self._wheel.ready is False:
                self._arm(now_ns, "PRECHARGE")
                return []
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
        period_ns = self._period_ns[name]
        if self._behaviour.concerns(name):
            period_ns = self._behaviour.period_ns(name, period_ns, self._moment(now_ns))
        if name == "BMV":
            period_ns //= cell_groups(self._state)
        self._timers.arm(name, next_on_grid(deadline_ns, period_ns, now_ns))
        event = self._event_before(now_ns, name)
        if event is not None and self._may_leave(event):
            return self._on(now_ns, event)
        return self._send(now_ns, name)

    def _event_before(self, now_ns: int, name: str) -> VehicleEvent | None:
        if name == "BCL" and self.phase is VehiclePhase.CHARGING:
            if self._is_full(now_ns):
                return VehicleEvent.FULL
            self.plant.asks(now_ns, self._state.wish_a)
        if name == "BRO":
            self._state.is_ready = self.plant.contactors_closed if self._wheel.ready is None else self._wheel.ready
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
        values = self._content(name)
        log.first.setdefault(name, values)
        log.ever.setdefault(name, values)
        suppressed = False
        if behaviour.concerns(name):
            moment = self._moment(now_ns)
            suppressed = behaviour.suppresses(name, moment)
            values = behaviour.values(name, values, moment)
            data = behaviour.data(name, self._encode(name, values, strict=False))
        else:
            data = self._encode(name, values)
        log.sent[name] = log.sent.get(name, 0) + 1
        self._arm_by_sending(now_ns, name)
        self._rearm(now_ns, name)
        out = [] if suppressed else self._leave(now_ns, name, values, data)
        if name == "BMV" and out:
            # A group whose turn fell into the transfer of the one before comes next, it is not left out.
            state.cell_group = (state.cell_group + 1) % cell_groups(state)
        return out

    def _arm_by_sending(self, now_ns: int, name: str) -> None:
        marker = "BRO(AA)" if name == "BRO" and self._state.is_ready else name
        self._log.sent_in_phase[marker] = self._log.sent_in_phase.get(marker, 0) + 1
        if self._log.sent_in_phase[marker] == 1:
            for timer in ARMED_BY_SENDING.get(marker, ()):
                if not (timer == "TB7" and self._state.cst_heard):
                    self._arm(now_ns, timer)

    def _leave(self, now_ns: int, name: str, values: Mapping[str, Value], data: bytes) -> list[Pdu]:
        """What leaves at a turn of *name*, as it is steered."""
        wheel, sent = self._wheel, self._steered_name(name)
        if sent is None:
            return []
        if sent != name:
            data = self._encode(sent, self._content(sent))
        elif name in wheel.signals:
            data = self._encode(name, {**values, **wheel.signals[name]}, strict=False)
        return self._transmit(now_ns, sent, wheel.data.get(sent, data))

    def _transmit(self, now_ns: int, name: str, data: bytes) -> list[Pdu]:
        row = MESSAGES[name]
        if (frame := self._singly(name, data)) is not None:
            return [frame]
        if len(data) <= 8:
            return [self._behaviour.frame(name, single_frame(name, data))]
        moment = self._moment(now_ns)
        peer = GLOBAL if self._behaviour.broadcasts(name, moment) else self._wire.peer_address
        if self._transport.is_sending(row.pgn, peer):
            # Held or under way: a new RTS would throw away what the charger already granted.
            unanswered = self._transport.is_unanswered(row.pgn, peer)
            if self._behaviour.refrains("announce_anew", moment) if unanswered else not self._behaviour.refrains("spare_transfers", moment):
                return []
            self._transport.cancel(now_ns, row.pgn, peer)
        return list(self._transport.send(now_ns, row.pgn, peer, data, max_per_cts=self.options.max_per_cts))

    # Contactors

    def _prepare_opening(self, now_ns: int) -> None:
        self.plant.charger_silent(now_ns)
        self._state.is_ready = False
        if not self._state.opening:
            self._state.opening = True
            self._arm(now_ns, "OPEN_LIMIT")
        self._open_when_low(now_ns)

    def _open_when_low_now(self, now_ns: int) -> list[Pdu]:
        self._prepare_opening(now_ns)
        return []

    def _open_when_low(self, now_ns: int) -> None:
        if self._state.opening and self.plant.current_a < self.options.low_current_a:
            self._open(now_ns)

    def _open(self, now_ns: int) -> None:
        self._timers.cancel("OPEN_LIMIT")
        if not self._behaviour.refrains("open_contactors", self._moment(now_ns)):
            self._state.opening = False
            self.plant.open_contactors(now_ns)

    # Session

    def situation(self) -> Moment:
        """Where the machine stands, for one at another inlet of the same truck."""
        return replace(self._moment(self._now_ns), beside=lambda: None)

    def _forget_session(self) -> None:
        self._speech.renew()
        self._timers.clear()
        self._transport.reset()
        kept = self._state.reconnects if self._behaviour.refrains("forget_reconnects", self._moment(self._now_ns)) else 0
        self._state = VehicleState(self.options, self.plant, reconnects=kept)
        self._log = Log(ever=self._log.ever)

    def _moment(self, now_ns: int) -> Moment:
        log = self._log
        sending = frozenset(name for name in _MULTI_PACKET if self._transport.is_sending(MESSAGES[name].pgn))
        unanswered = frozenset(name for name in sending if self._is_unanswered(name))
        return Moment(
            now_ns, self.phase.name, self._phase_since_ns, log.sent, log.heard, log.first, log.marks, sending - unanswered,
            unanswered, log.ever, self.name, self._beside, log.heard_ns,
        )  # fmt: skip

    def _is_unanswered(self, name: str) -> bool:
        return self._transport.is_unanswered(MESSAGES[name].pgn, self._wire.peer_address)
