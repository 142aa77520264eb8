"""One party on an IPv6 network, sans-IO: its datagrams and its TCP connections.

The owner hands in every PDU of the link with :meth:`Host.receive`, acts on the events, and transmits what :meth:`Host.take` gives. A
host has no timers; whoever waits for an answer keeps the time himself.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from harness.core.errors import LocalProtocolError
from harness.core.pdu import Chunk, Datagram, Handshake, Listen, Pdu
from harness.core.tls import TlsSettings

__all__ = [
    "ALL_NODES",
    "ALL_NODES_IPV4",
    "Broken",
    "Connection",
    "Ended",
    "Event",
    "Greeted",
    "Heard",
    "Host",
    "Opened",
    "Received",
    "Refused",
    "Secured",
    "endpoint",
    "split_endpoint",
]

ALL_NODES = "ff02::1"
"""Multicast address of every node on the link."""
ALL_NODES_IPV4 = "255.255.255.255"
"""Broadcast address of every node on a link with IPv4."""
_FIRST_DYNAMIC_PORT = 49_152
_LAST_PORT = 65_535


def endpoint(address: str, port: int) -> str:
    """``[fe80::1]:15118`` or ``192.0.2.1:13400``, as PDUs name an address with its port."""
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def split_endpoint(text: str) -> tuple[str, int]:
    """Address and port of ``[fe80::1]:15118`` or ``192.0.2.1:13400``.

    Raises:
        ValueError: it is no such text.
    """
    address, found, port = text.rpartition(":")
    inner = address.removeprefix("[").removesuffix("]")
    is_bracketed = address == f"[{inner}]"
    if not found or not inner or is_bracketed is not (":" in inner) or not port.isdecimal() or int(port) > _LAST_PORT:
        raise ValueError(f"'{text}' is no address with a port; write '[fe80::1]:15118' or '192.0.2.1:13400'")
    return inner, int(port)


class _State(Enum):
    CONNECTING = "connecting"
    WAITING = "waiting for accept"
    OPEN = "open"
    CLOSED = "closed"
    """This side sent its end; the peer may still send."""
    GONE = "gone"


class Connection:
    """One TCP connection of a host. Made by :class:`Host` only."""

    def __init__(self, host: Host, own: str, peer: str, state: _State) -> None:
        self._host = host
        self._state = state
        self.own = own
        self.peer = peer
        self.security = ""
        """What protects it (``TLS 1.3``), empty for nothing."""
        self.peer_ended = False
        """The peer sent its end."""

    @property
    def is_open(self) -> bool:
        """Whether this side may send."""
        return self._state is _State.OPEN

    @property
    def is_gone(self) -> bool:
        """Whether both sides have ended, or one tore the connection down."""
        return self._state is _State.GONE

    def send(self, data: bytes) -> None:
        """Send *data*.

        Raises:
            LocalProtocolError: this side may not send.
        """
        if not self.is_open:
            raise LocalProtocolError(f"connection {self.own}>{self.peer} is {self._state.value}: nothing can be sent")
        self._host.put(Chunk(data, source=self.own, destination=self.peer, security=self.security))

    def secure(self, settings: TlsSettings) -> None:
        """Wish for protection; ``Secured`` or ``Broken`` follows once the peer wishes for it too. Nothing can be sent until then.

        Raises:
            LocalProtocolError: the connection is not open.
        """
        if not self.is_open:
            raise LocalProtocolError(f"connection {self.own}>{self.peer} is {self._state.value}: it cannot be protected")
        self._host.put(Handshake(self.own, self.peer, settings))

    def close(self) -> None:
        """End the own direction. Does nothing if it has ended."""
        if not self.is_open:
            return
        self._state = _State.GONE if self.peer_ended else _State.CLOSED
        self._host.put(Chunk(b"", end=True, source=self.own, destination=self.peer, security=self.security))

    def reset(self) -> None:
        """Tear the connection down. Does nothing if it is gone."""
        if not self.is_gone:
            self._state = _State.GONE
            self._host.put(Chunk(b"", source=self.own, destination=self.peer, reset=True))

    def __repr__(self) -> str:
        return f"Connection({self.own}>{self.peer} {self._state.value})"


@dataclass(frozen=True, slots=True)
class Opened:
    """The connection is established; bytes can be sent."""

    connection: Connection


@dataclass(frozen=True, slots=True)
class Refused:
    """Nobody listens there."""

    connection: Connection


@dataclass(frozen=True, slots=True)
class Received:
    """Bytes came."""

    connection: Connection
    data: bytes


@dataclass(frozen=True, slots=True)
class Ended:
    """The peer ended its direction."""

    connection: Connection


@dataclass(frozen=True, slots=True)
class Broken:
    """The peer tore the connection down, or its protection could not be agreed on."""

    connection: Connection
    outcome: Handshake | None = None
    """Why there is no protection, and which side left."""


@dataclass(frozen=True, slots=True)
class Secured:
    """The connection is protected from now on."""

    connection: Connection
    outcome: Handshake


@dataclass(frozen=True, slots=True)
class Greeted:
    """The peer has begun a handshake."""

    connection: Connection
    hello: bytes


@dataclass(frozen=True, slots=True)
class Heard:
    """A datagram came for a port of this host."""

    datagram: Datagram


Event = Opened | Refused | Received | Ended | Broken | Secured | Greeted | Heard


@dataclass(slots=True)
class Host:
    """The network side of one party."""

    address: str
    """IPv6 address without brackets, or IPv4 address."""
    accepts: bool = True
    """Connections are established as they are asked for; otherwise they wait for ``accept_waiting``."""
    _next_port: int = _FIRST_DYNAMIC_PORT
    _listening: set[int] = field(default_factory=set)
    _bound: set[int] = field(default_factory=set)
    _connections: dict[tuple[str, str], Connection] = field(default_factory=dict)
    _out: list[Pdu] = field(default_factory=list)

    @property
    def everybody(self) -> str:
        """The address of all nodes on its link."""
        return ALL_NODES if ":" in self.address else ALL_NODES_IPV4

    def dynamic_port(self) -> int:
        """A port that this host has not used yet, begun anew after the last one."""
        port, self._next_port = self._next_port, self._next_port + 1
        if self._next_port > _LAST_PORT:
            self._next_port = _FIRST_DYNAMIC_PORT
        return port

    def bind(self, port: int) -> None:
        """Take datagrams for *port*, those to all nodes included."""
        self._bound.add(port)
        self.put(Listen(endpoint(self.address, port), datagrams=True))

    def unbind(self, port: int) -> None:
        """Take none for *port* any more."""
        self._bound.discard(port)
        self.put(Listen(endpoint(self.address, port), datagrams=True, active=False))

    def send_datagram(self, data: bytes, destination: str, port: int) -> None:
        """Send *data* from *port* to *destination* (``[address]:port``)."""
        self.put(Datagram(data, endpoint(self.address, port), destination))

    def listen(self, port: int) -> None:
        """Take connections to *port*."""
        self._listening.add(port)
        self.put(Listen(endpoint(self.address, port)))

    def unlisten(self, port: int) -> None:
        """Refuse connections to *port* from now on; those that exist stay."""
        self._listening.discard(port)
        self.put(Listen(endpoint(self.address, port), active=False))

    def connect(self, destination: str) -> Connection:
        """Ask for a connection to *destination* (``[address]:port``); ``Opened`` or ``Refused`` follows, or nothing."""
        connection = Connection(self, endpoint(self.address, self.dynamic_port()), destination, _State.CONNECTING)
        self._connections[connection.own, connection.peer] = connection
        self.put(Chunk(b"", begin=True, source=connection.own, destination=destination))
        return connection

    def accept_waiting(self) -> list[Event]:
        """Establish the connections that were asked for meanwhile."""
        waiting = [connection for connection in self._connections.values() if connection._state is _State.WAITING]
        return [self._accept(connection) for connection in waiting]

    def connections(self) -> list[Connection]:
        """Those that are not gone, oldest first."""
        return [connection for connection in self._connections.values() if not connection.is_gone]

    def put(self, pdu: Pdu) -> None:
        """Queue *pdu* for transmission."""
        self._out.append(pdu)

    @property
    def waits(self) -> bool:
        """Something is queued: an owner that is told of things outside of its own calls looks at this for its next deadline."""
        return bool(self._out)

    def take(self) -> list[Pdu]:
        """What is to be transmitted now, in order."""
        out, self._out = self._out, []
        return out

    def receive(self, pdu: Pdu) -> list[Event]:
        """What *pdu* of the link means for this host; nothing if it is for somebody else."""
        if isinstance(pdu, Datagram):
            address, port = split_endpoint(pdu.destination)
            return [Heard(pdu)] if port in self._bound and address in (self.address, self.everybody) else []
        if isinstance(pdu, Chunk):
            address, port = split_endpoint(pdu.destination)
            return self._chunk(pdu, port) if address == self.address else []
        return self._handshake(pdu) if isinstance(pdu, Handshake) else []

    def _chunk(self, chunk: Chunk, port: int) -> list[Event]:
        key = (chunk.destination, chunk.source)
        connection = self._connections.get(key)
        if connection is not None and connection.is_gone:
            connection = None
        if connection is None:
            return self._asked(chunk, port) if chunk.begin else []
        if chunk.reset:
            refused = connection._state is _State.CONNECTING
            connection._state = _State.GONE
            return [Refused(connection) if refused else Broken(connection)]
        events: list[Event] = []
        if chunk.begin and connection._state is _State.CONNECTING:
            connection._state = _State.OPEN
            events.append(Opened(connection))
        if chunk.data:
            events.append(Greeted(connection, chunk.data) if chunk.sealed else Received(connection, chunk.data))
        if chunk.end:
            connection.peer_ended = True
            if connection._state is _State.CLOSED:
                connection._state = _State.GONE
            events.append(Ended(connection))
        return events

    def _handshake(self, outcome: Handshake) -> list[Event]:
        # An alert of this side comes back to it: the link shook hands on its behalf.
        connection = self._connections.get((outcome.destination, outcome.source)) or self._connections.get(
            (outcome.source, outcome.destination)
        )
        if connection is None or connection.is_gone:
            return []
        if outcome.version:
            connection.security = outcome.version
            return [Secured(connection, outcome)]
        connection._state = _State.GONE
        return [Broken(connection, outcome)]

    def _asked(self, chunk: Chunk, port: int) -> list[Event]:
        if port not in self._listening:
            self.put(Chunk(b"", source=chunk.destination, destination=chunk.source, reset=True))
            return []
        connection = Connection(self, chunk.destination, chunk.source, _State.WAITING)
        self._connections[connection.own, connection.peer] = connection
        return [self._accept(connection)] if self.accepts else []

    def _accept(self, connection: Connection) -> Event:
        connection._state = _State.OPEN
        self.put(Chunk(b"", begin=True, source=connection.own, destination=connection.peer))
        return Opened(connection)
