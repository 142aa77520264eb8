"""Sockets on one interface, none of which ever blocks, and the instant at which the kernel received something."""

from __future__ import annotations

import contextlib
import socket
import struct
import time
from ipaddress import IPv6Address

from harness.bench.ports.ipv6.interface import Interface

__all__ = ["Received", "abort", "datagram_socket", "listening_socket", "plain", "receive", "stream_socket"]

ALL_NODES = "ff02::1"
_HOPS = 1
"""Discovery does not leave the link."""
_BACKLOG = 16
_RECEIVE_BYTES = 16_384
_ANCILLARY_BYTES = 256
_SO_TIMESTAMPNS = getattr(socket, "SO_TIMESTAMPNS", 35)
_STAMP = struct.Struct("@qq")
_PACKET_INFO = struct.Struct("@16sI")
_LINGER_NOT = struct.pack("@ii", 1, 0)

Address = tuple[str, int]


class Received:
    """What one reading of a socket gave."""

    __slots__ = ("data", "destination", "source", "stamp_ns")

    def __init__(self, data: bytes, source: Address | None, destination: str, stamp_ns: int) -> None:
        self.data = data
        self.source = source
        self.destination = destination
        """Address to which a datagram was sent; empty for a stream."""
        self.stamp_ns = stamp_ns
        """On the monotonic clock, when the kernel had it."""


def datagram_socket(interface: Interface, port: int) -> tuple[socket.socket, str]:
    """A socket for what comes to *port*, to all nodes included; and how it is bound, for the evidence.

    Raises:
        OSError: the port is taken.
    """
    made = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    try:
        bound = _prepare(made, interface)
        made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
        made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, interface.index)
        made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, _HOPS)
        made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_LOOP, 0)
        made.bind(("::", port, 0, interface.index))
        group = socket.inet_pton(socket.AF_INET6, ALL_NODES) + struct.pack("@I", interface.index)
        made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, group)
    except BaseException:
        made.close()
        raise
    return made, bound


def listening_socket(interface: Interface, address: str, port: int) -> socket.socket:
    """A socket that takes connections.

    Raises:
        OSError: the address is not of this machine, or the port is taken.
    """
    made = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
    try:
        _prepare(made, interface)
        made.bind((address, port, 0, interface.index))
        made.listen(_BACKLOG)
    except BaseException:
        made.close()
        raise
    return made


def stream_socket(interface: Interface, address: str, port: int) -> socket.socket:
    """A socket that can connect from *port*, or from any other one if that is still in use by an earlier connection.

    Raises:
        OSError: the address is not of this machine.
    """
    made = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
    try:
        _prepare(made, interface)
        try:
            made.bind((address, port, 0, interface.index))
        except OSError:
            made.bind((address, 0, 0, interface.index))
    except BaseException:
        made.close()
        raise
    return made


def _prepare(made: socket.socket, interface: Interface) -> str:
    made.setblocking(False)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    with contextlib.suppress(OSError):
        made.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
    if made.type == socket.SOCK_STREAM:
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, interface.name.encode() + b"\0")
    except PermissionError:
        return "by the scope of the address, SO_BINDTODEVICE is not permitted"
    return "SO_BINDTODEVICE"


def receive(made: socket.socket) -> Received:
    """What there is to read; no data from a stream that the peer has ended.

    Raises:
        BlockingIOError: nothing is there. OSError: the connection is gone.
    """
    data, ancillary, _, source = made.recvmsg(_RECEIVE_BYTES, _ANCILLARY_BYTES)
    seen_ns, wall_ns = time.monotonic_ns(), time.time_ns()
    stamp_ns, destination = seen_ns, ""
    for level, kind, value in ancillary:
        if level == socket.SOL_SOCKET and kind == _SO_TIMESTAMPNS and len(value) >= _STAMP.size:
            seconds, fraction = _STAMP.unpack_from(value)
            # The kernel stamps with the wall clock; what has passed since then is the same on either clock.
            passed_ns = wall_ns - (seconds * 1_000_000_000 + fraction)
            stamp_ns = seen_ns - passed_ns if passed_ns > 0 else seen_ns
        elif level == socket.IPPROTO_IPV6 and kind == socket.IPV6_PKTINFO:
            destination = str(IPv6Address(_PACKET_INFO.unpack_from(value)[0]))
    return Received(data, plain(source) if source else None, destination, stamp_ns)


def plain(address: tuple[str, int, int, int]) -> Address:
    """Address and port without the zone in which only this machine knows it."""
    return str(IPv6Address(address[0].partition("%")[0])), address[1]


def abort(made: socket.socket) -> None:
    """Close a connection with a reset."""
    with contextlib.suppress(OSError):
        made.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
    made.close()
