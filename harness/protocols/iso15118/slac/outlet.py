"""One station in the matching of a vehicle: the one that it is plugged into, or a neighbour that hears it as well.

Theory of operation (ISO 15118-3; times in ``options``): CM_SLAC_PARM.REQ is confirmed. Within TT_match_sequence sounds must be announced;
after the last sound, or TT_EVSE_match_MNBC after the first announcement, the average attenuation goes out, and again without a response
within TT_match_response. Then the vehicle has TT_EVSE_match_session to ask for validation, which counts the toggles of the pilot, or
for a match, which is confirmed with the keys of the station's network. Set by both sides, the keys join them; TT_match_join ends the
wait.
"""

from __future__ import annotations

import enum
import random
from collections.abc import Callable
from typing import ClassVar

from harness.core.durations import ms, s
from harness.protocols.iso15118.slac.frames import BROADCAST, Mme, Values
from harness.protocols.iso15118.slac.keys import network_id
from harness.protocols.iso15118.slac.layout import NUMBER_OF_GROUPS
from harness.protocols.iso15118.slac.options import EvseMatchingOptions
from harness.protocols.iso15118.timers import Timers

__all__ = ["Outlet", "OutletPhase"]

_READY, _SUCCESS, _FAILURE = 1, 2, 3
"""Results of CM_VALIDATE."""


class OutletPhase(enum.StrEnum):
    """Where the matching with the vehicle stands."""

    READY = "ready"
    CONFIRMED = "confirmed"
    MEASURING = "measuring"
    MEASURED = "measured"
    ANSWERED = "answered"
    VALIDATING = "validating"
    MATCHED = "matched"
    CONNECTED = "connected"


