"""The entity: announces itself, tells who it is, activates routing, and passes diagnostic messages on.

Theory of operation of one connection::

    OPEN --request for activation--> ACTIVE --diagnostic message--> acknowledged, passed on; answers come back
    OPEN --initial inactivity--> closed       ACTIVE --general inactivity--> closed
    another one wants the address or the last place --> alive check; no answer --> closed, the other one is activated

One connection more than can be activated is accepted, for the request that has to be refused.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from harness.core import Pdu, TlsSettings
from harness.protocols.doip.codec import LONGEST, DoipError, DoipMessage, Header, Splitter, decode, encode
from harness.protocols.doip.entity.deviations import EntityDeviations
from harness.protocols.doip.entity.sockets import Socket
from harness.protocols.doip.tables import PORT, TLS_PORT, Activation, DiagnosticNack, HeaderNack, PayloadType
from harness.protocols.doip.timing import DoipTiming
from harness.protocols.ip.host import (
    Broken,
    Connection,
    Ended,
    Event,
    Heard,
    Host,
    Opened,
    Received,
    Secured,
    endpoint,
    split_endpoint,
)

__all__ = ["Entity", "EntityOptions", "Router"]

_RIGHT_TIMING, _NO_DEVIATIONS = DoipTiming(), EntityDeviations()
_TESTERS = range(0x0E00, 0x1000)
_SYNCHRONISED = 0x00
_IDENTIFICATION = frozenset((PayloadType.IDENTIFICATION_REQ, PayloadType.IDENTIFICATION_REQ_EID, PayloadType.IDENTIFICATION_REQ_VIN))


class Router(Protocol):
    """Where diagnostic messages go to; answers come back through :meth:`Entity.answer`."""

    def route(self, now_ns: int, source: int, target: int, data: bytes) -> DiagnosticNack | None:
        """Pass *data* on, or tell why not."""
        ...


@dataclass(frozen=True, slots=True)
class EntityOptions:
    """What the entity is."""

    ip: str = "fe80::10"
    address: int = 0x1025
    """Logical address."""
    eid: bytes = bytes.fromhex("02005E102501")
    gid: bytes = bytes.fromhex("02005E102501")
    node_type: int = 0
    """0: gateway."""
    max_sockets: int = 2
    longest: int = LONGEST
    activations: frozenset[int] = frozenset((0, 1))
    """Types of routing activation that it knows: default, and for diagnostics that law requires."""
    power_mode: int = 1
    """Ready."""
    tls: TlsSettings | None = None
    """With it diagnostics go over protected connections only."""
    serves_plain: bool = True
    """Activates routing on connections that are not protected."""
    testers: range = field(default=_TESTERS)


class Entity:
    """PDUs of the network in and out. *vin* tells the VIN when it is needed."""

    def __init__(
        self,
        options: EntityOptions,
        vin: Callable[[], str],
        router: Router,
        *,
        timing: DoipTiming = _RIGHT_TIMING,
        deviations: EntityDeviations = _NO_DEVIATIONS,
        seed: int = 0,
    ) -> None:
        self.options, self.timing, self.deviations = options, timing, deviations
        self._vin, self._router = vin, router
        self._random = random.Random(seed)
        self._host = Host(options.ip)
        self._sockets: list[Socket] = []
        self._later: list[tuple[int, int, Callable[[], None]]] = []
        self._count = 0
        self._is_on = self._is_stalled = False

    @property
    def sockets(self) -> int:
        """Connections that are open."""
        return len(self._sockets)

    def start(self, now_ns: int) -> Sequence[Pdu]:
        """The link comes up."""
        self.stop()
        self._is_on, self._is_stalled = True, False
        self._host = Host(self.options.ip)
        self._host.bind(PORT)
        self._listen(True)
        first_ns = now_ns + self._wait_ns()
        for number in range(self.timing.announcements):
            at_ns = first_ns + number * self.timing.announce_gap_ns
            self._at(at_ns, lambda: self._say_to(endpoint(self._host.everybody, PORT), self._announcement()))
        return self._host.take()

    def stop(self) -> None:
        """The link or the power goes; nobody is told."""
        self._is_on = False
        self._sockets.clear()
        self._later.clear()

    def receive(self, now_ns: int, pdu: Pdu) -> Sequence[Pdu]:
        """Something on the network."""
        if not self._is_on:
            return []
        for event in self._host.receive(pdu):
            if not self._is_stalled:
                self._happened(now_ns, event)
        return self._host.take()

    def answer(self, now_ns: int, source: int, target: int, data: bytes) -> None:
        """A control unit answers the tester *target*."""
        message = DoipMessage(PayloadType.DIAGNOSTIC, {"source": source, "target": target, "data": data})

        def pass_on() -> None:
            socket = next((each for each in self._sockets if each.source == target), None)
            if socket is not None:
                socket.heard_ns = now_ns
                self._say(socket, message)

        self._at(now_ns + self.timing.relay_ns, pass_on)

    def next_deadline_ns(self) -> int | None:
        """When ``handle_timers`` wants to be called."""
        if not self._is_on or self._is_stalled:
            return None
        times = [row[0] for row in self._later] + [self._deadline_ns(socket) for socket in self._sockets]
        return min(times, default=None)

    def handle_timers(self, now_ns: int) -> Sequence[Pdu]:
        """Do what is due."""
        due = sorted((row for row in self._later if row[0] <= now_ns), key=lambda row: row[:2])
        self._later = [row for row in self._later if row[0] > now_ns]
        for _, _, act in due:
            act()
        for socket in [each for each in self._sockets if self._deadline_ns(each) <= now_ns]:
            self._close(now_ns, socket)
        return self._host.take()

    def _deadline_ns(self, socket: Socket) -> int:
        return socket.deadline_ns(self.timing.initial_inactivity_ns, self.timing.general_inactivity_ns, self.timing.alive_ns)

    def _at(self, t_ns: int, act: Callable[[], None]) -> None:
        self._count += 1
        self._later.append((t_ns, self._count, act))

    def _wait_ns(self) -> int:
        return self._random.randrange(self.timing.announce_least_ns, self.timing.announce_wait_ns)

    # What comes

    def _happened(self, now_ns: int, event: Event) -> None:
        match event:
            case Heard(datagram):
                self._heard(now_ns, datagram.data, datagram.source)
            case Opened(connection):
                self._opened(now_ns, connection)
            case Received(connection, data):
                if socket := self._socket(connection):
                    self._received(now_ns, socket, data)
            case Secured(connection):
                if socket := self._socket(connection):
                    socket.is_ready, socket.heard_ns = True, now_ns
            case Ended(connection):
                if socket := self._socket(connection):
                    self._close(now_ns, socket)
            case Broken(connection):
                if socket := self._socket(connection):
                    self._drop(now_ns, socket)

    def _opened(self, now_ns: int, connection: Connection) -> None:
        socket = Socket(connection, Splitter(self.options.longest), now_ns)
        self._sockets.append(socket)
        if len(self._sockets) > self.options.max_sockets:
            self._listen(False)
        if split_endpoint(connection.own)[1] == TLS_PORT and self.options.tls is not None:
            socket.is_ready = False
            connection.secure(self.options.tls)

    def _received(self, now_ns: int, socket: Socket, data: bytes) -> None:
        if self.deviations.segments is not None:
            taken = self.deviations.segments(data)
            if taken is None:
                self._close(now_ns, socket)
                return
            data = taken
        socket.heard_ns = now_ns
        for piece in socket.stream.feed(data):
            if socket not in self._sockets:
                return
            if isinstance(piece, DoipError):
                self._refuse(now_ns, socket, piece.nack)
            else:
                self._asked(now_ns, socket, decode(piece, longest=self.options.longest))
        if self.deviations.stalls_at_length and socket.stream.announced >= self.deviations.stalls_at_length:
            self._is_stalled = True

    def _refuse(self, now_ns: int, socket: Socket, nack: HeaderNack) -> None:
        self._say(socket, DoipMessage(PayloadType.HEADER_NACK, {"code": nack}))
        if nack in self.deviations.closes_on:
            self._close(now_ns, socket)

    def _heard(self, now_ns: int, data: bytes, source: str) -> None:
        try:
            message = decode(data, longest=self.options.longest)
        except DoipError as error:
            if Header.of(data.ljust(8, b"\0")).kind != PayloadType.HEADER_NACK:
                nack = DoipMessage(PayloadType.HEADER_NACK, {"code": error.nack})
                self._at(now_ns + self.timing.answer_ns, lambda: self._say_to(source, nack))
            return
        answer = self._told(message)
        if answer is None:
            return
        wait_ns = self._wait_ns() if message.kind in _IDENTIFICATION else self.timing.answer_ns
        self._at(now_ns + wait_ns, lambda: self._say_to(source, answer))

    def _told(self, message: DoipMessage) -> DoipMessage | None:
        """What is told to anybody who asks by a datagram."""
        options = self.options
        match message.kind:
            case PayloadType.IDENTIFICATION_REQ:
                return self._announcement()
            case PayloadType.IDENTIFICATION_REQ_EID if message.raw("eid") == options.eid:
                return self._announcement()
            case PayloadType.IDENTIFICATION_REQ_VIN:
                is_meant = message.raw("vin") == self._vin().encode("ascii") or self.deviations.answers_any_vin
                return self._announcement() if is_meant else None
            case PayloadType.STATUS_REQ:
                activated = sum(socket.source is not None for socket in self._sockets)
                sockets: dict[str, int | bytes] = {"max_sockets": options.max_sockets, "open_sockets": activated}
                values = {"node_type": options.node_type, **sockets, "max_size": options.longest}
                return DoipMessage(PayloadType.STATUS_RES, values)
            case PayloadType.POWER_MODE_REQ:
                return DoipMessage(PayloadType.POWER_MODE_RES, {"mode": options.power_mode})
        return None

    def _announcement(self) -> DoipMessage:
        options = self.options
        values: dict[str, int | bytes] = {"vin": self._vin().encode("ascii"), "address": options.address, "eid": options.eid}
        values |= {"gid": options.gid, "further_action": 0, "synchronisation": _SYNCHRONISED}
        return DoipMessage(PayloadType.ANNOUNCEMENT, values)

    # Connections

    def _asked(self, now_ns: int, socket: Socket, message: DoipMessage) -> None:
        match message.kind:
            case PayloadType.ACTIVATION_REQ:
                self._activate(now_ns, socket, message)
            case PayloadType.ALIVE_RES:
                if message.number("source") == socket.source:
                    socket.checked_ns = None
                    self._settle(now_ns)
            case PayloadType.DIAGNOSTIC:
                self._diagnose(now_ns, socket, message)
            case PayloadType.HEADER_NACK:
                pass
            case _:
                if not (answer := self._told(message)):
                    return
                self._at(now_ns + self.timing.answer_ns, lambda: self._say(socket, answer))

    def _activate(self, now_ns: int, socket: Socket, request: DoipMessage) -> None:
        source = request.number("source")
        refusal = self._objection(socket, request)
        if refusal is not None:
            self._activated(now_ns, socket, request, refusal)
            return
        others = [each for each in self._sockets if each is not socket and each.source is not None]
        rivals = [] if self.deviations.shares_source else [each for each in others if each.source == source]
        if not rivals and socket.source is None and len(others) >= self.options.max_sockets:
            rivals = others
        if not rivals:
            self._activated(now_ns, socket, request, Activation.SUCCESS)
            return
        socket.asked = request
        for rival in rivals:
            if rival.checked_ns is None:
                rival.checked_ns = now_ns
                self._say(rival, DoipMessage(PayloadType.ALIVE_REQ))

    def _objection(self, socket: Socket, request: DoipMessage) -> Activation | None:
        source = request.number("source")
        if source not in self.options.testers:
            return Activation.UNKNOWN_SOURCE
        if socket.source not in (None, source) and not self.deviations.changes_source:
            return Activation.OTHER_SOURCE
        if request.number("activation") not in self.options.activations:
            return Activation.UNKNOWN_TYPE
        if not self.options.serves_plain and not socket.connection.security:
            return Activation.NEEDS_TLS
        return None

    def _settle(self, now_ns: int) -> None:
        """Requests for activation whose alive checks have all had an outcome."""
        for socket in [each for each in self._sockets if each.asked is not None]:
            request = socket.asked
            if request is None or any(each.checked_ns is not None for each in self._sockets if each is not socket):
                continue
            socket.asked = None
            others = [each for each in self._sockets if each is not socket and each.source is not None]
            if any(each.source == request.number("source") for each in others):
                code = Activation.SOURCE_ACTIVE
            else:
                code = Activation.NO_SOCKET if len(others) >= self.options.max_sockets else Activation.SUCCESS
            self._activated(now_ns, socket, request, code)

    def _activated(self, now_ns: int, socket: Socket, request: DoipMessage, code: Activation) -> None:
        is_right = code is Activation.SUCCESS
        if is_right:
            socket.source = request.number("source")
        values: dict[str, int | bytes] = {"target": request.number("source"), "source": self.options.address, "code": code}
        self._say(socket, DoipMessage(PayloadType.ACTIVATION_RES, values))
        socket.heard_ns = now_ns
        if not is_right:
            self._close(now_ns, socket)

    def _diagnose(self, now_ns: int, socket: Socket, message: DoipMessage) -> None:
        source, target, data = message.number("source"), message.number("target"), message.raw("data")
        allowed = source == socket.source or self.deviations.takes_any_source
        if socket.source is None:
            allowed = self.deviations.serves_unactivated
        nack: DiagnosticNack | None = None if allowed else DiagnosticNack.INVALID_SOURCE
        if allowed:
            if socket.source is None:
                socket.source = source
            nack = self._router.route(now_ns, socket.source, target, data)
        kind = PayloadType.DIAGNOSTIC_ACK if nack is None else PayloadType.DIAGNOSTIC_NACK
        values: dict[str, int | bytes] = {"source": target, "target": source, "code": nack or 0, "previous": data}
        self._at(now_ns + self.timing.ack_ns, lambda: self._say(socket, DoipMessage(kind, values)))
        if nack is DiagnosticNack.INVALID_SOURCE:
            self._at(now_ns + self.timing.ack_ns, lambda: self._close(now_ns, socket))

    def _close(self, now_ns: int, socket: Socket) -> None:
        socket.connection.close()
        self._drop(now_ns, socket)

    def _drop(self, now_ns: int, socket: Socket) -> None:
        if socket not in self._sockets:
            return
        self._sockets.remove(socket)
        if len(self._sockets) == self.options.max_sockets:
            self._listen(True)
        self._settle(now_ns)

    def _listen(self, active: bool) -> None:
        for port in (PORT, TLS_PORT) if self.options.tls is not None else (PORT,):
            (self._host.listen if active else self._host.unlisten)(port)

    def _socket(self, connection: Connection) -> Socket | None:
        return next((each for each in self._sockets if each.connection is connection), None)

    # What goes

    def _edited(self, message: DoipMessage) -> DoipMessage | None:
        for edit in self.deviations.edits:
            edited = edit(message)
            if edited is None:
                return None
            message = edited
        return message

    def _say(self, socket: Socket, message: DoipMessage) -> None:
        edited = self._edited(message)
        if edited is not None and socket.connection.is_open and socket.is_ready:
            socket.connection.send(encode(edited))

    def _say_to(self, destination: str, message: DoipMessage) -> None:
        edited = self._edited(message)
        if edited is not None:
            self._host.send_datagram(encode(edited), destination, PORT)
