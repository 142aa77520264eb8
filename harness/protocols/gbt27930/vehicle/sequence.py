"""The course of a vehicle through its phases: what begins and ends with each, its timers, its cycles, its contactors."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from harness.core import Pdu, ms, s
from harness.protocols.gbt27930.behaviour import Behaviour, Log, Moment
from harness.protocols.gbt27930.codec import Codec
from harness.protocols.gbt27930.messages import MESSAGES
from harness.protocols.gbt27930.schedule import Timers, next_on_grid
from harness.protocols.gbt27930.timers import VEHICLE_TIMERS
from harness.protocols.gbt27930.vehicle.content import VehicleState, cell_groups
from harness.protocols.gbt27930.vehicle.options import VehicleOptions
from harness.protocols.gbt27930.vehicle.plant import VehiclePlant
from harness.protocols.gbt27930.vehicle.sender import VehicleSender
from harness.protocols.gbt27930.vehicle.table import (
    ARMED_BY_SENDING,
    CANCELLED,
    PHASES,
    REARMED,
    STOP_REASONS,
    TRANSITIONS,
    VehicleEvent,
    VehiclePhase,
)
from harness.protocols.gbt27930.wire import SESSION_ORDER

__all__ = ["ERRORS", "VehicleSequence"]

ERRORS = frozenset((VehiclePhase.ERROR, VehiclePhase.FAILED))
"""Phases in which BEM is sent."""
_OPTIONAL = (("BMV", "bmv", ms(1_140)), ("BMT", "bmt", ms(2_140)), ("BSP", "bsp", ms(3_140)))
"""Optional messages with the option that switches them on and their offset behind the first BCL."""


class VehicleSequence(VehicleSender):
    """Leads from phase to phase by the table; the machine above it tells what was heard, as events."""

    def __init__(
        self,
        options: VehicleOptions,
        plant: VehiclePlant,
        name: str,
        codec: Codec | None,
        behaviour: Behaviour,
        beside: Callable[[], Moment | None],
        timers_ns: Mapping[str, int],
        periods_ns: Mapping[str, int],
    ) -> None:
        super().__init__(options, plant, name, codec, behaviour, beside)
        self._response_ns = s(options.response_s)
        self._timer_ns = {row.name: row.value_ns for row in VEHICLE_TIMERS.values()}
        self._timer_ns |= {"PRECHARGE": s(options.precharge_s), "OPEN_LIMIT": s(options.open_limit_s), "WAKEUP": s(options.wakeup_s)}
        self._timer_ns |= timers_ns
        self._period_ns = {row.name: row.period_ns or 0 for row in MESSAGES.values()} | dict(periods_ns)
        self._timers = Timers((*self._timer_ns, *SESSION_ORDER))

    # Phases

    def _wake(self, now_ns: int) -> list[Pdu]:
        if not self.options.wakeup_s:
            return self._enter(now_ns, VehiclePhase.WAITING)
        out = self._enter(now_ns, VehiclePhase.UNPLUGGED)
        self._arm(now_ns, "WAKEUP")
        return out

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
        if target in ERRORS and event.value in VEHICLE_TIMERS:
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

    def _forget_session(self) -> None:
        self._speech.renew()
        self._timers.clear()
        self._transport.reset()
        kept = self._state.reconnects if self._behaviour.refrains("forget_reconnects", self._moment(self._now_ns)) else 0
        self._state = VehicleState(self.options, self.plant, reconnects=kept)
        self._log = Log(ever=self._log.ever)

    # Timers

    def _arm(self, now_ns: int, timer: str) -> None:
        if timer in VEHICLE_TIMERS and not self.options.timeouts:
            return
        length_ns: int | None = self._timer_ns[timer]
        if self._behaviour.effects:
            length_ns = self._behaviour.timer_ns(timer, self._timer_ns[timer], self._moment(now_ns))
        if length_ns is not None:
            self._timers.arm(timer, now_ns + length_ns)

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

    # Cycles

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
        if name == "BSM" and self.options.pause_opens:
            self._follow_pause(now_ns)
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

    def _follow_pause(self, now_ns: int) -> None:
        closed = self.plant.contactors_closed
        if closed and self.plant.pause_wanted and self.plant.current_a < self.options.low_current_a:
            self.plant.open_contactors(now_ns)
        elif not closed and not self.plant.pause_wanted:
            self.plant.close_contactors(now_ns)

    def _open(self, now_ns: int) -> None:
        self._timers.cancel("OPEN_LIMIT")
        if not self._behaviour.refrains("open_contactors", self._moment(now_ns)):
            self._state.opening = False
            self.plant.open_contactors(now_ns)
