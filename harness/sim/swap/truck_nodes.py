"""The swap truck on the links of a rig: bus, lines, and with a station link over a stream the network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.core import Frame, Level, Pdu, s
from harness.protocols.ip.host import Broken, Connection, Ended, Host, Opened, Received, Refused, endpoint
from harness.protocols.j1939 import split_id
from harness.protocols.swap.stream import StreamReader, Taken, encode
from harness.protocols.swap.vehicle import SwapVehicle
from harness.protocols.swap.words import STREAMED
from harness.sim.swap.reports import Reports
from harness.sim.swap.truck_plant import TruckPlant

__all__ = ["TruckBus", "TruckLines", "TruckNetwork", "TruckNetworkOptions"]

_RETRY = s(5)
"""Until the truck tries to reach the station again."""


@dataclass(frozen=True, slots=True)
class TruckNetworkOptions:
    """Where the truck finds the station."""

    truck_ip: str = "fe80::d"
    station_ip: str = "fe80::5"
    station_port: int = 62840


class TruckBus:
    """Node on the bus of the swap."""

    name = "truck"

    def __init__(self, vehicle: SwapVehicle, plant: TruckPlant, reports: Reports, *, streamed: bool) -> None:
        self.vehicle, self.plant, self.reports = vehicle, plant, reports
        self._streamed = streamed
        self._out: list[Frame] = []
        self.to_station: list[Frame] = []
        """What has to leave over the stream."""
        self._now_ns = 0

    def start(self, now_ns: int) -> Sequence[Pdu]:
        """Without 24 V nothing happens."""
        self._now_ns = now_ns
        return []

    def receive(self, now_ns: int, pdu: Pdu) -> Sequence[Pdu]:
        """A frame of somebody else."""
        if not isinstance(pdu, Frame) or (self._streamed and self._crosses(pdu)):
            return []
        self._at(now_ns)
        out = self.reports.receive(now_ns, pdu) if self.vehicle.is_on else []
        self._route(self.vehicle.receive(now_ns, pdu))
        return self._take(out)

    def next_deadline_ns(self) -> int | None:
        """When ``handle_timers`` wants to be called."""
        if self._out:
            return self._now_ns
        deadlines = (self.vehicle.next_deadline_ns(), self.reports.next_deadline_ns())
        return min((max(each, self._now_ns) for each in deadlines if each is not None), default=None)

    def handle_timers(self, now_ns: int) -> Sequence[Pdu]:
        """Do what is due."""
        self._at(now_ns)
        was_on = self.vehicle.is_on
        self._route(self.vehicle.handle_timers(now_ns))
        if self.vehicle.is_on and not was_on:
            self.reports.start(now_ns)
        return self._take(self.reports.handle_timers(now_ns))

    def power(self, now_ns: int, on: bool) -> None:
        """24 V come or go."""
        self._at(now_ns)
        if on:
            self.vehicle.start(now_ns)
            return
        self._out.clear()
        self.to_station.clear()
        self.vehicle.stop()
        self.reports.stop()
        self.plant.unpowered(now_ns)

    def sensed(self, now_ns: int) -> None:
        """A sensor has changed."""
        self._at(now_ns)
        self._route(self.vehicle.step(now_ns))

    def heard_station(self, now_ns: int, frame: Frame) -> None:
        """A frame of the station link came over the stream."""
        self._at(now_ns)
        self._route(self.vehicle.receive(now_ns, frame))

    def _at(self, now_ns: int) -> None:
        self._now_ns = now_ns
        self.plant.advance(now_ns)

    def _crosses(self, frame: Frame) -> bool:
        return frame.extended and self.vehicle.ctx.profile.message_of(split_id(frame.can_id).pgn) in STREAMED

    def _route(self, frames: Sequence[Frame]) -> None:
        for frame in frames:
            (self.to_station if self._streamed and self._crosses(frame) else self._out).append(frame)

    def _take(self, more: Sequence[Frame]) -> list[Pdu]:
        out, self._out = self._out, []
        return [*out, *more]


class TruckLines:
    """Node on the lines: sensors, driver and supply come in; orders to the pack and what an instrument sees go out."""

    name = "truck lines"

    def __init__(self, bus: TruckBus) -> None:
        self._bus, self._plant = bus, bus.plant
        self._power = False
        self._now_ns = 0

    def start(self, now_ns: int) -> Sequence[Pdu]:
        """Everything at rest."""
        self._now_ns = now_ns
        return self._tell()

    def receive(self, now_ns: int, pdu: Pdu) -> Sequence[Pdu]:
        """A line has a new level."""
        self._now_ns = now_ns
        if not isinstance(pdu, Level):
            return []
        if pdu.line == "kl30":
            if (on := pdu.value >= 0.5) is not self._power:
                self._power = on
                self._bus.power(now_ns, on)
        else:
            self._plant.hear(now_ns, pdu.line, pdu.value)
            self._bus.sensed(now_ns)
        return self._tell()

    def next_deadline_ns(self) -> int | None:
        """Now if there is something to tell, else when lock or link change by themselves."""
        return self._now_ns if self._plant.news() else self._plant.next_change_ns()

    def handle_timers(self, now_ns: int) -> Sequence[Pdu]:
        """Let time pass; tell what changed."""
        points = self._plant.sensors.points
        self._now_ns = now_ns
        self._plant.advance(now_ns)
        if self._plant.sensors.points != points:
            self._bus.sensed(now_ns)
        return self._tell()

    def _tell(self) -> list[Pdu]:
        return [Level(line, value) for line, value in self._plant.tell().items()]


class TruckNetwork:
    """Node on the network: connects to the station, and tries again when it fails."""

    name = "truck network"

    def __init__(self, bus: TruckBus, options: TruckNetworkOptions, vin: str) -> None:
        self._bus, self._options, self._vin = bus, options, vin
        self._profile = bus.vehicle.ctx.profile
        self._host = Host(options.truck_ip)
        self._connection: Connection | None = None
        self._reader = StreamReader(self._profile)
        self._retry_ns: int | None = None
        self._now_ns = 0

    def start(self, now_ns: int) -> Sequence[Pdu]:
        """Try as soon as the controllers run."""
        self._now_ns = self._retry_ns = now_ns
        return []

    def receive(self, now_ns: int, pdu: Pdu) -> Sequence[Pdu]:
        """Something of the station."""
        self._now_ns = now_ns
        for event in self._host.receive(pdu):
            match event:
                case Opened(connection):
                    self._connection, self._reader = connection, StreamReader(self._profile)
                case Received(_, data):
                    for item in self._reader.feed(data):
                        if isinstance(item, Taken):
                            self._bus.heard_station(now_ns, item.frame)
                case Refused() | Broken():
                    self._lost(now_ns)
                case Ended(connection):
                    connection.close()
                    self._lost(now_ns)
        return self._send()

    def next_deadline_ns(self) -> int | None:
        """When ``handle_timers`` wants to be called."""
        if self._bus.to_station or self._host.waits:
            return self._now_ns
        return None if self._retry_ns is None else max(self._retry_ns, self._now_ns)

    def handle_timers(self, now_ns: int) -> Sequence[Pdu]:
        """Do what is due."""
        self._now_ns = now_ns
        is_on = self._bus.vehicle.is_on
        if self._retry_ns is not None and now_ns >= self._retry_ns:
            self._retry_ns = None if is_on else now_ns + _RETRY // 50
            if is_on:
                self._host.connect(endpoint(self._options.station_ip, self._options.station_port))
        if not is_on and self._connection is not None:
            self._connection.reset()
            self._lost(now_ns)
        return self._send()

    def _lost(self, now_ns: int) -> None:
        self._connection, self._retry_ns = None, now_ns + _RETRY

    def _send(self) -> list[Pdu]:
        frames, self._bus.to_station = self._bus.to_station, []
        if self._connection is not None and self._connection.is_open:
            for frame in frames:
                self._connection.send(encode(self._profile, frame, self._vin))
        return self._host.take()
