"""The unit under test as its cases see it: its claims, its messages, its supply."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from harness.case import CaseBench, Sut
from harness.core import Check, Frame, Inconclusive, Limit, Message, Reason, Record
from harness.protocols.j1939 import GLOBAL
from harness.protocols.j1939.frames import TP_CM, TP_DT, Control
from harness.protocols.j1939.groups import BY_NAME
from harness.protocols.j1939.ids import split_id

__all__ = ["CLAIMED", "NULL_ADDRESS", "Unit"]

CLAIMED = "AddressClaimed"
NULL_ADDRESS = 0xFE
_ANY_GROUP = bytes.fromhex("00EF00")
"""A proprietary group that may be sent to one address."""
_COMMANDED_ADDRESS = (0xFED8).to_bytes(3, "little")
_TRANSPORT = frozenset(("TP.DT", "TP.CTS", "TP.RTS", "TP.BAM", "TP.EOMA", "TP.ABORT", "TP.ERROR"))


class Unit:
    """Ways to a state of the unit, and what was seen of it."""

    def __init__(self, bench: CaseBench, truck: Sut, tester: Any, check: Callable[..., Check]) -> None:
        self._bench, self._truck, self._tester, self._check = bench, truck, tester, check
        self.address = int(truck.pixit("unit_address"))

    def running(self) -> Message:
        """The unit claims its address and sends its cyclic groups; its claim.

        Raises:
            Inconclusive: it does not (reason PRECONDITION).
        """
        bench, limit = self._bench, self._truck.limit("approach.running")
        self._tester.request_pgn(0xEE00, GLOBAL)
        claim = next(iter(bench.messages(CLAIMED, where=self.is_own)), None) or bench.reach(CLAIMED, within=limit, where=self.is_own)
        until_ns = bench.now_ns + limit.upper_ns
        while bench.now_ns < until_ns and not self.cyclic(since=claim):
            bench.run_for(self._truck.limit("claim.stable").nominal_ns)
        if not self.cyclic(since=claim):
            raise Inconclusive(Reason.PRECONDITION, f"the unit at address {self.address:02X} sends nothing but its claim")
        return claim

    def is_own(self, message: Message) -> bool:
        """Whether the unit under test sent *message* under its preferred address."""
        return message["source"] == self.address and not self._bench.is_ours(message)

    def power(self, on: bool) -> int:
        """Switch the supply of the truck; the instant.

        Raises:
            Inconclusive: the rig has no such line (reason NO_LINE), or the line did not follow (reason PRECONDITION).
        """
        supply: Any = self._bench.control("tester", 1)
        supply.power(on)
        changed_ns = self._bench.wait_level("kl30", float(on), within=self._truck.limit("stimulus.off"))
        if changed_ns is None:
            raise Inconclusive(Reason.PRECONDITION, f"the supply of the truck was not switched {'on' if on else 'off'}")
        return changed_ns - 1

    def power_cycle(self) -> int:
        """Switch the truck off, wait, switch it on; the instant of power."""
        self.power(False)
        self._bench.run_for(self._truck.limit("stimulus.off").nominal_ns)
        return self.power(True)

    def set_line(self, line: str, value: float, order: Callable[[], None]) -> None:
        """Have *order* bring *line* to *value*.

        Raises:
            Inconclusive: it did not (reason PRECONDITION).
        """
        order()
        if self._bench.wait_level(line, value, within=self._truck.limit("stimulus.off")) is None:
            raise Inconclusive(Reason.PRECONDITION, f"line '{line}' is at {self._bench.level(line)}, not at {value}")

    def break_wire(self, broken: bool, *, pause_ns: int = 0) -> None:
        """Open the wire of the declared trouble at the break-out box, or close it; then wait for *pause_ns*.

        Raises:
            Inconclusive: the rig has no such line (reason NO_LINE), or it did not follow (reason PRECONDITION).
        """
        supply: Any = self._bench.control("tester", 1)
        self.set_line("open_wire", float(broken), lambda: supply.break_wire(broken))
        self._bench.run_for(pause_ns)

    def had_trouble(self) -> None:
        """The declared trouble was there and is over."""
        for broken in (True, False):
            self.break_wire(broken, pause_ns=self._truck.limit("dm1.settle").nominal_ns)

    def drive(self, speed: Limit) -> None:
        """The truck drives, as far as its units can see.

        Raises:
            Inconclusive: the rig has no such line (reason NO_LINE), or it did not follow (reason PRECONDITION).
        """
        supply: Any = self._bench.control("tester", 1)
        kmh = float(speed.value or 0)
        self.set_line("speed_kmh", kmh, lambda: supply.drive(kmh))

    def content(self, name: str, *, to: int | None = None) -> Message | None:
        """The group *name* whole, as the unit tells it when it is asked, or all are; ``None`` if it does not."""
        bench, pgn = self._bench, BY_NAME[name].pgn
        request = self.asked(pgn, self.address if to is None else to)
        bench.run_for(self._truck.limit("request.late").upper_ns)
        until_ns = bench.now_ns + self._truck.limit("request.transfer").nominal_ns
        while True:
            told = [one for one in bench.messages(name, since=request, where=self.is_own) if one.start_ns > request.t_ns]
            if told or bench.now_ns >= until_ns or self.answer_to(pgn, after=request) is None:
                return told[0] if told else None
            bench.run_for(self._truck.limit("claim.stable").nominal_ns)

    def cyclic(self, *, since: Message | int, address: int | None = None) -> list[Message]:
        """What the unit sent under *address* (its preferred one) after *since*, claims, answers and transfers left out."""
        source = self.address if address is None else address
        left_out = {CLAIMED, "Acknowledgment", *_TRANSPORT}
        since_ns = since if isinstance(since, int) else since.t_ns
        own = [message for message in self._bench.all_messages() if message.t_ns > since_ns and message.values.get("source") == source]
        return [message for message in own if message.name not in left_out and not self._bench.is_ours(message)]

    def claims(self, *, since: Message | int, name: int) -> list[Message]:
        """Claims of the NAME *name* after *since*, and its words that it has no address."""
        own = self._bench.messages(CLAIMED, since=since, where=lambda message: message["name"] == name)
        return [message for message in own if not self._bench.is_ours(message)]

    def asked(self, pgn: int, to: int, *, length: int = 3) -> Message:
        """Send a request; it as it was on the bus.

        Raises:
            Inconclusive: it was not there (reason PRECONDITION).
        """
        bench, since_ns = self._bench, self._bench.now_ns - 1
        self._tester.request_pgn(pgn, to, length=length)
        bench.run_for(self._truck.limit("approach.own").nominal_ns)
        bench.given("Request", since=since_ns, where=lambda message: message["destination"] == to, what="the request")
        return bench.messages("Request", since=since_ns, where=lambda message: message["destination"] == to)[0]

    def answer_to(self, pgn: int, *, after: Message) -> Message | None:
        """What the unit sent of the group *pgn* after the request *after*; of a long one as far as it came: its announcement."""
        announced = ("TP.RTS", "TP.BAM")
        for message in self._bench.all_messages():
            if message.start_ns <= after.t_ns or not self.is_own(message):
                continue
            if message.values.get("pgn") == pgn or (message.name in announced and message["about"] == pgn):
                return message
        return None

    def rates(self, *, since: int, until: int) -> dict[str, float]:
        """Messages a second of each cyclic group of the unit, for those that came often enough to tell."""
        counts: dict[str, int] = {}
        for message in self.cyclic(since=since):
            if message.t_ns <= until:
                counts[message.name] = counts.get(message.name, 0) + 1
        least = self._truck.limit("cycle.least_count").value or 0
        return {name: count * 1e9 / (until - since) for name, count in counts.items() if count >= least}

    def about(self, pgn: int) -> Callable[[Message], bool]:
        """Whether a message of the transport is the unit's own and about the group *pgn*."""
        return lambda message: self.is_own(message) and message["about"] == pgn

    def packets(self, *, since: Message) -> list[Message]:
        """Packets that the unit sent after *since*."""
        return self._bench.messages("TP.DT", since=since, where=self.is_own)

    def stray_packets(self, *, since: Message) -> list[Record]:
        """Frames after *since* that are packets of the unit, whether they belong to a transfer or not."""
        return self._bench.records(since=since, where=lambda record: self._is_packet(record.pdu))

    def _is_packet(self, pdu: object) -> bool:
        if not isinstance(pdu, Frame) or not pdu.extended:
            return False
        ident = split_id(pdu.can_id)
        return (ident.pgn, ident.source) == (TP_DT, self.address)

    def aborted(self, *, after: Message, limit: Limit, reason: int, check_time: Callable[..., Check]) -> None:
        """Check that the unit has aborted the transfer, for *reason*, so long after *after*."""
        aborts = self._bench.messages("TP.ABORT", since=after, where=self.is_own)
        self._check("abort of the unit", "seen" if aborts else "none", equals="seen", message=after)
        if aborts:
            check_time("time to the abort", aborts[0].t_ns - after.t_ns, limit, message=aborts[0])
            self._check("reason of the abort", aborts[0]["reason"], equals=reason, message=aborts[0])

    def announce(self, *, length: int = 0, source: int | None = None, awaits: bool = True) -> Message:
        """Announce a transfer of *length* bytes (0: that of the profile) to the unit; with *awaits* the unit must grant it.

        Raises:
            Inconclusive: it is not on the bus, or was not granted (reason PRECONDITION).
        """
        bench, since_ns = self._bench, self._bench.now_ns - 1
        length = length or int(self._truck.limit("stimulus.announced").value or 0)
        packets = -(-length // 7)
        data = bytes((Control.RTS,)) + length.to_bytes(2, "little") + bytes((packets & 0xFF, 0xFF)) + _ANY_GROUP
        self._tester.send(TP_CM, data, to=self.address, source=source, priority=7)
        bench.run_for(self._truck.limit("approach.own").nominal_ns)
        bench.given("TP.RTS", since=since_ns, where=bench.is_ours, what="the announcement")
        if awaits and not bench.messages("TP.CTS", since=since_ns, where=self.is_own):
            bench.reach("TP.CTS", within=self._truck.limit("request.late"), where=self.is_own, what="grant of the unit")
        return bench.messages("TP.RTS", since=since_ns, where=bench.is_ours)[-1]

    def packet(self, number: int) -> Message:
        """Send packet *number* of the announced transfer; it as it was on the bus."""
        bench, since_ns = self._bench, self._bench.now_ns - 1
        self._tester.send(TP_DT, bytes((number,)) + bytes(7), to=self.address, priority=7)
        bench.run_for(self._truck.limit("approach.own").nominal_ns)
        bench.given("TP.DT", since=since_ns, where=bench.is_ours, what="the packet")
        return bench.messages("TP.DT", since=since_ns, where=bench.is_ours)[-1]

    def broadcast(self, data: bytes, *, packets: tuple[int, ...] = (1, 2), between: tuple[int, bytes] | None = None) -> None:
        """Command an address by a broadcast of *packets* of *data*; *between* is one of another sender, its packets in between."""
        gap_ns = self._truck.limit("transport.broadcast").lower_ns * 2
        senders: list[tuple[int | None, bytes]] = [(None, data), *([between] if between else [])]
        for source, _ in senders:
            bam = bytes((Control.BAM, 9, 0, 2, 0xFF)) + _COMMANDED_ADDRESS
            self._tester.send(TP_CM, bam, to=GLOBAL, source=source, priority=7)
        for number in packets:
            self._bench.run_for(gap_ns)
            for source, content in senders:
                piece = content[7 * (number - 1) : 7 * number].ljust(7, b"\xff")
                self._tester.send(TP_DT, bytes((number,)) + piece, to=GLOBAL, source=source, priority=7)
        self._bench.run_for(self._truck.limit("stimulus.watch").nominal_ns if 2 in packets else gap_ns)
