"""The tester on the bus of a truck: a controller application with an address of its own, and raw frames of whatever kind.

It answers transfers like any controller and never speaks by itself; what it sends beyond that a case orders.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from harness.core import Frame, Pdu, s
from harness.protocols.isotp import FlowPolicy, IsoTpFaults
from harness.protocols.j1939 import GLOBAL, GrantPolicy, TransportFaults, build_id
from harness.protocols.j1939.claim import ADDRESS_CLAIMED
from harness.protocols.j1939.controller import Controller, Habits
from harness.protocols.j1939.groups import BY_NAME
from harness.protocols.j1939.name import Name
from harness.protocols.j1939.timing import J1939_21, TransportTiming
from harness.protocols.uds.client import DiagnosticClient
from harness.protocols.vehicle.tester.streams import Flood, Played, Repeated, Stream

__all__ = ["BusTester", "BusTesterOptions"]

_REQUEST = BY_NAME["Request"].pgn
_FUNCTION = 129
"""Function of the tester's NAME: off-board diagnostic service tool."""


@dataclass(frozen=True, slots=True)
class BusTesterOptions:
    """Who the tester is on the bus."""

    address: int = 0xF9
    diagnostic_address: int = 0xF1
    identity: int = 1
    manufacturer: int = 2046
    seed: int = 0
    """Of the rig; nothing that the tester does is left to chance."""


class BusTester:
    """Node of the tester. Its methods are orders; what they send goes out at once."""

    name = "tester"

    def __init__(self, options: BusTesterOptions, *, timing: TransportTiming = J1939_21) -> None:
        self.faults = TransportFaults()
        """Of the tester's own transport."""
        own = Name(identity=options.identity, manufacturer=options.manufacturer, function=_FUNCTION)
        self._controller = Controller(own, [options.address], habits=Habits(), timing=timing, transport_faults=self.faults)
        self._diagnostics = DiagnosticClient(options.diagnostic_address)
        self._address = options.address
        self._orders: list[Callable[[int], Sequence[Frame]]] = []
        self._now_ns = 0
        self._streams: list[Stream] = []

    def start(self, now_ns: int) -> Sequence[Pdu]:
        """Claim the tester's address."""
        self._now_ns = now_ns
        return self._controller.start(now_ns)

    def receive(self, now_ns: int, pdu: Pdu) -> Sequence[Pdu]:
        """A frame of the truck."""
        self._now_ns = now_ns
        if not isinstance(pdu, Frame):
            return []
        frames = self._controller.receive(now_ns, pdu)
        self._controller.received.clear()
        return [*frames, *self._diagnostics.receive(now_ns, pdu)]

    def next_deadline_ns(self) -> int | None:
        """When ``handle_timers`` wants to be called."""
        if self._orders:
            return self._now_ns
        deadlines = [
            self._controller.next_deadline_ns(),
            self._diagnostics.next_deadline_ns(),
            *(stream.next_ns for stream in self._streams),
        ]
        return min((each for each in deadlines if each is not None), default=None)

    def handle_timers(self, now_ns: int) -> Sequence[Pdu]:
        """Do what is due."""
        self._now_ns = now_ns
        orders, self._orders = self._orders, []
        out = [frame for order in orders for frame in order(now_ns)]
        out += self._controller.handle_timers(now_ns)
        out += self._diagnostics.handle_timers(now_ns)
        for stream in self._streams:
            out += stream.frames(now_ns)
        self._streams = [stream for stream in self._streams if stream.next_ns is not None]
        return out

    # Orders

    def request_pgn(self, pgn: int, to: int = GLOBAL, *, length: int = 3) -> None:
        """Ask for a group; *length* below 3 makes a short request."""
        self.send(_REQUEST, pgn.to_bytes(3, "little")[:length], to=to)

    def send(self, pgn: int, data: bytes, *, to: int = GLOBAL, source: int | None = None, priority: int = 6) -> None:
        """Send a group in one frame, under the tester's address or that of somebody else."""
        self._put(Frame(build_id(pgn, self._address if source is None else source, to, priority), data))

    def send_frame(self, can_id: int, data: bytes, *, extended: bool = True, remote: bool = False, fd: bool = False) -> None:
        """Send a frame as it is given."""
        self._put(Frame(can_id, data, extended=extended, remote=remote, fd=fd))

    def transfer(self, pgn: int, data: bytes, to: int = GLOBAL) -> None:
        """Begin a transfer of a long group."""
        self._orders.append(lambda now_ns: self._controller.send(now_ns, pgn, data, to=to))

    def claim(self, name: Name, address: int) -> None:
        """Claim *address* for *name*, as another controller would."""
        self._put(Frame(build_id(ADDRESS_CLAIMED, address, GLOBAL), name.data))

    def grant(self, policy: GrantPolicy) -> None:
        """Answer requests to send of the truck by *policy* from now on."""
        self._controller.grant(policy)

    def flood(self, frames: Sequence[Frame], per_s: float, for_ns: int) -> None:
        """Send *frames* in turn, so many a second, for so long."""
        self._stream(lambda now_ns: Flood(list(frames), round(s(1) / per_s), now_ns, now_ns + for_ns))

    def repeat(self, make: Callable[[int], Frame | None], every_ns: int) -> None:
        """Send what *make* gives for 0, 1, 2, ... at this interval, until ``stop_streams``."""
        self._stream(lambda now_ns: Repeated(make, every_ns, now_ns))

    def play(self, rows: Sequence[tuple[int, Frame]]) -> None:
        """Send frames at these times from now on."""
        self._stream(lambda now_ns: Played(list(rows), now_ns))

    def stop_streams(self) -> None:
        """End whatever is sent over a time."""
        self._streams.clear()

    def uds(self, data: bytes, to: int, *, functional: bool = False) -> None:
        """Send a request to the unit *to*; *functional*: to all units, under the way of *to*."""
        self._orders.append(lambda now_ns: self._diagnostics.request(now_ns, data, to, functional=functional))

    def flow(self, policy: FlowPolicy) -> None:
        """Answer first frames of units by *policy* from now on."""
        self._diagnostics.set_flow(policy)

    def isotp(self, faults: IsoTpFaults) -> None:
        """Do this wrong in transfers of diagnostics from now on."""
        self._diagnostics.set_faults(faults)

    def tester_present(self, every_ns: int, to: int) -> None:
        """Tell the unit *to* again and again that the tester is there (``3E 80``); 0 ends that."""

        def begin(now_ns: int) -> Sequence[Frame]:
            self._diagnostics.keep_present(now_ns, every_ns, to)
            return ()

        self._orders.append(begin)

    def _stream(self, begin: Callable[[int], Stream]) -> None:
        def order(now_ns: int) -> Sequence[Frame]:
            self._streams.append(begin(now_ns))
            return ()

        self._orders.append(order)

    def _put(self, frame: Frame) -> None:
        self._orders.append(lambda now_ns: (frame,))
