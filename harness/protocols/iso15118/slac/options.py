"""Times, counts and identities by which both sides of a matching run; what a judge accepts comes from a profile, never from here."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["EvMatchingOptions", "EvseMatchingOptions"]


@dataclass(frozen=True, slots=True)
class EvMatchingOptions:
    """The vehicle's side."""

    ev_mac: str = "02:00:00:00:00:0A"
    ev_modem_mac: str = "02:00:00:00:00:1A"
    ev_start_s: float = 0.2
    """From the duty cycle that asks for communication to the first request."""
    ev_batch_s: float = 0.03
    """TP_EV_batch_msg_interval: between two messages of a row."""
    ev_start_inds: int = 3
    """C_EV_start_atten_char_inds."""
    ev_sounds: int = 10
    """C_EV_match_MNBC."""
    ev_retries: int = 2
    """C_EV_match_retry: so often a request without an answer is repeated."""
    ev_match_response_s: float = 0.2
    """TT_match_response: so long an answer is awaited."""
    ev_reaction_s: float = 0.02
    """From a message of the station to the answer."""
    ev_atten_results_s: float = 1.2
    """TT_EV_atten_results: from the first announcement of sounds to the last result that counts."""
    ev_direct_db: float = 10.0
    """Up to this attenuation the station is the one that the vehicle is plugged into."""
    ev_potential_db: float = 20.0
    """Up to this one it may be, which is to be validated."""
    ev_vald_toggles: int = 2
    """Changes B-C-B on the pilot for validation."""
    ev_vald_state_s: float = 0.35
    """TP_EV_vald_state_duration .. T_vald_state_duration_max: how long each of the two states is held."""
    ev_vald_toggle_s: float = 2.0
    """TP_EV_vald_toggle: the time in which the toggles are counted."""
    ev_join_s: float = 12.0
    """TT_match_join: from the keys to the link."""
    ev_rate_s: float = 0.4
    """TT_matching_rate: from a failed matching to the next one."""
    ev_repetition_s: float = 10.0
    """TT_matching_repetition: no new matching later than this after the first."""
    ev_resume_s: float = 6.0
    """T_conn_resume: so long a lost link may take to come back."""
    ev_hold_s: float = 8.0
    """T_conn_max_comm: so long the link is kept when the station does not ask for communication any more."""
    ev_leave_s: float = 0.1
    """From the unplugging to leaving the network."""
    ev_seed: int = 1
    """Of run identifiers, random fields and keys."""


@dataclass(frozen=True, slots=True)
class EvseMatchingOptions:
    """The station's side."""

    evse_mac: str = "02:00:00:00:00:0B"
    evse_modem_mac: str = "02:00:00:00:00:1B"
    evse_modem_attached: bool = False
    """A modem is there: it measures, sets its key and tells its link itself, and nothing of that is played."""
    evse_poll_s: float = 0.1
    """How often an attached modem is asked for its link."""
    evse_link_status_s: float = 5.0
    """TT_link_status_response: a modem that does not answer for so long has no link."""
    evse_sounds: int = 10
    """Number of sounds that it asks for."""
    evse_sound_timeout: int = 6
    """TT_EVSE_match_MNBC in units of 100 ms, as the parameters tell it."""
    evse_reaction_s: float = 0.02
    """From a message of the vehicle to the answer."""
    evse_attenuation_db: int = 7
    """Of the station that the vehicle is plugged into."""
    evse_retries: int = 2
    evse_match_response_s: float = 0.2
    """TT_match_response: from the attenuation to its response."""
    evse_match_sequence_s: float = 0.4
    """TT_match_sequence: from the parameters to the first announcement of sounds."""
    evse_match_mnbc_s: float = 0.6
    """TT_EVSE_match_MNBC: from the first announcement to the last sound."""
    evse_match_session_s: float = 10.0
    """TT_EVSE_match_session: from the response about the attenuation to the request for a match."""
    evse_slac_init_s: float = 40.0
    """TT_EVSE_SLAC_init: from the duty cycle to the first request of the vehicle."""
    evse_join_s: float = 12.0
    """TT_match_join: from the keys to the link."""
    evse_joins_after_s: float = 0.8
    """How long the modems take to find each other."""
    evse_vald_toggle_s: float = 2.0
    """So long toggles of the pilot are counted."""
    evse_seed: int = 2
    """Of keys."""
