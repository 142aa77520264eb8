"""The messages of a vehicle on its connection: one exchange after the other by the rows of a table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from harness.core.durations import s
from harness.core.errors import RemoteProtocolError
from harness.protocols.ip.host import Connection
from harness.protocols.iso15118.behaviour import Behaviour
from harness.protocols.iso15118.editions import EDITIONS, schemas_for
from harness.protocols.iso15118.envelope import document_of
from harness.protocols.iso15118.exi import ExiDecodeError, codec
from harness.protocols.iso15118.message import content_of
from harness.protocols.iso15118.v2gtp import HEADER_LENGTH, BadHeader, Frame, PayloadType, StreamDecoder, encode_frame
from harness.protocols.iso15118.vehicle.agreement import AGREEMENT_ROW
from harness.protocols.iso15118.vehicle.connecting import VehicleConnecting
from harness.protocols.iso15118.vehicle.course import Phase
from harness.protocols.iso15118.vehicle.options import VehicleOptions
from harness.protocols.iso15118.vehicle.plant import VehiclePlant
from harness.protocols.iso15118.vehicle.state import NO_SESSION, Content
from harness.protocols.iso15118.vehicle.steering import TABLES
from harness.protocols.iso15118.vehicle.table import Again, Done, End, Go, Leave, Move, Needs, Row, Stay, Table, Wait
from harness.protocols.iso15118.vehicle.wishes import Wishes

__all__ = ["VehicleTalk"]


class VehicleTalk(VehicleConnecting):
    """Walks through the tables; every reaction to a fault is ``_leave``."""

    def __init__(self, options: VehicleOptions, plant: VehiclePlant, name: str, behaviour: Behaviour) -> None:
        super().__init__(options, plant, name, behaviour)
        self._pending = ""
        self._waits_for_contactor = False
        self._wishes = Wishes(options, plant)

    def _begin(self) -> None:
        super()._begin()
        self._pending, self._waits_for_contactor, self._answered = "", False, True
        self._wishes = Wishes(self.options, self.plant)

    # Rows

    @property
    def _table(self) -> Table | None:
        return TABLES.get(self.edition)

    def _row(self, exchange: str) -> Row:
        table = self._table
        return AGREEMENT_ROW if exchange == AGREEMENT_ROW.exchange or table is None else table.rows[exchange]

    def _go(self, exchange: str, gap_ns: int) -> None:
        """*exchange* is next, after a while; what it needs begins now."""
        self._pending = exchange
        if exchange != self.state.exchange:
            self._bring_about(self._row(exchange))
        if self._behaviour.effects:
            gap_ns += self._behaviour.delay_ns(exchange, self.moment())
        self._timers.arm("next", self._now_ns + gap_ns + self._wheel.delays_ns.get(exchange, 0))

    def _ask(self) -> None:
        """Send the pending request, unless there is a wish to end, or pilot and contactor are not there yet."""
        if self.phase is not Phase.TALKING or not self._pending:
            return
        exchange = self._pending
        table = self._table
        self.state.now_ns = self._now_ns
        if table is not None and not self.refrains("heed_wish"):
            exchange = self._wishes.next_exchange(self.state, table, exchange)
        if exchange != self._pending:
            self._pending = exchange
            self._bring_about(self._row(exchange))
        row = self._row(exchange)
        if exchange in self._wheel.withheld:
            return
        if not self._is_prepared(row):
            self._waits_for_contactor = True
            self._timers.arm("contactor", self._now_ns + s(self.options.contactor_limit_s))
            return
        self._waits_for_contactor = False
        self._timers.cancel("contactor")
        self._pending = ""
        self._request(row)

    def _ask_anyway(self) -> None:
        """The contactor does not follow: energy cannot begin without it; the end, and the search for a weld, can."""
        row = self._row(self._pending)
        if row.needs is Needs.CLOSED:
            self._leave("the contactor does not close")
            return
        self._waits_for_contactor, self._pending = False, ""
        self._request(row)

    def _ask_again(self, now_ns: int) -> None:
        if self._pending and not self._timers.is_armed("next"):
            self._ask()

    def _is_prepared(self, row: Row) -> bool:
        if row.exchange == self.state.exchange or self.options.stays:
            return True
        match row.needs:
            case Needs.CLOSED:
                return self.plant.contactor_closed or self.refrains("close_contactor")
            case Needs.IDLE:
                opened = not self.plant.contactor_closed or self.refrains("open_contactor")
                return opened and (not self._timers.is_armed("cp_b") or self.refrains("await_pilot"))
            case Needs.OPEN:
                return not self.plant.contactor_closed or self.refrains("open_contactor")
        return True

    def _request(self, row: Row) -> None:
        state = self.state
        if row.exchange != state.exchange:
            self._timers.cancel("loop", "ongoing")
            state.exchange, state.count, state.since_ns = row.exchange, 0, self._now_ns
            if row.loop:
                table = self._table
                assert table is not None
                self._arm_limit("loop", table.loops_ns[row.loop], f"loop.{row.loop}")
        if row.exchange == "PowerDelivery_start":
            self._timers.cancel("ready_to_charge")
            state.started_ns = self._now_ns
        state.count += 1
        state.now_ns = self._now_ns
        self._wishes.set_targets(state, row)
        data = self._encoded(row)
        self._sent[row.exchange] = self._sent.get(row.exchange, 0) + 1
        self._answered = False
        if data and self._connection is not None and self._connection.is_open:
            self._connection.send(data)
        self._arm_limit("response", row.timeout_ns, f"response.{row.exchange}")

    def _encoded(self, row: Row) -> bytes:
        """The frame of a request, with what deviations and orders make of it; empty if it does not leave."""
        behaviour, wheel, exchange = self._behaviour, self._wheel, row.exchange
        session_id, altered = self.state.session_id, False
        if behaviour.effects:
            moment = self.moment()
            row = self._row(behaviour.instead(exchange, moment))
            session_id = behaviour.session_id(exchange, session_id, moment)
        if exchange in wheel.instead and self._table is not None:
            row = self._table.asking(wheel.instead[exchange]) or row
        content = row.build(self.state)
        if behaviour.effects or self._is_steered:
            original = content
            content = self._steered(exchange, behaviour.content(exchange, content, self.moment()))
            altered = content is not original
        session_id = wheel.session_ids.get(exchange, session_id)
        payload = codec(row.schema).encode(document_of(row.schema, row.request, content, session_id, self._now_ns), allow_invalid=altered)
        data = encode_frame(row.payload_type, payload)
        if behaviour.effects:
            data = behaviour.data(exchange, data, self.moment())
        make = wheel.raw.get(exchange)
        return make(data) if make else data

    # Responses

    def _hear_bytes(self, connection: Connection, data: bytes) -> None:
        if connection is not self._connection:
            return
        if self._overlooks("pieces", self.exchange):
            self._stream = StreamDecoder()
        for item in self._stream.receive(data):
            frame = item
            if isinstance(frame, BadHeader):
                if not self._overlooks("header", self.exchange) or len(frame.data) <= HEADER_LENGTH:
                    continue
                frame = Frame(self._row(self.exchange).payload_type, frame.data[HEADER_LENGTH:])
            self._hear_frame(frame)

    def _hear_frame(self, frame: Frame) -> None:
        # An answer that nobody waits for, a second one to the same request for example, means nothing.
        if self.phase is not Phase.TALKING or self._answered:
            return
        row = self._row(self.exchange)
        schemas = self._schemas(row, frame.payload_type)
        if not schemas:
            return
        self.state.now_ns = self._now_ns
        self.plant.advance(self._now_ns)
        move = self._judge(row, _decoded(schemas, frame.payload))
        if isinstance(move, Leave) and self.refrains("leave"):
            move = self._blind(row)
        self._timers.cancel("response")
        self._answered = True
        self._take(row, move)

    def _schemas(self, row: Row, payload_type: int) -> Iterable[str]:
        """Schema sets that a response of this payload type may follow; none if the vehicle ignores it."""
        if row is AGREEMENT_ROW:
            return ("sap",) if payload_type == PayloadType.EXI or self._overlooks("message", row.exchange) else ()
        if payload_type != row.payload_type and self._overlooks("payload_type", row.exchange):
            return (row.schema,)
        found = schemas_for(payload_type, EDITIONS[self.edition])
        return () if "sap" in found else found

    def _judge(self, row: Row, document: Mapping[str, object] | None) -> Move:
        """Where a response leads."""
        exchange = row.exchange
        if document is None:
            return self._blind(row) if self._overlooks("encoding", exchange) else Leave("the response cannot be read")
        name, content, session_id = content_of(document)  # type: ignore[arg-type]
        self.state.heard_id = session_id or b""
        if name != row.response:
            if not self._overlooks("message", exchange):
                return Leave(f"{name} in answer to {row.request}")
            self._adopt(exchange)
            return self._blind(row)
        free = exchange in (AGREEMENT_ROW.exchange, "SessionSetup")
        if not free and session_id != self.state.session_id and not self._overlooks("session_id", exchange):
            return Leave(f"session id {self.state.heard_id.hex() or 'missing'}")
        if self._behaviour.effects:
            content = self._behaviour.misread(exchange, content, self.moment())
        code = content.get("ResponseCode")
        if (
            not (isinstance(code, str) and code.startswith("OK"))
            and not _is_warning(code)
            and not self._overlooks("response_code", exchange)
        ):
            return Leave(f"response code {code}")
        self._heard[exchange] = content
        return self._follow(row, content)

    def _follow(self, row: Row, content: Content) -> Move:
        try:
            move = row.follow(self.state, content)
        except RemoteProtocolError as error:
            move = Leave(str(error))
        if isinstance(move, Leave | End) and self._overlooks("parameters", row.exchange):
            move = self._blind(row)
        if isinstance(move, Go | Again | Wait) and (excess := self._wishes.excess(self.state, row, self._overlooks)):
            move = Leave(excess)
        return self._misled(row, move) if self._behaviour.effects else move

    def _misled(self, row: Row, move: Move) -> Move:
        target = self._behaviour.target(row.exchange, self.moment())
        match target:
            case "":
                return move
            case "again":
                return Again()
            case "leave":
                return Leave("without need")
            case "end":
                return End("without need")
            case "nowhere":
                return Stay()
        return Go(target)

    def _blind(self, row: Row) -> Move:
        """The regular next step, for a vehicle that did not look."""
        if row is AGREEMENT_ROW:
            first = self.state.offers[0].schema_id
            return row.follow(self.state, {"SchemaID": first})
        table = self._table
        assert table is not None
        self._adopt(row.exchange)
        return table.after(row)

    def _adopt(self, exchange: str) -> None:
        """A vehicle that did not look takes whatever session id came."""
        if exchange == "SessionSetup" and self.state.session_id == NO_SESSION:
            self.state.session_id = self.state.heard_id

    def _take(self, row: Row, move: Move) -> None:
        options = self.options
        if row.exchange == "SessionSetup" and not isinstance(move, Leave):
            table = self._table
            self._timers.cancel("setup")
            if table is not None and table.ready_ns:
                self._arm_limit("ready_to_charge", table.ready_ns)
        match move:
            case Go(exchange):
                self._timers.cancel("loop", "ongoing")
                self._go(exchange, s(options.think_s))
            case Again():
                self._go(row.exchange, s(options.loop_s if row.is_energy else options.repeat_s))
            case Wait(timed):
                self._be_patient(timed)
                self._go(row.exchange, s(options.repeat_s))
            case Leave(reason):
                self._leave(reason)
            case End(reason):
                self.state.request_stop(reason)
                self._go(row.exchange, s(options.think_s))
            case Done():
                self._finish()
            case Stay():
                self._timers.cancel("loop", "ongoing")

    def _be_patient(self, timed: bool) -> None:
        if not timed and self.options.waits_for_customer:
            self._timers.cancel("ongoing")
        elif not self._timers.is_armed("ongoing"):
            self._arm_limit("ongoing", s(self.options.ongoing_s))


def _is_warning(code: object) -> bool:
    return isinstance(code, str) and code.startswith("WARNING")


def _decoded(schemas: Iterable[str], payload: bytes) -> Mapping[str, object] | None:
    """The document in *payload* by the first schema set that can read it."""
    for schema in schemas:
        try:
            return codec(schema).decode(payload).document
        except ExiDecodeError:
            continue
    return None
