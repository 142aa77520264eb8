"""The steps of the vehicle's matching, one method for each message that it takes and each that it sends.

Which follows on which is told in the theory of operation of ``vehicle``.
"""

from __future__ import annotations

import enum
import random
from collections.abc import Callable
from typing import ClassVar, Protocol

from harness.core.durations import s
from harness.core.pdu import Pdu
from harness.protocols.iso15118.pilot import Reading
from harness.protocols.iso15118.slac.behaviour import SlacBehaviour
from harness.protocols.iso15118.slac.frames import BROADCAST, Mme
from harness.protocols.iso15118.slac.messages import mean_attenuation_db
from harness.protocols.iso15118.slac.options import EvMatchingOptions
from harness.protocols.iso15118.slac.replies import MatchingSender

__all__ = ["WITH_KEYS", "EvPhase", "MatchingSteps", "PilotOfVehicle"]

_READY, _SUCCESS, _NOT_REQUIRED = 1, 2, 4
"""Results of CM_VALIDATE."""


class EvPhase(enum.StrEnum):
    """Where the vehicle's matching stands."""

    IDLE = "idle"
    PARAMETERS = "parameters"
    SOUNDING = "sounding"
    RESULTS = "results"
    VALIDATING = "validating"
    MATCHING = "matching"
    JOINING = "joining"
    CONNECTED = "connected"
    LOST = "lost"
    RESTING = "resting"
    FAILED = "failed"


WITH_KEYS = (EvPhase.JOINING, EvPhase.CONNECTED, EvPhase.LOST)


class PilotOfVehicle(Protocol):
    """What matching needs of the control pilot."""

    @property
    def is_plugged(self) -> bool: ...

    @property
    def reading(self) -> Reading: ...

    def toggle(self, now_ns: int, times: int, hold_ns: int) -> None: ...


