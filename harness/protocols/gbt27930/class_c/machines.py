"""Charger and vehicle that negotiate the version of class C before they go on as of 2015.

Once 2.0.0 or later is agreed they fall silent: nothing of class C is simulated beyond the negotiation. ``note`` says so.
"""

from __future__ import annotations

from harness.core import Frame, Pdu
from harness.protocols.gbt27930.behaviour import Behaviour
from harness.protocols.gbt27930.charger import ChargerMachine
from harness.protocols.gbt27930.charger.options import ChargerOptions
from harness.protocols.gbt27930.charger.table import ChargerPhase
from harness.protocols.gbt27930.class_c.negotiation import Negotiation, Outcome
from harness.protocols.gbt27930.class_c.version import Version
from harness.protocols.gbt27930.vehicle import VehicleMachine
from harness.protocols.gbt27930.vehicle.options import VehicleOptions
from harness.protocols.gbt27930.vehicle.plant import VehiclePlant
from harness.protocols.gbt27930.vehicle.table import VehiclePhase

__all__ = ["AGREED", "FALLEN_BACK", "NegotiatingCharger", "NegotiatingVehicle"]

AGREED = "version 2.0.0 or later of class C was agreed; what follows it is not simulated"
FALLEN_BACK = "no version of class C was agreed; the session goes on as of 2015"


class NegotiatingCharger(ChargerMachine):
    """A charger that begins with VC instead of CHM."""

    def __init__(self, version: Version, options: ChargerOptions, *, seed: int = 0, behaviour: Behaviour | None = None) -> None:
        super().__init__(options, seed=seed, behaviour=behaviour)
        self.negotiation = Negotiation("charger", version)
        self.note = ""
        """How the negotiation ended, empty before."""

    def receive(self, now_ns: int, pdu: Pdu) -> list[Pdu]:
        """As every charger, and VC."""
        out = super().receive(now_ns, pdu)
        if isinstance(pdu, Frame) and self.negotiation.is_running:
            out += self._speak([*self.negotiation.hear(now_ns, pdu)])
        return out

    def next_deadline_ns(self) -> int | None:
        """As every charger, and VC."""
        return _earlier(super().next_deadline_ns(), self.negotiation.next_deadline_ns())

    def handle_timers(self, now_ns: int) -> list[Pdu]:
        """As every charger, and VC; the end of the negotiation begins the handshake or ends the session."""
        out = super().handle_timers(now_ns)
        if self.negotiation.is_running:
            out += self._speak([*self.negotiation.handle_timers(now_ns)])
            if self.negotiation.outcome is Outcome.AS_OF_2015:
                self.note = FALLEN_BACK
                out += self._speak(super()._begin(now_ns, ChargerPhase.HANDSHAKE))
            elif self.negotiation.outcome is Outcome.CLASS_C:
                self.note = AGREED
                self.phase = ChargerPhase.ENDED
        return out

    def reset(self) -> None:
        """As every charger."""
        super().reset()
        self.negotiation.reset()
        self.note = ""

    def _begin(self, now_ns: int, phase: ChargerPhase) -> list[Pdu]:
        if phase is not ChargerPhase.HANDSHAKE:
            return super()._begin(now_ns, phase)
        self.note = ""
        return [*self.negotiation.begin(now_ns)]


class NegotiatingVehicle(VehicleMachine):
    """A vehicle that answers VC."""

    def __init__(self, version: Version, options: VehicleOptions, plant: VehiclePlant, *, behaviour: Behaviour | None = None) -> None:
        super().__init__(options, plant, behaviour=behaviour)
        self.negotiation = Negotiation("vehicle", version)
        self.note = ""
        """How the negotiation ended, empty before."""

    def receive(self, now_ns: int, pdu: Pdu) -> list[Pdu]:
        """As every vehicle, and VC as long as nothing else was heard."""
        out = super().receive(now_ns, pdu)
        if not isinstance(pdu, Frame) or not self.plant.is_awake:
            return out
        if self.phase is VehiclePhase.WAITING:
            out += self.negotiation.hear(now_ns, pdu)
            if self.negotiation.outcome is Outcome.CLASS_C:
                self._enter(now_ns, VehiclePhase.FINISHED)
        else:
            self.negotiation.stop()
        if self.negotiation.outcome is not None:
            self.note = AGREED if self.negotiation.outcome is Outcome.CLASS_C else FALLEN_BACK
        return out

    def next_deadline_ns(self) -> int | None:
        """As every vehicle, and VC."""
        return _earlier(super().next_deadline_ns(), self.negotiation.next_deadline_ns())

    def handle_timers(self, now_ns: int) -> list[Pdu]:
        """As every vehicle, and VC."""
        out = super().handle_timers(now_ns)
        if self.phase is not VehiclePhase.WAITING:
            self.negotiation.stop()
        return [*out, *self.negotiation.handle_timers(now_ns)]

    def _forget_session(self) -> None:
        super()._forget_session()
        self.negotiation.reset()
        self.note = ""


def _earlier(first: int | None, second: int | None) -> int | None:
    return min((deadline for deadline in (first, second) if deadline is not None), default=None)
