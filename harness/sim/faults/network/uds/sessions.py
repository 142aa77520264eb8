"""Faults of sessions, times and the bit for no positive response."""

from __future__ import annotations

from harness.core import ms, s
from harness.protocols.uds.services import Nrc
from harness.sim.faults.network.fault import Fault
from harness.sim.faults.network.uds.changes import deviation, diagnosis, refusal, reply, server_time

__all__ = ["SESSION_FAULTS"]

SESSION_FAULTS = (
    Fault("session_times_missing", "the answer to a session change carries no times", (reply("10", lambda answer: answer[:2]),)),
    Fault(
        "session_times_other",
        "the answer to a session change tells other times than are kept",
        (reply("10", lambda a: a[:2] + b"\0\x19\0\x64"),),
    ),
    Fault("answers_after_120ms", "answers after 120 ms without a word before", (server_time(work_ns=ms(120)),)),
    Fault("active_session_constant", "tells the default session in every session", (diagnosis(rows={0xF186: b"\x01"}),)),
    Fault("extended_session_refused", "refuses the extended session", (reply("1003", lambda answer: b"\x7f\x10\x22"),)),
    Fault("programming_from_default", "enters programming from the default session", (deviation(programming_from_default=True),)),
    Fault("s3_of_60s", "keeps a session for 60 s", (server_time(s3_ns=s(60)),)),
    Fault("s3_of_2s", "leaves a session after 2 s", (server_time(s3_ns=s(2)),)),
    Fault("tester_present_unheard", "tester present does not keep a session", (deviation(deaf_to_presence=True),)),
    Fault("suppress_ignored", "gives positive answers that are not wanted", (deviation(ignores_suppress=True),)),
    Fault("suppress_hides_refusals", "keeps refusals back with the positive answer", (deviation(suppresses_refusals=True),)),
    Fault("suppress_drops_final", "keeps the answer back that it announced", (deviation(suppresses_late=True),)),
    Fault("first_request_forgotten", "a further request takes the place of the first", (deviation(restarts_when_asked=True),)),
    Fault("falls_when_asked_twice", "a request while it works makes it start anew", (deviation(falls_when_asked=True),)),
    Fault(
        "busy_told_otherwise",
        "refuses a request while it works as one that does not fit the conditions",
        (deviation(busy=Nrc.CONDITIONS_NOT_CORRECT),),
    ),
    Fault("deaf_after_answer", "hears nothing for 20 ms after an answer", (deviation(deaf_ns=ms(20)),)),
    Fault("silent_after_pending", "says that the answer takes longer, and nothing more", (deviation(silent_after_pending=True),)),
    Fault("pending_after_120ms", "says after 120 ms only that the answer takes longer", (server_time(pending_ns=ms(120)),)),
    Fault("pending_never", "does not say that the answer takes longer", (deviation(never_pending=True),)),
    Fault("refusals_to_all", "tells everybody what it does not support", (deviation(refuses_to_all=True),)),
    Fault("unknown_session_out_of_range", "an unknown session is out of range", (refusal("107F", lambda answer: b"\x7f\x10\x31"),)),
    Fault("short_request_sub_function", "takes a short request for an unknown sub-function", (refusal("10", lambda a: a[:2] + b"\x12"),)),
    Fault("unknown_service_untold", "an unknown service brings nothing", (refusal("BA", lambda answer: None),)),
    Fault("reset_unanswered", "a request for a reset is not answered", (reply("1101", lambda answer: None),)),
    Fault("reset_keeps_session", "a reset does not end the session", (deviation(keeps_session=True),)),
    Fault("back_after_3s", "needs 3 s for a reset", (diagnosis(reset_ns=s(3)),)),
    Fault("back_after_10s", "needs 10 s for a reset", (diagnosis(reset_ns=s(10)),)),
    Fault(
        "resets_on_some_requests",
        "some requests make it start anew",
        (deviation(resets_on=lambda data: sum(data) % 97 == 5 and len(data) > 4),),
    ),
    Fault(
        "refusal_undefined",
        "refuses unknown services with an undefined code",
        (refusal("", lambda a: a[:2] + b"\x05" if a[2] == 0x11 else a),),
    ),
    Fault("answers_other_targets", "answers requests to address 55, with 11 bits to 7E5", (diagnosis(also_at=frozenset((0x55, 0x7E5))),)),
)
