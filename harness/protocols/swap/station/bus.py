"""The tester on the bus of the swap: the station, its diagnostics, and whatever packs stand on the bus. Its methods are orders."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from harness.core import Frame, Pdu
from harness.protocols.j1939 import GLOBAL, Transport, build_id
from harness.protocols.j1939.groups import BY_NAME
from harness.protocols.swap.messages import SwapProfile
from harness.protocols.swap.pack import PackBms
from harness.protocols.swap.station.control import LAB_ALGORITHM, StationControl
from harness.protocols.uds.client import DiagnosticClient

__all__ = ["StationBus"]

_REQUEST = BY_NAME["Request"].pgn


class StationBus:
    """Node on the bus. The frames of the control go out here, unless it speaks over a stream."""

    name = "station"

    def __init__(self, profile: SwapProfile, control: StationControl, packs: Mapping[str, PackBms], *, streamed: bool) -> None:
        self._profile, self._control, self._packs = profile, control, packs
        self._streamed = streamed
        self._address = profile.address("tester")
        self._diagnostics = DiagnosticClient(self._address)
        self._transport = Transport(self._address)
        self._orders: list[Callable[[int], Sequence[Frame]]] = []
        self._now_ns = 0

    def start(self, now_ns: int) -> Sequence[Pdu]:
        """The station begins."""
        self._control.start(now_ns)
        return self.handle_timers(now_ns)

    def receive(self, now_ns: int, pdu: Pdu) -> Sequence[Pdu]:
        """A frame of the truck."""
        self._now_ns = now_ns
        if not isinstance(pdu, Frame):
            return []
        out = [*self._diagnostics.receive(now_ns, pdu), *self._transport.receive(now_ns, pdu)]
        self._transport.take_received()
        for pack in self._packs.values():
            out += pack.receive(now_ns, pdu)
        return out

    def next_deadline_ns(self) -> int | None:
        """When ``handle_timers`` wants to be called."""
        if self._orders:
            return self._now_ns
        control = None if self._streamed else self._control.next_deadline_ns()
        deadlines = [control, self._diagnostics.next_deadline_ns(), self._transport.next_deadline_ns()]
        deadlines += [pack.next_deadline_ns() for pack in self._packs.values()]
        # An order may be older than the present instant: it is due now.
        return min((max(each, self._now_ns) for each in deadlines if each is not None), default=None)

    def handle_timers(self, now_ns: int) -> Sequence[Pdu]:
        """Do what is due."""
        self._now_ns = now_ns
        orders, self._orders = self._orders, []
        out = [frame for order in orders for frame in order(now_ns)]
        if not self._streamed:
            out += self._control.handle_timers(now_ns)
        out += self._diagnostics.handle_timers(now_ns)
        out += self._transport.handle_timers(now_ns)
        self._transport.take_events()
        for pack in self._packs.values():
            out += pack.handle_timers(now_ns)
        return out

    # Orders to the station

    def command(self, word: str, **fields: object) -> int:
        """Command *word* until the next command; its sequence number. See ``StationControl.command``."""
        return self._control.command(word, **fields)

    def rest(self) -> None:
        """Command nothing, under the latest sequence number."""
        self._control.rest()

    def repeat(self) -> int:
        """Command the latest once more, under its sequence number."""
        return self._control.repeat()

    def set(self, **fields: object) -> None:
        """Tell these fields of the command from now on."""
        self._control.set(**fields)

    def session(self, number: int) -> None:
        """Stand under this session from the next command on; 0: none."""
        self._control.session(number)

    def end(self) -> None:
        """Send no commands any more, until the next one is given."""
        self._control.end()

    def silence(self) -> None:
        """Send nothing on the station link."""
        self._control.silence()

    def speak(self) -> None:
        """Send again."""
        self._control.speak()

    def spoil_checksum(self, times: int) -> None:
        """Give the next commands a wrong checksum."""
        self._control.spoil_checksum(times)

    def freeze_counter(self) -> None:
        """Send commands with one and the same counter."""
        self._control.freeze_counter()

    def shorten(self, length: int) -> None:
        """Send commands with so many bytes only."""
        self._control.shorten(length)

    def challenge(self, nonce: int, *, session: int | None = None, algorithm: int = LAB_ALGORITHM) -> None:
        """Challenge the truck."""
        self._control.challenge(nonce, session=session, algorithm=algorithm)

    def replay(self, data: bytes, message: str) -> None:
        """Send the content *data* of *message* as it was recorded."""
        self._control.replay(Frame(self._profile.can_id(message), data))

    def revert(self) -> None:
        """Do nothing wrong any more; the packs go on as ordered."""
        self._control.revert()

    # Orders to the tester beside the station

    def to_pack(self, name: str, order: str, *args: object, **values: object) -> None:
        """Give the pack *name* (``old``, ``new``) an order: a method of ``PackBms``.

        Raises:
            KeyError: there is no such pack or order.
        """
        orders = {"change", "silent", "start_after", "identity", "limits", "thermal", "imd", "revert"}
        if order not in orders:
            raise KeyError(f"a pack knows no order '{order}'")
        getattr(self._packs[name], order)(*args, **values)

    def request(self, message: str, to: str = "") -> None:
        """Ask the unit with the role *to* (everybody if it is left out) for *message*."""
        group = BY_NAME.get(message)
        pgn = self._profile.pgn(message) if group is None else group.pgn
        destination = self._profile.address(to) if to else GLOBAL
        self._put(Frame(build_id(_REQUEST, self._address, destination), pgn.to_bytes(3, "little")))

    def uds(self, data: bytes, to: str = "vcu") -> None:
        """Send a diagnostic request to the unit with the role *to*."""
        self._orders.append(lambda now_ns: self._diagnostics.request(now_ns, data, self._profile.address(to), functional=False))

    def send_frame(self, can_id: int, data: bytes) -> None:
        """Send a frame as it is given."""
        self._put(Frame(can_id, data))

    def _put(self, frame: Frame) -> None:
        self._orders.append(lambda now_ns: (frame,))
