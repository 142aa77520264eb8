"""Faults of trouble codes, and of what diagnostics switch off."""

from __future__ import annotations

from harness.sim.faults.network.fault import Fault
from harness.sim.faults.network.uds.changes import deviation, reply

__all__ = ["TROUBLE_CODE_FAULTS"]

_FAILED, _CONFIRMED = 0x01, 0x08
_WIRE = b"\xc1\x00\x00"
"""Code of the trouble of an open wire of the VCU."""


def _without_severity(answer: bytes) -> bytes:
    rows = answer[6:]
    return answer[:6] + b"".join(rows[at + 1 : at + 5] for at in range(0, len(rows), 5))


def _rows(answer: bytes) -> list[bytes]:
    return [answer[at : at + 4] for at in range(3, len(answer), 4)]


def _with_the_wire(answer: bytes) -> bytes:
    return answer[:3] + b"".join(row for row in _rows(answer) if row[:3] != _WIRE) + _WIRE + bytes((_FAILED | _CONFIRMED,))


def _without(answer: bytes, bit: int) -> bytes:
    return answer[:3] + b"".join(row[:3] + bytes((row[3] & ~bit,)) for row in _rows(answer))


def _severity_zero(answer: bytes) -> bytes:
    rows = [answer[at : at + 5] for at in range(6, len(answer), 5)]
    return answer[:6] + b"".join(b"\0" + row[1:] for row in rows)


TROUBLE_CODE_FAULTS = (
    Fault("trouble_count_one_more", "counts one trouble more than it lists", (reply("1901", lambda a: a[:5] + bytes((a[5] + 1,))),)),
    Fault(
        "status_beyond_mask", "sets status bits that it does not support", (reply("1902", lambda a: a[:6] + bytes((a[6] | 0x80,)) + a[7:]),)
    ),
    Fault("trouble_codes_of_two_bytes", "lists trouble codes of two bytes", (reply("1902", lambda a: a[:3] + a[4:]),)),
    Fault("supported_list_empty", "the list of supported troubles is empty", (reply("190A", lambda a: a[:3]),)),
    Fault(
        "record_of_another_trouble",
        "gives the records of another trouble",
        tuple(reply(request, lambda a: a[:2] + b"\x12\x34\x56" + a[5:]) for request in ("1904", "1906")),
    ),
    Fault("counters_refused", "refuses the counters of a trouble as busy", (reply("1906", lambda answer: b"\x7f\x19\x21"),)),
    Fault(
        "test_failed_stays",
        "says that the test failed when it did not",
        (reply("1902", lambda a: a[:6] + bytes((a[6] | 1,)) + a[7:] if len(a) > 6 else a),),
    ),
    Fault("wire_always_failed", "lists the trouble of the wire as failed, whatever is so", (reply("1902", _with_the_wire),)),
    Fault("wire_never_failed", "lists no trouble as failed", (reply("1902", lambda a: _without(a, _FAILED)),)),
    Fault("clears_nothing", "clears no troubles though it says so", (deviation(clears_nothing=True),)),
    Fault("clears_while_driving", "clears troubles while the truck drives", (deviation(clears_always=True),)),
    Fault("obd_list_without_severity", "the list of WWH-OBD has no severities", (reply("1942", _without_severity),)),
    Fault("obd_severity_zero", "the list of WWH-OBD has severities of 0", (reply("1942", _severity_zero),)),
    Fault("confirmed_bit_missing", "lists no trouble as confirmed", (reply("1902", lambda a: _without(a, _CONFIRMED)),)),
    Fault("messages_go_on", "communication control stops nothing", (deviation(talks_on=True),)),
    Fault("messages_stay_off", "messages do not come back with the default session", (deviation(stays_quiet=True),)),
    Fault("recording_stays_off", "troubles are not recorded again after the session", (deviation(stays_unrecording=True),)),
)
