"""Faults of trouble codes, and of what diagnostics switch off."""

from __future__ import annotations

from harness.sim.faults.network.fault import Fault
from harness.sim.faults.network.uds.changes import deviation, reply

__all__ = ["TROUBLE_CODE_FAULTS"]


def _without_severity(answer: bytes) -> bytes:
    rows = answer[6:]
    return answer[:6] + b"".join(rows[at + 1 : at + 5] for at in range(0, len(rows), 5))


TROUBLE_CODE_FAULTS = (
    Fault("trouble_count_one_more", "counts one trouble more than it lists", (reply("1901", lambda a: a[:5] + bytes((a[5] + 1,))),)),
    Fault(
        "status_beyond_mask", "sets status bits that it does not support", (reply("1902", lambda a: a[:6] + bytes((a[6] | 0x80,)) + a[7:]),)
    ),
    Fault("trouble_codes_of_two_bytes", "lists trouble codes of two bytes", (reply("1902", lambda a: a[:3] + a[4:]),)),
    Fault("supported_list_empty", "the list of supported troubles is empty", (reply("190A", lambda a: a[:3]),)),
    Fault("record_of_another_trouble", "gives the record of another trouble", (reply("1904", lambda a: a[:2] + b"\x12\x34\x56" + a[5:]),)),
    Fault("counters_refused", "refuses the counters of a trouble as busy", (reply("1906", lambda answer: b"\x7f\x19\x21"),)),
    Fault(
        "test_failed_stays",
        "says that the test failed when it did not",
        (reply("1902", lambda a: a[:6] + bytes((a[6] | 1,)) + a[7:] if len(a) > 6 else a),),
    ),
    Fault("clears_nothing", "clears no troubles though it says so", (deviation(clears_nothing=True),)),
    Fault("clears_while_driving", "clears troubles while the truck drives", (deviation(clears_always=True),)),
    Fault("obd_list_without_severity", "the list of WWH-OBD has no severities", (reply("1942", _without_severity),)),
    Fault("messages_go_on", "communication control stops nothing", (deviation(talks_on=True),)),
    Fault("messages_stay_off", "messages do not come back with the default session", (deviation(stays_quiet=True),)),
    Fault("recording_stays_off", "troubles are not recorded again after the session", (deviation(stays_unrecording=True),)),
)
