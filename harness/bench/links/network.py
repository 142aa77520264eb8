"""A network in memory: datagrams and TCP connections between the addresses of its nodes, with the rules of TCP.

Everything reaches every other node, as at a hub; nodes take what is addressed to them. A connection is known by its two addresses.
Who opens it sends ``begin``; who accepts it answers with a ``begin`` of its own, who refuses it with ``reset``. Bytes flow once both
directions are open, each direction until its ``end``; ``reset`` tears down both, and what is then still on its way is lost.

A connection is protected as an operating system would do it: both sides wish for it (``Handshake``), OpenSSL shakes hands in no time
of the run, and both learn the outcome. From then on the bytes are on the trace as both ends see them, marked with what protects them;
what OpenSSL makes of them is by chance and would be different in every run.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from harness.bench.kernel import Attachment, Kernel
from harness.bench.tls import shake_hands
from harness.core import Chunk, Datagram, Handshake, Listen, LocalProtocolError, Pdu, TlsSettings

__all__ = ["NetworkLink"]


@dataclass(slots=True)
class _Connection:
    """One TCP connection, as what was sent on it so far leaves it."""

    opened: set[str] = field(default_factory=set)
    """Addresses that have opened their direction."""
    ended: set[str] = field(default_factory=set)
    torn_by: str = ""
    """Address that sent the reset."""
    is_torn: bool = False
    """The reset has arrived."""
    wishes: dict[str, tuple[Attachment, TlsSettings]] = field(default_factory=dict)
    """By address, who wants it protected and how."""
    security: str = ""

    @property
    def is_over(self) -> bool:
        """The same two addresses may connect anew."""
        return bool(self.torn_by) or len(self.ended) == 2

    def objection(self, chunk: Chunk) -> str:
        """Why TCP cannot send *chunk* now, empty if it can."""
        own, peer = chunk.source, chunk.destination
        if self.torn_by:
            return "after the connection was reset"
        if chunk.reset and not chunk.data:
            return ""
        if own in self.ended:
            return "after it had closed its direction"
        if chunk.begin:
            return "but its direction is open already" if own in self.opened else ""
        if own not in self.opened:
            return "without having opened its direction"
        return "" if peer in self.opened else "before the other side accepted the connection"


class NetworkLink:
    """UDP and TCP between nodes, in virtual time and in order of sending.

    Addresses are texts as a recording spells them: ``[fe80::a]:49152``.
    """

    def __init__(self, name: str, latency_ns: int = 0, segment: int | None = None) -> None:
        """*segment* cuts what a node sends on a connection, so that a receiver has to put messages together again.

        Raises:
            ValueError: the latency is negative or the segment not positive.
        """
        if latency_ns < 0:
            raise ValueError(f"link '{name}': the latency must not be negative")
        if segment is not None and segment <= 0:
            raise ValueError(f"link '{name}': a segment has at least one byte")
        self.name = name
        self.latency_ns = latency_ns
        self.segment = segment
        self._connections: dict[frozenset[str], _Connection] = {}

    def bind(self, kernel: Kernel) -> None:
        self._kernel = kernel

    def submit(self, sender: Attachment, pdu: Pdu) -> None:
        if isinstance(pdu, Listen):
            return  # Everything reaches every node here.
        if not isinstance(pdu, Datagram | Chunk | Handshake):
            raise LocalProtocolError(f"'{sender.role}' sent a {type(pdu).__name__} to link '{self.name}', which carries Datagram and Chunk")
        if not pdu.source or not pdu.destination:
            raise LocalProtocolError(f"'{sender.role}' sent a {type(pdu).__name__} without source or destination to network '{self.name}'")
        if isinstance(pdu, Datagram):
            self._carry(sender, pdu, None)
            return
        if isinstance(pdu, Handshake):
            self._wish(sender, pdu)
            return
        connection = self._connection(sender, pdu)
        if connection is not None:
            for piece in self._pieces(replace(pdu, security=connection.security)):
                self._carry(sender, piece, connection)

    def _wish(self, sender: Attachment, wish: Handshake) -> None:
        way = f"the connection {wish.source} > {wish.destination} of network '{self.name}'"
        if not isinstance(wish.settings, TlsSettings):
            raise LocalProtocolError(f"'{sender.role}' sent a handshake without settings of TLS on {way}")
        connection = self._connections.get(frozenset((wish.source, wish.destination)))
        if connection is None or wish.source not in connection.opened:
            raise LocalProtocolError(f"'{sender.role}' sent a handshake on {way}, which it has not opened")
        if connection.torn_by or connection.ended:
            return  # It is going down already.
        if wish.source in connection.wishes:
            raise LocalProtocolError(f"'{sender.role}' sent a second handshake on {way}")
        connection.wishes[wish.source] = sender, wish.settings
        if wish.settings.hello and not wish.settings.server:
            hello = Chunk(wish.settings.hello, source=wish.source, destination=wish.destination, security="TLS", sealed=True)
            self._carry(sender, hello, connection)
        if len(connection.wishes) == 2:
            self._shake_hands(connection)

    def _shake_hands(self, connection: _Connection) -> None:
        by_part = sorted(connection.wishes.items(), key=lambda item: item[1][1].server)
        (client, (client_side, client_wants)), (server, (server_side, server_wants)) = by_part
        if client_wants.server or not server_wants.server:
            raise LocalProtocolError(f"both ends of the connection {client} > {server} of network '{self.name}' want the same part of TLS")
        made = shake_hands(client_wants, server_wants)
        ends = (client, client_side, made[0]), (server, server_side, made[1])
        for (own, sender, side), (peer, _, _) in (ends, ends[::-1]):
            if side.alert:
                connection.torn_by = own
                left = Handshake(own, peer, alert=side.alert)
                self._carry(sender, left, connection, back=True)
                self._carry(sender, Chunk(b"", source=own, destination=peer, reset=True), connection)
                return
        connection.security = made[0].version
        for (own, sender, side), (peer, _, other) in (ends[::-1], ends):
            self._carry(sender, Handshake(own, peer, None, side.version, side.cipher, "", other.peer), connection)

    def _connection(self, sender: Attachment, chunk: Chunk) -> _Connection | None:
        """The connection on which *chunk* goes out, ``None`` if it is lost on its way."""
        way = frozenset((chunk.source, chunk.destination))
        connection = self._connections.get(way)
        if connection is None or (chunk.begin and connection.is_over):
            connection = self._connections[way] = _Connection()
            if chunk.reset:
                raise _illegal(sender, chunk, self.name, "but there is no such connection")
        if connection.torn_by == chunk.destination and not connection.is_torn:
            return None  # Both sides act at once: this one cannot know of the reset that comes towards it.
        if objection := connection.objection(chunk):
            raise _illegal(sender, chunk, self.name, objection)
        if chunk.begin:
            connection.opened.add(chunk.source)
        if chunk.end:
            connection.ended.add(chunk.source)
        if chunk.reset:
            connection.torn_by = chunk.source
        return connection

    def _pieces(self, chunk: Chunk) -> list[Chunk]:
        data, segment = chunk.data, self.segment
        if segment is None or len(data) <= segment:
            return [chunk]
        starts = range(0, len(data), segment)
        return [
            replace(
                chunk,
                data=data[start : start + segment],
                begin=chunk.begin and start == starts[0],
                end=chunk.end and start == starts[-1],
                reset=chunk.reset and start == starts[-1],
            )
            for start in starts
        ]

    def _carry(self, sender: Attachment, pdu: Datagram | Chunk | Handshake, connection: _Connection | None, *, back: bool = False) -> None:
        """Let *pdu* arrive after the latency; with *back* its sender, for whom it was made, hears it too."""
        kernel = self._kernel

        def arrive() -> None:
            if connection is not None:
                if connection.is_torn:
                    return
                connection.is_torn = isinstance(pdu, Chunk) and pdu.reset
            kernel.deliver(self.name, sender, pdu, t_ns=kernel.due_ns)
            if back:
                sender.receive(pdu)

        kernel.call_at(kernel.now_ns + self.latency_ns, arrive, sender.role)


def _illegal(sender: Attachment, chunk: Chunk, link: str, objection: str) -> LocalProtocolError:
    what = "a begin" if chunk.begin else "a reset" if chunk.reset else "an end" if chunk.end and not chunk.data else "bytes"
    return LocalProtocolError(
        f"'{sender.role}' sent {what} on the connection {chunk.source} > {chunk.destination} of network '{link}' {objection}"
    )
