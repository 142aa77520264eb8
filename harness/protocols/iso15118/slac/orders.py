"""What a case may order the station's side of a matching to do otherwise: each order changes what is sent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from harness.core.errors import LocalProtocolError
from harness.core.pdu import Datagram
from harness.core.problems import did_you_mean
from harness.protocols.iso15118.slac.frames import Mme, Values
from harness.protocols.iso15118.slac.layout import LAYOUTS, Party

__all__ = ["Changed", "Delayed", "Mutilated", "Outgoing", "SlacOrder", "Withheld", "own_message"]


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message on its way out."""

    due_ns: int
    mme: Mme
    make: Callable[[bytes], bytes] | None = None
    """Makes other bytes of the frame."""

    def datagram(self) -> Datagram:
        """As the link carries it."""
        pdu = self.mme.datagram()
        return pdu if self.make is None else replace(pdu, data=self.make(pdu.data))


class SlacOrder(Protocol):
    """One order; ``None`` as result: the message is not sent."""

    def apply(self, outgoing: Outgoing) -> Outgoing | None: ...


@dataclass(frozen=True, slots=True)
class Withheld:
    """A message is not sent, by all stations or by one."""

    message: str
    station: str = ""

    def apply(self, outgoing: Outgoing) -> Outgoing | None:
        concerned = outgoing.mme.name == self.message and self.station in ("", outgoing.mme.source)
        return None if concerned else outgoing


@dataclass(frozen=True, slots=True)
class Delayed:
    """A message is sent so much later."""

    message: str
    by_ns: int

    def apply(self, outgoing: Outgoing) -> Outgoing | None:
        return replace(outgoing, due_ns=outgoing.due_ns + self.by_ns) if outgoing.mme.name == self.message else outgoing


@dataclass(frozen=True, slots=True)
class Changed:
    """Fields of a message have other values; ``source`` and ``destination`` are the addresses of its frame."""

    message: str
    values: Values

    def apply(self, outgoing: Outgoing) -> Outgoing | None:
        if outgoing.mme.name != self.message:
            return outgoing
        fields = {name: value for name, value in self.values.items() if name not in ("source", "destination")}
        mme = outgoing.mme.changed(fields)
        source, destination = (self.values.get(name, getattr(mme, name)) for name in ("source", "destination"))
        return replace(outgoing, mme=replace(mme, source=str(source), destination=str(destination)))


@dataclass(frozen=True, slots=True)
class Mutilated:
    """The bytes of a frame are others."""

    message: str
    make: Callable[[bytes], bytes]

    def apply(self, outgoing: Outgoing) -> Outgoing | None:
        return replace(outgoing, make=self.make) if outgoing.mme.name == self.message else outgoing


def own_message(name: str) -> str:
    """*name*, if a station sends such a message.

    Raises:
        LocalProtocolError: it does not.
    """
    own = [known for known, layout in LAYOUTS.items() if layout.sender is not Party.VEHICLE]
    if name not in own:
        raise LocalProtocolError(f"a station sends no '{name}' on the power line{did_you_mean(name, own)}")
    return name
