"""What a vehicle remembers of an ISO 15118-20 session beyond the common state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.protocols.iso15118.services import Service
from harness.protocols.iso15118.vehicle.iso20.choice import Schedule
from harness.protocols.iso15118.vehicle.state import State

__all__ = ["Notes", "notes_of", "purge"]

_KEY = "iso15118-20"


@dataclass(slots=True)
class Notes:
    """What its requests and responses tell each other."""

    service: Service = Service.DC
    set_number: int = 0
    is_dynamic: bool = False
    renegotiation: bool = False
    """The station takes part when services are to be chosen anew."""
    schedule: Schedule | None = None
    """In force; ``None`` in dynamic mode."""
    meter: Mapping[str, object] = field(default_factory=dict)
    """Last reading of the station's meter."""
    told_ready: bool = False
    """The request under way says EVProcessing Finished."""
    is_live: bool = False
    """There is voltage after the contactor was opened."""
    is_patient: bool = True
    """The truck still waits for it to fall."""
    agrees_anew: bool = False
    """The schedule is agreed on again."""
    standby_refused: bool = False
    chooses_anew: bool = False
    """The session ends for another one with other services."""

    @property
    def is_bidirectional(self) -> bool:
        """Whether messages have their BPT bodies."""
        return self.service.is_bidirectional


def notes_of(state: State) -> Notes:
    """The notes of the session."""
    found = state.notes.get(_KEY)
    if not isinstance(found, Notes):
        found = state.notes[_KEY] = Notes()
    return found


def purge(state: State) -> Notes:
    """Forget everything about the session before [V2G20-2615]."""
    notes = state.notes[_KEY] = Notes()
    return notes
