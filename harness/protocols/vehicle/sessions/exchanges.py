"""Diagnostics as a conversation: each request with what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from harness.core.message import Message
from harness.protocols.uds.services import DIDS, Nrc, Sid

__all__ = ["Exchange", "exchanges_of"]

_NEGATIVE = "NegativeResponse"
_SHOWN_BYTES = 16


@dataclass(slots=True)
class Exchange:
    """One request and the last answer to it; a request to all has one for each unit that answers."""

    request: Message
    target: int | None
    """Address that answered, or was asked; ``None`` for a request to all that nobody answered."""
    response: Message | None = None
    pending: list[Message] = field(default_factory=list)
    """Refusals by which the unit asked for more time."""

    @property
    def first_ns(self) -> int | None:
        """Beginning of the first answer, the first frame of it, less the end of the request; ``None`` without an answer."""
        first = self.pending[0] if self.pending else self.response
        return None if first is None else first.start_ns - self.request.t_ns

    @property
    def did(self) -> int | None:
        """The data identifier that was asked for first."""
        value = self.request.values.get("did")
        return value if isinstance(value, int) else None

    @property
    def asked(self) -> str:
        """The request in words."""
        name, data = self.request.name.removesuffix(".Req"), self.request.data
        if self.did is not None:
            row = DIDS.get(self.did)
            return f"{name} {self.did:04X}{f' ({row.name})' if row else ''}"
        return f"{name} {data[1:].hex(' ').upper()[: 3 * _SHOWN_BYTES]}".strip()

    @property
    def answered(self) -> str:
        """The answer in words: its data, the reason of a refusal, or a dash."""
        if self.response is None:
            return "-"
        if self.response.name == _NEGATIVE:
            return f"refused, {_reason(self.response.values.get('nrc'))}"
        data = self.response.data[3 if self.did is not None else 1 :]
        more = "" if len(data) <= _SHOWN_BYTES else f" ... ({len(data)} bytes)"
        return f"{data[:_SHOWN_BYTES].hex(' ').upper()}{more}".strip() or "done"

    @property
    def outcome(self) -> str:
        """``answered``, ``refused``, ``silent`` or ``unasked`` (no answer was wanted)."""
        if self.response is None:
            return "unasked" if self.request.values.get("suppress") else "silent"
        return "refused" if self.response.name == _NEGATIVE else "answered"

    @property
    def troubles(self) -> tuple[int, ...]:
        """Three-byte codes in the answer to a request for trouble codes by status."""
        if self.response is None or self.request.values.get("sid") != Sid.READ_DTC or self.outcome != "answered":
            return ()
        data = self.response.data
        if len(data) < 3 or data[1] not in (0x02, 0x0A):
            return ()
        return tuple(int.from_bytes(data[at : at + 3], "big") for at in range(3, len(data) - 3, 4))


def exchanges_of(messages: Sequence[Message]) -> list[Exchange]:
    """All requests of a link in their order."""
    found: list[Exchange] = []
    open_: dict[tuple[object, object], Exchange] = {}
    """By unit (``None``: all) and service, the latest."""
    for message in messages:
        values = message.values
        if "functional" not in values:
            continue
        if message.name.endswith(".Req"):
            to = None if values["functional"] else values["target"]
            exchange = Exchange(message, to if isinstance(to, int) else None)
            found.append(exchange)
            open_[to, values["sid"]] = exchange
        else:
            _answer(message, open_, found)
    return sorted(found, key=lambda exchange: exchange.request.t_ns)


def _answer(message: Message, open_: dict[tuple[object, object], Exchange], found: list[Exchange]) -> None:
    unit, sid = message["source"], message["sid"]
    exchange = open_.get((unit, sid))
    if exchange is None and (asked := open_.get((None, sid))) is not None:
        # Each unit that answers a request to all gets an exchange of its own, the first one that of the request.
        exchange = asked if asked.target is None else Exchange(asked.request, None)
        exchange.target = unit if isinstance(unit, int) else None
        if exchange is not asked:
            found.append(exchange)
        open_[unit, sid] = exchange
    if exchange is None:
        return
    if message.name == _NEGATIVE and message.values.get("nrc") == Nrc.RESPONSE_PENDING:
        exchange.pending.append(message)
        return
    exchange.response = message
    del open_[unit, sid]


def _reason(code: object) -> str:
    if not isinstance(code, int):
        return "no code"
    try:
        return f"{code:02X} {Nrc(code).name.lower().replace('_', ' ')}"
    except ValueError:
        return f"{code:02X}"
