"""How a vehicle gets to its station: discovery, the connection and its protection."""

from __future__ import annotations

from harness.core.durations import s
from harness.core.pdu import Datagram
from harness.core.tls import TlsSettings
from harness.protocols.ip.host import ALL_NODES, Connection, endpoint
from harness.protocols.iso15118.behaviour import Behaviour
from harness.protocols.iso15118.discovery import PORT
from harness.protocols.iso15118.v2gtp import StreamDecoder
from harness.protocols.iso15118.vehicle.agreement import AGREEMENT_ROW, offers_of
from harness.protocols.iso15118.vehicle.course import Phase, VehicleCourse
from harness.protocols.iso15118.vehicle.discovery import DISCOVERY, NO_TLS, TLS, believe, discovery_request
from harness.protocols.iso15118.vehicle.options import VehicleOptions
from harness.protocols.iso15118.vehicle.plant import VehiclePlant
from harness.protocols.iso15118.vehicle.state import State

__all__ = ["VehicleConnecting"]


class VehicleConnecting(VehicleCourse):
    """From the data link to the first exchange."""

    def __init__(self, options: VehicleOptions, plant: VehiclePlant, name: str, behaviour: Behaviour) -> None:
        super().__init__(options, plant, name, behaviour)
        self.tls: TlsSettings | None = None
        """How the vehicle protects a connection; without it it cannot."""
        self._stream = StreamDecoder()
        self._port = 0
        self._asked = 0
        """Discovery requests so far."""
        self._protects = False
        """The station said that the connection is to be protected."""

    def _begin(self) -> None:
        """A new session: look for the station."""
        self.sessions += 1
        self._quieten()
        self._cut_old()
        self._sent, self._heard = {}, {}
        self.reason, self._asked = "", 0
        self.state = State(self.options, self.plant, self._now_ns)
        if self._paused_id:
            self.state.session_id, self.state.resumes, self.state.notes = self._paused_id, True, dict(self._paused_notes)
        self.phase = Phase.DISCOVERY
        self._port = self._host.dynamic_port()
        self._host.bind(self._port)
        self._arm_limit("setup", s(self.options.setup_s))
        self._arm("sdp", s(self.options.discovery_s), "discovery")

    def _cut_old(self) -> None:
        if self._connection is not None and not self.refrains("close_tcp"):
            self._connection.close()
        self._connection = None
        self._host.unbind(self._port)

    def _discover(self) -> None:
        """The next discovery request, or the end of patience."""
        if self._asked >= self.options.sdp_requests and not self.refrains("give_up_discovery"):
            self._leave("no answer to discovery")
            return
        self._asked += 1
        self._act(DISCOVERY)
        data = discovery_request(self.options.security)
        if self._behaviour.effects:
            data = self._behaviour.data(DISCOVERY, data, self.moment())
        self._sent[DISCOVERY] = self._sent.get(DISCOVERY, 0) + 1
        make = self._wheel.raw.get(DISCOVERY)
        data = make(data) if make else data
        if data and DISCOVERY not in self._wheel.withheld:
            self._host.send_datagram(data, endpoint(ALL_NODES, PORT), self._port)
        self._arm("sdp", s(self.options.sdp_interval_s))

    def _look(self) -> None:
        self._host.send_datagram(discovery_request(self.options.security), endpoint(ALL_NODES, PORT), self._host.dynamic_port())

    def _knock(self, address: str, port: int) -> None:
        self._host.connect(endpoint(address, port))

    def _hear_datagram(self, datagram: Datagram) -> None:
        if self.phase is not Phase.DISCOVERY and not self._overlooks("sdp_second", DISCOVERY):
            return
        if self._behaviour.effects and self._behaviour.target(DISCOVERY, self.moment()) == "nowhere":
            return
        answer = believe(datagram.data, self._allowed_security(), lambda check: self._overlooks(check, DISCOVERY))
        if answer is None:
            return
        self._timers.cancel("sdp")
        self.phase = Phase.CONNECTING
        self._protects = answer.security == TLS
        self._connection = self._host.connect(endpoint(answer.address, answer.port))
        self._stream = StreamDecoder()

    def _allowed_security(self) -> frozenset[int]:
        """What was asked for; a vehicle that asked for TLS does without where it has something to offer that needs none."""
        if self.options.security == "none":
            return frozenset((NO_TLS,))
        return frozenset((TLS, NO_TLS)) if offers_of(self.options, "") else frozenset((TLS,))

    def _opened(self, connection: Connection) -> None:
        if connection is not self._connection or self.phase is not Phase.CONNECTING:
            connection.reset()
            return
        if self._protects:
            if self.tls is None:
                self._leave("no certificates for a protected connection")
                return
            connection.secure(self.tls)
            return
        self._begin_talk(connection)

    def _secured(self, connection: Connection) -> None:
        if connection is self._connection and self.phase is Phase.CONNECTING:
            self._begin_talk(connection)

    def _begin_talk(self, connection: Connection) -> None:
        offers = self._wheel.offers or offers_of(self.options, connection.security)
        if not offers:
            self._leave("nothing to offer on this connection")
            return
        self.state.offers = offers
        self.phase = Phase.TALKING
        self._go(AGREEMENT_ROW.exchange, s(self.options.think_s))

    def _refused(self, connection: Connection) -> None:
        if connection is self._connection and self.phase is Phase.CONNECTING:
            self._connection = None
            self.phase = Phase.DISCOVERY
            self._arm("sdp", s(self.options.sdp_interval_s), "sdp_after_refusal")

    def _go(self, exchange: str, gap_ns: int) -> None:
        raise NotImplementedError
