"""The station's end of the station link over a stream: it listens, and what its control sends goes to the truck that has connected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.core import Pdu
from harness.protocols.ip.host import Connection, Host, Opened
from harness.protocols.swap.messages import SwapProfile
from harness.protocols.swap.station.control import StationControl
from harness.protocols.swap.stream import encode

__all__ = ["StationNetwork", "StationNetworkOptions"]


@dataclass(frozen=True, slots=True)
class StationNetworkOptions:
    """Where the station listens."""

    station_ip: str = "fe80::5"
    station_port: int = 62840
    station_vin: str = "0PRECERT6TK000001"
    """VIN in the frames of the station: the truck that they are meant for."""


class StationNetwork:
    """Node on the network."""

    name = "network"

    def __init__(self, profile: SwapProfile, control: StationControl, options: StationNetworkOptions) -> None:
        self._profile, self._control, self._options = profile, control, options
        self._host = Host(options.station_ip)
        self._connection: Connection | None = None
        self._now_ns = 0

    def start(self, now_ns: int) -> Sequence[Pdu]:
        """Listen for the truck."""
        self._host.listen(self._options.station_port)
        return self._host.take()

    def receive(self, now_ns: int, pdu: Pdu) -> Sequence[Pdu]:
        """Something on the network; what the truck says is for the trace."""
        self._now_ns = now_ns
        for event in self._host.receive(pdu):
            if isinstance(event, Opened):
                self._connection = event.connection
        return self._host.take()

    def next_deadline_ns(self) -> int | None:
        """When ``handle_timers`` wants to be called."""
        if self._host.waits:
            return self._now_ns
        due_ns = self._control.next_deadline_ns()
        return None if due_ns is None else max(due_ns, self._now_ns)

    def handle_timers(self, now_ns: int) -> Sequence[Pdu]:
        """Do what is due."""
        self._now_ns = now_ns
        for frame in self._control.handle_timers(now_ns):
            if self._connection is not None and self._connection.is_open:
                self._connection.send(encode(self._profile, frame, self._options.station_vin))
        return self._host.take()

    def close(self) -> None:
        """End the connection."""
        if self._connection is not None:
            self._connection.close()
