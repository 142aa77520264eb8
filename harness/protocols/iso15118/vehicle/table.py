"""The state table of a vehicle: one row per state, which is one exchange of a request and its response.

A row says what is asked, how long the vehicle waits for the answer, what it does before it asks, and where the answer leads. The
machine knows no message: it walks from row to row by the moves that the rows give. One module per protocol holds its rows.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from harness.protocols.iso15118.editions import Edition
from harness.protocols.iso15118.v2gtp import PayloadType
from harness.protocols.iso15118.vehicle.state import Content, State

__all__ = ["Again", "Done", "End", "Go", "Leave", "Move", "Needs", "Row", "Stay", "Table", "Wait"]


@dataclass(frozen=True, slots=True)
class Go:
    """The next exchange."""

    exchange: str


@dataclass(frozen=True, slots=True)
class Again:
    """The same exchange once more: a loop that goes on."""


@dataclass(frozen=True, slots=True)
class Wait:
    """The same exchange once more, because the station is busy (``Ongoing``)."""

    timed: bool = True
    """The vehicle's patience with a busy station runs; not while the station waits for its customer."""


@dataclass(frozen=True, slots=True)
class Leave:
    """A fault: no further request, pilot to B, contactor open, connection closed."""

    reason: str


@dataclass(frozen=True, slots=True)
class End:
    """The vehicle does not want to go on and ends the session in order."""

    reason: str


@dataclass(frozen=True, slots=True)
class Done:
    """The session is over; the connection is closed."""


@dataclass(frozen=True, slots=True)
class Stay:
    """Nothing more is asked. No row says so; a vehicle that is stuck does."""


Move = Go | Again | Wait | Leave | End | Done | Stay


class Needs(enum.Enum):
    """What the vehicle brings about before the first request of an exchange."""

    NOTHING = "nothing"
    READY = "control pilot in C"
    CLOSED = "control pilot in C, contactor closed"
    IDLE = "control pilot in B, contactor open"
    OPEN = "contactor open, control pilot as it is"


@dataclass(frozen=True, slots=True)
class Row:
    """One state."""

    exchange: str
    """Name of the state."""
    request: str
    response: str
    schema: str
    """Schema set of both messages."""
    build: Callable[[State], Content]
    """Content of the request, without header."""
    follow: Callable[[State, Content], Move]
    """Where a response with an OK code leads; it notes in the state what the station told."""
    timeout_ns: int
    """So long the vehicle waits for the response."""
    payload_type: int = PayloadType.EXI
    loop: str = ""
    """Timer of the table that runs from the first request of this exchange until another one follows."""
    needs: Needs = Needs.NOTHING
    then: str = ""
    """Exchange that regularly follows; empty: the next row of the table, itself for the energy loop."""
    is_energy: bool = False
    """Energy flows, or may flow, while this exchange takes place; the loop is left only with the current down."""


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of one protocol."""

    edition: Edition
    rows: Mapping[str, Row]
    loops_ns: Mapping[str, int]
    """Lengths of the timers that rows name in ``loop``."""
    powered: frozenset[str]
    """Exchanges that an orderly end leaves by ``PowerDelivery_stop``; all others by ``SessionStop``."""
    ending: frozenset[str]
    """Exchanges of the end itself: a wish to stop changes nothing there any more."""
    first: str = "SessionSetup"
    stop: str = "PowerDelivery_stop"
    last: str = "SessionStop"
    renegotiate: str = ""
    """Exchange by which new parameters are agreed on from the energy loop; empty: there is none."""
    may_pause: bool = True
    ready_ns: int = 0
    """So long may it take from SessionSetup to PowerDelivery; 0: as long as it takes."""

    def asking(self, request: str) -> Row | None:
        """The first row whose request has the name *request*."""
        return next((row for row in self.rows.values() if row.request == request), None)

    def after(self, row: Row) -> Move:
        """Where *row* regularly leads, for a vehicle that did not look at the answer."""
        if row.exchange == self.last:
            return Done()
        if row.is_energy:
            return Again()
        names = list(self.rows)
        return Go(row.then or names[names.index(row.exchange) + 1])