class Outlet:
    """The machine of one station. What it sends lies in ``outbox`` until it is taken.

    Args:
        mac: address of its host.
        modem_mac: address of its modem; empty for a neighbour, of which nobody sees what its modem tells.
        attenuation_db: that it measures at its connector.
        count_toggles: begins to count the toggles of the pilot, and tells how many there were.
    """

    def __init__(
        self,
        options: EvseMatchingOptions,
        mac: str,
        modem_mac: str,
        attenuation_db: int,
        begin_count: Callable[[], None],
        toggles: Callable[[], int],
    ) -> None:
        self.mac = mac
        self.modem_mac = modem_mac
        self.attenuation_db = attenuation_db
        self.joins = True
        """The modems find each other once both have the keys."""
        self.phase = OutletPhase.READY
        self.outbox: list[tuple[int, Mme]] = []
        """When each message is due."""
        self._options = options
        self._begin_count, self._toggles = begin_count, toggles
        self._random = random.Random(f"{options.evse_seed} {mac}")
        self._timers = Timers()
        self._vehicle = BROADCAST
        self._run_id = bytes(8)
        self._heard = 0
        self._tries = 0
        self._nmk = self._random.randbytes(16)
        self._nid = network_id(self._nmk)
        self._vehicle_has_key = False

    @property
    def is_connected(self) -> bool:
        """The link to the vehicle is there."""
        return self.phase is OutletPhase.CONNECTED

    @property
    def vehicle(self) -> str:
        """Address of the vehicle that asked last."""
        return self._vehicle

    def pretend(self, decibel: int | None) -> None:
        """Tell this attenuation whatever is measured; ``None``: tell the truth again."""
        self.attenuation_db = self._options.evse_attenuation_db if decibel is None else decibel

    def next_deadline_ns(self) -> int | None:
        """The earliest timer."""
        return self._timers.next_deadline_ns()

    def handle_timers(self, now_ns: int) -> None:
        """Fire what is due."""
        while (name := self._timers.take_due(now_ns)) is not None:
            self._EXPIRED[name](self, now_ns)

    def receive(self, now_ns: int, mme: Mme) -> None:
        """A message on the power line."""
        handler = self._HANDLERS.get(mme.name)
        if handler is not None and mme.destination in (self.mac, BROADCAST, self.modem_mac):
            handler(self, now_ns, mme)
        elif mme.name == "CM_SET_KEY.REQ" and mme.source == self._vehicle:
            self._keyed(now_ns, mme)

    def set_link(self, now_ns: int, up: bool) -> None:
        """Take the link down, or bring one back that was taken down."""
        if up is self.is_connected or self.phase not in (OutletPhase.MATCHED, OutletPhase.CONNECTED):
            return
        self._stand(OutletPhase.CONNECTED if up else OutletPhase.MATCHED)
        self._send(now_ns, "VS_PL_LNK_STATUS.CNF", {"link_status": int(up)}, source=self.modem_mac or self.mac, destination=BROADCAST)

    def report_link(self, now_ns: int, up: bool) -> None:
        """Let the modem tell that the link is there, or gone, whatever the matching came to."""
        self.phase = OutletPhase.MATCHED if up else OutletPhase.CONNECTED
        self.set_link(now_ns, up)

    def map_amplitudes(self, now_ns: int, carriers: int) -> None:
        """Ask the vehicle to take *carriers* at the levels given."""
        self._send(now_ns, "CM_AMP_MAP.REQ", {"am_len": carriers, "am_data": bytes((carriers + 1) // 2)})

    # Messages

    def _asked(self, now_ns: int, mme: Mme) -> None:
        """CM_SLAC_PARM.REQ begins anew, whatever went before."""
        run_id = mme.values["run_id"]
        self._stand(OutletPhase.CONFIRMED)
        self._vehicle, self._heard, self._tries = mme.source, 0, 0
        self._run_id = run_id if isinstance(run_id, bytes) else bytes(8)
        options = self._options
        self._timers.arm("silence", now_ns + s(options.evse_match_sequence_s))
        values: Values = {"num_sounds": options.evse_sounds, "time_out": options.evse_sound_timeout}
        self._reply(now_ns, "CM_SLAC_PARM.CNF", {**values, "forwarding_sta": mme.source, "run_id": self._run_id})

    def _announced(self, now_ns: int, mme: Mme) -> None:
        if self.phase is OutletPhase.CONFIRMED and mme.values["run_id"] == self._run_id:
            self._stand(OutletPhase.MEASURING)
            self._timers.arm("sounds", now_ns + s(self._options.evse_match_mnbc_s))

    def _sounded(self, now_ns: int, mme: Mme) -> None:
        if self.phase is not OutletPhase.MEASURING or mme.values["run_id"] != self._run_id:
            return
        self._heard += 1
        self._play_profile(now_ns)
        if self._heard >= self._options.evse_sounds:
            self._tell_attenuation(now_ns)

    def _tell_attenuation(self, now_ns: int) -> None:
        """For the first time, or again; without a single sound there is nothing to tell."""
        groups = self._groups()
        if not self._heard or not groups or self._tries > self._options.evse_retries:
            self._stand(OutletPhase.READY)
            return
        self._stand(OutletPhase.MEASURED)
        self._tries += 1
        self._timers.arm("response", now_ns + s(self._options.evse_reaction_s) + s(self._options.evse_match_response_s))
        values: Values = {"source_address": self._vehicle, "run_id": self._run_id, "num_sounds": self._heard, "aag": groups}
        self._reply(now_ns, "CM_ATTEN_CHAR.IND", values)

    def _answered(self, now_ns: int, mme: Mme) -> None:
        if self.phase is OutletPhase.MEASURED and mme.values["run_id"] == self._run_id:
            self._stand(OutletPhase.ANSWERED)
            self._timers.arm("silence", now_ns + s(self._options.evse_match_session_s))

    def _validate(self, now_ns: int, mme: Mme) -> None:
        """CM_VALIDATE.REQ: the first asks whether the station is ready, the second how many toggles it counts."""
        if self.phase is OutletPhase.ANSWERED:
            self.phase = OutletPhase.VALIDATING
            self._reply(now_ns, "CM_VALIDATE.CNF", {"toggle_num": 0, "result": _READY})
        elif self.phase is OutletPhase.VALIDATING and not self._timers.is_armed("count"):
            units = mme.values["timer"]
            self._begin_count()
            self._timers.arm("count", now_ns + ms(100) * ((units if isinstance(units, int) else 0) + 1))

    def _count(self, now_ns: int) -> None:
        toggles = self._toggles()
        self.phase = OutletPhase.ANSWERED
        self._reply(now_ns, "CM_VALIDATE.CNF", {"toggle_num": toggles, "result": _SUCCESS if toggles else _FAILURE})

    def _match(self, now_ns: int, mme: Mme) -> None:
        if self.phase not in (OutletPhase.ANSWERED, OutletPhase.VALIDATING, OutletPhase.MATCHED) or mme.values["run_id"] != self._run_id:
            return
        self._stand(OutletPhase.MATCHED)
        names = ("pev_id", "pev_mac", "evse_id", "run_id")
        values: Values = {**{name: mme.values[name] for name in names}, "evse_mac": self.mac, "nid": self._nid, "nmk": self._nmk}
        self._reply(now_ns, "CM_SLAC_MATCH.CNF", values)
        self._give_key(now_ns)
        self._timers.arm("silence", now_ns + s(self._options.evse_join_s))

    def _keyed(self, now_ns: int, mme: Mme) -> None:
        """The vehicle gives its modem a key: the one of this network brings it in, another one takes it out."""
        self._vehicle_has_key = (mme.values["nid"], mme.values["new_key"]) == (self._nid, self._nmk)
        if not self._vehicle_has_key:
            self.set_link(now_ns, False)
        elif self.phase is OutletPhase.MATCHED:
            self._timers.arm("joined", now_ns + s(self._options.evse_joins_after_s))

    def _joined(self, now_ns: int) -> None:
        if self.joins and self._vehicle_has_key:
            self.set_link(now_ns, True)

    def _mapped(self, now_ns: int, mme: Mme) -> None:
        self._reply(now_ns, "CM_AMP_MAP.CNF", {}, destination=mme.source)

    def _silent(self, now_ns: int) -> None:
        """The vehicle did not go on."""
        self._stand(OutletPhase.READY)

    # What the modem does, which is played here

    def _play_profile(self, now_ns: int) -> None:
        """It measures every sound."""
        if self.modem_mac:
            profile: Values = {"pev_mac": self._vehicle, "aag": self._groups()}
            self._send(now_ns, "CM_ATTEN_PROFILE.IND", profile, source=self.modem_mac, destination=self.mac)

    def _give_key(self, now_ns: int) -> None:
        """It gets the key of the network, and confirms."""
        if self.modem_mac:
            self._reply(now_ns, "CM_SET_KEY.REQ", {"nid": self._nid, "new_key": self._nmk}, destination=self.modem_mac)
            self._reply(now_ns, "CM_SET_KEY.CNF", {}, source=self.modem_mac, destination=self.mac)

    def _groups(self) -> bytes:
        """The attenuation that it measured; nothing if it measured none."""
        return bytes([self.attenuation_db] * NUMBER_OF_GROUPS)

    # Sending

    def _stand(self, phase: OutletPhase) -> None:
        self.phase = phase
        self._timers.clear()

    def _reply(self, now_ns: int, name: str, values: Values, *, source: str = "", destination: str = "") -> None:
        self._send(now_ns + s(self._options.evse_reaction_s), name, values, source=source, destination=destination)

    def _send(self, due_ns: int, name: str, values: Values, *, source: str = "", destination: str = "") -> None:
        self.outbox.append((due_ns, Mme(name, source or self.mac, destination or self._vehicle, values)))

    _HANDLERS: ClassVar[dict[str, Callable[[Outlet, int, Mme], None]]] = {
        "CM_SLAC_PARM.REQ": _asked,
        "CM_START_ATTEN_CHAR.IND": _announced,
        "CM_MNBC_SOUND.IND": _sounded,
        "CM_ATTEN_CHAR.RSP": _answered,
        "CM_VALIDATE.REQ": _validate,
        "CM_SLAC_MATCH.REQ": _match,
        "CM_AMP_MAP.REQ": _mapped,
    }
    _EXPIRED: ClassVar[dict[str, Callable[[Outlet, int], None]]] = {
        "silence": _silent,
        "sounds": _tell_attenuation,
        "response": _tell_attenuation,
        "count": _count,
        "joined": _joined,
    }
