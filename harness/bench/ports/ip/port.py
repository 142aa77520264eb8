"""UDP and TCP on a real interface, for links of kind ``network``.

Theory of operation. A node says what it listens to (``Listen``), and the port opens or closes a socket for it. A ``begin`` of a node
connects; one of the peer is a connection that the kernel has accepted for us, so that a node that answers late or refuses does so on an
established connection. All sockets are non-blocking: sending tries at once, and one thread carries on with what the kernel did not take,
reads what arrives, and tells it with the kernel's receive stamp where there is one (UDP and data of TCP; not connecting and closing).
"""

from __future__ import annotations

import contextlib
import select
import socket
import threading
import time
from collections.abc import Mapping, Sequence
from functools import partial

from harness.bench.port import Sink
from harness.bench.ports.ip import sockets
from harness.bench.ports.ip.interface import Interface, find_interface
from harness.bench.ports.ip.streams import Stream
from harness.bench.ports.options import Options, place
from harness.bench.ports.worker import Worker
from harness.bench.realtime import READER_PRIORITY, Breather, request_scheduler
from harness.core import Chunk, ConfigError, Datagram, Handshake, Listen, LocalProtocolError, Pdu, RigError, TlsSettings
from harness.protocols.ip.host import endpoint, split_endpoint

__all__ = ["IpPort"]

_POLL_S = 0.1
_READ, _WRITE, _DEAD = select.EPOLLIN, select.EPOLLOUT, select.EPOLLERR | select.EPOLLHUP


