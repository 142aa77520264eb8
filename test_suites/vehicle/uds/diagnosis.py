"""Diagnostics of the unit under test as its cases see them: requests with their answers, ways to a state, the supply."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from harness.case import CaseBench, Sut
from harness.core import Check, Inconclusive, Message, Reason
from harness.protocols.uds.addressing import ELEVEN_BIT, from_tester, is_eleven_bit, to_all

__all__ = ["PENDING", "TESTER", "Diagnosis", "Exchange", "nrc_of", "words"]

PENDING = 0x78
TESTER = 0xF1
_NEGATIVE = "NegativeResponse"
_RESPONSE = 0x40
_EIGHT_BITS = tuple(address for address in range(0x100) if address != TESTER)
"""29-bit addresses but that of the tester."""
_FRAME = 8
_FILL = b"\xcc"


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request with what the unit sent after it."""

    request: Message
    answers: list[Message]

    @property
    def final(self) -> Message | None:
        """The answer, words that it takes longer left out."""
        return next((answer for answer in self.answers if nrc_of(answer) != PENDING), None)

    @property
    def pending(self) -> list[Message]:
        """The words that the answer takes longer."""
        return [answer for answer in self.answers if nrc_of(answer) == PENDING]

    @property
    def data(self) -> bytes:
        """The answer's bytes, empty without one."""
        return self.final.data if self.final else b""


def nrc_of(message: Message) -> int | None:
    """The code of a refusal, ``None`` of another message."""
    code = message["nrc"] if message.name == _NEGATIVE else None
    return code if isinstance(code, int) else None


def words(message: Message | None) -> str:
    """An answer in hex digits, long ones cut."""
    if message is None:
        return "no answer"
    return message.data[:12].hex(" ").upper() + (" .." if len(message.data) > 12 else "")


