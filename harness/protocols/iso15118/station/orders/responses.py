"""What a case may order the station to send: one object for each order, all in one list.

An order looks at a response at up to two points: before its content is built (``inform``: what the station says of itself) and
afterwards (``shape``: content, session id, bytes, time). Orders work together in the sequence of their stages, whichever was given
first: another message, its code and content, its session id, its bits, its frame, its time. The faults of a simulated station are
made of the same objects.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from harness.core.errors import LocalProtocolError
from harness.protocols.iso15118.envelope import Content
from harness.protocols.iso15118.exi import Deviation
from harness.protocols.iso15118.station.orders.paths import put_at
from harness.protocols.iso15118.station.orders.reply import Reply
from harness.protocols.iso15118.station.state import Schedule
from harness.protocols.iso15118.station.table import Table, Turn

__all__ = [
    "AnswerWith", "Change", "Code", "Delay", "Exi", "Header", "Inform", "Limits", "Notify", "Ongoing", "Order", "Raw", "Schedules",
    "Segments", "Services", "SessionId", "Silence", "Speak", "Status", "Tell", "Twice", "Withhold",
]  # fmt: skip

EDITIONS_KEY = "editions"
_SELECTIONS = ("PaymentServiceSelectionRes", "ServicePaymentSelectionRes", "ServiceSelectionRes")
"""The same response in the three protocols."""


@dataclass(slots=True)
class Order:
    """One order. An *exchange* of ``""`` is every exchange."""

    stage: ClassVar[int] = 50
    exchange: str = ""

    def concerns(self, exchange: str) -> bool:
        """Whether it is about *exchange*."""
        return self.exchange in ("", exchange)

    def inform(self, turn: Turn) -> None:
        """Change what the station says of itself."""

    def shape(self, reply: Reply, turn: Turn, table: Table) -> bool:
        """Change the response; returns whether it did."""
        return False


@dataclass(slots=True)
class Inform(Order):
    """The station says something else of itself."""

    change: Callable[[Turn], None] = field(kw_only=True)

    def inform(self, turn: Turn) -> None:
        self.change(turn)


@dataclass(slots=True)
class Speak(Order):
    """Only one protocol is chosen in SupportedAppProtocol."""

    edition: str = field(kw_only=True)

    def inform(self, turn: Turn) -> None:
        turn.told.extra[EDITIONS_KEY] = (self.edition,)


@dataclass(slots=True)
class Ongoing(Order):
    """The station is busy: for so long, for so many rounds, or for ever."""

    for_ns: int | None = None
    rounds: int | None = None

    def inform(self, turn: Turn) -> None:
        over = (self.for_ns is not None and turn.waited_ns >= self.for_ns) or (self.rounds is not None and turn.round > self.rounds)
        turn.told.processing = "" if over else "Ongoing"


@dataclass(slots=True)
class Tell(Order):
    """Voltage and current that the station says it measures."""

    voltage_v: float | None = None
    current_a: float | None = None

    def inform(self, turn: Turn) -> None:
        if self.voltage_v is not None:
            turn.told.voltage_v = self.voltage_v
        if self.current_a is not None:
            turn.told.current_a = self.current_a


@dataclass(slots=True)
class Notify(Order):
    """What the station asks the vehicle to do."""

    notification: str = field(kw_only=True)
    max_delay_s: int = 0

    def inform(self, turn: Turn) -> None:
        turn.told.notification, turn.told.notification_delay_s = self.notification, self.max_delay_s


@dataclass(slots=True)
class Status(Order):
    """How the station says it is."""

    code: str = ""
    isolation: str = ""

    def inform(self, turn: Turn) -> None:
        turn.told.status = self.code or turn.told.status
        turn.told.isolation = self.isolation or turn.told.isolation


@dataclass(slots=True)
class Limits(Order):
    """Limits of the station, told and kept."""

    max_current_a: float | None = None
    max_voltage_v: float | None = None
    max_power_w: float | None = None

    def inform(self, turn: Turn) -> None:
        for name in ("max_current_a", "max_voltage_v", "max_power_w"):
            value = getattr(self, name)
            if value is not None:
                setattr(turn.told, name, value)


@dataclass(slots=True)
class Services(Order):
    """What the station offers."""

    energy: tuple[int, ...] = ()
    modes: tuple[str, ...] = ()
    payment: tuple[str, ...] = ()
    added: tuple[Mapping[str, object], ...] | None = None

    def inform(self, turn: Turn) -> None:
        told = turn.told
        told.energy_services = self.energy or told.energy_services
        told.energy_modes = self.modes or told.energy_modes
        told.payment = self.payment or told.payment
        told.added = told.added if self.added is None else self.added


@dataclass(slots=True)
class Schedules(Order):
    """Schedules that the station offers."""

    schedules: tuple[Schedule, ...] = ()

    def inform(self, turn: Turn) -> None:
        turn.told.schedules = self.schedules


@dataclass(slots=True)
class AnswerWith(Order):
    """A valid response of another type."""

    stage: ClassVar[int] = 10
    response: str = field(kw_only=True)

    def shape(self, reply: Reply, turn: Turn, table: Table) -> bool:
        names = _SELECTIONS if self.response in _SELECTIONS else (self.response,)
        row = next((found for name in names if (found := table.answering(name)) is not None), None)
        if row is None:
            raise LocalProtocolError(f"{table.edition.title} has no '{self.response}' that could be sent instead of {reply.name}")
        reply.name, reply.schema, reply.payload_type = row.response, row.schema, row.payload_type
        reply.content = {"ResponseCode": "OK", **row.build(turn)}
        return True


@dataclass(slots=True)
class Code(Order):
    """Another response code."""

    stage: ClassVar[int] = 20
    code: str = field(kw_only=True)

    def shape(self, reply: Reply, turn: Turn, table: Table) -> bool:
        if reply.schema == "sap" and self.code.upper().startswith("FAILED"):
            reply.content = {"ResponseCode": "Failed_NoNegotiation"}
        else:
            reply.content["ResponseCode"] = self.code
        return True


@dataclass(slots=True)
class Change(Order):
    """Other values in the content, by path; ``None`` takes one out."""

    stage: ClassVar[int] = 30
    values: Mapping[str, object] = field(kw_only=True)

    def shape(self, reply: Reply, turn: Turn, table: Table) -> bool:
        content: Content = reply.content
        for path, value in self.values.items():
            content = put_at(content, path, value)
        reply.content = content
        return True


@dataclass(slots=True)
class SessionId(Order):
    """Another session id in the header."""

    stage: ClassVar[int] = 40
    session_id: bytes = field(kw_only=True)

    def shape(self, reply: Reply, turn: Turn, table: Table) -> bool:
        reply.session_id = self.session_id
        return True


@dataclass(slots=True)
class Exi(Order):
    """A wrong EXI stream."""

    stage: ClassVar[int] = 60
    deviations: tuple[Deviation, ...] = field(kw_only=True)

    def shape(self, reply: Reply, turn: Turn, table: Table) -> bool:
        reply.deviations += self.deviations
        return True


@dataclass(slots=True)
class Header(Order):
    """Other fields of the V2GTP header."""

    stage: ClassVar[int] = 70
    fields: Mapping[str, int] = field(kw_only=True)

    def shape(self, reply: Reply, turn: Turn, table: Table) -> bool:
        reply.header |= self.fields
        return True


@dataclass(slots=True)
class Raw(Order):
    """Other bytes, made from the right ones."""

    stage: ClassVar[int] = 80
    make: Callable[[bytes], bytes] = field(kw_only=True)

    def shape(self, reply: Reply, turn: Turn, table: Table) -> bool:
        reply.rewrites.append(self.make)
        return True


@dataclass(slots=True)
class Segments(Order):
    """The frame in pieces."""

    stage: ClassVar[int] = 90
    size: int = field(kw_only=True)
    gap_ns: int = 0

    def shape(self, reply: Reply, turn: Turn, table: Table) -> bool:
        reply.segment, reply.segment_gap_ns = self.size, self.gap_ns
        return True


@dataclass(slots=True)
class Twice(Order):
    """The response a second time."""

    stage: ClassVar[int] = 90
    gap_ns: int = 0

    def shape(self, reply: Reply, turn: Turn, table: Table) -> bool:
        reply.copies, reply.copies_gap_ns = 2, self.gap_ns
        return True


@dataclass(slots=True)
class Delay(Order):
    """The response so much later."""

    stage: ClassVar[int] = 95
    by_ns: int = field(kw_only=True)

    def shape(self, reply: Reply, turn: Turn, table: Table) -> bool:
        reply.delay_ns += self.by_ns
        return True


@dataclass(slots=True)
class Withhold(Order):
    """No response."""

    stage: ClassVar[int] = 99

    def shape(self, reply: Reply, turn: Turn, table: Table) -> bool:
        reply.withheld = True
        return True


@dataclass(slots=True)
class Silence(Withhold):
    """No response to anything, discovery and TCP included."""
