"""The vehicle side of GB/T 27930-2015: the BMS of a truck as a sans-IO machine.

Theory of operation (reference: GB/T 27930-2015 clauses 5 to 8, timeouts in ``timers``; the tables are in
``table``):

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
from typing import cast

from harness.core import Frame, Pdu, Value, s
from harness.protocols.gbt27930.behaviour import Behaviour, Moment
from harness.protocols.gbt27930.clock import time_of
from harness.protocols.gbt27930.codec import Codec
from harness.protocols.gbt27930.messages import MESSAGES
from harness.protocols.gbt27930.vehicle.content import CONTENT, is_untrusted
from harness.protocols.gbt27930.vehicle.options import VehicleOptions
from harness.protocols.gbt27930.vehicle.plant import VehiclePlant
from harness.protocols.gbt27930.vehicle.sequence import ERRORS, VehicleSequence
from harness.protocols.gbt27930.vehicle.table import VehicleEvent, VehiclePhase
from harness.protocols.j1939 import Control

__all__ = ["VehicleMachine"]

_OVER = ERRORS | {VehiclePhase.SUSPENDED, VehiclePhase.ENDED, VehiclePhase.FINISHED}


class VehicleMachine(VehicleSequence):
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
        super().__init__(options, plant, name, codec, behaviour or Behaviour(), beside, timers_ns or {}, periods_ns or {})
        self._hindered = self._behaviour.hindered()
        self._over_voltage_ns = s(options.over_voltage_s)
        self._over_current_ns = s(options.over_current_s)
        self._silence_ns = s(options.restart_after_silence_s)
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
