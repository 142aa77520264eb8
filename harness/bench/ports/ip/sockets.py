"""Sockets on one interface, none of which ever blocks, and the instant at which the kernel received something."""

from __future__ import annotations

import contextlib
import socket
import struct
import time
from collections.abc import Sequence
from ipaddress import IPv6Address

from harness.bench.ports.ip.interface import Interface
from harness.protocols.ip.host import ALL_NODES, ALL_NODES_IPV4

__all__ = ["Received", "abort", "datagram_sockets", "is_ipv4", "listening_socket", "plain", "receive", "socket_address", "stream_socket"]

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
SocketAddress = tuple[str, int] | tuple[str, int, int, int]


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


def is_ipv4(address: str) -> bool:
    """Whether *address* is one of IPv4; others are of IPv6."""
    return ":" not in address


def socket_address(interface: Interface, address: str, port: int) -> SocketAddress:
    """What a socket calls an address on this interface."""
    return (address, port) if is_ipv4(address) else (address, port, 0, interface.index)


def datagram_sockets(interface: Interface, address: str, port: int) -> tuple[Sequence[socket.socket], str]:
    """Sockets for what comes to *port* of *address*, to all nodes included; and how they are bound, for the evidence.

    The first one sends as well. With IPv4 each destination has a socket of its own: two parties on one machine both hear broadcasts.

    Raises:
        OSError: the port is taken.
    """
    if not is_ipv4(address):
        made, bound = _ipv6_datagrams(interface, port)
        return (made,), bound
    found: list[socket.socket] = []
    try:
        for destination in (address, ALL_NODES_IPV4):
            found.append(made := socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            bound = _prepare(made, interface)
            made.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
            made.bind((destination, port))
    except BaseException:
        for made in found:
            made.close()
        raise
    return found, bound


def _ipv6_datagrams(interface: Interface, port: int) -> tuple[socket.socket, str]:
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
    made = socket.socket(_family(address), socket.SOCK_STREAM)
    try:
        _prepare(made, interface)
        made.bind(socket_address(interface, address, port))
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
    made = socket.socket(_family(address), socket.SOCK_STREAM)
    try:
        _prepare(made, interface)
        try:
            made.bind(socket_address(interface, address, port))
        except OSError:
            made.bind(socket_address(interface, address, 0))
    except BaseException:
        made.close()
        raise
    return made


def _family(address: str) -> socket.AddressFamily:
    return socket.AF_INET if is_ipv4(address) else socket.AF_INET6


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
    stamp_ns = seen_ns
    destination = made.getsockname()[0] if made.family is socket.AF_INET and made.type is socket.SOCK_DGRAM else ""
    for level, kind, value in ancillary:
        if level == socket.SOL_SOCKET and kind == _SO_TIMESTAMPNS and len(value) >= _STAMP.size:
            seconds, fraction = _STAMP.unpack_from(value)
            # The kernel stamps with the wall clock; what has passed since then is the same on either clock.
            passed_ns = wall_ns - (seconds * 1_000_000_000 + fraction)
            stamp_ns = seen_ns - passed_ns if passed_ns > 0 else seen_ns
        elif level == socket.IPPROTO_IPV6 and kind == socket.IPV6_PKTINFO:
            destination = str(IPv6Address(_PACKET_INFO.unpack_from(value)[0]))
    return Received(data, plain(source) if source else None, destination, stamp_ns)


def plain(address: SocketAddress) -> Address:
    """Address and port without the zone in which only this machine knows it."""
    return address[0] if is_ipv4(address[0]) else str(IPv6Address(address[0].partition("%")[0])), address[1]


def abort(made: socket.socket) -> None:
    """Close a connection with a reset."""
    with contextlib.suppress(OSError):
        made.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
    made.close()
