"""The station side of DIN SPEC 70121 and ISO 15118: the tester's station, and the simulated one, as a sans-IO machine.

Theory of operation (tables in ``din``, ``iso2``, ``iso20``; limits in the options):

* The data link is there as soon as the pilot is in B with a duty cycle of 5 % (or SLAC is done, where the rig has it). From then on
  the station answers the discovery and takes TCP connections, for ``setup_s``; SessionSetup ends that time.
* A request is decoded by what the connection agreed on. One that cannot be read closes the connection. One with another session id is
  answered with FAILED_UnknownSession, one that the tables do not expect with FAILED_SequenceError; the connection is closed behind
  both.
* Otherwise the row of the exchange acts on the output and builds the response, which leaves after ``response_s``. A response that says
  Ongoing leads to the same exchange again, any other to the successors of the row.
* From a response to the next request ``sequence_s`` may pass, then the connection is closed.
* A vehicle that leaves C and D, and a plug that is pulled, take the output down. Unplugging forgets the session.

What a case orders (``steering``) and what is wrong with a simulated station are objects of one kind (``orders``); this machine asks
them at two points and knows none of them.
"""

from __future__ import annotations

from collections.abc import Sequence

from harness.core.durations import s
from harness.core.pdu import Chunk, Datagram, Pdu
from harness.protocols.ip.host import Broken, Ended, Event, Greeted, Heard, Opened, Received
from harness.protocols.iso15118.discovery import PORT
from harness.protocols.iso15118.pilot import StationPilot
from harness.protocols.iso15118.station.agreement import AGREEMENT, agreed, tables
from harness.protocols.iso15118.station.conversation import Conversation, Request
from harness.protocols.iso15118.station.options import StationOptions
from harness.protocols.iso15118.station.orders.discovery import answers_to
from harness.protocols.iso15118.station.orders.reply import Reply
from harness.protocols.iso15118.station.orders.responses import Order
from harness.protocols.iso15118.station.service import SETUP, Outgoing, StationService
from harness.protocols.iso15118.station.table import STOP, Turn
from harness.protocols.iso15118.v2gtp import BadHeader, Frame

__all__ = ["StationMachine"]


