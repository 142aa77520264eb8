"""What a CAN port reads and writes: one open bus of python-can, and what its interface tells about time and echo."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Protocol

import can

from harness.bench.ports.can_frames import frame_of, message_of
from harness.core import Frame

__all__ = ["ECHOING", "ERROR_REPORTING", "UNSTAMPED", "BusChannel", "Channel", "Received"]

ECHOING = frozenset(("etas", "kvaser", "neovi", "nixnet", "pcan", "socketcan", "vector", "virtual"))
"""Interfaces that report own transmissions when asked to, marked as such."""

ERROR_REPORTING = frozenset(
    ("etas", "gs_usb", "ixxat", "kvaser", "neovi", "nican", "nixnet", "pcan", "serial", "socketcand", "usb2can", "vector")
)
"""Interfaces beside SocketCAN through which python-can passes on error frames of the bus."""

UNSTAMPED = frozenset(("cantact", "iscan", "neousys", "robotell", "seeedstudio", "slcan"))
"""Interfaces for which python-can fills in its own wall clock: their frames have no stamp of the interface."""


Received = tuple[Frame, int, int | None, bool]
"""One frame as a sink takes it: frame, host time, stamp of the interface, echo."""


class Channel(Protocol):
    """One open CAN channel."""

    lost: int
    """Frames that the interface reported as lost."""
    error_frames: int

    def send(self, frame: Frame) -> None:
        """Hand *frame* to the interface.

        Raises:
            OSError, can.CanError: it does not take it.
        """
        ...

    def receive(self, timeout_s: float) -> Received | None:
        """The next frame, ``None`` if there is none in time.

        Raises:
            OSError, can.CanError: the interface is gone. ValueError, IndexError: it delivered garbage, which is gone now.
        """
        ...

    def describe(self) -> Mapping[str, str]:
        """Driver and source of the stamps, for the evidence."""
        ...

    def close(self) -> None:
        """Release the interface."""
        ...


class BusChannel:
    """Any bus of python-can.

    python-can gives stamps as float seconds: an epoch of today leaves them a resolution of about 0.24 us.
    """

    def __init__(self, bus: can.BusABC, interface: str) -> None:
        self._bus = bus
        self._stamped = interface not in UNSTAMPED
        self._wall_clock = interface == "virtual"
        self._reports_errors = interface in ERROR_REPORTING
        self.lost = 0
        self.error_frames = 0

    def send(self, frame: Frame) -> None:
        self._bus.send(message_of(frame))

    def receive(self, timeout_s: float) -> Received | None:
        try:
            message = self._bus.recv(timeout_s)
        except can.CanError as error:
            if not isinstance(error.__cause__, ValueError):
                raise
            self._discard()
            raise ValueError(str(error)) from error
        host_ns = time.monotonic_ns()
        if message is None:
            return None
        if message.is_error_frame:
            self.error_frames += 1
            return None
        stamp_ns = round(message.timestamp * 1e9) if self._stamped else None
        return frame_of(message), host_ns, stamp_ns, not message.is_rx

    def describe(self) -> Mapping[str, str]:
        if not self._stamped:
            stamps = "none, time of reading"
        elif self._wall_clock:
            stamps = "wall clock of the sending process"
        else:
            stamps = "interface, through python-can as float seconds"
        return {"driver": f"python-can {can.__version__}", "stamps": stamps, "reports_errors": "yes" if self._reports_errors else "no"}

    def close(self) -> None:
        self._bus.shutdown()

    def _discard(self) -> None:
        # The serial interfaces keep what they could not decode and would stumble over it for ever.
        flush = getattr(self._bus, "flush", None)
        if callable(flush):
            flush()
