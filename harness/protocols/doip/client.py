"""The DoIP side of a tester, sans-IO: connections by name, messages and bytes as they are ordered.

It does nothing by itself but answer alive checks, and that can be switched off. What comes is for the trace.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from harness.core import Pdu, TlsSettings
from harness.protocols.doip.codec import DoipError, DoipMessage, Splitter, decode, encode
from harness.protocols.doip.tables import PORT, TLS_PORT, PayloadType
from harness.protocols.ip.host import Connection, Event, Heard, Host, Opened, Received, Secured, endpoint, split_endpoint

__all__ = ["DoipClient", "DoipClientOptions"]

_MAIN = "main"


@dataclass(frozen=True, slots=True)
class DoipClientOptions:
    """Who the tester is on the network."""

    tester_ip: str = "fe80::1"
    entity_ip: str = ""
    """Address of the entity; empty: that which announces itself."""


@dataclass(slots=True)
class _Line:
    """One connection with what waits for it to be established."""

    connection: Connection
    tls: TlsSettings | None
    source: int = 0
    """Address in the latest request for activation on it."""
    is_ready: bool = False
    waiting: list[bytes] = field(default_factory=list)
    stream: Splitter = field(default_factory=Splitter)


class DoipClient:
    """Node of the tester on the network. Its methods are orders; what they send goes out at once."""

    name = "ethernet"

    def __init__(self, options: DoipClientOptions) -> None:
        self._host = Host(options.tester_ip)
        self._entity = options.entity_ip
        self._port = self._host.dynamic_port()
        self._lines: dict[str, _Line] = {}
        self._answers_alive_checks = True

    def start(self, now_ns: int) -> Sequence[Pdu]:
        """Listen for announcements and answers."""
        self._host.bind(PORT)
        self._host.bind(self._port)
        return self._host.take()

    def receive(self, now_ns: int, pdu: Pdu) -> Sequence[Pdu]:
        """Something on the network."""
        for event in self._host.receive(pdu):
            self._happened(event)
        return self._host.take()

    def next_deadline_ns(self) -> int | None:
        """At once, if something was ordered."""
        return 0 if self._host.waits else None

    def handle_timers(self, now_ns: int) -> Sequence[Pdu]:
        """What was ordered."""
        return self._host.take()

    @property
    def entity(self) -> str:
        """Address of the entity, empty as long as none is known."""
        return self._entity

    # Orders

    def ask(self, message: DoipMessage) -> None:
        """Send *message* by a datagram to the entity, or to everybody while none is known."""
        self.datagram(encode(message))

    def datagram(self, data: bytes) -> None:
        """Send these bytes by a datagram to the entity, or to everybody while none is known."""
        self._host.send_datagram(data, endpoint(self._entity or self._host.everybody, PORT), self._port)

    def connect(self, name: str = _MAIN, *, tls: TlsSettings | None = None) -> None:
        """Open the connection *name* to the entity, protected with *tls*; an older one of this name is forgotten."""
        port = PORT if tls is None else TLS_PORT
        self._lines[name] = _Line(self._host.connect(endpoint(self._entity, port)), tls)

    def say(self, message: DoipMessage, name: str = _MAIN) -> None:
        """Send *message* on a connection."""
        if message.kind is PayloadType.ACTIVATION_REQ and name in self._lines:
            self._lines[name].source = message.number("source")
        self.send([encode(message)], name)

    def send(self, segments: Sequence[bytes], name: str = _MAIN) -> None:
        """Send these bytes on a connection, each in a segment of its own; nothing if it has gone."""
        line = self._lines.get(name)
        if line is None:
            return
        if not line.is_ready:
            line.waiting += segments
            return
        for segment in segments:
            if line.connection.is_open:
                line.connection.send(segment)

    def close(self, name: str = _MAIN) -> None:
        """End a connection."""
        if name in self._lines:
            self._lines.pop(name).connection.close()

    def answer_alive_checks(self, answers: bool) -> None:
        """Answer them from now on, or leave them unanswered."""
        self._answers_alive_checks = answers

    def _happened(self, event: Event) -> None:
        match event:
            case Heard(datagram):
                self._heard(datagram.data, datagram.source)
            case Opened(connection):
                self._with(connection, self._opened)
            case Secured(connection):
                self._with(connection, self._ready)
            case Received(connection, data):
                self._with(connection, lambda line: self._received(line, data))

    def _with(self, connection: Connection, act: Callable[[_Line], None]) -> None:
        line = next((each for each in self._lines.values() if each.connection is connection), None)
        if line is not None:
            act(line)

    def _opened(self, line: _Line) -> None:
        if line.tls is None:
            self._ready(line)
        else:
            line.connection.secure(line.tls)

    def _ready(self, line: _Line) -> None:
        line.is_ready = True
        waiting, line.waiting = line.waiting, []
        for data in waiting:
            line.connection.send(data)

    def _heard(self, data: bytes, source: str) -> None:
        try:
            message = decode(data)
        except DoipError:
            return
        if message.kind is PayloadType.ANNOUNCEMENT and not self._entity:
            self._entity = split_endpoint(source)[0]

    def _received(self, line: _Line, data: bytes) -> None:
        for piece in line.stream.feed(data):
            if isinstance(piece, DoipError) or decode(piece).kind is not PayloadType.ALIVE_REQ:
                continue
            if self._answers_alive_checks and line.connection.is_open:
                line.connection.send(encode(DoipMessage(PayloadType.ALIVE_RES, {"source": line.source})))
