"""The steering wheel of a vehicle: what a case may order between two events when the tester plays the truck."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from harness.core import Frame, LocalProtocolError, Pdu, Value, did_you_mean
from harness.protocols.gbt27930.messages import BY_PGN, MESSAGES
from harness.protocols.gbt27930.orders import own_message, phase_named
from harness.protocols.gbt27930.vehicle.table import VehicleEvent, VehiclePhase
from harness.protocols.gbt27930.wire import single_frame
from harness.protocols.j1939 import OutgoingTp

__all__ = ["Carriage", "VehicleSteering"]

_LOST_PACKET = 2


class Carriage(enum.Enum):
    """How a multi-packet message goes out."""

    BROKEN = "announced, but its second packet never comes"
    SINGLE = "its first eight bytes as a single frame, without transport protocol"


@dataclass(slots=True)
class _Wheel:
    """The orders that hold at present."""

    held: VehiclePhase | None = None
    withheld: set[str] = field(default_factory=set)
    silent: bool = False
    signals: dict[str, dict[str, Value]] = field(default_factory=dict)
    data: dict[str, bytes] = field(default_factory=dict)
    instead: dict[str, str] = field(default_factory=dict)
    carriage: dict[str, Carriage] = field(default_factory=dict)
    ready: bool | None = None


class VehicleSteering:
    """Orders to a vehicle. They hold in every phase and until they are taken back.

    Orders that make the vehicle act are carried out at its next ``handle_timers``, for which it asks at once; the
    others change what it does from now on. CEM ends what is held: the contactors open then in any case.
    """

    phase: VehiclePhase

    def __init__(self) -> None:
        self._wheel = _Wheel()
        self._orders: list[Callable[[int], list[Pdu]]] = []

    def hold(self, phase: VehiclePhase | str | None) -> None:
        """Stay in *phase*, now or when it is reached, whatever the charger sends; ``None`` goes on with its next message.

        Raises:
            LocalProtocolError: there is no such phase.
        """
        self._wheel.held = phase_named("vehicle", VehiclePhase, phase) if isinstance(phase, str) else phase

    def withhold(self, *names: str) -> None:
        """Do not send these messages, nor announce them; their cycles go on unseen.

        Raises:
            LocalProtocolError: the vehicle sends no such message.
        """
        self._wheel.withheld.update(_own(name) for name in names)

    def resume(self, *names: str) -> None:
        """Send these messages again, all of them if none is named."""
        self._wheel.withheld.difference_update([_own(name) for name in names] or set(self._wheel.withheld))

    def silence(self, on: bool = True) -> None:
        """Send nothing at all any more, transport frames included; with False speak again."""
        self._wheel.silent = on

    def override(self, name: str, **signals: Value) -> None:
        """Send *name* with these physical values, out of range too; without values take that back.

        Raises:
            LocalProtocolError: the vehicle sends no such message.
        """
        if signals:
            self._wheel.signals.setdefault(_own(name), {}).update(signals)
        else:
            self._wheel.signals.pop(_own(name), None)

    def override_data(self, name: str, data: bytes | None) -> None:
        """Send *name* with exactly these bytes; ``None`` takes that back.

        Raises:
            LocalProtocolError: the vehicle sends no such message.
        """
        if data is None:
            self._wheel.data.pop(_own(name), None)
        else:
            self._wheel.data[_own(name)] = bytes(data)

    def send_instead(self, name: str, other: str | None) -> None:
        """Send *other* with its ordinary content at every turn of *name*; ``None``: *name* itself.

        Raises:
            LocalProtocolError: the vehicle sends no such message.
        """
        if other is None:
            self._wheel.instead.pop(_own(name), None)
        else:
            self._wheel.instead[_own(name)] = _own(other)

    def carry(self, name: str, how: Carriage | str | None) -> None:
        """Send the multi-packet message *name* in a wrong way (``"broken"``, ``"single"``); ``None``: as it should be.

        Raises:
            LocalProtocolError: there is no such message, or no such way.
        """
        if not MESSAGES[_own(name)].multi_packet:
            raise LocalProtocolError(f"'{name}' is no multi-packet message")
        if isinstance(how, str):
            known = {member.name.lower(): member for member in Carriage}
            if how not in known:
                raise LocalProtocolError(f"a message is not carried '{how}'{did_you_mean(how, known)}")
            how = known[how]
        if how is None:
            self._wheel.carriage.pop(name, None)
        else:
            self._wheel.carriage[name] = how

    def set_ready(self, ready: bool | None) -> None:
        """BRO says AA (True) or 00 (False) from its next sending on; ``None``: as the contactors are.

        A vehicle that is not ready has its contactors open.
        """
        self._wheel.ready = ready
        if ready is False:
            self._orders.append(self._open_when_low_now)

    def stop(self) -> None:
        """End charging with BST, as if the target state of charge was reached."""
        self._orders.append(lambda now_ns: self._on(now_ns, VehicleEvent.FULL))

    def send_once(self, *names: str) -> None:
        """Send these messages at once, one after the other, besides what the phase sends.

        Raises:
            LocalProtocolError: the vehicle sends no such message.
        """
        for name in [_own(name) for name in names]:
            self._orders.append(partial(self._send_now, name))

    # For the machine

    def _may_leave(self, event: VehicleEvent) -> bool:
        """Whether *event* may end the present phase."""
        return self.phase is not self._wheel.held or event is VehicleEvent.CEM

    def _steered_name(self, name: str) -> str | None:
        """The message that leaves at a turn of *name*, ``None`` if nothing does."""
        return None if name in self._wheel.withheld else self._wheel.instead.get(name, name)

    def _singly(self, name: str, data: bytes) -> Frame | None:
        """The frame that carries the beginning of a multi-packet message in the wrong way, ``None`` if it goes as it should."""
        return single_frame(name, data[:8]) if self._wheel.carriage.get(name) is Carriage.SINGLE else None

    def _lose_packet(self, tp: OutgoingTp) -> Frame | None:
        row = BY_PGN.get(tp.pgn)
        broken = row is not None and self._wheel.carriage.get(row.name) is Carriage.BROKEN
        return None if broken and tp.packet == _LOST_PACKET else tp.frame

    def _speak(self, out: list[Pdu]) -> list[Pdu]:
        return [] if self._wheel.silent else out

    def _send_now(self, name: str, now_ns: int) -> list[Pdu]:
        return self._send(now_ns, name)

    def _on(self, now_ns: int, event: VehicleEvent) -> list[Pdu]:
        raise NotImplementedError

    def _send(self, now_ns: int, name: str) -> list[Pdu]:
        raise NotImplementedError

    def _open_when_low_now(self, now_ns: int) -> list[Pdu]:
        raise NotImplementedError


def _own(name: str) -> str:
    return own_message("vehicle", name)
