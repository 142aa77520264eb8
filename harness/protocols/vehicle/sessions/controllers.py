"""Who is on the bus: addresses, the names they claimed, how much they sent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from harness.core.message import Message
from harness.core.pdu import Frame
from harness.core.trace import Record
from harness.protocols.j1939.ids import NULL
from harness.protocols.j1939.name import Name

__all__ = ["Claim", "Controller", "conflicts_of", "controllers_of"]


@dataclass(frozen=True, slots=True)
class Claim:
    """One address claim."""

    t_ns: int
    frame: int
    name: Name


@dataclass(slots=True)
class Controller:
    """One source address."""

    address: int
    frames: int
    first_ns: int
    last_ns: int
    claims: list[Claim] = field(default_factory=list)

    @property
    def names(self) -> tuple[Name, ...]:
        """The different names claimed, in their order."""
        return tuple(dict.fromkeys(claim.name for claim in self.claims))


def controllers_of(messages: Sequence[Message], records: Sequence[Record]) -> list[Controller]:
    """Every source address of the link by its number; that of nodes without an address is among them."""
    count: Counter[int] = Counter()
    first: dict[int, int] = {}
    last: dict[int, int] = {}
    for record in records:
        frame = record.pdu
        if isinstance(frame, Frame) and frame.extended and not frame.remote and not frame.fd:
            source = frame.can_id & 0xFF
            count[source] += 1
            last[source] = record.t_ns
            if source not in first:
                first[source] = record.t_ns
    found = {source: Controller(source, count[source], first[source], last[source]) for source in sorted(count)}
    for message in messages:
        if message.name == "AddressClaimed" and len(message.data) == 8:
            claimed = message["source"]
            if isinstance(claimed, int) and claimed in found:
                found[claimed].claims.append(Claim(message.t_ns, message.frames[0], Name.of(message.data)))
    return list(found.values())


def conflicts_of(controllers: Sequence[Controller]) -> list[tuple[Controller, Claim]]:
    """The first claim of each further name for an address that had another."""
    found = []
    for controller in controllers:
        known: set[Name] = set()
        for claim in controller.claims:
            if known and claim.name not in known and controller.address != NULL:
                found.append((controller, claim))
            known.add(claim.name)
    return found
