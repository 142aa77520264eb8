"""What a server is asked, what it has to give, and what it needs of the control unit around it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from harness.protocols.uds.services import SERVICES, SUPPRESS, Nrc, Service

__all__ = [
    "ANY_SESSION",
    "DEFAULT",
    "EXTENDED",
    "PROGRAMMING",
    "Contents",
    "DataRow",
    "Refused",
    "Request",
    "Routine",
    "TroubleRow",
    "Unit",
]

DEFAULT, PROGRAMMING, EXTENDED = 1, 2, 3
"""Sessions."""
ANY_SESSION = frozenset((DEFAULT, PROGRAMMING, EXTENDED))


class Refused(Exception):
    """The request gets a negative response."""

    def __init__(self, nrc: Nrc) -> None:
        super().__init__(nrc.name)
        self.nrc = nrc


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it came."""

    data: bytes
    functional: bool = False

    @property
    def sid(self) -> int:
        """Service that is asked for."""
        return self.data[0]

    @property
    def service(self) -> Service | None:
        """The service, ``None`` for one that nobody knows."""
        return SERVICES.get(self.sid)

    @property
    def sub_function(self) -> int:
        """Without the bit that asks for no positive response."""
        return self.data[1] & ~SUPPRESS

    @property
    def is_suppressed(self) -> bool:
        """A positive response is not wanted."""
        service = self.service
        return service is not None and service.has_sub_function and len(self.data) > 1 and bool(self.data[1] & SUPPRESS)


@dataclass(frozen=True, slots=True)
class DataRow:
    """One data identifier."""

    did: int
    read: Callable[[], bytes]
    write: Callable[[bytes], None] | None = None
    length: int = 0
    """Bytes that are written; 0: any number."""
    sessions: frozenset[int] = ANY_SESSION
    """In which it can be read; it is written in the extended session, with access."""


@dataclass(frozen=True, slots=True)
class Routine:
    """One routine."""

    number: int
    result: bytes = b"\0"
    takes_ns: int = 0
    """How long it takes; the answer comes then."""
    needs_access: bool = False


@dataclass(frozen=True, slots=True)
class TroubleRow:
    """One trouble code with its state."""

    code: int
    status: int
    severity: int = 0x40
    """Bits 7 to 5: maintenance only, check at next halt, check immediately."""
    snapshot: bytes = b""
    """Data identifiers with contents at its first occurrence; empty without a record."""
    count: int = 0


@dataclass(frozen=True, slots=True)
class Contents:
    """What a server has to give."""

    rows: Sequence[DataRow] = ()
    routines: Sequence[Routine] = ()


class Unit(Protocol):
    """The control unit around a server."""

    def troubles(self) -> Sequence[TroubleRow]:
        """Every trouble that it can know."""
        ...

    def may_clear(self) -> bool:
        """Whether the conditions allow to clear troubles."""
        ...

    def clear_troubles(self, now_ns: int) -> None:
        """Begin anew with all troubles."""
        ...

    def reset(self, now_ns: int) -> None:
        """Start anew."""
        ...

    def settings_changed(self, now_ns: int) -> None:
        """Communication or the recording of troubles was switched."""
        ...
