"""The session of a station as its cases steer and judge it: the truck on its way, refusals, the end of the connection."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from harness.case import CaseBench, Sut
from harness.core import Check, Chunk, Direction, Inconclusive, Reason, Record, s
from harness.protocols.iso15118.message import CHARGER, VEHICLE, V2gMessage
from harness.protocols.iso15118.sap import PROTOCOLS, Offer

from ..words import AUTHORIZATION, DIN, EXCHANGES, ISO_2, LOOP, SELECTION, Where, request_of

_NAMESPACES = {DIN: "urn:din:70121:2012:MsgDef", ISO_2: "urn:iso:15118:2:2013:MsgDef"}
_20 = "urn:iso:std:iso:15118:-20:DC"
_SAME_PLACE = {"PaymentServiceSelection": SELECTION, "Authorization": AUTHORIZATION}
"""Rows name exchanges as ISO 15118-2 does."""


def is_close(record: Record) -> bool:
    """The station ends the TCP connection."""
    return isinstance(record.pdu, Chunk) and record.direction is Direction.RX and (record.pdu.end or record.pdu.reset)


def is_begin(record: Record) -> bool:
    """The station establishes a TCP connection."""
    return isinstance(record.pdu, Chunk) and record.direction is Direction.RX and record.pdu.begin


def is_knock(record: Record) -> bool:
    """The tester's truck asks for a TCP connection."""
    return isinstance(record.pdu, Chunk) and record.direction is Direction.TX and record.pdu.begin


def is_from_tester(record: Record) -> bool:
    """The tester's truck sends something on a TCP connection, its end included."""
    return isinstance(record.pdu, Chunk) and record.direction is Direction.TX


def offer_of(edition: str, priority: int = 1, schema_id: int = 1) -> Offer:
    """The entry of SupportedAppProtocol for *edition*."""
    known = next(one for one in PROTOCOLS if one.namespace == _NAMESPACES.get(edition, _20))
    return Offer(known.namespace, known.major, known.minor, schema_id, priority)


