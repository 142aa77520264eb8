"""The client of diagnostics on a bus: one ISO-TP way to every control unit, and one to all of them."""

from __future__ import annotations

from collections.abc import Callable

from harness.core import Frame
from harness.protocols.isotp import FlowPolicy, IsoTpFaults, Transport
from harness.protocols.isotp.frames import CLASSIC, single_capacity
from harness.protocols.uds.addressing import ECU, from_tester, to_all, way_of

__all__ = ["DiagnosticClient"]

_PRESENT = bytes.fromhex("3E80")


class DiagnosticClient:
    """Sends requests as they are given and takes part in the transfers of answers. Every call gives the frames to send."""

    def __init__(self, address: int) -> None:
        self._address = address
        self._ways: dict[int, Transport] = {}
        self._policy, self._faults = FlowPolicy(), IsoTpFaults()
        self._present_to: int | None = None
        self._present_every_ns = 0
        self._present_ns: int | None = None

    def request(self, now_ns: int, data: bytes, to: int, *, functional: bool) -> list[Frame]:
        """Send *data* to the unit *to*, or to all; a request of this tester to it that is still under way is given up."""
        way = self._way(to)
        if way.is_sending:
            way.abort()
        if functional:
            fits = len(data) <= single_capacity(CLASSIC)
            return way.send(now_ns, data, functional=True) if fits else way.send_anyway(now_ns, data)
        return way.send(now_ns, data)

    def set_flow(self, policy: FlowPolicy) -> None:
        """Answer first frames by *policy* from now on."""
        self._policy = policy
        for way in self._ways.values():
            way.policy = policy

    def set_faults(self, faults: IsoTpFaults) -> None:
        """Do this wrong from now on."""
        self._faults = faults
        for way in self._ways.values():
            way.faults = faults

    def keep_present(self, now_ns: int, every_ns: int, to: int) -> None:
        """Tell the unit *to* now and then that the tester is there, without an answer; 0 ends that."""
        self._present_to, self._present_every_ns = to, every_ns
        self._present_ns = now_ns + every_ns if every_ns else None

    def receive(self, now_ns: int, frame: Frame) -> list[Frame]:
        """A frame of the bus."""
        way = way_of(frame)
        if way is None or way.functional or (way.target != self._address if frame.extended else way.sender != ECU):
            return []
        return self._of(self._way(way.source), lambda transport: transport.receive(now_ns, frame))

    def next_deadline_ns(self) -> int | None:
        """When ``handle_timers`` wants to be called."""
        deadlines = [self._present_ns, *(way.next_deadline_ns() for way in self._ways.values())]
        return min((each for each in deadlines if each is not None), default=None)

    def handle_timers(self, now_ns: int) -> list[Frame]:
        """Do what is due."""
        out = [frame for way in self._ways.values() for frame in self._of(way, lambda way: way.handle_timers(now_ns))]
        if self._present_ns is not None and self._present_to is not None and now_ns >= self._present_ns:
            self._present_ns += self._present_every_ns
            if not self._way(self._present_to).is_sending:
                out += self._way(self._present_to).send(now_ns, _PRESENT)
        return out

    def _of(self, way: Transport, act: Callable[[Transport], list[Frame]]) -> list[Frame]:
        frames = act(way)
        way.events()
        return frames

    def _way(self, to: int) -> Transport:
        if to not in self._ways:
            way = from_tester(to, self._address)
            self._ways[to] = Transport(way, to_all=to_all(to, self._address), policy=self._policy, faults=self._faults)
        return self._ways[to]