class MatchingSteps(MatchingSender):
    """One matching from its first request to the link."""

    def __init__(self, pilot: PilotOfVehicle, options: EvMatchingOptions, behaviour: SlacBehaviour) -> None:
        super().__init__(options, behaviour)
        self.phase = EvPhase.IDLE
        self._pilot = pilot
        self._random = random.Random(options.ev_seed)
        self._run_id = bytes(8)
        self._forget()

    def _stand(self, phase: EvPhase) -> None:
        self.phase = phase
        self._timers.clear()
        if phase in (EvPhase.IDLE, EvPhase.RESTING, EvPhase.FAILED):
            self._replies.clear()

    def _forget(self) -> None:
        self._sent.clear()
        self._replies.clear()
        self._tries = 0
        self._stations: dict[str, Mme] = {}
        """What each station confirmed."""
        self._results: dict[str, float] = {}
        """Attenuation by station, in the order of their answers."""
        self._station = ""
        self._validated = 0

    def _begin(self, now_ns: int) -> list[Pdu]:
        """A new matching with a new run identifier."""
        self._forget()
        if not (any(self._run_id) and self._behaviour.refrains("renew_run_id")):
            self._run_id = self._random.randbytes(8)
        self._stand(EvPhase.PARAMETERS)
        return self._ask(now_ns)

    def _ask(self, now_ns: int) -> list[Pdu]:
        """Send the request of the phase, for the first time or again."""
        self._tries += 1
        self._timers.arm("response", now_ns + s(self.options.ev_match_response_s))
        if self.phase is EvPhase.PARAMETERS:
            return self._send("CM_SLAC_PARM.REQ", BROADCAST, {"run_id": self._run_id})
        if self.phase is EvPhase.MATCHING:
            return self._send("CM_SLAC_MATCH.REQ", self._station, {**self._pair(), "run_id": self._run_id})
        return self._send("CM_VALIDATE.REQ", self._station, {"timer": 0, "result": _READY})

    def _again(self, now_ns: int) -> list[Pdu]:
        may_repeat = self._tries <= self.options.ev_retries and not self._validated
        return self._ask(now_ns) if may_repeat else self._fail(now_ns)

    def _pair(self) -> dict[str, int | bytes | str]:
        return {"pev_id": bytes(17), "pev_mac": self.options.ev_mac, "evse_id": bytes(17), "evse_mac": self._station}

    def _confirmed(self, now_ns: int, mme: Mme) -> list[Pdu]:
        """CM_SLAC_PARM.CNF."""
        if self.phase is EvPhase.PARAMETERS:
            self._stand(EvPhase.SOUNDING)
            self._timers.arm("batch", now_ns + s(self.options.ev_batch_s))
        if self.phase is EvPhase.SOUNDING:
            self._stations.setdefault(mme.source, mme)
        return []

    def _sound(self, now_ns: int) -> list[Pdu]:
        """The next announcement, or the next sound."""
        first = next(iter(self._stations.values())).values
        common: dict[str, int | bytes | str] = {"run_id": self._run_id}
        announced, sounded = (self._sent.get(name, 0) for name in ("CM_START_ATTEN_CHAR.IND", "CM_MNBC_SOUND.IND"))
        if announced < self.options.ev_start_inds:
            if not announced:
                self._timers.arm("results", now_ns + s(self.options.ev_atten_results_s))
            values = {**common, "num_sounds": first["num_sounds"], "time_out": first["time_out"], "forwarding_sta": self.options.ev_mac}
            out = self._send("CM_START_ATTEN_CHAR.IND", BROADCAST, values)
        else:
            left = self.options.ev_sounds - sounded - 1
            values = {**common, "cnt": left, "random": self._random.randbytes(16)}
            out = self._send("CM_MNBC_SOUND.IND", BROADCAST, values)
            if not left:
                self.phase = EvPhase.RESULTS
                return out + self._decide_early(now_ns)
        self._timers.arm("batch", now_ns + s(self.options.ev_batch_s))
        return out

    def _measured(self, now_ns: int, mme: Mme) -> list[Pdu]:
        """CM_ATTEN_CHAR.IND, also a repeated one."""
        if self.phase not in (EvPhase.SOUNDING, EvPhase.RESULTS) or mme.source not in self._stations:
            return []
        groups = mme.values["aag"]
        if not isinstance(groups, bytes) or not groups:
            return []
        self._results[mme.source] = mean_attenuation_db(groups)
        values = {name: mme.values[name] for name in ("run_id", "source_id", "resp_id")}
        answer = self._made("CM_ATTEN_CHAR.RSP", mme.source, {**values, "source_address": self.options.ev_mac})
        self._reply(now_ns, answer)
        return []

    def _decide_early(self, now_ns: int) -> list[Pdu]:
        """Once every station that confirmed has told its attenuation, there is nothing to wait for."""
        complete = self.phase is EvPhase.RESULTS and self._results.keys() == self._stations.keys() and not self._replies
        return self._decide(now_ns) if complete else []

    def _decide(self, now_ns: int) -> list[Pdu]:
        """The attenuation tells which station it is."""
        if not self._results:
            return self._fail(now_ns)
        best = self._behaviour.refrains("choose_best")
        self._station = list(self._results)[-1] if best else min(self._results, key=self._results.__getitem__)
        attenuation_db = self._results[self._station]
        if attenuation_db > self.options.ev_potential_db:
            return self._fail(now_ns)
        if attenuation_db > self.options.ev_direct_db and not self._behaviour.refrains("validate"):
            return self._turn_to(now_ns, EvPhase.VALIDATING)
        return self._turn_to(now_ns, EvPhase.MATCHING)

    def _turn_to(self, now_ns: int, phase: EvPhase) -> list[Pdu]:
        """Ask for the next thing after the reaction time."""
        self._tries = 0
        self._stand(phase)
        self._timers.arm("ask", now_ns + s(self.options.ev_reaction_s))
        return []

    def _validation(self, now_ns: int, mme: Mme) -> list[Pdu]:
        """CM_VALIDATE.CNF."""
        if self.phase is not EvPhase.VALIDATING:
            return []
        result = mme.values["result"]
        if result == _NOT_REQUIRED and not self._validated:
            return self._turn_to(now_ns, EvPhase.MATCHING)
        if result == _READY and not self._validated:
            toggles, window_s = self.options.ev_vald_toggles, self.options.ev_vald_toggle_s
            self._validated = toggles
            # Units of 100 ms, 0 standing for the first of them.
            values = {"timer": max(0, round(window_s * 10) - 1), "result": _READY}
            self._timers.arm("response", now_ns + s(window_s) + s(self.options.ev_match_response_s))
            self._timers.arm("toggle", now_ns + 2 * s(self.options.ev_reaction_s))
            self._reply(now_ns, self._made("CM_VALIDATE.REQ", self._station, values))
            return []
        if result == _SUCCESS and self._validated:
            counted = mme.values["toggle_num"] == self._validated or self._behaviour.refrains("count_toggles")
            return self._turn_to(now_ns, EvPhase.MATCHING) if counted else self._fail(now_ns)
        return [] if result == 0 else self._fail(now_ns)

    def _toggle(self, now_ns: int) -> list[Pdu]:
        if not self._behaviour.refrains("toggle"):
            self._pilot.toggle(now_ns, self.options.ev_vald_toggles, s(self.options.ev_vald_state_s))
        return []

    def _matched(self, now_ns: int, mme: Mme) -> list[Pdu]:
        """CM_SLAC_MATCH.CNF: the keys of the station's network."""
        if self.phase is not EvPhase.MATCHING:
            return []
        self._stand(EvPhase.JOINING)
        nid, nmk = mme.values["nid"], mme.values["nmk"]
        out = self._set_key({"nid": nid, "new_key": nmk})
        if self._behaviour.refrains("await_join"):
            self._stand(EvPhase.CONNECTED)
        else:
            self._timers.arm("join", now_ns + s(self.options.ev_join_s))
        return out

    def _link(self, now_ns: int, mme: Mme) -> list[Pdu]:
        """VS_PL_LNK_STATUS.CNF: the modem says whether the link is there."""
        is_up = mme.values["link_status"] == 1
        if is_up and (self.phase is EvPhase.JOINING or (self.phase is EvPhase.LOST and not self._behaviour.refrains("resume"))):
            self._stand(EvPhase.CONNECTED)
        elif not is_up and self.phase is EvPhase.CONNECTED and not self._behaviour.refrains("notice_loss"):
            self._stand(EvPhase.LOST)
            self._timers.arm("resume", now_ns + s(self.options.ev_resume_s))
        return []

    def _map(self, now_ns: int, mme: Mme) -> list[Pdu]:
        """CM_AMP_MAP.REQ; an empty map is none."""
        if self.phase not in WITH_KEYS or not mme.values["am_len"]:
            return []
        self._reply(now_ns, self._made("CM_AMP_MAP.CNF", mme.source, {}))
        return []

    def _fail(self, now_ns: int) -> list[Pdu]:
        raise NotImplementedError

    HANDLERS: ClassVar[dict[str, Callable[[MatchingSteps, int, Mme], list[Pdu]]]] = {
        "CM_SLAC_PARM.CNF": _confirmed,
        "CM_ATTEN_CHAR.IND": _measured,
        "CM_VALIDATE.CNF": _validation,
        "CM_SLAC_MATCH.CNF": _matched,
        "VS_PL_LNK_STATUS.CNF": _link,
        "CM_AMP_MAP.REQ": _map,
    }
    """What is done with each message of the station that the vehicle takes."""
