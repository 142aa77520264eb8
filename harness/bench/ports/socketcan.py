"""SocketCAN read from its socket: exact kernel stamps, own transmissions told apart from those of the same host, overruns.

python-can opens and configures the bus, but its reader is not used: it rounds the stamp to float seconds, takes every
frame of this host for an own one (``MSG_DONTROUTE``), which a simulated truck in another process is not, and cannot
say that the socket's queue overran.
"""

from __future__ import annotations

import contextlib
import errno
import platform
import socket
import struct
import time
from collections.abc import Mapping
from pathlib import Path

import can
from can.interfaces.socketcan import SocketcanBus

from harness.bench.ports.channel import Received
from harness.core import Frame

__all__ = ["SocketCanChannel", "frame_from_wire", "frame_to_wire", "socketcan_obstacle"]

_EXTENDED, _REMOTE, _ERROR = 0x80000000, 0x40000000, 0x20000000
_ID_MASK = 0x1FFFFFFF
_HEADER = struct.Struct("=IBBBB")
_CLASSIC = struct.Struct("=IBBBB8s")
_FD = struct.Struct("=IBBBB64s")
_BIT_RATE_SWITCH = 0x01
_ERROR_CONTROLLER = 0x00000004
_RX_OVERFLOW = 0x01

_TIMESPEC = struct.Struct("@qq")
_COUNTER = struct.Struct("@I")
_SO_RCVBUFFORCE = 33
_SO_TIMESTAMPNS = 35
_SO_RXQ_OVFL = 40
_ANCILLARY_BYTES = socket.CMSG_SPACE(_TIMESPEC.size) + socket.CMSG_SPACE(_COUNTER.size)

_QUEUE_BYTES = 4 << 20
_NET = Path("/sys/class/net")
_UP = 0x1
_TYPE_CAN = 280


class SocketCanChannel:
    """An open SocketCAN bus of python-can, read and written without it."""

    def __init__(self, bus: SocketcanBus) -> None:
        self._bus = bus
        self._socket: socket.socket = bus.socket
        # A second handle of the same socket: sending never waits, whatever the reader waits for.
        self._sender = self._socket.dup()
        self._sender.setblocking(False)
        self._timeout_s: float | None = None
        self.lost = 0
        self.error_frames = 0
        self._overflow = 0
        self._socket.setsockopt(socket.SOL_SOCKET, _SO_RXQ_OVFL, 1)
        try:
            self._socket.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _QUEUE_BYTES)
        except OSError:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _QUEUE_BYTES)

    def send(self, frame: Frame) -> None:
        self._sender.send(frame_to_wire(frame))

    def receive(self, timeout_s: float) -> Received | None:
        if timeout_s != self._timeout_s:
            self._socket.settimeout(timeout_s)
            self._timeout_s = timeout_s
        try:
            data, ancillary, flags, _ = self._socket.recvmsg(_FD.size, _ANCILLARY_BYTES)
        except TimeoutError:
            return None
        host_ns = time.monotonic_ns()
        stamp_ns = self._read_ancillary(ancillary)
        if _HEADER.unpack_from(data)[0] & _ERROR:
            self._count_error(data)
            return None
        return frame_from_wire(data), host_ns, stamp_ns, bool(flags & socket.MSG_CONFIRM)

    def describe(self) -> Mapping[str, str]:
        driver = _NET / self._bus.channel / "device" / "driver"
        name = driver.resolve().name if driver.exists() else "virtual"
        return {
            "driver": f"Linux {platform.release()}, {name}, python-can {can.__version__}",
            "stamps": "kernel, system clock, 1 ns (SO_TIMESTAMPNS)",
            "reports_errors": "yes" if driver.exists() else "no, none occur on a virtual interface",
        }

    def close(self) -> None:
        self._sender.close()
        self._bus.shutdown()

    def _read_ancillary(self, ancillary: list[tuple[int, int, bytes]]) -> int | None:
        stamp_ns = None
        for level, kind, data in ancillary:
            if level != socket.SOL_SOCKET:
                continue
            if kind == _SO_TIMESTAMPNS:
                seconds, nanoseconds = _TIMESPEC.unpack_from(data)
                stamp_ns = seconds * 1_000_000_000 + nanoseconds
            elif kind == _SO_RXQ_OVFL:
                # A 32-bit counter since the socket was made; it may wrap.
                counter = _COUNTER.unpack_from(data)[0]
                self.lost += (counter - self._overflow) & 0xFFFFFFFF
                self._overflow = counter
        return stamp_ns

    def _count_error(self, data: bytes) -> None:
        self.error_frames += 1
        can_id, *_, detail = _CLASSIC.unpack_from(data)
        if can_id & _ERROR_CONTROLLER and detail[1] & _RX_OVERFLOW:
            # The controller does not say how many frames it lost, but it was at least one.
            self.lost += 1


def frame_to_wire(frame: Frame) -> bytes:
    """*frame* as ``struct can_frame`` or ``struct canfd_frame``."""
    can_id = frame.can_id | (_EXTENDED if frame.extended else 0) | (_REMOTE if frame.remote else 0)
    if frame.fd:
        return _FD.pack(can_id, len(frame.data), _BIT_RATE_SWITCH, 0, 0, frame.data)
    return _CLASSIC.pack(can_id, len(frame.data), 0, 0, 0, frame.data)


def frame_from_wire(wire: bytes) -> Frame:
    """The frame in ``struct can_frame`` or ``struct canfd_frame``, which differ in their size.

    Raises:
        ValueError: the length cannot exist on a CAN bus.
    """
    can_id, length, *_ = _HEADER.unpack_from(wire)
    extended, remote = bool(can_id & _EXTENDED), bool(can_id & _REMOTE)
    data = b"" if remote else wire[_HEADER.size : _HEADER.size + length]
    return Frame(can_id & _ID_MASK, data, extended, len(wire) == _FD.size, remote)


def socketcan_obstacle(channel: str, error: OSError | None = None) -> str:
    """Why SocketCAN *channel* cannot be used and what to do, empty if nothing is in the way."""
    make = (
        "ip link add dev {0} type vcan && ip link set {0} up"
        if channel.startswith("vcan")
        else "ip link set {0} up type can bitrate <bit/s>"
    )
    if error is not None and error.errno == errno.EAFNOSUPPORT:
        return "the kernel has no SocketCAN; load it with 'modprobe can-raw', or use an interface that does not need it"
    device = _NET / channel
    if not device.exists():
        found = [entry.name for entry in sorted(_NET.iterdir()) if _read_number(entry / "type", 10) == _TYPE_CAN] if _NET.exists() else []
        have = f" (have: {', '.join(found)})" if found else ""
        return f"there is no such network interface{have}; connect the adapter or make it with '{make.format(channel)}'"
    if _read_number(device / "type", 10) != _TYPE_CAN:
        return f"'{channel}' is no CAN interface"
    flags = _read_number(device / "flags", 16)
    if flags is not None and not flags & _UP:
        return f"the interface is down; bring it up with 'ip link set {channel} up'"
    if error is not None and error.errno == errno.ENOBUFS:
        return f"its transmit queue is full; is anybody there to acknowledge? Otherwise 'ip link set {channel} txqueuelen 1000'"
    return ""


def _read_number(file: Path, base: int) -> int | None:
    with contextlib.suppress(OSError, ValueError):
        return int(file.read_text().strip(), base)
    return None
