"""How a message of the vehicle leaves: what it says in the edition that is spoken, as it is steered, in one frame or many."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from harness.core import Pdu, Value, s
from harness.protocols.gbt27930.behaviour import Behaviour, Moment
from harness.protocols.gbt27930.codec import Codec
from harness.protocols.gbt27930.messages import MESSAGES
from harness.protocols.gbt27930.speech import Speaker, Speech
from harness.protocols.gbt27930.vehicle.content import CONTENT, VehicleState, content_length
from harness.protocols.gbt27930.vehicle.deviations import VehicleDeviations
from harness.protocols.gbt27930.vehicle.options import VehicleOptions
from harness.protocols.gbt27930.vehicle.plant import VehiclePlant
from harness.protocols.gbt27930.wire import Wire, single_frame
from harness.protocols.j1939 import GLOBAL, Transport

__all__ = ["VehicleSender"]


class VehicleSender(Speaker, VehicleDeviations):
    """Makes the frames of the vehicle from what it knows in the session."""

    def __init__(
        self,
        options: VehicleOptions,
        plant: VehiclePlant,
        name: str,
        codec: Codec | None,
        behaviour: Behaviour,
        beside: Callable[[], Moment | None],
    ) -> None:
        super().__init__(name, behaviour, beside)
        self.options = options
        self.plant = plant
        self._wire = Wire("vehicle", lenient=behaviour.lenient())
        self._speech = Speech(options.edition, self._wire, codec)
        self._state = VehicleState(options, plant)
        self._transport = Transport(
            self._wire.own_address,
            timing=behaviour.transport_timing(),
            faults=behaviour.transport_faults(),
            dt_gap_ns=s(options.dt_gap_s),
        )
        self._transport.faults.outgoing.append(self._lose_packet)

    def _content(self, name: str) -> Mapping[str, Value]:
        return self._speech.content(name, CONTENT[name](self._state))

    def _encode(self, name: str, values: Mapping[str, Value], *, strict: bool = True) -> bytes:
        return self._speech.encode(name, values, length=content_length(name, self._state), strict=strict)

    def _leave(self, now_ns: int, name: str, values: Mapping[str, Value], data: bytes) -> list[Pdu]:
        """What leaves at a turn of *name*, as it is steered."""
        wheel, sent = self._wheel, self._steered_name(name)
        if sent is None:
            return []
        if sent != name:
            data = self._encode(sent, self._content(sent))
        elif name in wheel.signals:
            data = self._encode(name, {**values, **wheel.signals[name]}, strict=False)
        return self._transmit(now_ns, sent, wheel.data.get(sent, data))

    def _transmit(self, now_ns: int, name: str, data: bytes) -> list[Pdu]:
        row = MESSAGES[name]
        if (frame := self._singly(name, data)) is not None:
            return [frame]
        if len(data) <= 8:
            return [self._behaviour.frame(name, single_frame(name, data))]
        moment = self._moment(now_ns)
        peer = GLOBAL if self._behaviour.broadcasts(name, moment) else self._wire.peer_address
        if self._transport.is_sending(row.pgn, peer):
            # Held or under way: a new RTS would throw away what the charger already granted.
            unanswered = self._transport.is_unanswered(row.pgn, peer)
            if self._behaviour.refrains("announce_anew", moment) if unanswered else not self._behaviour.refrains("spare_transfers", moment):
                return []
            self._transport.cancel(now_ns, row.pgn, peer)
        return list(self._transport.send(now_ns, row.pgn, peer, data, max_per_cts=self.options.max_per_cts))
