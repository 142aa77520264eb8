"""The orders of a station in a trace: each with the answers of the truck to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from harness.core.message import Message, Value

__all__ = ["FEEDBACK", "REFUSALS", "Order", "orders_of"]

REFUSALS = ("rejected", "timeout", "fault")
"""Results of an answer by which a command comes to nothing."""
FEEDBACK: Mapping[str, tuple[str, str, str]] = {
    "prepare_swap": ("VEH_STS", "SwapPermit", "permitted"),
    "unlock": ("LOCK_STS", "LockState", "unlocked"),
    "pack_removing": ("LOCK_STS", "PackPresent", "no"),
    "pack_installing": ("LOCK_STS", "PackSeated", "yes"),
    "pack_placed": ("LOCK_STS", "ElecConn", "mated"),
    "lock": ("LOCK_STS", "LockState", "locked"),
    "success": ("VEH_STS", "HvBusState", "energised"),
}
"""What shows that a command was carried out: message, signal and value."""
_NO_ORDER = ("none", "sna")


@dataclass(slots=True)
class Order:
    """One command, however often it was repeated."""

    message: Message
    """The first message that gives it."""
    answers: list[Message] = field(default_factory=list)

    @property
    def command(self) -> str:
        """Its word (``unlock``)."""
        return str(self.message.values["SwapCmd"])

    @property
    def session(self) -> Value:
        """Number of the session that it stands under, ``None`` if the profile has none."""
        return self.message.values.get("SessionId")

    @property
    def t_ns(self) -> int:
        """When it was given."""
        return self.message.t_ns

    @property
    def frame(self) -> int:
        """The frame that gives it."""
        return self.message.frames[0] if self.message.frames else 0

    @property
    def last(self) -> Message | None:
        """The first answer with the result that stands, ``None`` without any."""
        return next((answer for answer in self.answers if answer.values["AckResult"] == self._latest), None)

    @property
    def _latest(self) -> Value:
        return self.answers[-1].values["AckResult"] if self.answers else None

    @property
    def result(self) -> str:
        """What came of it (``done``), empty without an answer."""
        return str(self._latest) if self.answers else ""

    @property
    def reason(self) -> str:
        """Why nothing came of it, empty if nobody says."""
        reason = str(self.last.values.get("AckReason", "none")) if self.last is not None else "none"
        return "" if reason in ("none", "sna") else reason


def orders_of(messages: Sequence[Message]) -> list[Order]:
    """The orders among *messages*; a command that is sent again under the number of the latest one is no new order."""
    orders: list[Order] = []
    latest: tuple[Value, ...] = ()
    for message in messages:
        values = message.values
        if message.name == "STA_CMD":
            word = values.get("SwapCmd", "none")
            key = values.get("SessionId"), values.get("CmdSeq"), word
            if word not in _NO_ORDER and key != latest:
                orders.append(Order(message))
                latest = key
        elif message.name == "ACK" and "AckResult" in values and (order := _answered(orders, message)) is not None:
            order.answers.append(message)
    return orders


def _answered(orders: Sequence[Order], ack: Message) -> Order | None:
    """The latest order that *ack* can be about."""
    command, number = ack.values.get("AckCmd"), ack.values.get("AckSeq")
    for order in reversed(orders[-16:]):
        given = order.message.values.get("CmdSeq")
        if order.command == command and (number is None or given is None or given == number):
            return order
    return None
