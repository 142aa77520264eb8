"""Faults of the vehicle for the rows about matching over power line."""

from __future__ import annotations

from collections.abc import Iterator

from harness.protocols.iso15118.behaviour import OptionEffect
from harness.protocols.iso15118.slac.behaviour import MmeAccept, MmeRefrain, MmeRewrite, MmeWithhold
from harness.protocols.iso15118.slac.frames import Values
from harness.sim.faults.ccs_vehicle.fault import Fault

__all__ = ["SLAC_FAULTS"]

_OTHER_RUN = b"other id"


def _set(message: str, **values: int | bytes | str) -> MmeRewrite:
    """Fields of *message* always have these values."""
    return MmeRewrite(message, lambda right, sent: values)


def _random_repeated(values: Values, sent: int) -> Values:
    return {"random": bytes(16)}


def _count_stands_still(values: Values, sent: int) -> Values:
    return {"cnt": 9}


def _counts_from_ten(values: Values, sent: int) -> Values:
    left = values["cnt"]
    return {"cnt": left + 1 if isinstance(left, int) else 0}


_LOOKED_AT = {
    "CM_SLAC_PARM.CNF": (
        "m_sound_target",
        "resp_type",
        "forwarding_sta",
        "application_type",
        "security_type",
        "run_id",
        "destination",
    ),
    "CM_ATTEN_CHAR.IND": ("run_id", "num_sounds", "num_groups"),
    "CM_SLAC_MATCH.CNF": ("run_id", "pev_mac", "evse_mac", "mvf_length"),
}
"""Fields that a station's message may have wrong, by the rows of the reference."""


def _accepting() -> Iterator[Fault]:
    for message, fields in _LOOKED_AT.items():
        short = message.lower().replace(".", "_")
        for field in fields:
            yield Fault(f"accepts_{short}.{field}", f"takes a {message} whatever its {field} says", (MmeAccept(message, (field,)),))


_START, _SOUND, _RESULT, _MATCH = "CM_START_ATTEN_CHAR.IND", "CM_MNBC_SOUND.IND", "CM_ATTEN_CHAR.RSP", "CM_SLAC_MATCH.REQ"

