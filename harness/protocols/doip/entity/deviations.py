"""What an entity does wrong on purpose, as data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from harness.protocols.doip.codec import DoipMessage
from harness.protocols.doip.tables import HeaderNack

__all__ = ["CLOSING", "Edit", "EntityDeviations"]

Edit = Callable[[DoipMessage], DoipMessage | None]
"""Gives what is sent in the place of the right message; ``None`` is silence."""
CLOSING = frozenset((HeaderNack.INCORRECT_PATTERN, HeaderNack.INVALID_LENGTH))
"""Refusals after which ISO 13400-2 has the connection closed."""


@dataclass(frozen=True, slots=True)
class EntityDeviations:
    """Deviations of one entity; none by default."""

    edits: tuple[Edit, ...] = ()
    """Applied to everything that it sends, one after the other."""
    segments: Callable[[bytes], bytes | None] | None = None
    """What it takes of every segment of a connection; ``None``: it closes the connection instead."""
    closes_on: frozenset[HeaderNack] = CLOSING
    answers_any_vin: bool = False
    serves_unactivated: bool = False
    """Passes diagnostic messages on before the routing activation."""
    takes_any_source: bool = False
    """Passes diagnostic messages on under another address than that of the routing activation."""
    changes_source: bool = False
    """An activated connection can be activated for another address."""
    shares_source: bool = False
    """One address can be active on several connections."""
    stalls_at_length: int = 0
    """A message of at least this announced length makes it hear nothing any more; 0: none does."""
