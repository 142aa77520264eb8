"""One TCP connection behind a port: it takes and gives chunks, protects them if asked to, and never blocks."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable

from harness.bench.ports.ip import sockets
from harness.bench.tls import TlsSide
from harness.core import Chunk, Handshake, LocalProtocolError, Pdu, TlsSettings

__all__ = ["Stream"]

Tell = Callable[[Pdu, int], None]
"""Called with what came and the instant at which it did."""

_HELLO_RECORD = 0x16


class Stream:
    """One connection. The owner calls ``readable`` and ``writable`` when the kernel says so, and holds a lock around every call."""

    def __init__(self, connected: socket.socket, own: str, peer: str, tell: Tell, *, is_open: bool) -> None:
        self.socket = connected
        self.own = own
        """Address that our nodes know as this side's, which is the real one unless its port was still in use."""
        self.peer = peer
        self._tell = tell
        self.is_open = is_open
        """The connection is established; otherwise it has been asked for."""
        self.is_gone = False
        self._waiting = bytearray()
        self._closing = False
        self._own_ended = False
        self._peer_ended = False
        self._tls: TlsSide | None = None
        self._secured = ""
        self._early = bytearray()
        self._hello_told = False
        self._is_refused = False
        """The handshake failed: what still comes is no message."""

    @property
    def wants_to_write(self) -> bool:
        """Whether to call ``writable`` as soon as that does not block."""
        return not self.is_gone and (not self.is_open or bool(self._waiting))

    @property
    def wants_to_read(self) -> bool:
        """Whether anything can still come."""
        return not self.is_gone and self.is_open and not self._peer_ended

    def transmit(self, chunk: Chunk) -> None:
        """Send *chunk* as soon as the network takes it.

        Raises:
            LocalProtocolError: our side has ended, or the connection is not established yet.
        """
        if self.is_gone or self._is_refused:
            return  # The peer tore it down; whoever sends cannot know yet.
        if chunk.reset:
            self._gone(abort=True)
            return
        if chunk.data:
            if self._own_ended or self._closing or not self.is_open:
                raise LocalProtocolError(f"bytes on the connection {self.own} > {self.peer}, which is not open for sending")
            self._send(chunk.data)
        if chunk.end:
            if self._secured and self._tls is not None:
                self._tls.close()
                self._waiting += self._tls.take()
            self._closing = True
        self._flush()

    def secure(self, settings: TlsSettings) -> None:
        """Begin the handshake, or answer that of the other side."""
        self._tls = TlsSide(settings)
        early, self._early = bytes(self._early), bytearray()
        self._tls.shake()
        self._after_tls(self._tls.receive(early) if early else b"", time.monotonic_ns())

    def readable(self) -> None:
        """Read what is there."""
        while self.wants_to_read:
            try:
                found = sockets.receive(self.socket)
            except BlockingIOError:
                return
            except OSError:
                self._lost()
                return
            if found.data and self._is_refused:
                continue
            if found.data:
                self._arrived(found.data, found.stamp_ns)
            else:
                self._peer_ended = True
                self._say(Chunk(b"", end=True, source=self.peer, destination=self.own, security=self._secured), found.stamp_ns)
                self._end_if_both()

    def writable(self) -> None:
        """Go on with what was left, or learn what became of the wish for a connection."""
        if self.is_open:
            self._flush()
            return
        if error := self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            del error  # refused, or nobody there: the same for who asked
            self._say(Chunk(b"", source=self.peer, destination=self.own, reset=True), time.monotonic_ns())
            self._gone()
            return
        self.is_open = True
        self._say(Chunk(b"", begin=True, source=self.peer, destination=self.own), time.monotonic_ns())

    def hung_up(self) -> None:
        """The kernel says that the connection is dead."""
        if not self.is_gone:
            self._lost()

    def close(self) -> None:
        """Release the socket."""
        if not self.is_gone:
            self._gone()

    def _send(self, data: bytes) -> None:
        if self._tls is None:
            self._waiting += data
            return
        if not self._secured:
            raise LocalProtocolError(f"bytes on the connection {self.own} > {self.peer} during its handshake")
        self._tls.send(data)
        self._waiting += self._tls.take()

    def _arrived(self, data: bytes, stamp_ns: int) -> None:
        if self._tls is None and not self._early and data[0] != _HELLO_RECORD:
            self._say(Chunk(data, source=self.peer, destination=self.own), stamp_ns)
            return
        if self._tls is None or (self._tls.settings.server and not self._hello_told):
            # What the peer wants of the handshake is shown as it came.
            self._hello_told = True
            self._say(Chunk(data, source=self.peer, destination=self.own, security="TLS", sealed=True), stamp_ns)
        if self._tls is None:
            self._early += data  # Kept for when our node agrees to the handshake.
        else:
            self._after_tls(self._tls.receive(data), stamp_ns)

    def _after_tls(self, readable: bytes, stamp_ns: int) -> None:
        tls = self._tls
        assert tls is not None
        self._waiting += tls.take()
        self._flush()
        if tls.version and not self._secured:
            self._secured = tls.version
            self._say(Handshake(self.peer, self.own, None, tls.version, tls.cipher, "", tls.peer), stamp_ns)
        if readable:
            self._say(Chunk(readable, source=self.peer, destination=self.own, security=self._secured), stamp_ns)
        if tls.alert or tls.told:
            source, destination = (self.own, self.peer) if tls.alert else (self.peer, self.own)
            self._say(Handshake(source, destination, None, "", "", tls.alert or tls.told, ""), stamp_ns)
            # Nothing is sent any more; how the other side ends the connection is still to be seen.
            self._is_refused = self._closing = True
            self._flush()
        elif tls.ended and not self._peer_ended:
            self._peer_ended = True
            self._say(Chunk(b"", end=True, source=self.peer, destination=self.own, security=self._secured), stamp_ns)
            self._end_if_both()

    def _flush(self) -> None:
        try:
            while self._waiting:
                sent = self.socket.send(self._waiting)
                del self._waiting[:sent]
            if self._closing and not self._own_ended and self.is_open:
                self._own_ended = True
                self.socket.shutdown(socket.SHUT_WR)
                self._end_if_both()
        except BlockingIOError:
            return
        except OSError:
            self._lost()

    def _lost(self) -> None:
        self._say(Chunk(b"", source=self.peer, destination=self.own, reset=True), time.monotonic_ns())
        self._gone()

    def _end_if_both(self) -> None:
        if self._own_ended and self._peer_ended:
            self._gone()

    def _gone(self, *, abort: bool = False) -> None:
        self.is_gone = True
        if abort:
            sockets.abort(self.socket)
        else:
            self.socket.close()

    def _say(self, pdu: Pdu, stamp_ns: int) -> None:
        self._tell(pdu, stamp_ns)
