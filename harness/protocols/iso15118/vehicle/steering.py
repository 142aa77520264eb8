"""The steering wheel of a vehicle: what a case may order between two events when the tester plays the truck."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from harness.core.errors import LocalProtocolError
from harness.core.problems import did_you_mean
from harness.protocols.iso15118.behaviour import changed
from harness.protocols.iso15118.sap import Offer
from harness.protocols.iso15118.vehicle.agreement import AGREEMENT_ROW
from harness.protocols.iso15118.vehicle.din import DIN_TABLE
from harness.protocols.iso15118.vehicle.discovery import DISCOVERY
from harness.protocols.iso15118.vehicle.iso2 import ISO_2_TABLE
from harness.protocols.iso15118.vehicle.iso20 import ISO_20_TABLE
from harness.protocols.iso15118.vehicle.state import Content
from harness.protocols.iso15118.vehicle.table import Table

__all__ = ["TABLES", "VehicleSteering", "exchanges"]

TABLES: Mapping[str, Table] = {table.edition.name: table for table in (DIN_TABLE, ISO_2_TABLE, ISO_20_TABLE)}


def exchanges() -> tuple[str, ...]:
    """Names of all exchanges of all protocols, SupportedAppProtocol first."""
    return tuple(dict.fromkeys((AGREEMENT_ROW.exchange, *(name for table in TABLES.values() for name in table.rows))))


_EXCHANGES = (DISCOVERY, *exchanges())
_REQUESTS = frozenset(row.request for table in TABLES.values() for row in table.rows.values())


@dataclass(slots=True)
class _Wheel:
    """The orders that hold at present."""

    withheld: set[str] = field(default_factory=set)
    delays_ns: dict[str, int] = field(default_factory=dict)
    instead: dict[str, str] = field(default_factory=dict)
    session_ids: dict[str, bytes] = field(default_factory=dict)
    changes: dict[str, dict[str, object]] = field(default_factory=dict)
    raw: dict[str, Callable[[bytes], bytes]] = field(default_factory=dict)
    offers: tuple[Offer, ...] = ()
    is_silent: bool = False
    pilot: str = ""


class VehicleSteering:
    """Orders to a vehicle. They hold until they are taken back; an *exchange* is named as in the tables (``PowerDelivery_start``)."""

    def __init__(self) -> None:
        self._wheel = _Wheel()
        self._orders: list[Callable[[int], None]] = []

    def begin(self, *, plugged: bool = True) -> None:
        """Plug the connector in; the session begins as soon as the station offers communication."""
        self._orders.append(lambda now_ns: self._plug(now_ns, plugged))

    def unplug(self) -> None:
        """Pull the connector."""
        self.begin(plugged=False)

    def stop(self) -> None:
        """End charging in order."""
        self._orders.append(lambda now_ns: self._want("stop"))

    def pause(self) -> None:
        """End charging in order and keep the session for later."""
        self._orders.append(lambda now_ns: self._want("pause"))

    def renegotiate(self) -> None:
        """Agree on parameters anew out of the energy loop."""
        self._orders.append(lambda now_ns: self._want("renegotiate"))

    def close_tcp(self) -> None:
        """End the connection at once."""
        self._orders.append(lambda now_ns: self._cut(tear=False))

    def reset_tcp(self) -> None:
        """Tear the connection down."""
        self._orders.append(lambda now_ns: self._cut(tear=True))

    def look(self) -> None:
        """Send one discovery request besides those of the session; what answers it is not used."""
        self._orders.append(lambda now_ns: self._look())

    def knock(self, address: str, port: int) -> None:
        """Ask for a connection besides that of the session; one that is accepted is torn down at once."""
        self._orders.append(lambda now_ns: self._knock(address, port))

    def withhold(self, *exchanges: str) -> None:
        """Send none of these requests; the session stands there.

        Raises:
            LocalProtocolError: there is no such exchange.
        """
        self._wheel.withheld.update(_known(name) for name in exchanges)

    def resume(self, *exchanges: str) -> None:
        """Send these requests again, all of them if none is named; what was withheld leaves at once."""
        self._wheel.withheld.difference_update([_known(name) for name in exchanges] or set(self._wheel.withheld))
        self._orders.append(self._ask_again)

    def delay(self, exchange: str, by_ns: int) -> None:
        """Send this request so much later.

        Raises:
            LocalProtocolError: there is no such exchange.
        """
        self._wheel.delays_ns[_known(exchange)] = by_ns

    def request_instead(self, exchange: str, request: str) -> None:
        """Send *request* (``ServiceDiscoveryReq``) with its ordinary content in place of that of *exchange*.

        Raises:
            LocalProtocolError: there is no such exchange or request.
        """
        if request not in _REQUESTS:
            raise LocalProtocolError(f"no request is named '{request}'{did_you_mean(request, _REQUESTS)}")
        self._wheel.instead[_known(exchange)] = request

    def session_id(self, exchange: str, session_id: bytes) -> None:
        """Send this request with another session id.

        Raises:
            LocalProtocolError: there is no such exchange.
        """
        self._wheel.session_ids[_known(exchange)] = bytes(session_id)

    def change(self, exchange: str, values: Content) -> None:
        """Send this request with other values, by path; ``None`` leaves an element out.

        Raises:
            LocalProtocolError: there is no such exchange.
        """
        self._wheel.changes.setdefault(_known(exchange), {}).update(values)

    def raw(self, exchange: str, make: Callable[[bytes], bytes]) -> None:
        """Send what *make* gives for the whole V2GTP frame of this request; nothing if that is empty.

        Raises:
            LocalProtocolError: there is no such exchange.
        """
        self._wheel.raw[_known(exchange)] = make

    def offer(self, *offers: Offer) -> None:
        """Offer these protocols in SupportedAppProtocol."""
        self._wheel.offers = offers

    def hold_cp(self, state: str) -> None:
        """Keep the control pilot in B or C whatever the session asks for; empty: let it go.

        Raises:
            LocalProtocolError: it is another state.
        """
        if state not in ("", "B", "C"):
            raise LocalProtocolError(f"the control pilot is held in B or C, not in '{state}'")
        self._wheel.pilot = state
        self._orders.append(self._hold_pilot)

    def silence(self, on: bool = True) -> None:
        """Send nothing at all any more, discovery and the end of the connection included."""
        self._wheel.is_silent = on

    def revert(self) -> None:
        """Take back every order that holds."""
        self._wheel = _Wheel()

    # For the machine

    @property
    def _is_steered(self) -> bool:
        wheel = self._wheel
        return bool(wheel.changes or wheel.instead or wheel.session_ids)

    def _steered(self, exchange: str, content: Content) -> Content:
        changes = self._wheel.changes.get(exchange)
        return changed(content, changes) if changes else content

    def _plug(self, now_ns: int, plugged: bool) -> None:
        raise NotImplementedError

    def _want(self, wish: str) -> None:
        raise NotImplementedError

    def _cut(self, *, tear: bool) -> None:
        raise NotImplementedError

    def _look(self) -> None:
        raise NotImplementedError

    def _knock(self, address: str, port: int) -> None:
        raise NotImplementedError

    def _ask_again(self, now_ns: int) -> None:
        raise NotImplementedError

    def _hold_pilot(self, now_ns: int) -> None:
        raise NotImplementedError


def _known(exchange: str) -> str:
    if exchange not in _EXCHANGES:
        raise LocalProtocolError(f"no exchange is named '{exchange}'{did_you_mean(exchange, _EXCHANGES)}")
    return exchange
