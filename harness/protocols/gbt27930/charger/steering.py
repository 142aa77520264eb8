"""The steering wheel of a charger: what a case may order between two events."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from harness.core import Frame, LocalProtocolError, Pdu, Value, did_you_mean
from harness.protocols.gbt27930.charger.table import STOP_SIGNALS, ChargerPhase
from harness.protocols.gbt27930.charger.traffic import Traffic
from harness.protocols.gbt27930.messages import MESSAGES
from harness.protocols.gbt27930.orders import own_message, phase_named
from harness.protocols.j1939 import GrantPolicy, Grants

__all__ = ["ChargerSteering"]

_BEGINNINGS = {"handshake": ChargerPhase.HANDSHAKE, "recognition": ChargerPhase.RECOGNITION}


class ChargerSteering:
    """Orders to a charger. They hold in every phase and until they are taken back.

    Orders that make the charger act are carried out at its next ``handle_timers``, for which it asks at
    once; the others change what it does from now on.
    """

    def __init__(self, grants: Grants, seed: int = 0) -> None:
        self.grants = grants
        """How RTS are answered, see ``grant``."""
        self._traffic = Traffic(seed)
        self._orders: list[Callable[[int], list[Pdu]]] = []
        self._held: ChargerPhase | None = None
        self._withheld: set[str] = set()
        self._silent = False
        self._silencing: frozenset[str] = frozenset()
        self._signals: dict[str, dict[str, Value]] = {}
        self._data: dict[str, bytes] = {}
        self._ready: bool | None = None

    def begin(self, phase: str = "handshake") -> None:
        """Begin a session with CHM, or with CRM(00) for ``"recognition"`` (2011 charger, reconnect).

        Raises:
            LocalProtocolError: *phase* is neither.
        """
        if phase not in _BEGINNINGS:
            raise LocalProtocolError(f"a session does not begin with '{phase}'{did_you_mean(phase, _BEGINNINGS)}")
        self._orders.append(lambda now_ns: self._begin(now_ns, _BEGINNINGS[phase]))

    def hold(self, phase: ChargerPhase | str | None) -> None:
        """Stay in *phase*, now or when it is reached, whatever the vehicle sends; ``None`` goes on.

        Raises:
            LocalProtocolError: there is no such phase.
        """
        self._held = phase_named("charger", ChargerPhase, phase) if isinstance(phase, str) else phase
        self._orders.append(self._proceed)

    def withhold(self, *names: str) -> None:
        """Do not send these messages; their cycles go on unseen.

        Raises:
            LocalProtocolError: the charger sends no such message.
        """
        self._withheld.update(_own(name) for name in names)

    def resume(self, *names: str) -> None:
        """Send these messages again, all of them if none is named."""
        self._withheld.difference_update([_own(name) for name in names] or set(self._withheld))

    def silence(self, on: bool = True) -> None:
        """Send nothing at all any more, transport frames included; with False speak again."""
        self._silent = on
        self._silencing = frozenset()

    def silence_after(self, *names: str) -> None:
        """Fall silent with the first of these messages of the vehicle, before anything else is sent.

        A case that waits for BEM and then calls ``silence`` may be late by a CRM(00), which begins a reconnect.
        """
        self._silencing = frozenset(names)

    def override(self, name: str, **signals: Value) -> None:
        """Send *name* with these physical values, out of range too; without values take that back.

        Raises:
            LocalProtocolError: the charger sends no such message.
        """
        if signals:
            self._signals.setdefault(_own(name), {}).update(signals)
        else:
            self._signals.pop(_own(name), None)

    def override_data(self, name: str, data: bytes | None) -> None:
        """Send *name* with exactly these bytes; ``None`` takes that back.

        Raises:
            LocalProtocolError: the charger sends no such message, or *data* does not fit a frame.
        """
        if data is None:
            self._data.pop(_own(name), None)
            return
        if len(data) > 8:
            raise LocalProtocolError(f"{name}: {len(data)} bytes do not fit a frame")
        self._data[_own(name)] = bytes(data)

    def grant(self, name: str, policy: GrantPolicy | None) -> None:
        """Answer the RTS of the vehicle's message *name* with *policy*; ``None``: as usual.

        Raises:
            LocalProtocolError: the vehicle sends no multi-packet message of that name.
        """
        row = MESSAGES.get(name)
        if row is None or not row.multi_packet:
            names = [known for known, other in MESSAGES.items() if other.multi_packet]
            raise LocalProtocolError(f"'{name}' is no multi-packet message{did_you_mean(name, names)}")
        if policy is None:
            self.grants.clear(row.pgn)
        else:
            self.grants.set(row.pgn, policy)

    def never_grant(self, name: str) -> None:
        """Do not answer the RTS of the vehicle's message *name* at all.

        Raises:
            LocalProtocolError: the vehicle sends no multi-packet message of that name.
        """
        self.grant(name, GrantPolicy.never())

    def set_ready(self, ready: bool | None) -> None:
        """CRO says AA (True) or 00 (False) from its next sending on; ``None``: as the output stage is."""
        self._ready = ready

    def stop(self, reason: str = "manual", pause_first: bool = False) -> None:
        """Stop charging with CST, after a pause (CCS not permitted, 0 A) if *pause_first*.

        Raises:
            LocalProtocolError: there is no such reason.
        """
        if reason not in STOP_SIGNALS:
            raise LocalProtocolError(f"'{reason}' is no reason to stop{did_you_mean(reason, STOP_SIGNALS)}")
        self._orders.append(lambda now_ns: self._stop(now_ns, reason, pause_first))

    def pause(self, on: bool = True) -> None:
        """Pause the output: CCS not permitted and 0 A, whatever the vehicle permits; with False resume."""
        self._orders.append(lambda now_ns: self._pause(now_ns, on))

    def limit(self, current_a: float | None) -> None:
        """Derate the output to *current_a*; ``None`` takes that back."""
        self._orders.append(lambda now_ns: self._limit(now_ns, current_a))

    def keep_current(self, current_a: float | None) -> None:
        """Let *current_a* flow whatever the vehicle demands, its stop included, until its contactors open; ``None`` takes that back."""
        self._orders.append(lambda now_ns: self._keep_current(now_ns, current_a))

    def also_send(
        self,
        name: str,
        *,
        every_ns: int | None = None,
        data: bytes | None = None,
        can_id: int | None = None,
        extended: bool = True,
        **signals: Value,
    ) -> None:
        """Send *name* besides what the phase sends, at once and then every *every_ns*; without it once.

        Its content is the charger's, with *signals* in the place of single values, or exactly *data*; with *can_id*
        it goes out under that identifier. ``stop_sending`` and the end of the plug-in end it.

        Raises:
            LocalProtocolError: the charger sends no such message, or *data* does not fit a frame.
        """
        _own(name)
        if data is not None and len(data) > 8:
            raise LocalProtocolError(f"{name}: {len(data)} bytes do not fit a frame")

        def make() -> list[Pdu]:
            frame = self._extra(name, data, signals)
            return [frame if can_id is None else replace(frame, can_id=can_id, extended=extended)]

        self._orders.append(lambda now_ns: self._begin_extra(name, make, every_ns, now_ns))

    def also_send_random(self, per_s: float) -> None:
        """Foreign extended frames, so many per second, none to or from the two parties; ``stop_sending("random")`` ends it."""
        self._orders.append(lambda now_ns: self._begin_noise(per_s, now_ns))

    def stop_sending(self, *names: str) -> None:
        """End the extra cycles of these messages, all if none is named."""
        self._traffic.end(*names)

    def pace(self, name: str, period_ns: int | None) -> None:
        """Send *name* in another period from its next sending on; ``None``: in its own.

        Raises:
            LocalProtocolError: the charger sends no such message.
        """
        self._traffic.pace(_own(name), period_ns)

    def vary(self, name: str, lower_ns: int, upper_ns: int) -> None:
        """Send *name* in random periods, evenly between the two; ``pace`` with ``None`` ends it.

        Raises:
            LocalProtocolError: the charger sends no such message.
        """
        self._traffic.pace(_own(name), lower_ns, upper_ns)

    def readdress(self, name: str, can_id: int | None, *, extended: bool = True) -> None:
        """Send *name* of the session under another identifier; ``None``: its own.

        Raises:
            LocalProtocolError: the charger sends no such message.
        """
        self._traffic.readdress(_own(name), can_id, extended)

    def revert(self) -> None:
        """Take back every order about messages and grants, and hold no phase: what follows is as the standard says."""
        self._held, self._ready = None, None
        self._withheld.clear()
        self.silence(False)
        self._signals.clear()
        self._data.clear()
        self.grants.clear()
        self._traffic.clear()
        self.pause(False)
        self.limit(None)
        self.keep_current(None)

    @property
    def overrides(self) -> Mapping[str, Mapping[str, Value]]:
        """Signals that are overridden at present, by message."""
        return self._signals

    def _begin_extra(self, name: str, make: Callable[[], list[Pdu]], every_ns: int | None, now_ns: int) -> list[Pdu]:
        self._traffic.add(name, make, every_ns, now_ns)
        return []

    def _begin_noise(self, per_s: float, now_ns: int) -> list[Pdu]:
        self._traffic.add_noise("random", per_s, now_ns)
        return []

    def _extra(self, name: str, data: bytes | None, signals: Mapping[str, Value]) -> Frame:
        raise NotImplementedError

    def _begin(self, now_ns: int, phase: ChargerPhase) -> list[Pdu]:
        raise NotImplementedError

    def _proceed(self, now_ns: int) -> list[Pdu]:
        raise NotImplementedError

    def _stop(self, now_ns: int, reason: str, pause_first: bool) -> list[Pdu]:
        raise NotImplementedError

    def _pause(self, now_ns: int, on: bool, by: str = "operator") -> list[Pdu]:
        raise NotImplementedError

    def _limit(self, now_ns: int, current_a: float | None) -> list[Pdu]:
        raise NotImplementedError

    def _keep_current(self, now_ns: int, current_a: float | None) -> list[Pdu]:
        raise NotImplementedError


def _own(name: str) -> str:
    return own_message("charger", name)
