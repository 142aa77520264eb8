"""Faults of security access."""

from __future__ import annotations

from harness.core import s
from harness.sim.faults.network.fault import Fault
from harness.sim.faults.network.uds.changes import deviation, refusal, reply, server_time

__all__ = ["SECURITY_FAULTS"]

SECURITY_FAULTS = (
    Fault("seed_constant", "gives the same seed every time", (deviation(constant_seed=bytes.fromhex("11223344")),)),
    Fault("seed_zero", "gives zeros for a seed", (reply("2701", lambda answer: answer[:2] + bytes(len(answer) - 2)),)),
    Fault("any_key_taken", "takes any key", (deviation(accepts_any_key=True),)),
    Fault("attempts_uncounted", "does not count wrong keys", (deviation(counts_no_attempts=True),)),
    Fault("no_delay_after_attempts", "takes keys at once after too many wrong ones", (server_time(delay_ns=1),)),
    Fault("delay_of_a_minute", "gives no seed for a minute after too many wrong keys", (server_time(delay_ns=s(60)),)),
    Fault(
        "write_refused_with_access",
        "refuses to write protected data in spite of access",
        (reply("2E0210", lambda answer: b"\x7f\x2e\x33"),),
    ),
    Fault("delay_lost_with_power", "a loss of power ends the delay after wrong keys", (deviation(forgets_delay=True),)),
    Fault("access_outlives_session", "access outlives the session", (deviation(keeps_access=True),)),
    Fault("key_without_seed_invalid", "takes a key without a seed for a wrong one", (refusal("2702", lambda answer: b"\x7f\x27\x35"),)),
    Fault("seed_in_default_session", "gives seeds in the default session", (deviation(open_sessions=True),)),
)
