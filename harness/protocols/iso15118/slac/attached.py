"""A station with a real modem beside it: what the modem measures, confirms and tells is taken from it, not played.

The modem tells CM_ATTEN_PROFILE.IND for every sound that it hears, takes CM_SET_KEY.REQ, and is asked for its link again and again
from the match on, as it says nothing of it by itself; one that does not answer within TT_link_status_response has none. What keys
the vehicle's modem has nobody sees here.
"""

from __future__ import annotations

from harness.core.durations import s
from harness.protocols.iso15118.slac.frames import Mme, Values
from harness.protocols.iso15118.slac.keys import network_id
from harness.protocols.iso15118.slac.layout import NUMBER_OF_GROUPS
from harness.protocols.iso15118.slac.outlet import Outlet, OutletPhase

__all__ = ["AttachedOutlet"]

_OF_THE_MODEM = ("CM_ATTEN_PROFILE.IND", "VS_PL_LNK_STATUS.CNF", "CM_SET_KEY.CNF")


class AttachedOutlet(Outlet):
    """The station at the plug, on a bench."""

    _profiles: tuple[bytes, ...] = ()
    """What the modem measured of each sound of this matching."""
    _pretended: int | None = None
    _poll_ns: int | None = None
    _answered_ns = 0
    """When the modem told its link last."""

    def receive(self, now_ns: int, mme: Mme) -> None:
        """A message on the power line, or one of the own modem."""
        if mme.name not in _OF_THE_MODEM:
            if mme.name == "CM_SLAC_PARM.REQ":
                self._profiles = ()
            super().receive(now_ns, mme)
        elif mme.name == "CM_ATTEN_PROFILE.IND" and mme.values["pev_mac"] == self.vehicle:
            groups = mme.values["aag"]
            if self.phase is OutletPhase.MEASURING and isinstance(groups, bytes) and len(groups) == NUMBER_OF_GROUPS:
                self._profiles = *self._profiles, groups
        elif mme.name == "VS_PL_LNK_STATUS.CNF" and mme.source != self.vehicle:
            self._answered_ns = now_ns
            self._told(mme.values["link_status"] == 1)

    def next_deadline_ns(self) -> int | None:
        """The earliest timer, or the next question to the modem."""
        timer_ns = super().next_deadline_ns()
        return min((t_ns for t_ns in (timer_ns, self._poll_ns) if t_ns is not None), default=None)

    def handle_timers(self, now_ns: int) -> None:
        """Fire what is due, ask the modem."""
        super().handle_timers(now_ns)
        if self._poll_ns is not None and self._poll_ns <= now_ns:
            self._poll_ns += s(self._options.evse_poll_s)
            if now_ns - self._answered_ns >= s(self._options.evse_link_status_s):
                self._told(False)
            self._send(now_ns, "VS_PL_LNK_STATUS.REQ", {}, destination=self.modem_mac)

    def pretend(self, decibel: int | None) -> None:
        """Tell this attenuation whatever is measured; ``None``: what the modem measures."""
        self._pretended = decibel

    def set_link(self, now_ns: int, up: bool) -> None:
        """Give the modem the key of the network, or another one, which takes it out."""
        key = self._nmk if up else self._random.randbytes(16)
        self._set_key(now_ns, key)

    def report_link(self, now_ns: int, up: bool) -> None:
        """A modem cannot be made to tell anything but the truth: as ``set_link``."""
        self.set_link(now_ns, up)

    def _told(self, up: bool) -> None:
        if up and self.phase is OutletPhase.MATCHED:
            self._stand(OutletPhase.CONNECTED)
        elif not up and self.phase is OutletPhase.CONNECTED:
            self._stand(OutletPhase.MATCHED)

    def _play_profile(self, now_ns: int) -> None:
        """The modem tells its own."""

    def _give_key(self, now_ns: int) -> None:
        if self.joins:
            self._set_key(now_ns + s(self._options.evse_reaction_s), self._nmk)
        if self._poll_ns is None:
            self._poll_ns = now_ns + s(self._options.evse_poll_s)

    def _set_key(self, due_ns: int, key: bytes) -> None:
        values: Values = {"nid": network_id(key), "new_key": key}
        self._send(due_ns, "CM_SET_KEY.REQ", values, destination=self.modem_mac)

    def _groups(self) -> bytes:
        if self._pretended is not None:
            return bytes([self._pretended] * NUMBER_OF_GROUPS)
        count = len(self._profiles)
        return bytes(round(sum(column) / count) for column in zip(*self._profiles, strict=True)) if count else b""
