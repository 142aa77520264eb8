"""One TCP connection as the station sees it: which protocol was agreed on, which exchange may come next, how often it was asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.protocols.ip.host import Connection
from harness.protocols.iso15118.editions import schemas_for
from harness.protocols.iso15118.exi import ExiDecodeError, codec
from harness.protocols.iso15118.message import content_of
from harness.protocols.iso15118.station.agreement import AGREEMENT
from harness.protocols.iso15118.station.table import STOP, Row, Table
from harness.protocols.iso15118.v2gtp import Frame, StreamDecoder

__all__ = ["Conversation", "Request"]


@dataclass(frozen=True, slots=True)
class Request:
    """A decoded request."""

    name: str
    content: Mapping[str, object]
    session_id: bytes | None


@dataclass(slots=True)
class Conversation:
    """The state of one connection."""

    connection: Connection
    stream: StreamDecoder = field(default_factory=StreamDecoder)
    table: Table | None = None
    """Of the protocol agreed on, ``None`` before."""
    expected: frozenset[str] = frozenset((AGREEMENT.exchange,))
    """Exchanges that may come next."""
    exchange: str = ""
    """The latest request."""
    is_set_up: bool = False
    """SessionSetup was answered."""
    round: int = 0
    """How often the latest exchange was asked for in a row."""
    since_ns: int = 0
    """When it was asked for first."""

    def read(self, frame: Frame) -> Request | None:
        """The request in *frame*; ``None`` if it cannot be read."""
        schemas = ("sap",) if self.table is None else schemas_for(frame.payload_type, self.table.edition)
        for schema in schemas:
            try:
                decoded = codec(schema).decode(frame.payload)
            except ExiDecodeError:
                continue
            name, content, session_id = content_of(decoded.document)
            return Request(name, content, session_id)
        return None

    def row_of(self, request: Request) -> Row | None:
        """The row of *request*; the one that may come next where several fit."""
        if request.name == AGREEMENT.request:
            return AGREEMENT
        return self.table.find(request.name, request.content) if self.table is not None else None

    def note(self, exchange: str, now_ns: int) -> None:
        """*exchange* was asked for."""
        if exchange == self.exchange:
            self.round += 1
        else:
            self.exchange, self.round, self.since_ns = exchange, 1, now_ns

    @property
    def awaited(self) -> frozenset[str]:
        """Every exchange that may come now."""
        return self.expected | {STOP} if self.is_set_up and self.expected else self.expected

    def expects(self, exchange: str) -> bool:
        """Whether *exchange* may come now."""
        return exchange in self.awaited

    def went(self, row: Row, *, busy: bool, lenient: bool) -> None:
        """The response to *row* was made: *busy* told the vehicle to ask again, *lenient* lets it ask again or go on."""
        own = frozenset((row.exchange,))
        expected = own | frozenset(row.leave) if busy else frozenset(row.successors)
        self.expected = expected | own | frozenset(row.successors) if lenient else expected
        self.is_set_up |= row.exchange == (self.table.first if self.table is not None else "")
