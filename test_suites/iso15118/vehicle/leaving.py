"""How a vehicle leaves after a fatal fault (SAFE-STOP), and how it waits until it does."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from harness.core import Chunk, Direction, Inconclusive, Limit, Message, Reason, Record, ns_in, s
from harness.protocols.iso15118.message import VEHICLE, V2gMessage

from ..words import STOP, WITH_ENERGY, is_stop, request_of, response_of, timer_of
from .approach import Approach

_ENDING = "SessionStop"


def is_close(record: Record) -> bool:
    """The vehicle ends the TCP connection."""
    return isinstance(record.pdu, Chunk) and record.direction is Direction.RX and (record.pdu.end or record.pdu.reset)


def is_tester_close(record: Record) -> bool:
    """The tester's station ends the TCP connection."""
    return isinstance(record.pdu, Chunk) and record.direction is Direction.TX and (record.pdu.end or record.pdu.reset)


class Leaving(Approach):
    """Checks of a vehicle that has to leave."""

    def no_response(self, request: V2gMessage, exchange: str, *, ignored: str = "", timer: Limit | None = None) -> None:
        """Check that the vehicle waits for the response to *request* as long as its message timer says, then leaves (SAFE-STOP).

        The tester must have sent nothing after it, or only what the decoder calls *ignored*. *timer* is that of the exchange if not given.
        The wait ends with the first thing that the vehicle does: a message, the end of the connection, another level of the control
        pilot. A timer is not over before its time less ``tolerance.early``; what follows counts from its time plus
        ``tolerance.transmission``.
        """
        timer = timer or self._truck.limit(timer_of(exchange))
        over_ns = self.timer_end(request, exchange)
        self._await_close(over_ns, since=request)
        self.unanswered(request, but=ignored)
        self._waited(request, timer, over_ns)
        self.safe_stop(over_ns, exchange=exchange, since=request)

    def timer_end(self, request: V2gMessage, exchange: str) -> int:
        """When the message timer of *request* is over at the latest."""
        timer, tolerance = self._truck.limit(timer_of(exchange)), self._truck.limit("tolerance.transmission")
        return request.t_ns + timer.upper_ns + tolerance.upper_ns

    def _waited(self, request: V2gMessage, timer: Limit, over_ns: int) -> None:
        signs = self._signs(request)
        if not signs:
            self._check("end of the wait", "none", equals=f"after {timer.criterion()}", message=request)
            return
        left_ns, sign = min(signs)
        early_pct = self._truck.limit("tolerance.early").upper or Decimal(0)
        least = replace(timer, lower=ns_in(timer.upper_ns, timer.unit) * (100 - early_pct) / 100, upper=None)
        self._check_time(f"wait until {sign}", left_ns - request.t_ns, least, message=request)
        asked = [message for message in self._after(request) if message.sender == VEHICLE and message.connection == request.connection]
        if asked:
            most = replace(timer, upper=ns_in(over_ns - request.t_ns, timer.unit))
            self._check_time(f"wait until {asked[0].name}", asked[0].t_ns - request.t_ns, most, message=asked[0])

    def _signs(self, request: V2gMessage) -> list[tuple[int, str]]:
        """What the vehicle did after *request*, and when."""
        signs = [(message.t_ns, message.name) for message in self._after(request) if message.sender == VEHICLE]
        signs += [(record.t_ns, "end of the connection") for record in self._bench.records(since=request, where=is_close)]
        for line, told in (("cp_v", "change of the control pilot"), ("contactor", "change of the contactor")):
            signs += [(t_ns, told) for t_ns, _ in self._bench.level_changes(line) if t_ns > request.t_ns]
        return signs

    def left_at(self, request: V2gMessage, exchange: str, *, start: Message, limit: Limit) -> None:
        """Check that the vehicle leaves (SAFE-STOP) out of its wait for the response to *request* when *limit* from *start* is over.

        Raises:
            Inconclusive: the tester answered before that (reason PRECONDITION).
        """
        over_ns = start.t_ns + limit.upper_ns
        self._await_close(over_ns, since=request)
        if any(answer.t_ns <= over_ns for answer in self._answers(request)):
            raise Inconclusive(Reason.PRECONDITION, f"the tester answered {request.name} before {limit.criterion()} were over")
        signs = self._signs(request)
        if signs:
            left_ns, sign = min(signs)
            self._check_time(f"setup until {sign}", left_ns - start.t_ns, replace(limit, upper=None), message=request)
        self.safe_stop(over_ns, exchange=exchange, since=request)

    def leaves_or_waits(self, answer: V2gMessage, exchange: str) -> None:
        """Check that after *answer* the vehicle either leaves (SAFE-STOP), or asks for *exchange*, which is not answered, and waits."""
        until_ns = self._bench.now_ns + self._truck.limit("safe_stop.close").upper_ns
        self._bench.wait_record(lambda record: is_close(record) or bool(self._asked(answer)), since=answer.t_ns - 1, until_ns=until_ns)
        asked = self._asked(answer)
        if asked and asked[0].name == request_of(exchange):
            self.no_response(asked[0], exchange)
            self._check(f"{asked[0].name} sent", len(self._asked(answer)), equals=1, message=asked[0])
        else:
            self.safe_stop(answer, exchange=exchange)

    def _asked(self, since: V2gMessage) -> list[V2gMessage]:
        return [message for message in self._after(since) if message.is_request and message.connection == since.connection]

    # SAFE-STOP

    def safe_stop(
        self,
        after: Message | int,
        *,
        exchange: str = "",
        energy: bool | None = None,
        since: Message | int | None = None,
        pilot: bool = True,
        tcp: bool = True,
    ) -> None:
        """Check SAFE-STOP after the fault *after*, a message of the tester or an instant, at *exchange*.

        (1) no further request but SessionStopReq, out of an energy transfer also the PowerDeliveryReq that ends it; (2) control pilot
        in state B in time; (3) the TCP connection ended by the vehicle in time, counted anew from SessionStopRes if it sent
        SessionStopReq; (4) out of an energy transfer the contactor open and the current gone, where the rig shows them.

        *energy* is that of the exchange if not given. What the vehicle did is looked for from *since* on, by default from *after*.
        Without *pilot* the level of the control pilot, without *tcp* the end of the connection is no matter of the case.
        A rig without the line of the control pilot leaves that part inconclusive, the rest is judged.
        """
        fault_ns = after if isinstance(after, int) else after.t_ns
        start = after if since is None else since
        flows = exchange in WITH_ENERGY if energy is None else energy
        closing_ns, closed = self._await_close(fault_ns, since=start) if tcp else (fault_ns, None)
        self._bench.run_for(self._truck.limit("safe_stop.watch").nominal_ns)
        self._no_further_request(start, exchange)
        if pilot:
            self._in_state_b(fault_ns, self._truck.limit("safe_stop.state_b_energy" if flows else "safe_stop.state_b"))
        if tcp:
            self._closed(closing_ns, closed, start)
        if flows:
            self._energy_is_off()

    def _await_close(self, fault_ns: int, *, since: Message | int) -> tuple[int, Record | None]:
        """Let time pass until the vehicle ended the connection or its time is over; from when that counts, and the end."""
        limit, start_ns = self._truck.limit("safe_stop.close"), fault_ns
        seen_ns = (since if isinstance(since, int) else since.t_ns) - 1
        while True:
            closed = self._bench.wait_record(is_close, since=seen_ns, until_ns=start_ns + limit.upper_ns + s(1))
            ends = [message for message in self._after(since) if message.name == response_of(_ENDING)]
            last_ns = max([start_ns, *(end.t_ns for end in ends if closed is None or end.t_ns <= closed.t_ns)])
            if closed is not None or last_ns == start_ns:
                return last_ns, closed
            start_ns = last_ns

    def _no_further_request(self, since: Message | int, exchange: str) -> None:
        connection = self._connection_of(since)
        later = [
            message
            for message in self._after(since)
            if message.is_request
            and message.connection == connection
            and message.name != request_of(_ENDING)
            and not (exchange == self.loop and message.name == request_of(STOP) and is_stop(message))
        ]
        told = "none" if not later else f"{len(later)}, first {later[0].name}"
        self._check("further requests", told, equals="none", message=later[0] if later else None)

    def _connection_of(self, since: Message | int) -> int:
        """The number of the connection that a message came on, or of the latest one at an instant."""
        if isinstance(since, V2gMessage):
            return since.connection
        until_ns = since if isinstance(since, int) else since.t_ns
        before = [message for message in self._bench.all_messages() if isinstance(message, V2gMessage) and message.t_ns <= until_ns]
        return max((message.connection for message in before), default=0)

    def _in_state_b(self, fault_ns: int, limit: Limit) -> None:
        """Check that the control pilot is in state B in time, and stays there."""
        changes = self._bench.level_changes("cp_v")
        if not changes:
            self._bench.unobserved("control pilot in state B", line="cp_v", expected=f"within {limit.criterion()}")
            return
        state = self._truck.limit("pilot.b")
        others = [index for index, (_, level) in enumerate(changes) if not _within(level, state)]
        if others and others[-1] == len(changes) - 1:
            self._check("control pilot after the fault", changes[-1][1], limit=state, unit="V")
            return
        since_ns = changes[others[-1] + 1][0] if others else changes[0][0]
        self._check_time("control pilot in state B", max(0, since_ns - fault_ns), limit, note=f"{changes[-1][1]:g} V")

    def stays_in_b(self, *, since: int) -> None:
        """Check that the control pilot never left state B since then."""
        changes = self._bench.level_changes("cp_v")
        if not changes:
            self._bench.unobserved("control pilot in state B", line="cp_v", expected="all the time")
            return
        state = self._truck.limit("pilot.b")
        before = [level for t_ns, level in changes if t_ns <= since][-1:]
        seen = before + [level for t_ns, level in changes if t_ns > since]
        others = [level for level in seen if not _within(level, state)]
        self._check("control pilot since then", others[0] if others else seen[-1], limit=state, unit="V")

    def _closed(self, closing_ns: int, closed: Record | None, since: Message | int) -> None:
        limit = self._truck.limit("safe_stop.close")
        by_tester = self._bench.records(since=since, where=is_tester_close)
        if by_tester and (closed is None or by_tester[0].t_ns < closed.t_ns):
            raise Inconclusive(Reason.PRECONDITION, "the tester ended the TCP connection before the vehicle did")
        if closed is None:
            self._check("TCP connection ended by the vehicle", "no", equals="yes", note=f"limit {limit.criterion()}")
            return
        how = "reset" if isinstance(closed.pdu, Chunk) and closed.pdu.reset else "FIN"
        elapsed_ns = max(0, closed.t_ns - closing_ns)
        self._check_time("TCP connection ended by the vehicle", elapsed_ns, limit, note=f"{how}, frame {closed.number}")

    def _energy_is_off(self) -> None:
        contactor, current_a = self._bench.level("contactor"), self._bench.level("dc_a")
        if contactor is not None:
            self._check("contactor after the fault", "closed" if contactor else "open", equals="open")
        if current_a is not None:
            self._check("current after the fault", abs(current_a), limit=self._truck.limit("safe_stop.current"), unit="A")


def _within(level: float, limit: Limit) -> bool:
    return (limit.lower is None or level >= limit.lower) and (limit.upper is None or level <= limit.upper)
