"""Faults of the vehicle in the discovery of the station."""

from __future__ import annotations

from harness.core import s
from harness.protocols.iso15118.behaviour import Act, Bytes, Leads, OptionEffect, Overlook, Refrain, TimerEffect
from harness.protocols.iso15118.v2gtp import PayloadType, encode_frame
from harness.protocols.iso15118.vehicle.discovery import DISCOVERY
from harness.sim.faults.ccs_vehicle.fault import Fault

__all__ = ["DISCOVERY_FAULTS"]

_NO_TLS, _TLS, _UNKNOWN, _TCP, _UDP = 0x10, 0x00, 0x20, 0x00, 0x10
_FOR_EVER = 1_000_000
_LAST = 50


def _request(*payload: int) -> bytes:
    return encode_frame(PayloadType.SDP_REQUEST, bytes(payload))


DISCOVERY_FAULTS = (
    Fault("sdp_request_too_long", "the discovery request has three bytes", (Bytes(DISCOVERY, lambda data: _request(_NO_TLS, _TCP, 0)),)),
    Fault("sdp_request_asks_for_udp", "the discovery request asks for UDP", (Bytes(DISCOVERY, lambda data: _request(_NO_TLS, _UDP)),)),
    Fault(
        "sdp_request_of_unknown_security",
        "the discovery request asks for a security that does not exist",
        (Bytes(DISCOVERY, lambda data: _request(_UNKNOWN, _TCP)),),
    ),
    Fault(
        "sdp_request_with_wrong_version",
        "the discovery request has version 2",
        (Bytes(DISCOVERY, lambda data: b"\x02\xfd" + data[2:]),),
    ),
    Fault("sdp_not_repeated", "an unanswered discovery request is not repeated", (TimerEffect("sdp", None),)),
    Fault("sdp_repeated_after_1s", "an unanswered discovery request is repeated after 1 s only", (TimerEffect("sdp", s(1)),)),
    Fault(
        "sdp_repeated_with_other_security",
        "repeated discovery requests ask for TLS",
        (Bytes(DISCOVERY, lambda data: _request(_TLS, _TCP), lambda moment: moment.asked(DISCOVERY) > 0),),
    ),
    Fault(
        "sdp_never_gives_up",
        "discovery goes on without end",
        (OptionEffect("sdp_requests", _FOR_EVER), TimerEffect("setup", None)),
    ),
    Fault("sdp_gives_up_after_60_requests", "discovery ends after 60 requests", (OptionEffect("sdp_requests", 60),)),
    Fault(
        "state_c_without_communication",
        "the control pilot goes to state C although no station was found",
        (
            Act(DISCOVERY, "present_c", lambda moment: moment.asked(DISCOVERY) >= 3),
            Refrain("present_b", when=lambda moment: not moment.exchange),
        ),
    ),
    Fault(
        "sdp_late_answer_ignored",
        "an answer to the last discovery request is not taken",
        (Leads(DISCOVERY, "nowhere", lambda moment: moment.asked(DISCOVERY) >= _LAST),),
    ),
    # A length that the header does not tell rightly makes a bad header, so that has to be overlooked as well.
    Fault(
        "sdp_answer_of_any_length_taken",
        "a discovery answer of any length is taken",
        (Overlook("sdp_length"), Overlook("sdp_header")),
    ),
    Fault(
        "sdp_answer_of_any_type_taken",
        "a discovery answer of any payload type is taken",
        (Overlook("sdp_type"), Overlook("sdp_header")),
    ),
    Fault("sdp_answer_of_any_version_taken", "a discovery answer of any version is taken", (Overlook("sdp_header"),)),
    Fault("sdp_global_address_taken", "the vehicle connects to an address that is not link-local", (Overlook("sdp_address"),)),
    Fault("sdp_second_answer_taken", "the vehicle follows a second discovery answer too", (Overlook("sdp_second"),)),
    Fault(
        "dead_after_refused_connection",
        "after a refused connection the vehicle does nothing more, and never ends its set-up",
        (TimerEffect("sdp_after_refusal", None), TimerEffect("setup", None), Refrain("try_again"), Refrain("heed_plug")),
    ),
    Fault(
        "connects_for_ever",
        "the vehicle goes on with discovery and connecting without end",
        (OptionEffect("sdp_requests", _FOR_EVER), TimerEffect("setup", None)),
    ),
)
