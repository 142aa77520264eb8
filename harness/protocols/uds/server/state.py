"""What a server knows from one request to the next: session, access, and what was switched off."""

from __future__ import annotations

from harness.protocols.uds.server.deviations import Deviations, ServerTiming
from harness.protocols.uds.server.model import DEFAULT
from harness.protocols.uds.server.security import Security

__all__ = ["ServerState"]


class ServerState:
    """Everything but a delay after wrong keys is lost with power."""

    def __init__(self, timing: ServerTiming, deviations: Deviations, seed: int) -> None:
        self._deviations = deviations
        self.security = Security(timing, deviations, seed)
        self.session = DEFAULT
        self.is_talking = True
        """Normal messages are sent."""
        self.is_recording = True
        """Troubles are recorded."""

    def enter(self, session: int) -> None:
        """Begin *session*; access ends, and with the default session whatever was switched off is on again."""
        deviations = self._deviations
        self.session = session
        if not deviations.keeps_access:
            self.security.close()
        if session == DEFAULT:
            self.is_talking = self.is_talking or not deviations.stays_quiet
            self.is_recording = self.is_recording or not deviations.stays_unrecording

    def power_up(self, now_ns: int) -> None:
        """Power comes, or the unit starts anew."""
        self.is_talking = self.is_recording = True
        self.security.power_up(now_ns)
        if not self._deviations.keeps_session:
            self.session = DEFAULT
