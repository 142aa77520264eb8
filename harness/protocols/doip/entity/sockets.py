"""The connections of an entity: which are activated for whom, and until when they may be silent."""

from __future__ import annotations

from dataclasses import dataclass

from harness.protocols.doip.codec import DoipMessage, Splitter
from harness.protocols.ip.host import Connection

__all__ = ["Socket"]


@dataclass(slots=True, eq=False)
class Socket:
    """One connection of a tester."""

    connection: Connection
    stream: Splitter
    heard_ns: int
    """The latest sign of life in either direction."""
    source: int | None = None
    """Address for which routing is activated."""
    checked_ns: int | None = None
    """An alive check was sent then and is not answered yet."""
    is_ready: bool = True
    """Its protection, if it needs one, is agreed on."""
    asked: DoipMessage | None = None
    """Request for routing activation that waits for the outcome of alive checks on other connections."""

    def deadline_ns(self, initial_ns: int, general_ns: int, alive_ns: int) -> int:
        """When it is closed unless something comes."""
        if self.asked is not None:
            return self.heard_ns + general_ns
        silent_ns = self.heard_ns + (initial_ns if self.source is None else general_ns)
        return silent_ns if self.checked_ns is None else min(silent_ns, self.checked_ns + alive_ns)
