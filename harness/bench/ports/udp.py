"""Line links between processes: levels as JSON datagrams over UDP, on the loopback interface or a LAN.

One datagram is ``{"line": "plug", "value": 1, "seq": 7}``; ``seq`` counts the sender's datagrams from 1 and may be
left out by others. ``{"hello": true}`` is sent on opening: who receives it sends the present level of every line
once more, marked ``"again": true``, so that it does not matter which process starts first.
"""

from __future__ import annotations

import contextlib
import json
import math
import socket
import threading
import time
from collections.abc import Mapping
from functools import partial

from harness.bench.port import Sink
from harness.bench.ports.options import Options, place
from harness.bench.ports.worker import Worker
from harness.bench.realtime import READER_PRIORITY, Breather, request_scheduler
from harness.core import ConfigError, Level, LocalProtocolError, Pdu, RigError

__all__ = ["UdpLinePort"]

_POLL_S = 0.1
_DATAGRAM_BYTES = 2048
_HELLO = b'{"hello": true}'

Address = tuple[str, int]


class UdpLinePort:
    """Levels to and from one peer. Options: ``bind`` and ``peer``, both ``host:port``.

    The stamp of a level is the time of reading, no interface stamp; own levels are not echoed.
    """

    def __init__(self, options: Mapping[str, object]) -> None:
        """Raises:
        ConfigError: an address is missing or malformed, or there is another option.
        """
        given = Options(options)
        self._bind, self._peer = given.address("bind"), given.address("peer")
        given.finish(("bind", "peer"))
        self._link = given.link
        self.echoes = False
        self._info = {
            "interface": "udp",
            "bind": _spell(self._bind),
            "peer": _spell(self._peer),
            "stamps": "none, time of reading",
            "echo": "no",
        }
        self.info: Mapping[str, str] = self._info
        self._socket: socket.socket | None = None
        self._resolved: Address = self._peer
        self._reader = Worker()
        self._levels: dict[str, Level] = {}
        self._known: dict[str, float] = {}
        self._sending = threading.Lock()
        self._sent = 0
        self._expected: int | None = None
        self._dropped = 0

    def __str__(self) -> str:
        return f"{place(self._link)}udp {_spell(self._bind)} to {_spell(self._peer)}"

    def open(self, sink: Sink) -> None:
        """See ``Port.open``."""
        if self._socket is not None:
            raise ConfigError(f"{self} is open already")
        self._socket = opened = self._make_socket()
        self._levels, self._known, self._sent, self._expected, self._dropped = {}, {}, 0, None, 0
        self._reader.start(self._link or "udp", partial(self._read, opened, sink))
        with contextlib.suppress(OSError):  # nobody there yet: the peer says hello when it comes
            opened.sendto(_HELLO, self._resolved)

    def send(self, pdu: Pdu) -> None:
        """See ``Port.send``."""
        if not isinstance(pdu, Level):
            raise LocalProtocolError(f"{self} carries levels of lines, not a {type(pdu).__name__}")
        if self._socket is None:
            raise RigError(f"{self} is not open, it cannot send {pdu}")
        try:
            self._transmit(self._socket, pdu)
        except OSError as error:
            raise RigError(f"{self} did not take {pdu}: {error.strerror}; is the peer's address reachable?") from error

    def dropped(self) -> int:
        """Datagrams that were malformed, came from a stranger, or are missing in the peer's count."""
        return self._dropped

    def close(self) -> None:
        """See ``Port.close``."""
        opened, self._socket = self._socket, None
        if opened is None:
            return
        self._reader.join()
        opened.close()

    def _make_socket(self) -> socket.socket:
        opened = None
        try:
            self._resolved = _resolve(self._peer)
            opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            opened.bind(self._bind)
        except OSError as error:
            if opened is not None:
                opened.close()
            todo = "'bind' must be a free address of this machine, 'peer' one that it can reach"
            raise ConfigError(f"{self} cannot be opened: {error.strerror or error}; {todo}") from error
        opened.settimeout(_POLL_S)
        return opened

    def _transmit(self, opened: socket.socket, level: Level, *, again: bool = False) -> None:
        with self._sending:
            self._sent += 1
            self._levels[level.line] = level
            document = {"line": level.line, "value": level.value, "seq": self._sent} | ({"again": True} if again else {})
            opened.sendto(json.dumps(document).encode(), self._resolved)

    def _read(self, opened: socket.socket, sink: Sink) -> None:
        self._info["reader_scheduler"] = request_scheduler(READER_PRIORITY)
        breather = Breather()
        while not self._reader.is_ended:
            from_ns = time.monotonic_ns()
            try:
                datagram, source = opened.recvfrom(_DATAGRAM_BYTES)
            except TimeoutError:
                continue
            except OSError:
                # An ICMP message about an earlier datagram: the peer is not there, which is no loss of reception.
                continue
            host_ns = time.monotonic_ns()
            breather.waited(from_ns, host_ns)
            if source != self._resolved:
                self._dropped += 1
            elif datagram == _HELLO:
                self._expected = None
                self._repeat(opened)
            else:
                self._take(datagram, host_ns, sink)

    def _repeat(self, opened: socket.socket) -> None:
        with contextlib.suppress(OSError):
            for level in list(self._levels.values()):
                self._transmit(opened, level, again=True)

    def _take(self, datagram: bytes, host_ns: int, sink: Sink) -> None:
        try:
            level, number, again = _parse(datagram)
        except (ValueError, TypeError, KeyError, RecursionError):
            self._dropped += 1
            return
        if number is not None:
            if self._expected is not None and number > self._expected:
                self._dropped += number - self._expected
            self._expected = number + 1
        if not again or self._known.get(level.line) != level.value:
            self._known[level.line] = level.value
            sink(level, host_ns, None, False)


def _parse(datagram: bytes) -> tuple[Level, int | None, bool]:
    document = json.loads(datagram)
    line, value, number = document["line"], float(document["value"]), document.get("seq")
    if not isinstance(line, str) or not line or not math.isfinite(value):
        raise ValueError("no level of a line")
    if number is not None and (not isinstance(number, int) or isinstance(number, bool) or number < 1):
        raise ValueError("no count of datagrams")
    return Level(line, value), number, document.get("again") is True


def _resolve(address: Address) -> Address:
    found = socket.getaddrinfo(*address, socket.AF_INET, socket.SOCK_DGRAM)[0][4]
    return str(found[0]), int(found[1])


def _spell(address: Address) -> str:
    return f"{address[0]}:{address[1]}"
