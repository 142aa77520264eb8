"""Whole Ethernet frames of one type on a network interface, for what is no IP: the modem of a power line."""

from __future__ import annotations

import contextlib
import socket
import struct
import time
from collections.abc import Mapping
from functools import partial

from harness.bench.port import Sink
from harness.bench.ports.options import Options, place
from harness.bench.ports.worker import Worker
from harness.bench.realtime import READER_PRIORITY, Breather, request_scheduler
from harness.core import ConfigError, Datagram, LocalProtocolError, Pdu, RigError

__all__ = ["EthernetPort"]

_HOMEPLUG = 0x88E1
_FIRST_TYPE = 0x0600
"""Smaller numbers are lengths."""
_POLL_S = 0.1
_FRAME_BYTES = 65_536
_ADDRESSES = 14
_OUTGOING = 4
"""Packet type of a frame that this machine sent."""
_SO_TIMESTAMPNS = getattr(socket, "SO_TIMESTAMPNS", 35)
_SO_RXQ_OVFL = 40
_STAMP, _COUNTER = struct.Struct("@qq"), struct.Struct("@I")
_ANCILLARY_BYTES = socket.CMSG_SPACE(_STAMP.size) + socket.CMSG_SPACE(_COUNTER.size)


class EthernetPort:
    """Frames as datagrams between their addresses, written ``02:00:00:00:00:01``.

    Options: ``channel``, the interface, and ``ethertype`` (default 35041, HomePlug). The stamp is that of the kernel on reception; own
    frames are not echoed. Opening needs the right to raw sockets.
    """

    def __init__(self, options: Mapping[str, object]) -> None:
        """Raises:
        ConfigError: the interface is missing, the type is none, or there is another option.
        """
        given = Options(options)
        self._channel = given.text("channel", required="name the network interface of the modem, for example 'eth1'")
        self._type = given.number("ethertype") or _HOMEPLUG
        if not _FIRST_TYPE <= self._type < 1 << 16:
            given.problem(f"'ethertype' must lie between {_FIRST_TYPE} and 65535, not at {self._type}")
        given.finish(("channel", "ethertype"))
        self._link = given.link
        self.echoes = False
        self._info = {
            "interface": "ethernet",
            "channel": self._channel,
            "ethertype": f"0x{self._type:04X}",
            "stamps": "kernel (SO_TIMESTAMPNS)",
            "echo": "no",
        }
        self.info: Mapping[str, str] = self._info
        self.failure: str | None = None
        self._socket: socket.socket | None = None
        self._reader = Worker()
        self._lost = 0

    def __str__(self) -> str:
        return f"{place(self._link)}Ethernet frames of type 0x{self._type:04X} at '{self._channel}'"

    def open(self, sink: Sink) -> None:
        """See ``Port.open``."""
        if self._socket is not None:
            raise ConfigError(f"{self} is open already")
        self._socket = opened = self._make_socket()
        self.failure, self._lost = None, 0
        self._reader.start(self._link or "ethernet", partial(self._read, opened, sink))

    def send(self, pdu: Pdu) -> None:
        """See ``Port.send``."""
        if not isinstance(pdu, Datagram) or len(pdu.data) < _ADDRESSES:
            raise LocalProtocolError(f"{self} carries whole frames as datagrams, not {pdu}")
        if self.failure is not None:
            raise RigError(self.failure)
        if self._socket is None:
            raise RigError(f"{self} is not open, it cannot send {pdu}")
        try:
            self._socket.send(pdu.data)
        except OSError as error:
            raise RigError(f"{self} did not take a frame of {len(pdu.data)} bytes: {error.strerror or error}") from error

    def dropped(self) -> int:
        """Frames that the kernel had no room for."""
        return self._lost

    def close(self) -> None:
        """See ``Port.close``."""
        opened, self._socket = self._socket, None
        if opened is None:
            return
        self._reader.join()
        opened.close()

    def _make_socket(self) -> socket.socket:
        made = None
        try:
            # Of no type at first, so that nothing arrives before it stands on its interface.
            made = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
            made.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
            with contextlib.suppress(OSError):
                made.setsockopt(socket.SOL_SOCKET, _SO_RXQ_OVFL, 1)
            made.bind((self._channel, self._type))
        except OSError as error:
            if made is not None:
                made.close()
            todo = "give this program the right to raw sockets (CAP_NET_RAW)"
            if not isinstance(error, PermissionError):
                have = ", ".join(sorted(name for _, name in socket.if_nameindex()))
                todo = f"is the interface there (have: {have}) and set up?"
            raise ConfigError(f"{self} cannot be opened: {error.strerror or error}; {todo}") from error
        made.settimeout(_POLL_S)
        return made

    def _read(self, opened: socket.socket, sink: Sink) -> None:
        self._info["reader_scheduler"] = request_scheduler(READER_PRIORITY)
        breather = Breather()
        while not self._reader.is_ended:
            from_ns = time.monotonic_ns()
            try:
                data, ancillary, _, source = opened.recvmsg(_FRAME_BYTES, _ANCILLARY_BYTES)
            except TimeoutError:
                continue
            except OSError as error:
                if not self._reader.is_ended:
                    self.failure = f"{self} was lost: {error.strerror or error}"
                return
            host_ns, wall_ns = time.monotonic_ns(), time.time_ns()
            breather.waited(from_ns, host_ns)
            stamp_ns = self._stamp(ancillary, host_ns, wall_ns)
            if source[2] != _OUTGOING and len(data) >= _ADDRESSES:
                sink(Datagram(data, data[6:12].hex(":").upper(), data[:6].hex(":").upper()), stamp_ns, None, False)

    def _stamp(self, ancillary: list[tuple[int, int, bytes]], host_ns: int, wall_ns: int) -> int:
        """When the kernel had the frame, on the clock of the run; what it lost is counted on the way."""
        stamp_ns = host_ns
        for _, kind, value in ancillary:
            if kind == _SO_TIMESTAMPNS and len(value) >= _STAMP.size:
                seconds, fraction = _STAMP.unpack_from(value)
                # The kernel stamps with the wall clock; what has passed since then is the same on either clock.
                passed_ns = wall_ns - (seconds * 1_000_000_000 + fraction)
                stamp_ns = host_ns - passed_ns if passed_ns > 0 else host_ns
            elif kind == _SO_RXQ_OVFL and len(value) >= _COUNTER.size:
                self._lost = _COUNTER.unpack_from(value)[0]
        return stamp_ns
