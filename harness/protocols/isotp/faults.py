"""What a transport does wrong on purpose: every outgoing frame can be changed, and each rule can be left out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from harness.protocols.isotp.frames import NPdu

__all__ = ["IsoTpFaults", "Outgoing"]


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A frame about to be sent."""

    pdu: NPdu
    data: bytes
    """Padded, as it would be sent."""
    index: int
    """Position among the frames of its message, from 0; of flow controls among those of the message they belong to."""


@dataclass(frozen=True, slots=True)
class IsoTpFaults:
    """Deviations of one transport; none by default."""

    edit: Callable[[Outgoing], Sequence[bytes]] | None = None
    """Gives what is sent in the place of a frame: nothing, other bytes, several frames."""
    ignores_st_min: bool = False
    ignores_block_size: bool = False
    ignores_flow_control: bool = False
    """Sends all at once without waiting for leave."""
    ignores_sequence: bool = False
    """Takes consecutive frames in whatever order they come."""
    ignores_flow_status: bool = False
    """Takes every flow control for leave to send."""
    takes_short_first: bool = False
    """Begins to receive a message of several frames that would fit a single one."""
    ignores_interruption: bool = False
    """Does not hear of a new message while it receives another one."""
    takes_functional_first: bool = False
    """Begins to receive a long message that was sent to everybody."""