class IpPort:
    """One interface. Option: ``channel``, its name.

    Addresses of our nodes must be addresses of the interface: link-local ones of IPv6, or any of IPv4.
    """

    def __init__(self, options: Mapping[str, object]) -> None:
        """Raises:
        ConfigError: the interface is not named, or there is another option.
        """
        given = Options(options)
        self._name = given.text("channel", required="name the network interface, for example 'eth1'")
        given.finish(("channel",))
        self._link = given.link
        self.echoes = False
        self._info = {"interface": "ip", "channel": self._name, "echo": "no", "stamps": "kernel (SO_TIMESTAMPNS) for what is received"}
        self.info: Mapping[str, str] = self._info
        self._interface: Interface | None = None
        self._sink: Sink | None = None
        self._lock = threading.RLock()
        self._datagrams: dict[tuple[str, int], Sequence[socket.socket]] = {}
        """By address and port; all of IPv6 is one address, because every node hears what is for all."""
        self._listening: dict[tuple[str, int], socket.socket] = {}
        self._streams: dict[tuple[str, str], Stream] = {}
        self._over: set[tuple[str, str]] = set()
        """Connections that are gone; a node may learn of it only after it sent once more, and that is lost."""
        self._by_fd: dict[int, socket.socket | Stream] = {}
        self._interest: dict[int, int] = {}
        self._poll: select.epoll | None = None
        self._reader = Worker()
        self._stamped = False
        self._dropped = 0

    def __str__(self) -> str:
        return f"{place(self._link)}ip on '{self._name}'"

    def open(self, sink: Sink) -> None:
        """See ``Port.open``."""
        if self._poll is not None:
            raise ConfigError(f"{self} is open already")
        try:
            self._interface = find_interface(self._name)
        except OSError as error:
            raise ConfigError(f"{self} cannot be opened: {error}") from error
        self._info["addresses"] = ", ".join(self._interface.addresses)
        self._sink, self._stamped, self._dropped = sink, False, 0
        self._poll = select.epoll()
        self._reader.start(self._link or "ip", partial(self._read, self._poll))

    def send(self, pdu: Pdu) -> None:
        """See ``Port.send``."""
        if not isinstance(pdu, Datagram | Chunk | Listen | Handshake):
            raise LocalProtocolError(f"{self} carries datagrams and connections, not a {type(pdu).__name__}")
        if self._interface is None or self._poll is None:
            raise RigError(f"{self} is not open, it cannot send {pdu}")
        with self._lock:
            try:
                match pdu:
                    case Listen():
                        self._listen(self._interface, pdu)
                    case Datagram():
                        self._send_datagram(self._interface, pdu)
                    case Chunk():
                        self._send_chunk(self._interface, pdu)
                    case Handshake():
                        self._secure(pdu)
            except OSError as error:
                have = ", ".join(self._interface.addresses)
                todo = f"is the address of the role one of the interface ({have}), and the port free?"
                raise RigError(f"{self} did not take {pdu}: {error.strerror or error}; {todo}") from error

    def dropped(self) -> int:
        """Nothing of a connection is lost, and nobody counts the datagrams that a full buffer of the kernel threw away."""
        return self._dropped

    def close(self) -> None:
        """See ``Port.close``."""
        poll, self._poll = self._poll, None
        if poll is None:
            return
        self._reader.join()
        with self._lock:
            for stream in self._streams.values():
                stream.close()
            for each in (*(each for made in self._datagrams.values() for each in made), *self._listening.values()):
                each.close()
            for table in (self._datagrams, self._listening, self._streams, self._by_fd, self._interest):
                table.clear()
            self._over.clear()
            poll.close()

    # What nodes send.

    def _listen(self, interface: Interface, wish: Listen) -> None:
        address, port = _split(wish.address)
        if wish.datagrams:
            if wish.active:
                self._datagram_socket(interface, address, port)
            else:
                for old in self._datagrams.pop(_place_of(address, port), ()):
                    self._forget(old)
            return
        known = self._listening.pop((address, port), None)
        if known is not None:
            self._forget(known)
        if wish.active:
            self._listening[address, port] = made = sockets.listening_socket(interface, address, port)
            self._watch(made, made.fileno(), _READ)

    def _datagram_socket(self, interface: Interface, address: str, port: int) -> socket.socket:
        place = _place_of(address, port)
        if place not in self._datagrams:
            self._datagrams[place], self._info["bound"] = sockets.datagram_sockets(interface, address, port)
            for made in self._datagrams[place]:
                self._watch(made, made.fileno(), _READ)
        return self._datagrams[place][0]

    def _send_datagram(self, interface: Interface, pdu: Datagram) -> None:
        (address, own), (to, port) = _split(pdu.source), _split(pdu.destination)
        # A full buffer loses a datagram here as it would anywhere on its way.
        with contextlib.suppress(BlockingIOError):
            self._datagram_socket(interface, address, own).sendto(pdu.data, sockets.socket_address(interface, to, port))

    def _send_chunk(self, interface: Interface, chunk: Chunk) -> None:
        way = (chunk.source, chunk.destination)
        stream = self._streams.get(way)
        if stream is None:
            if chunk.begin:
                self._connect(interface, chunk)
            elif not chunk.reset and way not in self._over:
                raise LocalProtocolError(f"{self}: there is no connection {chunk.source} > {chunk.destination} to send on")
            return
        stream.transmit(chunk)
        self._settle(stream)

    def _connect(self, interface: Interface, chunk: Chunk) -> None:
        own, (address, port) = _split(chunk.source), _split(chunk.destination)
        made = sockets.stream_socket(interface, *own)
        stream = self._streams[chunk.source, chunk.destination] = Stream(made, chunk.source, chunk.destination, self._tell, is_open=False)
        with contextlib.suppress(BlockingIOError):
            made.connect(sockets.socket_address(interface, address, port))
        self._watch(stream, made.fileno(), _WRITE)

    def _secure(self, wish: Handshake) -> None:
        stream = self._streams.get((wish.source, wish.destination))
        if not isinstance(wish.settings, TlsSettings):
            raise LocalProtocolError(f"{self}: a handshake without settings of TLS")
        if stream is None:
            raise LocalProtocolError(f"{self}: there is no connection {wish.source} > {wish.destination} to protect")
        stream.secure(wish.settings)
        self._settle(stream)

    # What arrives.

    def _read(self, poll: select.epoll) -> None:
        self._info["reader_scheduler"] = request_scheduler(READER_PRIORITY)
        breather = Breather()
        while not self._reader.is_ended:
            from_ns = time.monotonic_ns()
            ready = poll.poll(_POLL_S)
            breather.waited(from_ns, time.monotonic_ns())
            with self._lock:
                for fd, events in ready:
                    owner = self._by_fd.get(fd)
                    if isinstance(owner, Stream):
                        self._serve(owner, events)
                    elif owner is not None and owner.type == socket.SOCK_DGRAM:
                        self._read_datagrams(owner)
                    elif owner is not None:
                        self._accept(owner)

    def _serve(self, stream: Stream, events: int) -> None:
        if events & _WRITE or not stream.is_open:
            stream.writable()
        if stream.wants_to_read:
            stream.readable()
        elif events & _DEAD and stream.is_open:
            stream.hung_up()
        self._settle(stream)

    def _read_datagrams(self, made: socket.socket) -> None:
        port = made.getsockname()[1]
        while True:
            try:
                found = sockets.receive(made)
            except OSError:
                # Nothing more, or an ICMP message about an earlier datagram: the peer is not there, which is no loss of reception.
                return
            # The kernel gives a broadcast back to whoever sent it.
            if found.source is not None and found.source not in self._datagrams:
                source, destination = endpoint(*found.source), endpoint(found.destination, port)
                self._tell(Datagram(found.data, source, destination), found.stamp_ns)

    def _accept(self, listening: socket.socket) -> None:
        while True:
            try:
                made, _ = listening.accept()
            except OSError:
                return
            made.setblocking(False)
            own, peer = (endpoint(*sockets.plain(address)) for address in (made.getsockname(), made.getpeername()))
            stream = self._streams[own, peer] = Stream(made, own, peer, self._tell, is_open=True)
            self._tell(Chunk(b"", begin=True, source=peer, destination=own), time.monotonic_ns())
            self._watch(stream, made.fileno(), _READ)

    def _tell(self, pdu: Pdu, stamp_ns: int) -> None:
        if self._sink is None:
            return
        # The first stamp ties both time bases together. They are one here, so it counts as seen when it was stamped.
        host_ns = time.monotonic_ns() if self._stamped else stamp_ns
        self._stamped = True
        self._sink(pdu, host_ns, stamp_ns, False)

    # Which socket waits for what.

    def _settle(self, stream: Stream) -> None:
        fd = next((fd for fd, owner in self._by_fd.items() if owner is stream), None)
        if stream.is_gone:
            self._streams = {way: each for way, each in self._streams.items() if each is not stream}
            self._over.add((stream.own, stream.peer))
            if fd is not None:
                # Closing took it from the poll.
                del self._by_fd[fd], self._interest[fd]
        elif fd is not None:
            self._watch(stream, fd, _READ * stream.wants_to_read | _WRITE * stream.wants_to_write)

    def _watch(self, owner: socket.socket | Stream, fd: int, events: int) -> None:
        if self._poll is None or self._interest.get(fd) == events:
            return
        if fd in self._interest:
            self._poll.modify(fd, events)
        else:
            self._poll.register(fd, events)
        self._by_fd[fd], self._interest[fd] = owner, events

    def _forget(self, made: socket.socket) -> None:
        fd = made.fileno()
        if fd in self._interest and self._poll is not None:
            self._poll.unregister(fd)
            del self._by_fd[fd], self._interest[fd]
        made.close()


def _split(text: str) -> tuple[str, int]:
    try:
        return split_endpoint(text)
    except ValueError as error:
        raise LocalProtocolError(str(error)) from error


def _place_of(address: str, port: int) -> tuple[str, int]:
    return address if sockets.is_ipv4(address) else "", port
