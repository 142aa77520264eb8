"""The vehicle's side of matching over power line, as a sans-IO machine.

Theory of operation (ISO 15118-3; times in ``options``):

* IDLE until the pilot asks for digital communication, then PARAMETERS: CM_SLAC_PARM.REQ, repeated ``ev_retries`` times after
  TT_match_response.
* The first answer leads to SOUNDING: CM_START_ATTEN_CHAR.IND and CM_MNBC_SOUND.IND one by one, TP_EV_batch_msg_interval apart.
  Other stations may answer meanwhile.
* RESULTS: each station that confirmed the parameters tells its attenuation until TT_EV_atten_results, which began with the first
  announcement; each gets CM_ATTEN_CHAR.RSP. The least attenuation decides: found, doubtful or none.
* VALIDATING a doubtful one: CM_VALIDATE.REQ; the station is ready; a second one, and toggles of the pilot, whose number the station
  must have counted.
* MATCHING: CM_SLAC_MATCH.REQ with the same repetition. Its confirmation brings the keys: JOINING until the modem tells that the link
  is there, TT_match_join at most. CONNECTED.
* A failed matching is repeated after TT_matching_rate (RESTING) until TT_matching_repetition has passed since the first one; then
  FAILED, until the pilot asks for communication anew.
* A link that is lost may come back within T_conn_resume (LOST). Unplugged, or not asked for communication for T_conn_max_comm, the
  vehicle leaves the network by a key that nobody else has.

On this link a modem tells the state of the network by the message of its maker, in place of the beacons that no host ever sees.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from harness.core.durations import s
from harness.core.pdu import Datagram, Pdu
from harness.protocols.iso15118.pilot import Reading
from harness.protocols.iso15118.slac.behaviour import SlacBehaviour
from harness.protocols.iso15118.slac.frames import MmeError, decode
from harness.protocols.iso15118.slac.options import EvMatchingOptions
from harness.protocols.iso15118.slac.scrutiny import Expected, objection
from harness.protocols.iso15118.slac.steps import WITH_KEYS, EvPhase, MatchingSteps, PilotOfVehicle

__all__ = ["EvMatching", "EvPhase", "PilotOfVehicle"]


class EvMatching(MatchingSteps):
    """Node of the vehicle on the power line link."""

    def __init__(
        self,
        pilot: PilotOfVehicle,
        options: EvMatchingOptions | None = None,
        *,
        behaviour: SlacBehaviour | None = None,
        name: str = "truck plc",
    ) -> None:
        super().__init__(pilot, options or EvMatchingOptions(), behaviour or SlacBehaviour())
        self.name = name
        self._now_ns = 0
        self._asked = False
        """The pilot asked for communication when it was looked at last."""
        self._first_ns: int | None = None
        """Beginning of the first of several matchings."""

    @property
    def is_up(self) -> bool:
        """Datagrams reach the station."""
        return self.phase is EvPhase.CONNECTED

    @property
    def has_failed(self) -> bool:
        """The last repetition is over; a new request for communication begins anew."""
        return self.phase is EvPhase.FAILED

    # Node

    def start(self, now_ns: int) -> list[Pdu]:
        """Wait for the pilot."""
        self._now_ns = now_ns
        self._look(now_ns)
        return []

    def receive(self, now_ns: int, pdu: Pdu) -> list[Pdu]:
        """Take a frame; what is not for this vehicle, or not right, is ignored."""
        self._now_ns = now_ns
        self._look(now_ns)
        if not isinstance(pdu, Datagram):
            return []
        try:
            mme = decode(pdu.data)
        except MmeError:
            return []
        handler = self.HANDLERS.get(mme.name)
        if handler is None or objection(mme, self._expected(), self._behaviour.overlooks):
            return []
        return handler(self, now_ns, mme)

    def next_deadline_ns(self) -> int | None:
        """Now if the pilot says something new, otherwise the earliest timer."""
        if self._asks() is not self._asked or self._must_leave():
            return self._now_ns
        return self._next_ns()

    def handle_timers(self, now_ns: int) -> list[Pdu]:
        """Look at the pilot, send the replies that are due, then fire the timers that are, one by one."""
        self._now_ns = now_ns
        self._look(now_ns)
        out = [*self._due_replies(now_ns), *self._decide_early(now_ns)]
        while (name := self._timers.take_due(now_ns)) is not None:
            out += self._EXPIRED[name](self, now_ns)
        return out

    # The pilot

    def _asks(self) -> bool:
        if self._behaviour.refrains("await_duty"):
            return self._pilot.is_plugged
        return self._pilot.reading is Reading.COMMUNICATION

    def _must_leave(self) -> bool:
        leaves = not self._pilot.is_plugged and self.phase in WITH_KEYS and not self._timers.is_armed("leave")
        return leaves and not self._behaviour.refrains("leave_network")

    def _look(self, now_ns: int) -> None:
        asks = self._asks()
        if self._must_leave():
            self._timers.clear()
            self._timers.arm("leave", now_ns + s(self.options.ev_leave_s))
        elif not self._pilot.is_plugged and self.phase not in WITH_KEYS:
            self._stand(EvPhase.IDLE)
            self._first_ns = None
        if asks is not self._asked:
            self._asked = asks
            self._asked_anew(now_ns) if asks else self._not_asked(now_ns)

    def _asked_anew(self, now_ns: int) -> None:
        self._timers.cancel("hold")
        if self.phase is EvPhase.IDLE and not (self._first_ns is not None and self._behaviour.refrains("heed_pulse")):
            self._first_ns = now_ns
            self._timers.arm("begin", now_ns + s(self.options.ev_start_s))

    def _not_asked(self, now_ns: int) -> None:
        if self.phase not in WITH_KEYS:
            self._stand(EvPhase.IDLE)
        elif self._pilot.is_plugged and self._pilot.reading is not Reading.STEADY:
            self._timers.arm("hold", now_ns + s(self.options.ev_hold_s))

    # Ends

    def _fail(self, now_ns: int) -> list[Pdu]:
        """The matching failed: rest and try again, or give up."""
        self._stand(EvPhase.RESTING)
        next_ns = now_ns + s(self.options.ev_rate_s)
        since_ns = now_ns if self._first_ns is None else self._first_ns
        if next_ns - since_ns > s(self.options.ev_repetition_s) and not self._behaviour.refrains("give_up"):
            self._stand(EvPhase.FAILED)
        else:
            self._timers.arm("begin", next_ns)
        return []

    def _leave(self, now_ns: int) -> list[Pdu]:
        """A key that nobody else has takes the modem out of the network."""
        self._stand(EvPhase.IDLE)
        self._first_ns = None
        return self._set_key({"nid": bytes(7), "new_key": self._random.randbytes(16)})

    def _leave_held(self, now_ns: int) -> list[Pdu]:
        return [] if self._behaviour.refrains("leave_network") else self._leave(now_ns)

    def _expected(self) -> Expected:
        return Expected(self.options.ev_mac, self._run_id, self.options.ev_sounds, self._station)

    _EXPIRED: ClassVar[dict[str, Callable[[EvMatching, int], list[Pdu]]]] = {
        "begin": MatchingSteps._begin,
        "ask": MatchingSteps._ask,
        "response": MatchingSteps._again,
        "batch": MatchingSteps._sound,
        "results": MatchingSteps._decide,
        "toggle": MatchingSteps._toggle,
        "join": _fail,
        "resume": _leave,
        "hold": _leave_held,
        "leave": _leave,
    }
