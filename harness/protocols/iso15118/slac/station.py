"""The station's side of matching over power line: one node that plays the station at the plug, and neighbours if a case wants some."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from harness.core.durations import s
from harness.core.errors import LocalProtocolError
from harness.core.pdu import Datagram, Pdu
from harness.protocols.iso15118.slac.attached import AttachedOutlet
from harness.protocols.iso15118.slac.frames import MmeError, decode
from harness.protocols.iso15118.slac.options import EvseMatchingOptions
from harness.protocols.iso15118.slac.orders import Changed, Delayed, Mutilated, Outgoing, SlacOrder, Withheld, own_message
from harness.protocols.iso15118.slac.outlet import Outlet, OutletPhase

__all__ = ["EvseMatching", "PilotOfStation"]

_MOST_DB = 255


class PilotOfStation(Protocol):
    """What matching needs of the control pilot."""

    toggles: int

    @property
    def is_plugged(self) -> bool: ...

    @property
    def duty_percent(self) -> float: ...

    def count_toggles(self) -> None: ...


class EvseMatching:
    """Node of the station on the power line link, and the steering wheel of its matching.

    Orders take effect from now on; ``revert`` takes all back.
    """

    def __init__(self, pilot: PilotOfStation, options: EvseMatchingOptions | None = None, *, name: str = "station plc") -> None:
        self.name = name
        self.options = options or EvseMatchingOptions()
        self._pilot = pilot
        self._orders: list[SlacOrder] = []
        self._actions: list[Callable[[int], None]] = []
        self._queue: list[Outgoing] = []
        self._now_ns = 0
        self._plugged = False
        self._asked = False
        self._init_ns: int | None = None
        self._outlets = [self._outlet(self.options.evse_mac, self.options.evse_modem_mac, self.options.evse_attenuation_db)]
        self.requests = 0
        """Requests for parameters so far."""
        self.init_expired = False
        """The vehicle asked for nothing within TT_EVSE_SLAC_init."""

    # What it knows

    @property
    def is_connected(self) -> bool:
        """The link to the vehicle is there."""
        return any(outlet.is_connected for outlet in self._outlets)

    @property
    def mac(self) -> str:
        """Address of the station at the plug."""
        return self._outlets[0].mac

    @property
    def matched_mac(self) -> str:
        """Address of the station that the vehicle chose, empty before that."""
        chosen = (one for one in self._outlets if one.phase in (OutletPhase.MATCHED, OutletPhase.CONNECTED))
        return next((outlet.mac for outlet in chosen), "")

    # Orders

    def withhold(self, name: str, station: int | None = None) -> None:
        """Do not send *name*, of all stations or of the one with that number.

        Raises:
            LocalProtocolError: no station sends such a message, or there is no such station.
        """
        self._orders.append(Withheld(own_message(name), "" if station is None else self._numbered(station).mac))

    def resume(self, name: str) -> None:
        """Send *name* again."""
        self._orders = [order for order in self._orders if not (isinstance(order, Withheld) and order.message == name)]

    def delay(self, name: str, by_ns: int) -> None:
        """Send *name* so much later."""
        self._orders.append(Delayed(own_message(name), by_ns))

    def change(self, name: str, **values: int | bytes | str) -> None:
        """Send *name* with these values; ``source`` and ``destination`` are the addresses of its frame."""
        self._orders.append(Changed(own_message(name), values))

    def raw(self, name: str, make: Callable[[bytes], bytes]) -> None:
        """Send other bytes instead of the frame of *name*."""
        self._orders.append(Mutilated(own_message(name), make))

    def attenuation(self, decibel: int, station: int = 0) -> None:
        """What a station tells as its attenuation; too much makes a vehicle ask for validation, or look elsewhere."""
        self._numbered(station).pretend(_decibel(decibel))

    def add_station(self, decibel: int, mac: str) -> None:
        """A neighbour that hears the vehicle too."""
        if mac.upper() in [outlet.mac for outlet in self._outlets]:
            raise LocalProtocolError(f"two stations have the address {mac}")
        self._outlets.append(self._outlet(mac.upper(), "", _decibel(decibel)))

    def join(self, on: bool) -> None:
        """Let the modems find each other after a match, or never."""
        for outlet in self._outlets:
            outlet.joins = on

    def link(self, up: bool) -> None:
        """Take the link down, or bring one up, whatever the matching came to."""
        self._actions.append(lambda now_ns: self._outlets[0].report_link(now_ns, up))

    def amplitude_map(self, carriers: int) -> None:
        """Ask the vehicle for other levels of so many carriers."""
        self._actions.append(lambda now_ns: self._outlets[0].map_amplitudes(now_ns, carriers))

    def revert(self) -> None:
        """Take back every order; neighbours go."""
        self._orders.clear()
        del self._outlets[1:]
        self._outlets[0].pretend(None)
        self._outlets[0].joins = True

    # Node

    def start(self, now_ns: int) -> list[Pdu]:
        """Wait for the vehicle."""
        self._now_ns = now_ns
        return []

    def receive(self, now_ns: int, pdu: Pdu) -> list[Pdu]:
        """Every station hears every frame; what is no management message is ignored."""
        self._now_ns = now_ns
        self._look(now_ns)
        if not isinstance(pdu, Datagram):
            return []
        try:
            mme = decode(pdu.data)
        except MmeError:
            return []
        if mme.name == "CM_SLAC_PARM.REQ":
            self.requests += 1
            self._init_ns = None
        for outlet in self._outlets:
            outlet.receive(now_ns, mme)
        return self._due(now_ns)

    def next_deadline_ns(self) -> int | None:
        """Now if there are orders to carry out or the pilot changed, otherwise the earliest timer or message."""
        if self._actions or self._pilot.is_plugged is not self._plugged or self._asks() is not self._asked:
            return self._now_ns
        waits = [self._init_ns, *(outgoing.due_ns for outgoing in self._queue), *(one.next_deadline_ns() for one in self._outlets)]
        return min((t_ns for t_ns in waits if t_ns is not None), default=None)

    def handle_timers(self, now_ns: int) -> list[Pdu]:
        """Carry out orders, fire timers, send what is due."""
        self._now_ns = now_ns
        self._look(now_ns)
        while self._actions:
            self._actions.pop(0)(now_ns)
        for outlet in self._outlets:
            outlet.handle_timers(now_ns)
        if self._init_ns is not None and self._init_ns <= now_ns:
            self._init_ns, self.init_expired = None, True
        return self._due(now_ns)

    def _asks(self) -> bool:
        return self._pilot.is_plugged and self._pilot.duty_percent < 100

    def _look(self, now_ns: int) -> None:
        """Unplugging ends everything; the oscillation starts the wait for the vehicle."""
        if self._pilot.is_plugged is not self._plugged:
            self._plugged = self._pilot.is_plugged
            if self._plugged:
                self.requests, self.init_expired = 0, False
        if self._asks() is not self._asked:
            self._asked = self._asks()
            begins = self._asked and not self.is_connected
            self._init_ns = now_ns + s(self.options.evse_slac_init_s) if begins else None

    def _due(self, now_ns: int) -> list[Pdu]:
        for outlet in self._outlets:
            for due_ns, mme in outlet.outbox:
                self._put(Outgoing(due_ns, mme))
            outlet.outbox.clear()
        due = sorted((one for one in self._queue if one.due_ns <= now_ns), key=lambda one: one.due_ns)
        self._queue = [one for one in self._queue if one.due_ns > now_ns]
        return [one.datagram() for one in due]

    def _put(self, outgoing: Outgoing) -> None:
        for order in self._orders:
            changed = order.apply(outgoing)
            if changed is None:
                return
            outgoing = changed
        self._queue.append(outgoing)

    def _outlet(self, mac: str, modem_mac: str, attenuation_db: int) -> Outlet:
        pilot = self._pilot
        at_plug = bool(modem_mac)
        kind = AttachedOutlet if at_plug and self.options.evse_modem_attached else Outlet
        return kind(
            self.options,
            mac,
            modem_mac,
            attenuation_db,
            pilot.count_toggles if at_plug else _nothing,
            lambda: pilot.toggles if at_plug else 0,
        )

    def _numbered(self, station: int) -> Outlet:
        if not 0 <= station < len(self._outlets):
            raise LocalProtocolError(f"there is no station number {station}; there are {len(self._outlets)}, counted from 0")
        return self._outlets[station]


def _nothing() -> None:
    """A neighbour has no pilot to count at."""


def _decibel(value: int) -> int:
    if not 0 <= value <= _MOST_DB:
        raise LocalProtocolError(f"an attenuation lies between 0 and {_MOST_DB} dB, not at {value} dB")
    return value