SLAC_FAULTS = (
    *_accepting(),
    Fault("slac_begins_after_60s", "the first request comes 60 s after the duty cycle", (OptionEffect("ev_start_s", 60.0),)),
    Fault(
        "slac_begins_without_duty", "the first request comes at the plug, before the duty cycle asks for it", (MmeRefrain("await_duty"),)
    ),
    Fault("slac_asks_for_security", "CM_SLAC_PARM.REQ asks for a secured matching", (_set("CM_SLAC_PARM.REQ", security_type=1),)),
    Fault("slac_run_id_kept", "every matching has the run identifier of the first", (MmeRefrain("renew_run_id"),)),
    Fault("slac_run_id_zero", "the run identifier is zero", (_set("CM_SLAC_PARM.REQ", run_id=bytes(8)),)),
    Fault("slac_no_retry", "a request without an answer is not repeated", (OptionEffect("ev_retries", 0),)),
    Fault("slac_four_retries", "a request without an answer is repeated four times", (OptionEffect("ev_retries", 4),)),
    Fault("slac_retry_after_2s", "a request is repeated after 2 s", (OptionEffect("ev_match_response_s", 2.0),)),
    Fault("slac_retry_after_50ms", "a request is repeated after 50 ms", (OptionEffect("ev_match_response_s", 0.05),)),
    Fault("slac_two_announcements", "only two CM_START_ATTEN_CHAR.IND", (OptionEffect("ev_start_inds", 2),)),
    Fault("slac_four_announcements", "four CM_START_ATTEN_CHAR.IND", (OptionEffect("ev_start_inds", 4),)),
    Fault("slac_announces_other_run", "CM_START_ATTEN_CHAR.IND has another run identifier", (_set(_START, run_id=_OTHER_RUN),)),
    Fault("slac_announces_other_time", "CM_START_ATTEN_CHAR.IND tells another time-out than the station", (_set(_START, time_out=60),)),
    Fault("slac_batch_5ms", "announcements and sounds follow each other after 5 ms", (OptionEffect("ev_batch_s", 0.005),)),
    Fault("slac_batch_80ms", "announcements and sounds follow each other after 80 ms", (OptionEffect("ev_batch_s", 0.08),)),
    Fault("slac_eight_sounds", "only eight sounds", (OptionEffect("ev_sounds", 8),)),
    Fault("slac_sounds_count_stands", "every sound says that nine follow", (MmeRewrite(_SOUND, _count_stands_still),)),
    Fault("slac_sounds_count_to_one", "the count of sounds ends at 1", (MmeRewrite(_SOUND, _counts_from_ten),)),
    Fault("slac_sounds_not_random", "the random field of the sounds is always zero", (MmeRewrite(_SOUND, _random_repeated),)),
    Fault("slac_results_awaited_5s", "results are awaited for 5 s", (OptionEffect("ev_atten_results_s", 5.0),)),
    Fault("slac_results_awaited_500ms", "results are awaited for 0.5 s", (OptionEffect("ev_atten_results_s", 0.5),)),
    Fault("slac_no_response", "no CM_ATTEN_CHAR.RSP", (MmeWithhold(_RESULT),)),
    Fault("slac_reacts_after_500ms", "messages of the station are answered after 0.5 s", (OptionEffect("ev_reaction_s", 0.5),)),
    Fault("slac_response_failed", "CM_ATTEN_CHAR.RSP has the result 1", (_set(_RESULT, result=1),)),
    Fault("slac_response_other_run", "CM_ATTEN_CHAR.RSP has another run identifier", (_set(_RESULT, run_id=_OTHER_RUN),)),
    Fault("slac_takes_last_station", "takes the station that answered last", (MmeRefrain("choose_best"),)),
    Fault("slac_no_validation", "matches with a doubtful station at once", (MmeRefrain("validate"),)),
    Fault("slac_no_toggle", "does not toggle the pilot", (MmeRefrain("toggle"),)),
    Fault(
        "slac_toggles_600ms",
        "each state of a toggle is held for 0.6 s",
        (OptionEffect("ev_vald_state_s", 0.6), OptionEffect("ev_vald_toggles", 1)),
    ),
    Fault("slac_toggles_100ms", "each state of a toggle is held for 0.1 s", (OptionEffect("ev_vald_state_s", 0.1),)),
    Fault("slac_toggles_too_many", "toggles the pilot for longer than 2 s", (OptionEffect("ev_vald_toggles", 5),)),
    Fault("slac_count_not_compared", "takes any number of counted toggles", (MmeRefrain("count_toggles"),)),
    Fault("slac_match_other_run", "CM_SLAC_MATCH.REQ has another run identifier", (_set(_MATCH, run_id=_OTHER_RUN),)),
    Fault("slac_match_wrong_length", "CM_SLAC_MATCH.REQ tells the length of the confirmation", (_set(_MATCH, mvf_length=0x56),)),
    Fault("slac_join_awaited_60s", "the link is awaited for 60 s", (OptionEffect("ev_join_s", 60.0),)),
    Fault("slac_join_not_awaited", "discovery begins before the link is there", (MmeRefrain("await_join"),)),
    Fault("slac_repeats_at_once", "a failed matching is repeated at once", (OptionEffect("ev_rate_s", 0.0),)),
    Fault("slac_repeats_after_4s", "a failed matching is repeated after 4 s", (OptionEffect("ev_rate_s", 4.0),)),
    Fault("slac_not_repeated", "a failed matching is not repeated", (OptionEffect("ev_repetition_s", 0.1),)),
    Fault("slac_repeats_for_ever", "a failed matching is repeated for ever", (MmeRefrain("give_up"),)),
    Fault("slac_loss_not_noticed", "the loss of the link is not noticed", (MmeRefrain("notice_loss"),)),
    Fault("slac_resumes_after_30s", "a lost link may come back for 30 s", (OptionEffect("ev_resume_s", 30.0),)),
    Fault("slac_no_amplitude_map", "CM_AMP_MAP.REQ is not answered", (MmeWithhold("CM_AMP_MAP.CNF"),)),
    Fault("slac_amplitude_map_refused", "CM_AMP_MAP.CNF says failure", (_set("CM_AMP_MAP.CNF", res_type=1),)),
    Fault("slac_stays_in_network", "the network is not left at unplugging", (MmeRefrain("leave_network"),)),
    Fault("slac_leaves_after_5s", "the network is left 5 s after unplugging", (OptionEffect("ev_leave_s", 5.0),)),
    Fault("slac_pulse_not_heeded", "a pulse of the station does not begin the matching anew", (MmeRefrain("heed_pulse"),)),
)
"""Faults of the vehicle in matching."""
