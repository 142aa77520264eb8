"""What the state tables of the station are made of: one row for each exchange of a protocol.

A row names request and response, the schema set of both, what the request makes the station do, what the response says, and which
exchanges may follow. The engine (``machine``) knows rows only: session id, sequence, timers, orders and bytes are its matter.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from harness.protocols.iso15118.editions import Edition
from harness.protocols.iso15118.envelope import Content
from harness.protocols.iso15118.station.state import StationState, Told
from harness.protocols.iso15118.v2gtp import PayloadType

__all__ = ["STOP", "Row", "Table", "Turn", "always", "nothing", "row"]

STOP = "SessionStop"


@dataclass(slots=True)
class Turn:
    """One request while it is being answered: all that a row may look at."""

    now_ns: int
    row: Row
    request: Mapping[str, object]
    """Content of the request, without header."""
    state: StationState
    told: Told
    """What the station says of itself this time: as it is, with what orders make of it."""
    is_vehicle_ready: bool | None = None
    """Whether the vehicle presents C or D; ``None`` if no line tells."""
    round: int = 1
    """How often this exchange was asked for in a row."""
    waited_ns: int = 0
    """Since the first request of this row."""
    refusal: str = ""
    """The station's own reason to refuse, a response code; it closes the connection after such a response."""

    def processing(self, done: bool) -> str:
        """``Finished`` if *done*, else ``Ongoing``; unless the station is to say something else."""
        return self.told.processing or ("Finished" if done else "Ongoing")

    def refuse(self, code: str) -> None:
        """Answer with the response code *code* and close."""
        self.refusal = self.refusal or code


def always(request: Mapping[str, object]) -> bool:
    """Every request of that name is of the row."""
    return True


def nothing(turn: Turn) -> None:
    """The request makes the station do nothing."""


@dataclass(frozen=True, slots=True)
class Row:
    """One exchange."""

    exchange: str
    """As the rows of the reference (9.1) name it; rows that share a request differ in it."""
    request: str
    response: str
    schema: str
    """Schema set of request and response."""
    build: Callable[[Turn], Content]
    """Content of the regular response; the engine puts ``ResponseCode: OK`` in front of one without a code."""
    successors: tuple[str, ...]
    """Exchanges that may follow once the station is done; SessionStop may always, after SessionSetup."""
    act: Callable[[Turn], None] = nothing
    """What the request makes the station do, before the response is built."""
    applies: Callable[[Mapping[str, object]], bool] = always
    """Which requests of the name are of this row."""
    payload_type: PayloadType = PayloadType.EXI
    leave: tuple[str, ...] = ()
    """Exchanges by which the vehicle may leave while the station says Ongoing."""
    timer: str = "sequence"
    """What limits the time to the next request: ``sequence`` or ``loop`` of the options."""


def row(
    schema: str,
    exchange: str,
    build: Callable[[Turn], Content],
    *successors: str,
    name: str = "",
    act: Callable[[Turn], None] = nothing,
    applies: Callable[[Mapping[str, object]], bool] = always,
    leave: tuple[str, ...] = (),
) -> Row:
    """A row of DIN SPEC 70121 or ISO 15118-2; *name* is that of the messages where it is not the one of the exchange."""
    message = name or exchange
    return Row(exchange, f"{message}Req", f"{message}Res", schema, build, successors, act, applies, leave=leave)


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of one protocol."""

    edition: Edition
    rows: tuple[Row, ...]
    first: str = "SessionSetup"
    """Exchange right after SupportedAppProtocol."""
    _by_exchange: Mapping[str, Row] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_exchange", {row.exchange: row for row in self.rows})

    def row(self, exchange: str) -> Row:
        """The row of *exchange*.

        Raises:
            KeyError: the protocol has no such exchange.
        """
        return self._by_exchange[exchange]

    def __contains__(self, exchange: str) -> bool:
        return exchange in self._by_exchange

    def find(self, request: str, content: Mapping[str, object]) -> Row | None:
        """The row of a request by its name and content."""
        return next((row for row in self.rows if row.request == request and row.applies(content)), None)

    def answering(self, response: str) -> Row | None:
        """A row whose response has the name *response*."""
        return next((row for row in self.rows if row.response == response), None)
