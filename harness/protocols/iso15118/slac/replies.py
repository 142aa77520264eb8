"""How a vehicle sends its messages of matching: at once or after its reaction time, with the deviations that it has."""

from __future__ import annotations

from harness.core.durations import s
from harness.core.pdu import Pdu
from harness.protocols.iso15118.slac.behaviour import SlacBehaviour
from harness.protocols.iso15118.slac.frames import Mme, Values
from harness.protocols.iso15118.slac.options import EvMatchingOptions
from harness.protocols.iso15118.timers import Timers

__all__ = ["MatchingSender"]


class MatchingSender:
    """What is sent in one matching."""

    def __init__(self, options: EvMatchingOptions, behaviour: SlacBehaviour) -> None:
        self.options = options
        self._behaviour = behaviour
        self._timers = Timers()
        self._sent: dict[str, int] = {}
        self._replies: list[tuple[int, Mme | None]] = []

    def _made(self, name: str, destination: str, values: Values) -> Mme | None:
        """The message with its deviations; ``None`` if it is withheld."""
        sent = self._sent.get(name, 0)
        self._sent[name] = sent + 1
        if self._behaviour.withholds(name, sent):
            return None
        return Mme(name, self.options.ev_mac, destination, self._behaviour.rewritten(name, values, sent))

    def _send(self, name: str, destination: str, values: Values) -> list[Pdu]:
        mme = self._made(name, destination, values)
        return [] if mme is None else [mme.datagram()]

    def _reply(self, now_ns: int, mme: Mme | None) -> None:
        """Send *mme* after the reaction time."""
        self._replies.append((now_ns + s(self.options.ev_reaction_s), mme))

    def _next_ns(self) -> int | None:
        """The earliest timer or reply."""
        waits = [self._timers.next_deadline_ns(), *(due_ns for due_ns, _ in self._replies)]
        return min((t_ns for t_ns in waits if t_ns is not None), default=None)

    def _due_replies(self, now_ns: int) -> list[Pdu]:
        due = [mme for due_ns, mme in self._replies if due_ns <= now_ns]
        self._replies = [one for one in self._replies if one[0] > now_ns]
        return [mme.datagram() for mme in due if mme is not None]

    def _set_key(self, key: Values) -> list[Pdu]:
        """Give the modem another key; it confirms."""
        modem = self.options.ev_modem_mac
        confirmation = Mme("CM_SET_KEY.CNF", modem, self.options.ev_mac, {}).datagram()
        return [*self._send("CM_SET_KEY.REQ", modem, key), confirmation]
