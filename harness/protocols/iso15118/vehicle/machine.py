"""The vehicle side of ISO 15118 and DIN SPEC 70121: the communication controller of a truck as a sans-IO machine.

Theory of operation (reference: sections 2 to 5 and 9; the states of each protocol are the rows of its table):

* UNPLUGGED -> WAITING with the plug; -> DISCOVERY with the data link. From then on the setup timer (20 s) runs until SessionSetupRes.
* DISCOVERY sends a request every 0.25 s, at most 50. The first good answer leads to CONNECTING; a refused connection leads back.
* TALKING begins with SupportedAppProtocol; its answer chooses the table. A request is sent, its response awaited for the time of its
  row, and the row says where the response leads: on, once more (with the patience of 60 s while the station is busy, and the timers of
  cable check and pre-charging), or out. Pilot and contactor are brought to what the next row needs before its request leaves.
* Out of TALKING leads every fault: no response, a response that is refused, unreadable, of another kind or of another session, a timer,
  the pilot, the plug, the connection, too much current or voltage. LEAVING then brings the pilot to B, opens the contactor (once the
  current is low, or after a second), and closes the connection (SAFE-STOP); OVER follows.
* A wish to end (state of charge, user, station) brings the current down in the energy loop and leaves it by PowerDelivery; before that
  by SessionStop. The regular end goes through LEAVING as well. A pause ends in PAUSED and keeps the session id.
* OVER and PAUSED last until the data link is lost and comes again, or until a new plug-in; PAUSED also until the user wants to go on.

Timers run in integer ns; nothing is polled. Deviations come from a ``Behaviour`` only.
"""

from __future__ import annotations

from harness.core.pdu import Chunk, Datagram, Handshake, Pdu
from harness.protocols.ip.host import Broken, Ended, Event, Heard, Opened, Received, Refused, Secured
from harness.protocols.iso15118.behaviour import Behaviour
from harness.protocols.iso15118.vehicle.course import Phase
from harness.protocols.iso15118.vehicle.options import VehicleOptions
from harness.protocols.iso15118.vehicle.plant import VehiclePlant
from harness.protocols.iso15118.vehicle.talk import VehicleTalk

__all__ = ["VehicleMachine"]

_ACTIVE = (Phase.DISCOVERY, Phase.CONNECTING, Phase.TALKING)
_EXPIRIES = {
    "response": "no response in time",
    "setup": "no session in time",
    "ongoing": "the station stays busy",
    "loop": "the station takes too long",
    "ready_to_charge": "not ready to charge in time",
}


