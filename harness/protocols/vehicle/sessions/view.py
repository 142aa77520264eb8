"""Everything that the sessions of a truck's network are told from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.core.message import Message
from harness.core.trace import Record
from harness.protocols.vehicle.sessions.controllers import Controller, controllers_of
from harness.protocols.vehicle.sessions.exchanges import Exchange, exchanges_of
from harness.protocols.vehicle.sessions.identity import Identification, identifications_of
from harness.protocols.vehicle.sessions.transfers import Transfer, transfers_of
from harness.protocols.vehicle.sessions.troubles import Troubles, troubles_of

__all__ = ["View", "view_of"]


@dataclass(frozen=True, slots=True)
class View:
    """One link from its first to its last record."""

    records: Sequence[Record]
    start_ns: int
    end_ns: int
    controllers: Sequence[Controller]
    transfers: Sequence[Transfer]
    troubles: Troubles
    identifications: Sequence[Identification]
    exchanges: Sequence[Exchange]
    over_ip: Mapping[str, int]
    """How often each message of DoIP, of TCP and TLS below it was seen."""


def view_of(messages: Sequence[Message], records: Sequence[Record]) -> View:
    """What *messages* and *records* of one link show."""
    times = [record.t_ns for record in records]
    end_ns = max(times)
    return View(
        records,
        min(times),
        end_ns,
        controllers_of(messages, records),
        transfers_of(messages, end_ns),
        troubles_of(messages),
        identifications_of(messages),
        exchanges_of(messages),
        Counter(message.name for message in messages if message.name.startswith(("DoIP.", "TCP.", "TLS."))),
    )
