"""The steering wheel of a station: what a case may order between two events."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from harness.core.pdu import Level
from harness.protocols.iso15118.pilot import StationPilot
from harness.protocols.iso15118.station.orders import discovery
from harness.protocols.iso15118.station.orders import responses as orders
from harness.protocols.iso15118.station.orders.overlooking import Overlook
from harness.protocols.iso15118.station.orders.physical import Cp, Forced, Physical
from harness.protocols.iso15118.station.orders.protection import Protection
from harness.protocols.iso15118.station.orders.responses import Order
from harness.protocols.iso15118.station.orders.steering import ResponseSteering, header_fields
from harness.protocols.iso15118.station.state import StationState

__all__ = ["StationSteering"]


class StationSteering(ResponseSteering):
    """Orders to a station. They hold in every session until ``revert`` takes them back.

    An *exchange* is named as the rows of the reference name it (``CableCheck``, ``PowerDelivery_start``); ``""`` is every one.
    """

    def __init__(self, pilot: StationPilot | None, state: StationState, faults: Sequence[Order]) -> None:
        super().__init__(faults)
        self.pilot = pilot
        """The station's side of the control pilot, ``None`` without such a line."""
        self.state = state
        self.discovery_orders: list[discovery.DiscoveryOrder] = []
        """What changes the answers of the discovery."""
        self._physical: list[Physical] = []
        self.protection = Protection()
        """What a vehicle that asks for TLS meets."""
        self.accept_delay_ns: int | None = None
        """A connection that is asked for waits so long; ``None``: it is established at once."""
        self.requests = 0
        """Requests that were understood, since the start."""
        self.discoveries = 0
        """Datagrams of the discovery, since the start."""
        self.orders_to_vehicle: list[Level] = []
        """What the cable has to send for the driver of the truck."""
        self._pressed: set[str] = set()
        self._actions: list[Callable[[int], None]] = []

    # Session and cable

    def begin(self) -> None:
        """Make the station ready for a session: connector in, oscillation at the duty cycle that asks for digital communication."""
        if self.pilot is None:
            self._actions.append(lambda now_ns: self._open_window(now_ns, timed=False))
        self.plug(True)

    def plug(self, on: bool = True) -> None:
        """Put the connector in, or pull it."""
        if self.pilot is None:
            return
        if not on:
            self._steady()
            for line in sorted(self._pressed):
                self._press(line, False)
        self.pilot.plug(on)

    def duty(self, percent: float | None) -> None:
        """Oscillate with *percent* duty cycle, 100 for a steady level; ``None``: as the station does by itself."""
        self._drive("cp_duty_percent", percent)

    def cp_source(self, volts: float | None) -> None:
        """Drive the pilot from *volts*: 12 as usual, 0 for E or a short, -12 for F; ``None`` takes that back."""
        self._drive("cp_source_v", volts)

    def frequency(self, hz: float | None) -> None:
        """Oscillate with *hz*; ``None`` takes that back."""
        self._drive("cp_frequency_hz", hz)

    def cp_open(self, on: bool = True) -> None:
        """Interrupt the pilot between station and vehicle; with False join it again."""
        self._drive("cp_open", 1.0 if on else None)

    def pp(self, ohm: float | None) -> None:
        """Show *ohm* on the proximity; ``None`` takes that back."""
        self._drive("pp_ohm", ohm)

    def supply(self, volts: float | None = None, amps: float | None = None) -> None:
        """Put out *volts*, or let *amps* flow, whatever the vehicle asks for and whatever is told; ``None``: as it is asked for."""
        self._physical = [one for one in self._physical if not isinstance(one, Forced)]
        self._physical.append(Forced(self.state.output, volts, amps))

    def user_stop(self, on: bool = True) -> None:
        """Use the means by which the driver of the truck makes it stop."""
        self._press("user_stop", on)

    def user_pause(self, on: bool = True) -> None:
        """Use the means by which the driver of the truck makes it pause."""
        self._press("user_pause", on)

    # TCP and discovery

    def reset_tcp(self) -> None:
        """Tear the connection down."""
        self._actions.append(self._tear)

    def close_tcp(self) -> None:
        """End the connection from this side."""
        self._actions.append(lambda now_ns: self._close())

    def accept_after(self, ns: int | None) -> None:
        """Let connections wait so long before they are established; ``None``: at once."""
        self.accept_delay_ns = ns

    def tls(self, versions: Sequence[str] = (), certificate: str = "", *, only_hello: bool = False) -> None:
        """Accept these versions of TLS only, show another certificate (``expired``, ``wrong_root``, ``wrong_name``, ``revoked``), or
        tear the connection down behind the vehicle's first message.

        Raises:
            LocalProtocolError: no such version or certificate.
        """
        self.protection = Protection.ordered(versions, certificate, only_hello)

    def sdp_silent(self, count: int | None = None) -> None:
        """Do not answer the next *count* requests of the discovery, or none any more."""
        self.discovery_orders.append(discovery.Mute(count))

    def sdp_answer(self, **changes: object) -> None:
        """Answer the discovery with other fields: ``address``, ``port``, ``security``, ``transport``."""
        self.discovery_orders.append(discovery.Changed(changes))

    def sdp_raw(self, make: Callable[[bytes], bytes]) -> None:
        """Answer the discovery with what *make* makes of the whole datagram."""
        self.discovery_orders.append(discovery.Rewritten(make=make))

    def sdp_header(
        self, *, payload_type: int | None = None, version: int | None = None, inverse: int | None = None, length: int | None = None
    ) -> None:
        """Answer the discovery with other fields in the V2GTP header."""
        self.discovery_orders.append(discovery.Headed(header_fields(payload_type, version, inverse, length)))

    def sdp_delay(self, ns: int) -> None:
        """Answer the discovery so much later."""
        self.discovery_orders.append(discovery.Delayed(by_ns=ns))

    def sdp_second(self, after_ns: int = 0, **changes: object) -> None:
        """Answer the discovery a second time, so much later, with other fields."""
        self.discovery_orders.append(discovery.Second(changes, after_ns))

    def forget_session(self) -> None:
        """Know nothing of a session that was paused: who asks for it gets a new one."""
        self.state.paused_id = b""

    def revert(self) -> None:
        """Take back every order: what follows is as the protocols say. The plug stays as it is."""
        self.orders = list(self._faults)
        self.discovery_orders.clear()
        for one in self._physical:
            one.leave()
        self._physical.clear()
        self.protection = Protection()
        self.accept_delay_ns = None
        self.state.output.current_limit_a = self.state.options.max_current_a

    # For the machine and the cable

    @property
    def is_silent(self) -> bool:
        """Whether nothing is sent any more."""
        return any(isinstance(one, orders.Silence) for one in self.orders)

    def overlooks(self, check: str, exchange: str) -> bool:
        """Whether a fault makes the station leave out *check*."""
        return any(isinstance(one, Overlook) and one.check == check and one.concerns(exchange) for one in self.orders)

    @property
    def is_duty_ordered(self) -> bool:
        """Whether a case holds the duty cycle."""
        return any(isinstance(one, Cp) and one.line == "cp_duty_percent" for one in self._physical)

    def oscillate(self) -> None:
        """The vehicle is there: ask for digital communication."""
        if self.pilot is not None:
            self.pilot.duty(self.state.options.duty_percent)

    def take_orders_to_vehicle(self) -> list[Level]:
        """Levels of the driver's means that are to be sent."""
        taken, self.orders_to_vehicle = self.orders_to_vehicle, []
        return taken

    def _press(self, line: str, on: bool) -> None:
        (self._pressed.add if on else self._pressed.discard)(line)
        self.orders_to_vehicle.append(Level(line, float(on)))

    def _steady(self) -> None:
        if self.pilot is not None and not self.is_duty_ordered:
            self.pilot.duty(100.0)

    def _drive(self, line: str, value: float | None) -> None:
        if self.pilot is None:
            return
        for one in [one for one in self._physical if isinstance(one, Cp) and one.line == line]:
            self._physical.remove(one)
            one.leave()
        if value is not None:
            self._physical.append(Cp(self.pilot, line, value))

    def _open_window(self, now_ns: int, *, timed: bool = True) -> None:
        raise NotImplementedError

    def _close(self) -> None:
        raise NotImplementedError

    def _tear(self, now_ns: int) -> None:
        raise NotImplementedError
