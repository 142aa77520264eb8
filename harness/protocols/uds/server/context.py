"""What a service is carried out with."""

from __future__ import annotations

from dataclasses import dataclass

from harness.protocols.uds.server.deviations import Deviations, ServerTiming
from harness.protocols.uds.server.model import DataRow, Routine, Unit
from harness.protocols.uds.server.state import ServerState

__all__ = ["Context"]


@dataclass(slots=True)
class Context:
    """The server while it carries out a service."""

    unit: Unit
    state: ServerState
    timing: ServerTiming
    deviations: Deviations
    rows: dict[int, DataRow]
    routines: dict[int, Routine]
    longest: int
    """Bytes of the longest answer."""
    now_ns: int = 0
    resets: bool = False
    """The service ends with a start of the unit."""
