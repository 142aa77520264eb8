"""What others on the bus have a unit do beyond requests: stop its broadcasts for a while (DM13), obey a torque request (TSC1)."""

from __future__ import annotations

from collections.abc import Callable

from harness.core import Frame
from harness.protocols.j1939.groups import BY_NAME
from harness.protocols.j1939.ids import J1939Id
from harness.sim.ecus.habits import UnitHabits
from harness.sim.ecus.seals import torque_seal
from harness.sim.ecus.state import TruckState

__all__ = ["Commands"]

_DM13, _TSC1 = BY_NAME["DM13"].pgn, BY_NAME["TSC1"].pgn
_STOP, _START = 0, 1
"""Lowest two bits of a DM13: the network on which it is sent."""
_SAFETY = 3
"""Messages of this priority or a higher one go on."""
_LENGTH = 8


class Commands:
    """Of one unit."""

    def __init__(self, state: TruckState, habits: UnitHabits, *, is_steered: bool, harm: Callable[[int, str], list[Frame]]) -> None:
        """*is_steered*: it obeys torque requests; *harm* has a kind of harm happen to the unit."""
        self._state, self._habits, self._is_steered, self._harm = state, habits, is_steered, harm
        self._quiet_until_ns = 0

    def may_send(self, now_ns: int, priority: int) -> bool:
        """Whether no DM13 forbids a broadcast of this priority now."""
        return now_ns >= self._quiet_until_ns or (priority <= _SAFETY and not self._habits.stops_safety)

    def take(self, now_ns: int, ident: J1939Id, data: bytes) -> list[Frame]:
        """A group that somebody sent to the unit or to all; what the unit sends at once because of it."""
        habits = self._habits
        if ident.pgn == _DM13 and len(data) == _LENGTH:
            if (order := data[0] & 3) == _STOP:
                self._quiet_until_ns = now_ns + habits.stop_ns
            elif order == _START:
                self._quiet_until_ns = now_ns
        if ident.pgn == _TSC1 and len(data) == _LENGTH and self._is_steered:
            right = torque_seal(ident.can_id, data, data[7] & 0xF) == data[7] >> 4
            if right or habits.takes_any_checksum:
                self._state.external_until_ns = now_ns + habits.fallback_ns
        if habits.harmed_by is not None and ident.pgn == habits.harmed_by:
            return self._harm(now_ns, habits.harm)
        return []

    def forget(self) -> None:
        """Power goes."""
        self._quiet_until_ns = 0