class VehicleMachine(VehicleTalk):
    """EVCC on the network. Drive it as a ``Node``, steer it as ``VehicleSteering`` says; *plant* is the truck around it.

    Args:
        options: what the truck tells and how its maker set it up.
        plant: inlet, contactor and battery.
        behaviour: deviations from the standard; healthy if not given.
    """

    def __init__(self, options: VehicleOptions, plant: VehiclePlant, *, name: str = "evcc", behaviour: Behaviour | None = None) -> None:
        super().__init__(options, plant, name, behaviour or Behaviour())
        self._revision = -1
        self._had_link = False
        self._user_stopped = False
        self._user_paused = False

    # Node

    def start(self, now_ns: int) -> list[Pdu]:
        """Begin with what the plant says."""
        self._now_ns = now_ns
        self._follow_plant()
        return self._out()

    def receive(self, now_ns: int, pdu: Pdu) -> list[Pdu]:
        """Take a PDU of the network."""
        if not isinstance(pdu, Chunk | Datagram | Handshake):
            return []
        self._now_ns = now_ns
        self._follow_plant()
        for event in self._host.receive(pdu):
            self._on(event)
        return self._out()

    def next_deadline_ns(self) -> int | None:
        """The earliest timer, or the instant of a change of the plant."""
        if self._orders or self.plant.revision != self._revision:
            return self._now_ns
        deadlines = [t_ns for t_ns in (self._timers.next_deadline_ns(), self.plant.next_change_ns()) if t_ns is not None]
        return min(deadlines, default=None)

    def handle_timers(self, now_ns: int) -> list[Pdu]:
        """Carry out orders, follow the plant, fire what is due, one by one: an earlier one may cancel a later one."""
        self._now_ns = now_ns
        self._follow_plant()
        orders, self._orders = self._orders, []
        for order in orders:
            order(now_ns)
        self._follow_plant()
        while (name := self._timers.take_due(now_ns)) is not None:
            self._expire(name)
        self._follow_plant()
        return self._out()

    # Input

    def _on(self, event: Event) -> None:
        match event:
            case Opened(connection):
                self._opened(connection)
            case Secured(connection):
                self._secured(connection)
            case Refused(connection):
                self._refused(connection)
            case Received(connection, data):
                self._hear_bytes(connection, data)
            case Heard(datagram):
                self._hear_datagram(datagram)
            case Ended(connection) | Broken(connection):
                if connection is self._connection and not self.refrains("heed_connection"):
                    self._leave("the station ended the connection")

    def _follow_plant(self) -> None:
        plant = self.plant
        plant.advance(self._now_ns)
        if plant.revision == self._revision:
            return
        self._revision = plant.revision
        if self._waits_for_contactor:
            self._ask()
        self._open_when_low()
        self._heed_user()
        if not plant.is_plugged:
            self._unplugged()
        else:
            if self.phase is Phase.UNPLUGGED:
                self.phase = Phase.WAITING
            self._follow_link()

    def _heed_user(self) -> None:
        """The user presses a button: what counts is that it was not pressed before."""
        plant, state = self.plant, self.state
        stops, pauses = plant.stop_wanted and not self._user_stopped, plant.pause_wanted and not self._user_paused
        goes_on = self._user_paused and not plant.pause_wanted
        self._user_stopped, self._user_paused = plant.stop_wanted, plant.pause_wanted
        if stops and not self.refrains("heed_user"):
            state.request_stop("user")
        if pauses and not self.refrains("heed_pause"):
            state.request_stop("user", "pause")
        if goes_on and self.phase is Phase.PAUSED and plant.link_is_up and not self.refrains("try_again"):
            self._begin()

    def _unplugged(self) -> None:
        self._had_link = False
        if self.phase in _ACTIVE and not self.refrains("heed_plug"):
            self._leave("unplugged")
        elif self.phase is Phase.LEAVING:
            self._ends_paused = False
            self._forget_pause()
        elif self.phase in (Phase.WAITING, Phase.PAUSED, Phase.OVER):
            self._forget_pause()
            self.phase = Phase.UNPLUGGED

    def _follow_link(self) -> None:
        plant = self.plant
        # A power line may keep its link for a while when the station stops asking for communication.
        has_link = plant.link_is_up and plant.pilot_is_good
        rises, falls = has_link and not self._had_link, self._had_link and not has_link
        self._had_link = has_link
        if self.phase in _ACTIVE:
            if plant.fault:
                self._leave(plant.fault)
            elif falls and not self.refrains("heed_pilot"):
                self._leave("the pilot offers no communication any more" if not plant.pilot_is_good else "data link lost")
        elif rises and not plant.fault:
            if self.phase is Phase.LEAVING:
                self._close()
            if self.phase is Phase.WAITING or not self.refrains("try_again"):
                self._begin()

    # Timers

    def _expire(self, name: str) -> None:
        match name:
            case "sdp":
                self._discover()
            case "next":
                self._ask()
            case "cp_b":
                self._present("B")
                if self._waits_for_contactor:
                    self._ask()
            case "contactor":
                self._ask_anyway()
            case "open_limit":
                self._open()
            case "close":
                self._close()
            case _:
                self._leave(_EXPIRIES[name])

    def _out(self) -> list[Pdu]:
        out = self._host.take()
        return [] if self._wheel.is_silent else out
