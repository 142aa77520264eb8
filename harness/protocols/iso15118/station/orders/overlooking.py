"""What a faulty station does not look at, takes for something else, or does only when it refuses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from harness.protocols.iso15118.station.orders.reply import Reply
from harness.protocols.iso15118.station.orders.responses import Order
from harness.protocols.iso15118.station.table import Table, Turn

__all__ = ["Misled", "Misread", "OnRefusal", "Overlook"]


@dataclass(slots=True)
class Overlook(Order):
    """A check that is left out.

    ``session_id``; ``sequence`` (where *exchange* is awaited); ``paused_id`` (any old session is joined); ``refusal`` (the connection
    stays after it); ``closing`` (connections are never ended); ``setup of the discovery``, ``setup of connections`` (they outlast it).
    """

    check: str = field(kw_only=True)


@dataclass(slots=True)
class Misled(Order):
    """The pilot is taken for C (True) or B (False)."""

    ready: bool = field(kw_only=True)

    def inform(self, turn: Turn) -> None:
        turn.is_vehicle_ready = self.ready


@dataclass(slots=True)
class Misread(Order):
    """The request is taken for another one of its kind."""

    make: Callable[[Mapping[str, object]], Mapping[str, object]] = field(kw_only=True)

    def inform(self, turn: Turn) -> None:
        turn.request = self.make(turn.request)


@dataclass(slots=True)
class OnRefusal(Order):
    """*order* holds for responses with which the station refuses by itself, with this *code*."""

    code: str = field(kw_only=True)
    order: Order = field(kw_only=True)

    def shape(self, reply: Reply, turn: Turn, table: Table) -> bool:
        return turn.refusal == self.code and self.order.shape(reply, turn, table)
