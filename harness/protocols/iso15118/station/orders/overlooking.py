"""What a faulty station does not look at."""

from __future__ import annotations

from dataclasses import dataclass, field

from harness.protocols.iso15118.station.orders.responses import Order

__all__ = ["Overlook"]


@dataclass(slots=True)
class Overlook(Order):
    """A check that is left out: ``session_id``, ``sequence``, ``refusal`` (it goes on after refusing), ``closing``, ``setup``."""

    check: str = field(kw_only=True)
