"""The one interface of every protocol machine: tester roles, simulators and third-party trucks alike."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from harness.core.pdu import Pdu

__all__ = ["Node"]


@runtime_checkable
class Node(Protocol):
    """A machine on one link, without clock, thread or I/O of its own.

    Every call gets the present instant and returns the PDUs to transmit, in order. An exception that
    leaves a node ends the case with ERROR (``RemoteProtocolError``: with FAIL).
    """

    name: str

    def start(self, now_ns: int) -> Sequence[Pdu]:
        """The kernel begins; called once before anything else."""
        ...

    def receive(self, now_ns: int, pdu: Pdu) -> Sequence[Pdu]:
        """*pdu* of another node is complete on the link."""
        ...

    def next_deadline_ns(self) -> int | None:
        """The earliest instant at which ``handle_timers`` wants to be called; never in the past."""
        ...

    def handle_timers(self, now_ns: int) -> Sequence[Pdu]:
        """The deadline has come. Timers are re-armed from their deadline, not from *now_ns*."""
        ...
