"""The steering wheel of a station: what a case may order between two events."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from harness.core.errors import LocalProtocolError
from harness.core.pdu import Level
from harness.core.problems import did_you_mean
from harness.protocols.iso15118.editions import EDITIONS
from harness.protocols.iso15118.exi import Deviation
from harness.protocols.iso15118.pilot import StationPilot
from harness.protocols.iso15118.station.agreement import AGREEMENT, tables
from harness.protocols.iso15118.station.orders import discovery
from harness.protocols.iso15118.station.orders import responses as orders
from harness.protocols.iso15118.station.orders.overlooking import Overlook
from harness.protocols.iso15118.station.orders.physical import Cp, Forced, Physical
from harness.protocols.iso15118.station.orders.protection import Protection
from harness.protocols.iso15118.station.orders.responses import Order
from harness.protocols.iso15118.station.state import Schedule, StationState

__all__ = ["StationSteering"]


class StationSteering:
    """Orders to a station. They hold in every session until ``revert`` takes them back.

    An *exchange* is named as the rows of the reference name it (``CableCheck``, ``PowerDelivery_start``); ``""`` is every one.
    """

    def __init__(self, pilot: StationPilot | None, state: StationState, faults: Sequence[Order]) -> None:
        self.pilot = pilot
        """The station's side of the control pilot, ``None`` without such a line."""
        self.state = state
        self.orders: list[Order] = list(faults)
        """What changes the responses, faults included."""
        self._faults = tuple(faults)
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

    # Responses

    def speak(self, edition: str | None) -> None:
        """Choose only the protocol *edition* in SupportedAppProtocol; ``None``: any that the station has.

        Raises:
            LocalProtocolError: there is no such protocol, or the station has no table of it.
        """
        self.orders = [one for one in self.orders if not isinstance(one, orders.Speak) or one in self._faults]
        if edition is None:
            return
        if edition not in tables():
            raise LocalProtocolError(f"the station does not speak '{edition}'{did_you_mean(edition, tuple(EDITIONS))}")
        self.orders.append(orders.Speak(edition=edition))

    def withhold(self, exchange: str = "") -> None:
        """Do not answer."""
        self.orders.append(orders.Withhold(_known(exchange)))

    def delay(self, exchange: str, ns: int) -> None:
        """Answer so much later."""
        self.orders.append(orders.Delay(_known(exchange), by_ns=ns))

    def code(self, exchange: str, code: str) -> None:
        """Answer with another response code; everything else is as it would be."""
        self.orders.append(orders.Code(_known(exchange), code=code))

    def change(self, exchange: str, values: Mapping[str, object]) -> None:
        """Put other values into the response, by path (``DC_EVSEStatus.EVSEStatusCode``, list elements ``[1]``); ``None`` removes."""
        self.orders.append(orders.Change(_known(exchange), values=dict(values)))

    def answer_with(self, exchange: str, response: str) -> None:
        """Answer with a valid response of another type (``PaymentServiceSelectionRes`` stands for its name in each protocol)."""
        self.orders.append(orders.AnswerWith(_known(exchange), response=response))

    def session_id(self, exchange: str, session_id: bytes) -> None:
        """Answer with another session id in the header."""
        self.orders.append(orders.SessionId(_known(exchange), session_id=session_id))

    def ongoing(self, exchange: str, for_ns: int | None = None) -> None:
        """Say ``Ongoing`` for so long after the first request of a row, for ever with ``None``."""
        self.orders.append(orders.Ongoing(_known(exchange), for_ns=for_ns))

    def ongoing_times(self, exchange: str, n: int) -> None:
        """Say ``Ongoing`` in the first *n* responses of a row."""
        self.orders.append(orders.Ongoing(_known(exchange), rounds=n))

    def raw(self, exchange: str, make: Callable[[bytes], bytes]) -> None:
        """Send what *make* makes of the whole V2GTP frame."""
        self.orders.append(orders.Raw(_known(exchange), make=make))

    def header(
        self,
        exchange: str,
        *,
        payload_type: int | None = None,
        version: int | None = None,
        inverse: int | None = None,
        length: int | None = None,
    ) -> None:
        """Send the response with other fields in its V2GTP header."""
        self.orders.append(orders.Header(_known(exchange), fields=_given(payload_type, version, inverse, length)))

    def segments(self, exchange: str, size: int, gap_ns: int = 0) -> None:
        """Send the response in pieces of *size* bytes, *gap_ns* apart.

        Raises:
            LocalProtocolError: *size* is not positive.
        """
        if size <= 0:
            raise LocalProtocolError(f"a piece has at least one byte, not {size}")
        self.orders.append(orders.Segments(_known(exchange), size=size, gap_ns=gap_ns))

    def twice(self, exchange: str, gap_ns: int = 0) -> None:
        """Send the response a second time, *gap_ns* later."""
        self.orders.append(orders.Twice(_known(exchange), gap_ns=gap_ns))

    def exi(self, exchange: str, *deviations: Deviation) -> None:
        """Send the response with deviations of its EXI stream."""
        self.orders.append(orders.Exi(_known(exchange), deviations=deviations))

    def silence(self) -> None:
        """Send nothing at all any more: no response, no answer of the discovery, no connection."""
        self.orders.append(orders.Silence())

    # What the station says of itself

    def tell(self, voltage: float | None = None, current: float | None = None) -> None:
        """Say that *voltage* and *current* are measured at the output, whatever is there."""
        self.orders.append(orders.Tell(voltage_v=voltage, current_a=current))

    def notify(self, notification: str, max_delay_s: int = 0) -> None:
        """Ask the vehicle for something (``StopCharging``, ``ReNegotiation``; the word of ISO 15118-20 is put in its place)."""
        self.orders.append(orders.Notify(notification=notification, max_delay_s=max_delay_s))

    def status(self, code: str = "", isolation: str = "") -> None:
        """Say how the station is: ``EVSEStatusCode`` and ``EVSEIsolationStatus``."""
        self.orders.append(orders.Status(code=code, isolation=isolation))

    def limits(self, max_current_a: float | None = None, max_voltage_v: float | None = None, max_power_w: float | None = None) -> None:
        """Tell other limits; the current is kept to, too."""
        self.orders.append(orders.Limits("", max_current_a, max_voltage_v, max_power_w))

    def services(
        self,
        *energy: int,
        modes: Sequence[str] = (),
        payment: Sequence[str] = (),
        added: Sequence[Mapping[str, object]] | None = None,
    ) -> None:
        """Offer other services: *energy* of ISO 15118-20 by number, energy transfer *modes*, *payment* options, value-*added* services."""
        self.orders.append(orders.Services("", energy, tuple(modes), tuple(payment), None if added is None else tuple(added)))

    def schedules(self, *schedules: Schedule) -> None:
        """Offer other schedules."""
        self.orders.append(orders.Schedules("", schedules))

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
        self.discovery_orders.append(discovery.Headed(_given(payload_type, version, inverse, length)))

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


def _given(payload_type: int | None, version: int | None, inverse: int | None, length: int | None) -> Mapping[str, int]:
    fields = {"payload_type": payload_type, "version": version, "inverse": inverse, "length": length}
    return {name: value for name, value in fields.items() if value is not None}


def _known(exchange: str) -> str:
    names = {"", AGREEMENT.exchange, *(row.exchange for table in tables().values() for row in table.rows)}
    if exchange not in names:
        raise LocalProtocolError(f"no protocol of the station has an exchange '{exchange}'{did_you_mean(exchange, sorted(names))}")
    return exchange
