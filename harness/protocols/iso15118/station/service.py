"""When the station serves whom: data link, setup time, session, end of a connection.

The data link opens a window in which the discovery is answered and connections are taken; SessionSetup ends its time, without it the
window is shut until the link is made anew. The end of a connection ends the session and opens the window again.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.core.durations import s
from harness.protocols.ip.host import Host
from harness.protocols.iso15118.discovery import PORT
from harness.protocols.iso15118.editions import ISO_20
from harness.protocols.iso15118.pilot import CpState, StationPilot
from harness.protocols.iso15118.station.agreement import AGREED, tables
from harness.protocols.iso15118.station.conversation import Conversation, Request
from harness.protocols.iso15118.station.options import StationOptions
from harness.protocols.iso15118.station.orders.responses import EDITIONS_KEY, Order
from harness.protocols.iso15118.station.output import OutputStage
from harness.protocols.iso15118.station.state import StationState, Told
from harness.protocols.iso15118.station.steering import StationSteering
from harness.protocols.iso15118.station.table import Row, Table, Turn

__all__ = ["SETUP", "Outgoing", "StationService"]

SETUP = "SessionSetup"


@dataclass(slots=True)
class Outgoing:
    """A piece of a response on its way, or a datagram of the discovery."""

    due_ns: int
    data: bytes
    talk: Conversation | None = None
    closes: bool = False
    ends_response: bool = False
    """The sequence time-out of the connection begins with it."""
    row: Row | None = None
    destination: str = ""


class StationService(StationSteering):
    """The station without its reading and answering of requests."""

    def __init__(
        self,
        options: StationOptions,
        editions: Sequence[str] | None,
        seed: int,
        faults: Sequence[Order],
        circuit: StationPilot | None = None,
    ) -> None:
        self.options = options
        pilot = (circuit or StationPilot()) if options.pilot else None
        super().__init__(pilot, StationState(options, OutputStage(options), pilot), faults)
        self.host = Host(options.address)
        self._editions = tuple(tables()) if editions is None else tuple(editions)
        self._random = random.Random(seed)
        self._talk: Conversation | None = None
        self._outgoing: list[Outgoing] = []
        self._now_ns = 0
        self._has_link = False
        self._setup_ns: int | None = None
        self._sequence_ns: int | None = None

    @property
    def ratings(self) -> Mapping[str, float]:
        """What the output may reach at most, by option; a rig with ``safety`` refuses more than its bounds."""
        return {"max_voltage_v": self.options.max_voltage_v, "max_current_a": self.options.max_current_a}

    @property
    def exchange(self) -> str:
        """Name of the exchange that was asked for last; empty before the first request of the connection."""
        return self._talk.exchange if self._talk is not None else ""

    @property
    def session(self) -> bytes:
        """Id of the session under way, empty without one."""
        return self.state.session_id if any(self.state.session_id) else b""

    # What the cable tells

    def signal_link(self, now_ns: int, on: bool) -> None:
        """The data link is there, or gone."""
        if on is self._has_link:
            return
        self._has_link = on
        if on:
            self._open_window(now_ns)
        elif self.pilot is not None and not self.pilot.is_plugged:
            self._forget()

    def pilot_changed(self, now_ns: int, before: CpState | None) -> None:
        """The vehicle presents another state: without C or D no energy."""
        if self.state.is_vehicle_ready is False and before in (CpState.C, CpState.D):
            self.state.output.shut(now_ns)
        if before is CpState.B and self._talk is None and self._has_link:
            self._open_window(now_ns)

    # Session

    def _told(self, talk: Conversation) -> Told:
        output, options = self.state.output, self.options
        may_speak_20 = options.plain_20 or talk.connection.security == "TLS 1.3"
        editions = tuple(name for name in self._editions if name != ISO_20.name or may_speak_20)
        return Told(
            output.voltage_v, output.current_a, options.max_voltage_v, options.max_current_a, options.max_power_w,
            tuple(self.state.offers()), extra={EDITIONS_KEY: editions},
        )  # fmt: skip

    def _set_up(self, request: Request, table: Table | None) -> None:
        """A new session, or the one that was paused."""
        state, asked = self.state, request.session_id or b""
        knows_pause = self.options.pause and table is not None and table.edition.name in ("iso15118-2", ISO_20.name)
        known = (knows_pause and asked == state.paused_id) or self.overlooks("paused_id", SETUP)
        joined = any(asked) and known
        state.memory = {AGREED: state.memory.get(AGREED), "joined": joined}
        state.session_id = asked if joined else self._random.randbytes(7) + b"\x01"
        state.paused_id, state.is_isolated, state.is_charging, state.vehicle_max_v = b"", False, False, 0.0

    def _stop(self, turn: Turn) -> None:
        if turn.request.get("ChargingSession") == "Pause" and self.options.pause:
            self.state.paused_id = self.state.session_id

    def _close(self) -> None:
        """End the connection from this side."""
        if self._talk is not None and not self.overlooks("closing", self._talk.exchange):
            self._talk.connection.close()
            self._hang_up(self._now_ns)

    def _hang_up(self, now_ns: int) -> None:
        """The connection is over: no output, and a new window for the next one."""
        self._talk, self._sequence_ns = None, None
        self.state.output.shut(now_ns)
        self.state.session_id, self.state.is_charging = bytes(8), False
        if self._has_link:
            self._open_window(now_ns)

    def _open_window(self, now_ns: int, *, timed: bool = True) -> None:
        """Answer the discovery and take connections."""
        self.host.bind(PORT)
        for port in (self.options.port, self.options.tls_port):
            if port:
                self.host.listen(port)
        self._setup_ns = now_ns + s(self.options.setup_s) if timed and self.options.setup_s else None

    def _setup_over(self) -> None:
        """No session came about: nobody is served before the link is made anew."""
        self._close()
        self._setup_ns = None
        if not self.overlooks("setup of the discovery", ""):
            self.host.unbind(PORT)
        if not self.overlooks("setup of connections", ""):
            for port in (self.options.port, self.options.tls_port):
                self.host.unlisten(port)

    def _forget(self) -> None:
        """The plug is out: connection and session are gone, the output is dead."""
        self._talk, self._sequence_ns, self._setup_ns, self._outgoing = None, None, None, []
        self.state.output.shut(self._now_ns)
        self.state.session_id, self.state.paused_id, self.state.is_charging = bytes(8), b"", False
        self.host.unbind(PORT)

    def _tear(self, now_ns: int) -> None:
        if self._talk is not None:
            self._talk.connection.reset()
            self._hang_up(now_ns)