class Diagnosis:
    """The unit at its diagnostic address."""

    def __init__(self, bench: CaseBench, truck: Sut, tester: Any, check: Callable[..., Check]) -> None:
        self._bench, self._truck, self._tester, self._check = bench, truck, tester, check
        self.address = int(truck.pixit("diagnostic_address"))
        self.addresses = ELEVEN_BIT if is_eleven_bit(self.address) else _EIGHT_BITS
        """Those that units with identifiers such as this one's can have."""

    @property
    def unit(self) -> int:
        """Address of the unit on J1939, which is another one where diagnostics has 11-bit identifiers."""
        return int(self._truck.pixit("unit_address"))

    # Ways to a state

    def ready(self) -> None:
        """The unit answers.

        Raises:
            Inconclusive: it does not (reason PRECONDITION).
        """
        until_ns = self._bench.now_ns + self._truck.limit("uds.ready").upper_ns
        while self._bench.now_ns < until_ns:
            if self.ask("3E00").final is not None:
                return
        raise Inconclusive(Reason.PRECONDITION, f"the unit at diagnostic address {self.address:02X} does not answer")

    def extended(self) -> None:
        """The unit answers and is in the extended session.

        Raises:
            Inconclusive: it is not (reason PRECONDITION).
        """
        self.ready()
        self.need("1003")

    def need(self, data: str) -> bytes:
        """The positive answer to a request that is only a means.

        Raises:
            Inconclusive: there is none (reason PRECONDITION).
        """
        exchange = self.ask(data)
        if not exchange.data or exchange.data[0] != exchange.request.data[0] + _RESPONSE:
            raise Inconclusive(Reason.PRECONDITION, f"request {data} brought {words(exchange.final)}, not a positive answer")
        return exchange.data

    def supply(self) -> Any:
        """The lines of the truck's supply.

        Raises:
            Inconclusive: the rig has none (reason NO_LINE).
        """
        return self._bench.control("tester", 1)

    def set_line(self, line: str, value: float, order: Callable[[], None], *, key: str = "uds.settle") -> None:
        """Have *order* bring *line* to *value*, and wait for the time of the limit *key*.

        Raises:
            Inconclusive: the line has another level (reason PRECONDITION).
        """
        order()
        self.pause(key)
        level = self._bench.level(line)
        if level != value:
            raise Inconclusive(
                Reason.PRECONDITION, f"line '{line}' is at {level}, not at {value}; the tester did not do what the step needs"
            )

    def power_cycle(self) -> None:
        """Switch the truck off, wait, switch it on, wait for the unit."""
        supply = self.supply()
        self.set_line("kl30", 0.0, lambda: supply.power(False), key="stimulus.off")
        self.set_line("kl30", 1.0, lambda: supply.power(True), key="uds.poll")
        self.ready()

    # Requests

    def ask(self, data: str, *, functional: bool = False, patience_ns: int | None = None) -> Exchange:
        """Send the request *data* (hex digits) and wait for the answer, as long as words come that it takes longer."""
        begin_ns = self._bench.now_ns - 1
        self._tester.uds(bytes.fromhex(data), self.address, functional=functional)
        return self.answered(self.sent(data, since=begin_ns), patience_ns=patience_ns)

    def sent(self, data: str, *, since: int) -> Message:
        """The tester's request on the bus.

        Raises:
            Inconclusive: it is not there (reason PRECONDITION).
        """
        wanted, bench = bytes.fromhex(data), self._bench
        poll, until_ns = self._truck.limit("uds.poll").nominal_ns, bench.now_ns + self._truck.limit("uds.patience").nominal_ns
        while bench.now_ns < until_ns:
            bench.run_for(poll)
            for message in reversed(bench.all_messages()):
                if message.t_ns <= since:
                    break
                if bench.is_ours(message) and message.data == wanted:
                    return message
        raise Inconclusive(Reason.PRECONDITION, f"the request {data} was not on the bus")

    def answered(self, request: Message, *, patience_ns: int | None = None) -> Exchange:
        """Wait for the answer to *request*."""
        limits, bench = self._truck.limit, self._bench
        patience_ns = limits("uds.patience").nominal_ns if patience_ns is None else patience_ns
        poll_ns = limits("uds.poll").nominal_ns
        last_ns, exchange = request.t_ns, Exchange(request, [])
        while exchange.final is None and bench.now_ns < last_ns + patience_ns:
            bench.run_for(poll_ns)
            exchange = Exchange(request, self.heard(since=request.t_ns, sid=request.data[0]))
            if exchange.pending:
                last_ns, patience_ns = exchange.pending[-1].t_ns, limits("uds.p2_star").upper_ns + limits("uds.patience").nominal_ns
            elif self.frames("TP.FF", since=request.t_ns):
                patience_ns = max(patience_ns, limits("uds.transfer").nominal_ns)
        return exchange

    def heard(self, *, since: int, sid: int | None = None) -> list[Message]:
        """Answers of the unit that began after *since*, to the service *sid* if one is given."""
        found = []
        for message in reversed(self._bench.all_messages()):
            if message.t_ns <= since:
                break
            is_answer = message.name == _NEGATIVE or message.name.endswith(".Res")
            if is_answer and self._is_own(message) and message.start_ns > since and (sid is None or message.values.get("sid") == sid):
                found.append(message)
        return found[::-1]

    def frames(self, name: str, *, since: int) -> list[Message]:
        """Frames of transfers that the unit sent after *since*: ``TP.FF``, ``TP.CF``, ``TP.FC``."""
        return [frame for frame in self._bench.messages(name, since=since) if self._is_own(frame)]

    def raw(self, frame: str, *, functional: bool = False, filled: bool = True) -> int:
        """Send one frame of ISO-TP (hex digits) to the unit, or to all; the instant of its end."""
        data, since_ns = bytes.fromhex(frame), self._bench.now_ns - 1
        way = from_tester(self.address, TESTER)
        can_id = to_all(self.address, TESTER) if functional else way.send_id
        self._tester.send_frame(can_id, data.ljust(_FRAME, _FILL) if filled else data, extended=way.extended)
        self._bench.run_for(self._truck.limit("uds.poll").nominal_ns)
        records = self._bench.frames(can_id, since=since_ns)
        if not records:
            raise Inconclusive(Reason.PRECONDITION, f"the frame {frame} was not on the bus")
        return records[-1].t_ns

    def pause(self, key: str) -> None:
        """Let the time of the limit *key* pass."""
        self._bench.run_for(self._truck.limit(key).nominal_ns)

    def session(self) -> str:
        """The active session that the unit tells, in hex digits."""
        exchange = self.ask("22F186")
        return exchange.data[3:].hex() if exchange.data[:1] == b"\x62" else words(exchange.final)

    # Checks

    def positive(self, exchange: Exchange, what: str) -> bytes:
        """Check that the answer is a positive one; what follows the service in it."""
        data = exchange.data
        is_positive = bool(data) and data[0] == exchange.request.data[0] + _RESPONSE
        seen = "positive" if is_positive else words(exchange.final)
        self._check(f"{what}: answer", seen, equals="positive", message=exchange.final or exchange.request)
        return data[1:] if is_positive else b""

    def refused(self, exchange: Exchange, codes: Collection[int], what: str) -> None:
        """Check that the answer is a refusal with one of *codes*."""
        code = None if exchange.final is None else nrc_of(exchange.final)
        wanted = "refusal " + " or ".join(f"{each:02X}" for each in codes)
        seen = wanted if code in codes else words(exchange.final)
        self._check(f"{what}: answer", seen, equals=wanted, message=exchange.final or exchange.request)

    def silent(self, exchange: Exchange, what: str) -> None:
        """Check that there was no answer."""
        first = exchange.answers[0] if exchange.answers else None
        self._check(f"{what}: answer", words(first), equals="no answer", message=first or exchange.request)

    def _is_own(self, message: Message) -> bool:
        return message.values.get("source") == self.address and not self._bench.is_ours(message)
