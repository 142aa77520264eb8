"""Where a charger asks its ``Behaviour``: what it notices without right, what goes on, what it leaves out."""

from __future__ import annotations

from collections.abc import Mapping

from harness.core import Frame, Pdu, Value
from harness.protocols.gbt27930.behaviour import Behaviour, Log, Moment
from harness.protocols.gbt27930.charger.content import CONTENT
from harness.protocols.gbt27930.charger.half_messages import half_message
from harness.protocols.gbt27930.charger.steering import ChargerSteering
from harness.protocols.gbt27930.charger.table import ChargerPhase
from harness.protocols.gbt27930.schedule import Timers
from harness.protocols.j1939 import Grants

__all__ = ["ChargerDeviations"]


class ChargerDeviations(ChargerSteering):
    """Deviations of a simulated charger; a healthy one, and the tester's, has none."""

    _timers: Timers

    def __init__(self, behaviour: Behaviour, seed: int) -> None:
        super().__init__(Grants(), seed)
        self.phase = ChargerPhase.IDLE
        self.last: dict[str, Mapping[str, Value]] = {}
        """Last decoded values of each message of the vehicle."""
        self._behaviour = behaviour
        self._log = Log()
        self._phase_since_ns = 0
        self._now_ns = 0

    def _take_half(self, now_ns: int, frame: Frame) -> list[Pdu]:
        """A part of a message, which a sound charger leaves alone."""
        name = half_message(frame) if self._behaviour.effects else ""
        if not name or not self._behaviour.concerns(name):
            return []
        self._rearm(now_ns, name)
        mistaken = self._behaviour.mistaken_for(name, {}, self._moment(now_ns))
        self._log.heard[name] = {}
        self._log.heard_ns[name] = now_ns
        return [] if mistaken is None else self._take_as(now_ns, mistaken) + self._proceed(now_ns)

    def _rearm(self, now_ns: int, name: str) -> None:
        for timer in self._behaviour.rearms(name, self._moment(now_ns)):
            if self._timers.is_armed(timer):
                self._arm(now_ns, timer)

    def _take_as(self, now_ns: int, event: str) -> list[Pdu]:
        """Something else counts as *event* too, a message with its last content, or ``BRO(AA)``."""
        name = event.partition("(")[0]
        return self._take(now_ns, name, {"ready": 0xAA} if event == "BRO(AA)" else self.last.get(name, {}))

    def _lingering(self, now_ns: int, phase: ChargerPhase) -> Mapping[str, int]:
        """Messages that go on in *phase* without right, with the instants at which they are due."""
        if not self._behaviour.effects:
            return {}
        moment, armed = self._moment(now_ns), [name for name in self._timers.armed() if name in CONTENT]
        lingering = [name for name in armed if self._behaviour.lingers(name, phase.name, moment)]
        return {name: self._timers.deadline_ns(name) or now_ns for name in lingering}

    def refrains(self, action: str) -> bool:
        """Whether a deviation leaves *action* out."""
        return bool(self._behaviour.effects) and self._behaviour.refrains(action, self._moment(self._now_ns))

    def _moment(self, now_ns: int) -> Moment:
        log = self._log
        return Moment(
            now_ns, self.phase.name, self._phase_since_ns, log.sent, log.heard, log.first, log.marks, ever=log.ever, heard_ns=log.heard_ns
        )

    def _arm(self, now_ns: int, timer: str) -> None:
        raise NotImplementedError

    def _take(self, now_ns: int, name: str, values: Mapping[str, Value]) -> list[Pdu]:
        raise NotImplementedError
