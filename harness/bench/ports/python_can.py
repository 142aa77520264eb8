"""A CAN port on any interface of python-can."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Mapping
from functools import partial

import can

from harness.bench.port import Sink
from harness.bench.ports.can_bus import CanSettings, obstacle, open_channel, read_settings
from harness.bench.ports.channel import Channel
from harness.bench.ports.worker import Worker
from harness.bench.realtime import READER_PRIORITY, Breather, request_scheduler
from harness.core import ConfigError, Frame, LocalProtocolError, Pdu, RigError

__all__ = ["PythonCanPort"]

_POLL_S = 0.1
"""How often an idle reader looks whether the port was closed."""


class PythonCanPort:
    """socketcan, virtual, slcan, pcan, kvaser, ...: one reader thread, sending from the caller's thread.

    Options: ``interface``, ``channel``, ``bitrate_bps``, ``fd``, ``data_bitrate_bps``, ``receive_own_messages`` (on
    wherever the interface can report own transmissions), ``f_clock_hz``, ``sample_point_pct`` and
    ``data_sample_point_pct`` for interfaces that need the bit timing of CAN FD, and the interface's own options
    under python-can's names. Error frames are counted and not delivered.
    """

    def __init__(self, options: Mapping[str, object]) -> None:
        """Raises:
        ConfigError: unknown interface, unknown or contradicting options.
        """
        self._settings = settings = read_settings(options)
        self.echoes = settings.echo
        self._info = _describe(settings)
        self.info: Mapping[str, str] = self._info
        self.failure: str | None = None
        """Why the interface is gone, ``None`` as long as it works."""
        self._channel: Channel | None = None
        self._reader = Worker()
        self._garbled = 0
        self._counts = (0, 0)

    def open(self, sink: Sink) -> None:
        """See ``Port.open``."""
        if self._channel is not None:
            raise ConfigError(f"{self._settings} is open already")
        self.failure, self._garbled = None, 0
        self._channel = channel = open_channel(self._settings)
        self._info |= channel.describe()
        ready = threading.Event()
        self._reader.start(str(self._settings.channel), partial(self._read, channel, sink, ready))
        ready.wait()

    def send(self, pdu: Pdu) -> None:
        """See ``Port.send``."""
        if not isinstance(pdu, Frame):
            raise LocalProtocolError(f"{self._settings} carries CAN frames, not a {type(pdu).__name__}")
        if pdu.fd and not self._settings.fd:
            raise LocalProtocolError(f"{self._settings} is no CAN FD link ('fd: true'), it cannot carry {pdu}")
        if self.failure is not None:
            raise RigError(self.failure)
        if self._channel is None:
            raise RigError(f"{self._settings} is not open, it cannot send {pdu}")
        try:
            self._channel.send(pdu)
        except (can.CanError, OSError) as error:
            raise RigError(f"{self._settings} did not take {pdu}: {error}; {obstacle(self._settings, error)}") from error

    def dropped(self) -> int:
        """Frames lost by interface or socket queue, and pieces of input that were no frame."""
        return self._garbled + self._count()[0]

    def error_frames(self) -> int:
        """CAN error frames since ``open``."""
        return self._count()[1]

    def close(self) -> None:
        """See ``Port.close``."""
        channel, self._channel = self._channel, None
        if channel is None:
            return
        self._reader.join()
        self._counts = (channel.lost, channel.error_frames)
        self._info["error_frames"] = str(channel.error_frames)
        # A device that was pulled out cannot be told goodbye.
        with contextlib.suppress(can.CanError, OSError):
            channel.close()

    def _count(self) -> tuple[int, int]:
        channel = self._channel
        return self._counts if channel is None else (channel.lost, channel.error_frames)

    def _read(self, channel: Channel, sink: Sink, ready: threading.Event) -> None:
        self._info["reader_scheduler"] = request_scheduler(READER_PRIORITY)
        ready.set()
        breather = Breather()
        while not self._reader.is_ended:
            from_ns = time.monotonic_ns()
            try:
                received = channel.receive(_POLL_S)
            except (ValueError, IndexError):
                self._garbled += 1
                breather.waited(from_ns, time.monotonic_ns())
            except Exception as error:  # a driver of a vendor raises what it likes; a dead reader must not look like a silent bus
                if not self._reader.is_ended:
                    self.failure = f"{self._settings} was lost: {error or type(error).__name__}; {obstacle(self._settings, error)}"
                return
            else:
                if received is not None:
                    sink(*received)
                    breather.waited(from_ns, received[1])


def _describe(settings: CanSettings) -> dict[str, str]:
    info = {"interface": settings.interface, "channel": str(settings.channel), "echo": "yes" if settings.echo else "no"}
    rates = {"bitrate_bps": settings.bitrate_bps, "data_bitrate_bps": settings.data_bitrate_bps}
    return (
        info | {key: str(value) for key, value in rates.items() if value is not None} | {str(k): str(v) for k, v in settings.more.items()}
    )