class Session:
    """Brings the station to a state of the session with the tester's truck, and checks what it does there."""

    def __init__(self, bench: CaseBench, truck: Sut, vehicle: Any, check: Callable[..., Check], check_time: Callable[..., Check]) -> None:
        self._bench, self._truck, self._vehicle = bench, truck, vehicle
        self._check, self._check_time = check, check_time
        self.edition = truck.edition
        vehicle.offer(offer_of(truck.edition))

    def exchange(self, name: str) -> str:
        """What the exchange *name* of ISO 15118-2 is called in the protocol of the case."""
        return _SAME_PLACE[name][self.edition] if name in _SAME_PLACE else name

    # The truck on its way

    def plug_in(self) -> int:
        """Plug in and wait until the pilot asks for digital communication; that instant.

        Raises:
            Inconclusive: it does not.
        """
        began_ns = self._bench.now_ns
        self._vehicle.begin()
        if not self._has_pilot:
            return began_ns
        limit = self._truck.limit("approach.plugged")
        linked_ns = self._bench.wait_level("cp_duty_percent", 5, within=limit)
        if linked_ns is None:
            raise Inconclusive(Reason.PRECONDITION, f"no 5 % duty cycle within {limit.criterion()}")
        return linked_ns

    @property
    def _has_pilot(self) -> bool:
        return self._bench.has_node("truck", 1)

    def fresh(self) -> None:
        """Unplug and take back every order to the truck, for a session of its own.

        Raises:
            Inconclusive: the rig has no line for it (reason NO_LINE).
        """
        if not self._has_pilot:
            raise Inconclusive(Reason.NO_LINE, "the rig has no pilot line by which the connector could be pulled")
        self._vehicle.unplug()
        self._bench.run_for(self._truck.limit("stimulus.unplugged").nominal_ns)
        self._vehicle.revert()
        self._vehicle.offer(offer_of(self.edition))

    def run_to(self, exchange: str, name: str, *, nth: int = 1, where: Where | None = None) -> V2gMessage:
        """Plug in and run to the truck's *nth* request *name*, which it sends at *exchange*; then the truck falls silent.

        Raises:
            Inconclusive: the session did not get there.
        """
        names, loop = EXCHANGES[self.edition], LOOP[self.edition]
        since_ns = self._bench.now_ns
        self.plug_in()
        within = self._truck.limit("approach.request")
        if names.index(exchange) > names.index(loop):
            self._bench.reach(request_of(loop), within=within)
            self._bench.run_for(self._truck.limit("stimulus.charge").nominal_ns)
            self._vehicle.stop()
        known = len(self._sent(name, since_ns, where))
        while known < nth:
            self._bench.reach(name, within=within, where=where, what=f"{name} number {known + 1}")
            known = len(self._sent(name, since_ns, where))
        self._vehicle.silence()
        return self._sent(name, since_ns, where)[nth - 1]

    def _sent(self, name: str, since_ns: int, where: Where | None) -> list[V2gMessage]:
        found = self._bench.messages(name, since=since_ns - 1, where=where)
        return [message for message in found if isinstance(message, V2gMessage) and message.sender == VEHICLE]

    def offered(self, request: V2gMessage, *offers: Offer) -> None:
        """Make sure that the truck offered exactly *offers*.

        Raises:
            Inconclusive: it did not; the station is not to blame.
        """
        seen = [
            (request.text(f"AppProtocol[{place}].ProtocolNamespace"), request.quantity(f"AppProtocol[{place}].Priority"))
            for place in range(1, 1 + sum(path.endswith(".SchemaID") for path in request.values))
        ]
        if seen != [(offer.namespace, offer.priority) for offer in offers]:
            raise Inconclusive(Reason.PRECONDITION, f"the tester's truck offered {seen}, the step needs other offers")

    def skipped(self, name: str, request: V2gMessage) -> None:
        """Make sure that the truck sent no *name* on the connection of *request* before it.

        Raises:
            Inconclusive: it did; the station is not to blame.
        """
        before = [one for one in self._sent(name, 0, None) if one.connection == request.connection and one.frame < request.frame]
        if before:
            raise Inconclusive(Reason.PRECONDITION, f"the tester's truck sent {name} before {request.name}, which was to take its place")

    # What the station does

    def answer(self, request: V2gMessage) -> V2gMessage | None:
        """The station's first message after *request* on its connection, awaited for the time in which the truck would give up."""
        limit = self._truck.limit("station.answer")

        def found() -> list[V2gMessage]:
            return [message for message in self._after(request) if message.sender == CHARGER]

        self._bench.wait_record(lambda _: bool(found()), since=0, until_ns=max(self._bench.now_ns, request.t_ns + limit.upper_ns))
        return next(iter(found()), None)

    def refused(self, request: V2gMessage, *codes: str) -> None:
        """Check that *request* is answered by a response of its own type with one of *codes*, and the connection ended by the station."""
        answer = self.answer(request)
        wanted = f"{request.base}Res"
        self._check("response", answer.name if answer else "none", equals=wanted, message=answer)
        if answer is not None:
            code = answer.text("ResponseCode")
            self._check(f"{answer.name} ResponseCode", code, equals=code if code in codes else " or ".join(codes), message=answer)
        self.closed(answer or request)

    def closed(self, after: V2gMessage, *, key: str = "station.close") -> None:
        """Check that the station ends the TCP connection in time after a message."""
        limit = self._truck.limit(key)
        request = after if after.is_request else self._request_of(after)
        closed = self._bench.wait_record(is_close, since=after.t_ns - 1, until_ns=after.t_ns + limit.upper_ns + s(1))
        sent = [one for one in self._bench.records(since=request, where=is_from_tester) if closed is None or one.t_ns < closed.t_ns]
        if sent:
            raise Inconclusive(Reason.PRECONDITION, f"the tester's truck sent something after {request.name}; the step needs silence")
        if closed is None:
            self._check("TCP connection ended by the station", "no", equals="yes", note=f"limit {limit.criterion()}", message=after)
            return
        how = "reset" if isinstance(closed.pdu, Chunk) and closed.pdu.reset else "FIN"
        self._check_time("TCP connection ended by the station", closed.t_ns - after.t_ns, limit, note=f"{how}, frame {closed.number}")

    def _request_of(self, response: V2gMessage) -> V2gMessage:
        """The last request before *response* on its connection."""
        before = [
            message
            for message in self._bench.all_messages()
            if isinstance(message, V2gMessage) and message.is_request and message.connection == response.connection
            if message.frame < response.frame
        ]
        return before[-1] if before else response

    def _after(self, request: V2gMessage) -> list[V2gMessage]:
        """Every message on the connection of *request* behind it."""
        return [
            message
            for message in self._bench.all_messages()
            if isinstance(message, V2gMessage) and message.connection == request.connection and message.frame > request.frame
        ]
