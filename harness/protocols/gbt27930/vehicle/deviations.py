"""Where a vehicle asks its ``Behaviour``: what the moment is, and which timers it arms without right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from harness.protocols.gbt27930.behaviour import Behaviour, Log, Moment
from harness.protocols.gbt27930.messages import MESSAGES
from harness.protocols.gbt27930.schedule import Timers
from harness.protocols.gbt27930.vehicle.steering import VehicleSteering
from harness.protocols.gbt27930.vehicle.table import VehiclePhase
from harness.protocols.gbt27930.wire import Wire
from harness.protocols.j1939 import Transport

__all__ = ["VehicleDeviations"]

_MULTI_PACKET = tuple(row.name for row in MESSAGES.values() if row.multi_packet)


class VehicleDeviations(VehicleSteering):
    """Deviations of a simulated vehicle; a healthy one, and the tester's, has none."""

    _timers: Timers
    _transport: Transport
    _wire: Wire

    def __init__(self, name: str, behaviour: Behaviour, beside: Callable[[], Moment | None]) -> None:
        super().__init__()
        self.name = name
        self.phase = VehiclePhase.UNPLUGGED
        self._behaviour = behaviour
        self._beside = beside
        self._log = Log()
        self._now_ns = 0
        self._phase_since_ns = 0

    def situation(self) -> Moment:
        """Where the machine stands, for one at another inlet of the same truck."""
        return replace(self._moment(self._now_ns), beside=lambda: None)

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

    def _rearm(self, now_ns: int, message: str) -> None:
        if self._behaviour.concerns(message):
            for timer in self._behaviour.rearms(message, self._moment(now_ns)):
                if self._timers.is_armed(timer):
                    self._arm(now_ns, timer)

    def _arm(self, now_ns: int, timer: str) -> None:
        raise NotImplementedError