class StationMachine(StationService):
    """Station on the network. Drive it as a ``Node``, steer it as ``StationSteering`` says.

    Args:
        options: ratings and habits.
        editions: names of the protocols that it speaks.
        seed: of the session ids.
        faults: orders that nothing takes back.
    """

    def __init__(
        self,
        options: StationOptions | None = None,
        *,
        name: str = "station",
        editions: Sequence[str] | None = None,
        seed: int = 0,
        faults: Sequence[Order] = (),
        circuit: StationPilot | None = None,
    ) -> None:
        super().__init__(options or StationOptions(), editions, seed, faults, circuit)
        self.name = name
        self._accept_ns: int | None = None

    # Node

    def start(self, now_ns: int) -> list[Pdu]:
        """Wait for the vehicle."""
        self._tick(now_ns)
        if self.pilot is None:
            self._open_window(now_ns, timed=False)
        elif self.options.autostart:
            self.plug(True)
        return self.host.take()

    def receive(self, now_ns: int, pdu: Pdu) -> list[Pdu]:
        """Take what comes from the network."""
        self._tick(now_ns)
        self.host.accepts = self.accept_delay_ns is None and not self.is_silent
        for event in self._events(pdu):
            self._take(now_ns, event)
        if self.accept_delay_ns is not None and isinstance(pdu, Chunk) and pdu.begin and not self.is_silent:
            self._accept_ns = now_ns + self.accept_delay_ns
        return self.host.take()

    def next_deadline_ns(self) -> int | None:
        """The earliest thing to send or to give up; the present instant if there are orders to carry out."""
        if self._actions or self.host.waits:
            return self._now_ns  # The cable opens and closes ports between two events of the network.
        waits = [self._setup_ns, self._sequence_ns, self._accept_ns, *(one.due_ns for one in self._outgoing)]
        return min((t_ns for t_ns in waits if t_ns is not None), default=None)

    def handle_timers(self, now_ns: int) -> list[Pdu]:
        """Carry out orders, send what is due, give up what has waited too long."""
        self._tick(now_ns)
        while self._actions:
            self._actions.pop(0)(now_ns)
        due = [one for one in self._outgoing if one.due_ns <= now_ns]
        self._outgoing = [one for one in self._outgoing if one.due_ns > now_ns]
        for one in due:
            self._send(one)
        if self._accept_ns is not None and self._accept_ns <= now_ns:
            self._accept_ns = None
            for event in self.host.accept_waiting():
                self._take(now_ns, event)
        if self._sequence_ns is not None and self._sequence_ns <= now_ns:
            self._close()
        if self._setup_ns is not None and self._setup_ns <= now_ns:
            self._setup_over()
        return self.host.take()

    # Input

    def _tick(self, now_ns: int) -> None:
        self._now_ns = now_ns
        self.state.output.advance(now_ns)

    def _events(self, pdu: Pdu) -> list[Event]:
        try:
            return self.host.receive(pdu)
        except ValueError:
            return []  # An address that is none of this network's.

    def _take(self, now_ns: int, event: Event) -> None:
        match event:
            case Heard(datagram):
                self._discover(now_ns, datagram)
            case Opened(connection):
                self._talk, self._sequence_ns = Conversation(connection), now_ns + s(self.options.sequence_s)
                if connection.own.endswith(f"]:{self.options.tls_port}") and not self.protection.only_hello:
                    connection.secure(self.protection.settings(self.options.tls_folder))
            case Greeted(connection) if self.protection.only_hello:
                connection.reset()
                self._hang_up(now_ns)
            case Received(connection, data) if self._talk is not None and self._talk.connection is connection:
                self._read(now_ns, self._talk, data)
            case Ended(connection) | Broken(connection):
                connection.close()
                if self._talk is not None and self._talk.connection is connection:
                    self._hang_up(now_ns)

    def _discover(self, now_ns: int, datagram: Datagram) -> None:
        self.discoveries += 1
        answers = answers_to(datagram, self.options, s(self.options.response_s))
        for order in self.discovery_orders:
            answers = order.shape(answers)
        if self.pilot is None and self._setup_ns is None and self.options.setup_s and not any(self.state.session_id):
            self._setup_ns = now_ns + s(self.options.setup_s)
        if not self.is_silent:
            self._outgoing += [Outgoing(now_ns + one.delay_ns, one.frame(), destination=datagram.source) for one in answers]

    def _read(self, now_ns: int, talk: Conversation, data: bytes) -> None:
        for item in talk.stream.receive(data):
            if not talk.connection.is_open:
                return
            if isinstance(item, BadHeader):
                continue  # A frame with a wrong header is ignored.
            self._request(now_ns, talk, item)
        if talk.stream.broken is not None:
            self._close()

    def _request(self, now_ns: int, talk: Conversation, frame: Frame) -> None:
        self._sequence_ns = None
        request = talk.read(frame)
        row = talk.row_of(request) if request is not None else None
        if request is None or row is None:
            self._close()
            return
        self.requests += 1
        talk.note(row.exchange, now_ns)
        turn = Turn(now_ns, row, request.content, self.state, self._told(talk), self.state.is_vehicle_ready)
        turn.round, turn.waited_ns = talk.round, now_ns - talk.since_ns
        for order in self.orders:
            if order.concerns(row.exchange):
                order.inform(turn)
        self._check(talk, request, turn)
        if not turn.refusal:
            if row.exchange == SETUP:
                self._set_up(request, talk.table)
            self.state.output.current_limit_a = min(self.options.max_current_a, turn.told.max_current_a)
            row.act(turn)
        self._answer(talk, turn)

    def _check(self, talk: Conversation, request: Request, turn: Turn) -> None:
        """Whether the request may come now and belongs to the session."""
        exchange = turn.row.exchange
        own = request.session_id == self.state.session_id or exchange in (AGREEMENT.exchange, SETUP)
        if not own and not self.overlooks("session_id", exchange):
            turn.refuse("FAILED_UnknownSession")
        if not talk.expects(exchange) and not any(self.overlooks("sequence", one) for one in talk.awaited):
            turn.refuse("FAILED_SequenceError")

    # Output

    def _answer(self, talk: Conversation, turn: Turn) -> None:
        row = turn.row
        content = {"ResponseCode": "OK", **row.build(turn)}
        if turn.refusal:
            content["ResponseCode"] = turn.refusal
        if row is AGREEMENT and (edition := agreed(turn)) is not None:
            talk.table = tables()[edition.name]
        reply = Reply(
            row.exchange, row.response, row.schema, row.payload_type, content, self.state.session_id, s(self.options.response_s),
            closes=bool(turn.refusal) and not self.overlooks("refusal", row.exchange),
        )  # fmt: skip
        table = talk.table or tables()[self._editions[0]]
        for order in sorted(self.orders, key=lambda one: one.stage):
            if order.concerns(row.exchange):
                reply.is_ordered |= order.shape(reply, turn, table)
        if not turn.refusal or self.overlooks("refusal", row.exchange):
            busy = str(reply.content.get("EVSEProcessing", "")).startswith("Ongoing")
            talk.went(row, busy=busy, lenient=reply.is_ordered)
        if row.exchange == STOP and not turn.refusal:
            self._stop(turn)
        self._queue(talk, reply, turn)

    def _queue(self, talk: Conversation, reply: Reply, turn: Turn) -> None:
        start_ns = turn.now_ns + reply.delay_ns
        pieces = reply.pieces(turn.now_ns)
        self._outgoing += [
            Outgoing(start_ns + after_ns, data, talk, reply.closes and last, last, turn.row)
            for number, (after_ns, data) in enumerate(pieces)
            for last in (number == len(pieces) - 1,)
        ]

    def _send(self, one: Outgoing) -> None:
        if self.is_silent:
            return
        if one.talk is None:
            self.host.send_datagram(one.data, one.destination, PORT)
            return
        if one.talk is not self._talk or not one.talk.connection.is_open:
            return
        one.talk.connection.send(one.data)
        if one.closes:
            self._close()
        elif one.ends_response and one.row is not None:
            self._sequence_ns = self._now_ns + s(self.options.loop_s if one.row.timer == "loop" else self.options.sequence_s)
            if one.row.exchange == SETUP:
                self._setup_ns = None
