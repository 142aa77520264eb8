"""How a message of the charger leaves: what it says in the edition that is spoken, as it is steered, as a deviation makes it."""

from __future__ import annotations

from collections.abc import Mapping

from harness.core import Frame, Pdu, Value
from harness.protocols.gbt27930.behaviour import Behaviour
from harness.protocols.gbt27930.charger.content import CONTENT, ChargerState
from harness.protocols.gbt27930.charger.deviations import ChargerDeviations
from harness.protocols.gbt27930.charger.options import ChargerOptions
from harness.protocols.gbt27930.charger.output import OutputStage
from harness.protocols.gbt27930.codec import Codec
from harness.protocols.gbt27930.speech import Speaker, Speech
from harness.protocols.gbt27930.wire import Wire, single_frame

__all__ = ["ChargerSender"]


class ChargerSender(Speaker, ChargerDeviations):
    """Makes the frames of the charger from what it knows in the session."""

    def __init__(self, options: ChargerOptions, codec: Codec | None, behaviour: Behaviour, seed: int) -> None:
        super().__init__(behaviour, seed)
        self.options = options
        self.output = OutputStage(options)
        self._wire = Wire("charger", any_length=not options.strict_length)
        self._speech = Speech(options.edition, self._wire, codec)
        self._state = ChargerState(options, self.output)

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
