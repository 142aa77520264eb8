"""The part of the steering wheel that is about responses: what they hold, when they leave, what the station says of itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from harness.core.errors import LocalProtocolError
from harness.core.problems import did_you_mean
from harness.protocols.iso15118.editions import EDITIONS
from harness.protocols.iso15118.exi import Deviation
from harness.protocols.iso15118.station.agreement import AGREEMENT, tables
from harness.protocols.iso15118.station.orders import responses as orders
from harness.protocols.iso15118.station.orders.responses import Order
from harness.protocols.iso15118.station.state import Schedule

__all__ = ["ResponseSteering", "header_fields"]


class ResponseSteering:
    """Orders about responses. An *exchange* is named as in ``StationSteering``."""

    def __init__(self, faults: Sequence[Order]) -> None:
        self.orders: list[Order] = list(faults)
        """What changes the responses, faults included."""
        self._faults = tuple(faults)

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
        self.orders.append(orders.Header(_known(exchange), fields=header_fields(payload_type, version, inverse, length)))

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


def header_fields(payload_type: int | None, version: int | None, inverse: int | None, length: int | None) -> Mapping[str, int]:
    """The fields of a V2GTP header that are to differ."""
    fields = {"payload_type": payload_type, "version": version, "inverse": inverse, "length": length}
    return {name: value for name, value in fields.items() if value is not None}


def _known(exchange: str) -> str:
    names = {"", AGREEMENT.exchange, *(row.exchange for table in tables().values() for row in table.rows)}
    if exchange not in names:
        raise LocalProtocolError(f"no protocol of the station has an exchange '{exchange}'{did_you_mean(exchange, sorted(names))}")
    return exchange
